"""Targets as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from tocsin.classification.rules import parse_minutes, spell_minutes


@pytest.mark.parametrize(
    "text, minutes",
    [
        ("", None),
        ("  ", None),
        ("90", 90),
        ("15 min", 15),
        ("15m", 15),
        ("4 h", 240),
        ("1h30m", 90),
        ("1 h 30 min", 90),
        ("1h, 30m", 90),
        ("2 d", 2880),
        ("1 H", 60),
    ],
)
def test_they_are_read(text, minutes):
    assert parse_minutes(text) == minutes


@pytest.mark.parametrize("text", ["soon", "-5", "1.5 h", "0", "0 h", "9999999 d", "4 h x", "5 6", "h", "٣ h", "1 w"])
def test_others_are_refused_in_words(text):
    with pytest.raises(ValueError, match=r"\.$"):
        parse_minutes(text)


@given(st.integers(1, 5_256_000))
def test_what_is_shown_is_read_back(minutes):
    assert parse_minutes(spell_minutes(minutes)) == minutes


def test_nothing_is_shown_for_no_target():
    assert spell_minutes(None) == ""
    assert spell_minutes(1500) == "25 h"
