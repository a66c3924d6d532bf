from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from tests.sla.walls import MINUTE, ZONES, cases, minutes
from tocsin.sla.rules import BadHours, Hours, WorkingTime, read_week, write_week

OFFICE = read_week({day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
BERLIN = WorkingTime(Hours("Europe/Berlin", OFFICE))
SPAN = 400


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@settings(max_examples=int(os.environ.get("CASES", "400")), deadline=None)
@given(cases(), st.integers(0, 59), st.integers(0, SPAN), st.integers(0, SPAN))
def test_minute_by_minute(case: tuple[Hours, datetime], second: int, one: int, other: int) -> None:
    """`make test-calendars` runs ten thousand of them."""
    hours, start = case
    if ZoneInfo(hours.time_zone).utcoffset(start).total_seconds() % 60:  # type: ignore[union-attr]
        return  # the wall of those days changes within a minute
    calendar = WorkingTime(hours)
    open_minutes = minutes(hours, start, SPAN)
    low, high = sorted((one, other))
    worked = calendar.working_between(start + MINUTE * low, start + MINUTE * high)
    assert worked == MINUTE * sum(open_minutes[low:high])
    amount = MINUTE * one
    due = calendar.add_working(start, amount)
    assert calendar.working_between(start, due) == amount
    if one and sum(open_minutes) >= one:
        used = [number for number, counts in enumerate(open_minutes) if counts][one - 1]
        assert due == start + MINUTE * (used + 1)
    odd = start + timedelta(seconds=second, microseconds=17)
    late = calendar.add_working(odd, amount + timedelta(microseconds=1))
    assert calendar.working_between(odd, late) == amount + timedelta(microseconds=1)
    assert calendar.working_between(odd, late - timedelta(microseconds=1)) == amount
    check_stretches(calendar, odd, start + MINUTE * SPAN)


def check_stretches(calendar: WorkingTime, start: datetime, end: datetime) -> None:
    """They follow each other without holes, and the open ones are what is counted."""
    found = list(calendar.stretches(start, end))
    edges = [start, *(stretch.until for stretch in found)]
    assert [stretch.since for stretch in found] == edges[:-1]
    assert edges[-1] == end
    opened = sum((s.until - s.since for s in found if s.is_open), timedelta())
    assert opened == calendar.working_between(start, end)
    for stretch in found:
        assert stretch.since < stretch.until
        assert stretch.is_open == (calendar.working_between(stretch.since, stretch.until) > timedelta())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), st.datetimes(datetime(1975, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)))
def test_a_day_is_as_long_as_its_zone_says(zone: str, moment: datetime) -> None:
    always = WorkingTime(
        Hours(zone, read_week({day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}))
    )
    assert always.hours.is_always_open
    assert always.add_working(moment, timedelta(days=500)) == moment + timedelta(days=500)
    assert always.working_between(moment, moment + timedelta(days=500)) == timedelta(days=500)


@pytest.mark.parametrize(
    ("start", "amount", "due"),
    [
        ("2026-11-27T16:00+01:00", 60, "2026-11-27T17:00+01:00"),  # used up at closing time: due then
        ("2026-11-27T16:00+01:00", 61, "2026-11-30T09:01+01:00"),
        ("2026-11-28T03:00+01:00", 1, "2026-11-30T09:01+01:00"),
        ("2026-03-27T16:00+01:00", 120, "2026-03-30T10:00+02:00"),  # over the night of the clock change
    ],
)
def test_office_hours(start: str, amount: int, due: str) -> None:
    assert BERLIN.add_working(at(start), MINUTE * amount) == at(due)


def test_a_night_shift_counts_the_hour_that_comes_twice() -> None:
    night = WorkingTime(Hours("Europe/Berlin", read_week({"sat": [["22:00", "06:00"]]})))
    assert night.working_between(at("2026-10-24T12:00Z"), at("2026-10-26T12:00Z")) == timedelta(hours=9)
    assert night.working_between(at("2026-03-28T12:00Z"), at("2026-03-30T12:00Z")) == timedelta(hours=7)
    assert night.add_working(at("2026-10-24T20:00Z"), timedelta(hours=9)) == at("2026-10-25T05:00Z")


def test_a_holiday_closes_its_date() -> None:
    hours = Hours(
        "Europe/Berlin",
        read_week({"thu": [["22:00", "06:00"]], "fri": [["22:00", "06:00"]]}),
        ((date(2026, 12, 25), "Christmas"),),
    )
    found = list(WorkingTime(hours).stretches(at("2026-12-24T22:00+01:00"), at("2026-12-26T06:00+01:00")))
    assert [(stretch.is_open, stretch.holiday) for stretch in found] == [
        (True, None),
        (False, "Christmas"),
        (True, None),
    ]
    assert found[1].since == at("2026-12-25T00:00+01:00")
    assert found[1].until == at("2026-12-26T00:00+01:00")


def test_what_is_never_open_long_enough_ends_with_the_calendar() -> None:
    rare = WorkingTime(Hours("UTC", read_week({"mon": [["09:00", "09:01"]]})))
    assert rare.add_working(at("2026-01-01T00:00Z"), timedelta(days=3650)).year == 2200


@pytest.mark.parametrize(
    ("hours", "field"),
    [
        ({}, ""),
        ({"mon": []}, ""),
        ({"monday": [["09:00", "17:00"]]}, "monday"),
        ({"mon": [["09:00"]]}, "mon[0]"),
        ({"mon": [["9", "17:00"]]}, "mon[0]"),
        ({"mon": [["09:00", "24:01"]]}, "mon[0]"),
        ({"mon": [["09:60", "17:00"]]}, "mon[0]"),
        ({"mon": [["²3:00", "17:00"]]}, "mon[0]"),
        ({"mon": [["24:00", "17:00"]]}, "mon[0]"),
        ({"mon": [["09:00", "09:00"]]}, "mon[0]"),
        ({"mon": [["09:00", "12:00"], ["11:59", "17:00"]]}, "mon[1]"),
        ({"mon": [["22:00", "06:00"]], "tue": [["05:59", "12:00"]]}, "tue[0]"),
        ({"sun": [["22:00", "06:00"]], "mon": [["05:59", "12:00"]]}, "mon[0]"),
    ],
)
def test_bad_hours_are_refused_with_their_place(hours: dict[str, list[list[str]]], field: str) -> None:
    with pytest.raises(BadHours) as refused:
        read_week(hours)
    assert refused.value.field == field


def test_hours_are_written_as_they_were_read() -> None:
    hours = {"mon": [["00:00", "24:00"]], "tue": [["08:30", "12:00"], ["13:00", "17:00"]], "sat": [["22:00", "06:00"]]}
    assert write_week(read_week(hours)) == hours


def test_a_year_costs_microseconds() -> None:
    start = at("2026-01-05T08:00Z")
    BERLIN.add_working(start, timedelta(hours=2000))
    began = time.perf_counter()
    for _ in range(1000):
        due = BERLIN.add_working(start, timedelta(hours=2000))
        BERLIN.working_between(start, due)
    assert (time.perf_counter() - began) / 2000 < 50e-6 * 4  # a busy machine is slower: the benchmark holds the promise
