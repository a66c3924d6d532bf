"""What the page of an incident decides by data alone: what folds, the marks of fields, and how clocks read."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st

from tocsin.incidents import rules

pytestmark = pytest.mark.pure


@given(st.lists(st.booleans(), max_size=60))
def test_only_lines_fold_and_the_ends_of_a_run_stay(is_line):
    folds = rules.fold(is_line)
    assert folds == sorted(folds)
    for start, end in folds:
        assert end - start >= rules.FOLD_FROM - 3
        assert all(is_line[start - 1 : end + 2]), (
            "what folds lies inside a run, one before it and two after it are shown"
        )
    for (_, one), (other, _) in pairwise(folds):
        assert not all(is_line[one:other]), "between two folds stands something else than lines"


@given(st.lists(st.booleans(), max_size=60))
def test_every_long_run_folds(is_line):
    run, runs = 0, 0
    for each in [*is_line, False]:
        runs += not each and run >= rules.FOLD_FROM
        run = run + 1 if each else 0
    assert len(rules.fold(is_line)) == runs


@given(st.text())
def test_a_mark_is_of_the_text_however_its_lines_end(text):
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    assert rules.mark(plain) == rules.mark(plain.replace("\n", "\r\n"))
    assert rules.mark(plain + "x") != rules.mark(plain)


@given(st.integers(min_value=-86_399, max_value=86_399))
def test_the_large_clock_says_hours_minutes_and_seconds(seconds):
    text = rules.long_time(seconds)
    hours, minutes, rest = (int(part) for part in text.removeprefix("\u2212").split(":"))
    assert timedelta(hours=hours, minutes=minutes, seconds=rest).total_seconds() == abs(seconds)
    assert text.startswith("\u2212") is (seconds < 0)


@pytest.mark.parametrize(
    "seconds, text", [(0, "0:00"), (540, "0:09"), (3720, "1:02"), (172_800, "2d 0h"), (200_000, "2d 7h")]
)
def test_what_was_spent_reads_in_hours_and_minutes(seconds, text):
    assert rules.spent_time(seconds) == text
