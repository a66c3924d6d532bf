from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from tocsin.reminders import rules
from tocsin.reminders.rules import To

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@given(st.integers(1, 1_000_000), st.timedeltas(timedelta(), timedelta(days=400)))
def test_it_moves_with_the_due_time(minutes, shift):
    first, second = rules.scheduled_for(NOON, minutes), rules.scheduled_for(NOON + shift, minutes)
    assert first is not None
    assert second is not None
    assert NOON - first == timedelta(minutes=minutes)
    assert second - first == shift


def test_without_a_due_time_it_rests():
    assert rules.scheduled_for(None, 30) is None


@given(st.timedeltas(timedelta(), timedelta(days=4000)))
def test_only_whole_minutes_count(duration):
    minutes = rules.whole_minutes(duration)
    assert (minutes is not None) == (duration >= timedelta(minutes=1) and not duration % timedelta(minutes=1))
    assert minutes is None or timedelta(minutes=minutes) == duration


@given(*(st.booleans() for _ in range(5)))
def test_what_becomes_of_a_due_reminder(is_there, is_terminal, is_open, is_paused, by_due):
    verdict = rules.judge(
        is_there=is_there, is_terminal=is_terminal, is_open=is_open, is_paused=is_paused, by_due=by_due
    )
    if not is_there or is_terminal:
        assert verdict.kind == "cancel"
    elif by_due and (is_paused or not is_open):
        assert verdict.kind == "rest"
    else:
        assert verdict.kind == "send"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("owner", To("owner")),
        (" watchers ", To("watchers")),
        ("reporter", To("reporter")),
        ("role:manager", To("role", "manager")),
        ("team:network", To("team", "network")),
        ("user:me", To("user", "me")),
        ("me", To("user", "me")),
        ("ada@example.com", To("user", "ada@example.com")),
    ],
)
def test_recipients_are_read(text, expected):
    assert rules.read_recipient(text) == expected


@pytest.mark.parametrize("text", ["", "  ", "role:", "team:"])
def test_what_names_nobody_is_refused(text):
    with pytest.raises(rules.BadRecipient):
        rules.read_recipient(text)


@given(st.lists(st.sampled_from([To("owner"), To("role", "manager"), To("role", "admin"), To("watchers")])))
def test_each_recipient_counts_once(entries):
    found = rules.first_of_each(entries)
    assert len(found) == len(set(found))
    assert set(found) == set(entries)
