"""Days and hours of zones tile time without gap or overlap, whatever their clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, strategies as st

from tocsin.base.zones import DAY, day_start, days_between, hours_of_week, local_day, runs, segments

ZONES = st.sampled_from(
    [
        *("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana"),
        *(
            "America/Sao_Paulo",
            "Asia/Beirut",
            "Pacific/Apia",
            "America/St_Johns",
            "Asia/Kathmandu",
            "Africa/Casablanca",
        ),
    ]
).map(ZoneInfo)
DAYS = st.dates(date(1990, 1, 1), date(2037, 12, 20))
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 20)).map(lambda at: at.replace(tzinfo=UTC))
EVENING_AGAIN = datetime(2000, 10, 29, 2, 45, tzinfo=UTC)
"""In St John's 23:15 of the 28th, for the second time: at one minute past midnight the clocks went back by an hour."""
NEWFOUNDLAND = ZoneInfo("America/St_Johns")


@given(DAYS, ZONES)
@example(date(2000, 10, 28), NEWFOUNDLAND)
def test_days_follow_each_other(day: date, zone: ZoneInfo) -> None:
    parts = [part for one in days_between(day, day + 3 * DAY) for part in segments(one, zone)]
    assert list(runs(parts)) == [(day_start(day, zone), day_start(day + 4 * DAY, zone))]
    for part in parts:
        for at in (part.since, part.until - timedelta(microseconds=1)):
            assert local_day(at, zone) == part.day
            offset = at.astimezone(zone).utcoffset()
            assert offset is not None
            assert offset.total_seconds() == part.shift


@given(MOMENTS, ZONES)
@example(EVENING_AGAIN, NEWFOUNDLAND)
def test_a_moment_lies_in_its_day(at: datetime, zone: ZoneInfo) -> None:
    day = local_day(at, zone)
    assert day_start(day, zone) <= at < day_start(day + DAY, zone)


@given(MOMENTS, st.integers(1, 20 * 24), ZONES)
@example(EVENING_AGAIN - timedelta(minutes=30), 3, NEWFOUNDLAND)
@example(EVENING_AGAIN, 24, NEWFOUNDLAND)
@example(datetime(2010, 3, 4, 12, tzinfo=UTC), 8, ZoneInfo("Antarctica/Casey"))
def test_the_hours_of_the_week_share_out_all_time(since: datetime, hours: int, zone: ZoneInfo) -> None:
    until = since + timedelta(hours=hours)
    found = sorted(
        (span, weekday, hour)
        for weekday in range(7)
        for hour in range(24)
        for span in hours_of_week(zone, since, until, weekday, hour)
    )
    assert found[0][0][0] == since
    assert found[-1][0][1] == until
    for ((start, end), weekday, hour), (following, _, _) in pairwise(found):
        assert end == following[0]
        assert (local_day(start, zone).weekday(), start.astimezone(zone).hour) == (weekday, hour)


@pytest.mark.parametrize(
    "zone, day, hours", [("Europe/Berlin", date(2026, 3, 29), 23), ("Europe/Berlin", date(2026, 10, 25), 25)]
)
def test_days_of_a_clock_change(zone: str, day: date, hours: int) -> None:
    parts = segments(day, ZoneInfo(zone))
    assert len(parts) == 2
    assert parts[1].until - parts[0].since == timedelta(hours=hours)


def test_a_day_that_was_skipped_is_empty() -> None:
    assert segments(date(2011, 12, 30), ZoneInfo("Pacific/Apia")) == []


def test_the_hour_that_comes_twice() -> None:
    zone = ZoneInfo("Europe/Berlin")
    since, until = datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)
    assert len(hours_of_week(zone, since, until, 6, 2)) == 2
    assert hours_of_week(zone, datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC), 6, 2) == []


def test_an_evening_that_comes_again_is_of_the_day_that_had_begun() -> None:
    sunday = date(2000, 10, 29)
    assert local_day(EVENING_AGAIN, NEWFOUNDLAND) == sunday
    begun = day_start(sunday, NEWFOUNDLAND)
    minute_past = begun + timedelta(minutes=1)
    until = begun + timedelta(hours=2)
    assert hours_of_week(NEWFOUNDLAND, begun, until, 5, 23) == []
    assert hours_of_week(NEWFOUNDLAND, begun, until, 6, 23) == [(minute_past, begun + timedelta(hours=1))]
    midnights = [(begun, minute_past), (begun + timedelta(hours=1), until)]
    assert hours_of_week(NEWFOUNDLAND, begun, until, 6, 0) == midnights
