"""Months, weeks and days of a calendar: every moment falls into its own local day, whatever the clocks do."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from tocsin.base.spans import Span, day_starts, month_span, week_name, week_span

pytestmark = pytest.mark.pure

ZONES = st.sampled_from(
    (
        *("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Africa/Cairo", "Asia/Beirut"),
        *("Pacific/Apia", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Havana", "Atlantic/Azores"),
    )
)
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 1))


def shown_month(text: str) -> Span:
    span = month_span(text)
    assert span is not None
    return span


def shown_week(text: str) -> Span:
    span = week_span(text)
    assert span is not None
    return span


@given(DAYS, ZONES, st.integers(0, 43 * 24 * 3600))
def test_every_moment_falls_into_its_local_day(first, name, seconds):
    zone = ZoneInfo(name)
    starts = day_starts(first, 42, zone)
    assert starts == sorted(starts)
    moment = starts[0] + timedelta(seconds=seconds)
    place = bisect_right(starts, moment) - 1
    if place < 42:
        assert moment.astimezone(zone).date() == first + timedelta(days=place)
    else:
        assert moment.astimezone(zone).date() >= first + timedelta(days=42)


@pytest.mark.parametrize(
    "zone, day, hours",
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("Pacific/Apia", date(2011, 12, 30), 0),
    ],
)
def test_a_day_is_as_long_as_it_is_there(zone, day, hours):
    start, end = day_starts(day, 1, ZoneInfo(zone))
    assert end - start == timedelta(hours=hours)


@given(DAYS)
def test_a_month_is_shown_in_whole_weeks(day):
    span = shown_month(f"{day:%Y-%m}")
    assert span.first.weekday() == 0
    last = span.first + timedelta(days=span.days - 1)
    first_inner, last_inner = span.inner
    assert span.first <= first_inner <= day <= last_inner <= last
    assert span.days % 7 == 0
    assert (first_inner - span.first).days < 7
    assert (last - last_inner).days < 7
    assert shown_month(shown_month(span.following).previous) == span


@given(DAYS)
def test_weeks_lead_to_their_neighbours(day):
    span = shown_week(week_name(day))
    assert span.first <= day <= span.first + timedelta(days=6)
    assert span.days == 7
    assert shown_week(shown_week(span.following).previous) == span
    assert shown_week(span.following).first - span.first == timedelta(days=7)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "9999-12", "2026-W01", "²026-01"]
)
def test_no_month(text):
    assert month_span(text) is None


@pytest.mark.parametrize("text", ["", "2026-W54", "2026-W00", "2025-W53", "2026-48", "0001-W01", "2026-w01"])
def test_no_week(text):
    assert week_span(text) is None


def test_moments_are_in_utc():
    assert all(start.tzinfo is UTC for start in day_starts(date(2026, 1, 1), 3, ZoneInfo("Asia/Tokyo")))
    assert day_starts(date(2026, 1, 1), 0, ZoneInfo("Asia/Tokyo")) == [datetime(2025, 12, 31, 15, tzinfo=UTC)]
