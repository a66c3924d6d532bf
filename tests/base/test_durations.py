from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from tocsin.base.durations import LONGEST, format_duration, parse_duration, spell_duration


@given(st.integers(0, int(LONGEST.total_seconds())).map(lambda s: timedelta(seconds=s)))
def test_what_is_written_is_read(duration):
    assert parse_duration(format_duration(duration)) == duration


@given(*(st.integers(0, 400) for _ in range(4)))
def test_units_add_up(days, hours, minutes, seconds):
    expected = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert parse_duration(f"P{days}DT{hours}H{minutes}M{seconds}S") == expected


@pytest.mark.parametrize(
    "text, expected",
    [("PT0M", timedelta()), ("P2W", timedelta(weeks=2)), ("P1D", timedelta(days=1)), ("PT90M", timedelta(hours=1.5))],
)
def test_reads(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1",
        "15M",
        "-PT5M",
        "P-1D",
        "P1Y",
        "P1M",
        "PT1.5H",
        "pt5m",
        " PT5M",
        "PT5M\n",
        "P1DT",
        "PT5M3H",
        "PT٣M",
    ],
)
def test_refuses_what_is_no_duration(text):
    with pytest.raises(ValueError, match="ISO 8601"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["P3654D", "PT999999999H", "P999999999W"])
def test_refuses_more_than_ten_years(text):
    with pytest.raises(ValueError, match="ten years"):
        parse_duration(text)


def test_spells():
    assert spell_duration(timedelta(minutes=90)) == "1 hour 30 minutes"
    assert spell_duration(timedelta()) == "0 minutes"
