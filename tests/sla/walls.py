"""Working time once more, the slow and obvious way: look at the clock on the wall, minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from tocsin.sla.rules import WEEKDAYS, Hours, Week

MINUTE = timedelta(minutes=1)
ZONES = sorted(name for name in available_timezones() if name not in ("localtime", "Factory"))


def counts(hours: Hours, moment: datetime, zone: ZoneInfo) -> bool:
    """Whether a moment is within the hours, by what the wall shows."""
    wall = moment.astimezone(zone)
    if any(wall.date() == day for day, _ in hours.holidays):
        return False
    shown = wall.hour * 60 + wall.minute
    today, before = hours.week[wall.weekday()], hours.week[(wall.weekday() - 1) % 7]
    return any(a <= shown < b for a, b in today) or any(a <= shown + 1440 < b for a, b in before)


def minutes(hours: Hours, start: datetime, count: int) -> list[bool]:
    """Which of the minutes from `start` on count."""
    zone = ZoneInfo(hours.time_zone)
    return [counts(hours, start + MINUTE * n, zone) for n in range(count)]


@st.composite
def weeks(draw: Any) -> Week:
    """A week without overlaps: edges on a circle of seven days, taken in pairs. Some are nearly always open."""
    edges = sorted(draw(st.sets(st.integers(0, 7 * 96 - 1), min_size=2, max_size=14)))
    if len(edges) % 2:
        edges.pop()
    days: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for opens, closes in zip(edges[::2], edges[1::2], strict=True):
        at, end = opens * 15, closes * 15
        while at < end:  # nothing is open longer than until the next day's same time
            day, since = divmod(at, 1440)
            until = min(end - day * 1440, since + 1440, 2880)
            days[day].append((since, until))
            at = day * 1440 + until
    return tuple(tuple(day) for day in days)


NIGHTS = [  # clock changes, leap days, turns of the year
    *(datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 3, 8, tzinfo=UTC)),
    *(datetime(2026, 11, 1, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)),
    *(datetime(2026, 4, 5, tzinfo=UTC), datetime(2026, 10, 4, tzinfo=UTC), datetime(2011, 12, 30, tzinfo=UTC)),
]
starts = st.one_of(
    st.sampled_from(NIGHTS).flatmap(lambda night: st.integers(-1440, 1440).map(lambda minute: night + MINUTE * minute)),
    st.datetimes(datetime(1972, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC)).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
)


@st.composite
def cases(draw: Any) -> tuple[Hours, datetime]:
    """A calendar and a moment near which something happens to it."""
    start = draw(starts)
    days = draw(st.sets(st.integers(-2, 4), max_size=2))
    holidays: tuple[tuple[date, str], ...] = tuple(
        (start.date() + timedelta(days=day), f"Holiday {day}") for day in sorted(days)
    )
    return Hours(draw(st.sampled_from(ZONES)), draw(weeks()), holidays), start
