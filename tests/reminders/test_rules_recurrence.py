"""Recurrence and quiet hours: what is taken, when the next time is, across clock changes and leap days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from tocsin.base.errors import BadValue
from tocsin.reminders.rules import quiet_until, read_rule

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu")
]
START = datetime(2026, 1, 30, 8, 0, tzinfo=UTC)
MICRO = timedelta(microseconds=1)


def times(text: str, count: int, start: datetime = START, zone: ZoneInfo = BERLIN) -> list[str]:
    rule, at, found = read_rule(text, start, zone), start - MICRO, []
    for _ in range(count):
        following = rule.after(start, at, zone)
        if following is None:
            break
        at = following
        found.append(f"{at.astimezone(zone):%m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=DAILY;COUNT=3", ["01-30 09:00", "01-31 09:00", "02-01 09:00"]),
        ("rrule:freq=weekly;byday=mo,th", ["02-02 09:00", "02-05 09:00", "02-09 09:00", "02-12 09:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["01-31 09:00", "03-31 09:00", "05-31 09:00", "07-31 09:00"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=17", ["01-30 17:00", "02-27 17:00", "03-27 17:00", "04-24 17:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["01-30 09:00", "02-27 09:00", "03-31 09:00", "04-30 09:00"]),
        ("FREQ=DAILY;UNTIL=20260131", ["01-30 09:00", "01-31 09:00"]),
        ("FREQ=DAILY;UNTIL=20260131T075959Z", ["01-30 09:00"]),
        ("FREQ=MINUTELY;INTERVAL=90;COUNT=3", ["01-30 09:00", "01-30 10:30", "01-30 12:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["02-29 09:00"] * 4),
    ],
)
def test_times_are_those_of_the_rule(text: str, expected: list[str]) -> None:
    assert times(text, 4) == expected


def test_a_wall_time_stays_when_clocks_change_and_hours_are_real_ones() -> None:
    before = datetime(2026, 3, 28, 8, 0, tzinfo=UTC)
    assert times("FREQ=DAILY", 3, before) == ["03-28 09:00", "03-29 09:00", "03-30 09:00"]
    night = datetime(2026, 10, 24, 22, 30, tzinfo=UTC)
    assert times("FREQ=HOURLY;COUNT=5", 5, night) == [
        "10-25 00:30",
        "10-25 01:30",
        "10-25 02:30",
        "10-25 02:30",
        "10-25 03:30",
    ]
    leapt = datetime(2026, 3, 27, 1, 30, tzinfo=UTC)
    assert times("FREQ=DAILY", 4, leapt) == ["03-27 02:30", "03-28 02:30", "03-29 03:30", "03-30 02:30"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "DAILY", "FREQ=SECONDLY", "FREQ=SECONDLY;COUNT=5", "FREQ=HOURLY", "FREQ=MINUTELY;INTERVAL=1;COUNT=9"),
        *("FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=1001", "FREQ=DAILY;COUNT=5;UNTIL=20260301"),
        *("FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;BYSECOND=1", "FREQ=DAILY;BYHOUR=24"),
        *(
            "FREQ=DAILY;BYHOUR=0,1,2,3;BYMINUTE=0,15,30,45",
            "FREQ=DAILY;BYMINUTE=0,10",
            "FREQ=DAILY;BYHOUR=0,23;BYMINUTE=0,50",
        ),
        *(
            "FREQ=DAILY;UNTIL=20260101",
            "FREQ=DAILY;UNTIL=20361231",
            "FREQ=DAILY;UNTIL=20261301",
            "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        ),
        *("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=2,4;BYMONTHDAY=31", "FREQ=MONTHLY;BYMONTHDAY=0"),
        *(
            "FREQ=MONTHLY;BYDAY=6MO",
            "FREQ=WEEKLY;BYDAY=1MO",
            "FREQ=YEARLY;BYDAY=1MO",
            "FREQ=MONTHLY;BYSETPOS=1",
            "FREQ=MONTHLY;BYDAY=1MO;BYSETPOS=2",
        ),
        *(
            "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=30;BYMONTH=2",
            "FREQ=HOURLY;UNTIL=20280101",
            "FREQ=DAILY;X=1",
            "FREQ=DAILY;BYDAY=ÄÖ",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(text: str) -> None:
    with pytest.raises(BadValue, match=r"\.$"):
        read_rule(text, START, BERLIN)


RULES = st.one_of(
    st.builds(lambda n: f"FREQ=DAILY;INTERVAL={n}", st.integers(1, 40)),
    st.builds(
        lambda days: f"FREQ=WEEKLY;BYDAY={','.join(sorted(days))}",
        st.sets(st.sampled_from(["MO", "TU", "SA"]), min_size=1),
    ),
    st.builds(lambda d: f"FREQ=MONTHLY;BYMONTHDAY={d}", st.sampled_from([1, 29, 31, -1])),
    st.builds(lambda n, d: f"FREQ=MONTHLY;BYDAY={n}{d}", st.sampled_from([1, 2, 5, -1]), st.sampled_from(["MO", "SU"])),
    st.builds(lambda n: f"FREQ=HOURLY;INTERVAL={n};COUNT=200", st.integers(1, 30)),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(microsecond=0, tzinfo=UTC))


@settings(max_examples=150)
@given(RULES, MOMENTS, st.sampled_from(ZONES), st.timedeltas(timedelta(), timedelta(days=400)))
def test_the_next_time_is_later_and_nothing_lies_between(
    text: str, start: datetime, zone: ZoneInfo, gone: timedelta
) -> None:
    rule = read_rule(text, start, zone)
    moment = start + gone
    following = rule.after(start, moment, zone)
    at, walked = start - MICRO, None
    for _ in range(600):
        walked = rule.after(start, at, zone)
        if walked is None or walked > moment:
            break
        assert walked > at
        at = walked
    assert walked == following


@pytest.mark.parametrize(
    ("clock", "until"),
    [("21:59", None), ("22:00", "07:00"), ("23:30", "07:00"), ("00:00", "07:00"), ("06:59", "07:00"), ("07:00", None)],
)
def test_quiet_hours_run_overnight(clock: str, until: str | None) -> None:
    hour, minute = map(int, clock.split(":"))
    now = datetime(2026, 3, 28, hour, minute, tzinfo=BERLIN).astimezone(UTC)
    found = quiet_until(now, BERLIN, "22:00", "07:00")
    assert (f"{found.astimezone(BERLIN):%H:%M}" if found else None) == until
    if found is not None:
        assert timedelta() < found - now <= timedelta(hours=9)


@given(MOMENTS, st.sampled_from(ZONES), st.integers(0, 1439), st.integers(0, 1439))
def test_after_quiet_hours_it_is_not_quiet(now: datetime, zone: ZoneInfo, begins: int, ends: int) -> None:
    if begins == ends:
        return
    start, end = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in (begins, ends))
    until = quiet_until(now, zone, start, end)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=26)
    assert (
        quiet_until(until, zone, start, end) is None
        or until.astimezone(zone).utcoffset() != now.astimezone(zone).utcoffset()
    )
