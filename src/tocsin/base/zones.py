"""Days and hours of a time zone as stretches of real time, also where a clock change makes them longer or shorter.

Every day is one stretch, from its first midnight to the next day's: what is counted, kept and drawn by days needs a border
between two of them, not three. Where a zone turned its clocks back across a midnight that had passed (America/St_Johns at one
minute past, until 2011) the evening that came again belongs to the day that had begun, and its hours keep their numbers in it.

Python's own rules decide, never the database's: its zones may be of another year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one local day (the end belongs no more to it) in which the zone's distance from UTC stands still.

    `shift` is that distance in seconds: added to a UTC time it gives the local one.
    """

    day: date
    since: datetime
    until: datetime
    shift: int


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The day that a moment belongs to in a zone: the wall's, except in an evening that comes again."""
    shown = at.astimezone(zone).date()
    return shown + DAY if at >= day_start(shown + DAY, zone) else shown


def day_start(day: date, zone: tzinfo) -> datetime:
    """The first moment of a local day, in UTC: of two midnights the first, of one that is skipped the moment of the change."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last."""
    return [first + DAY * n for n in range((last - first).days + 1)]


def segments(day: date, zone: ZoneInfo) -> list[Segment]:
    """A local day: one stretch, two on a day of a clock change, none for a day that a zone has skipped."""
    since, until = day_start(day, zone), day_start(day + DAY, zone)
    found = []
    while since < until:
        change = _change(since, until, zone)
        found.append(Segment(day, since, change, _shift(since, zone)))
        since = change
    return found


def hours_of_week(
    zone: ZoneInfo, since: datetime, until: datetime, weekday: int, hour: int
) -> list[tuple[datetime, datetime]]:
    """Every such hour (Monday is 0) between two moments: an hour that comes twice counts twice, a skipped one not at all."""
    first, last = local_day(since, zone), local_day(until, zone)
    found = []
    for day in days_between(first + DAY * ((weekday - first.weekday()) % 7), last)[::7]:
        for segment in segments(day, zone):
            for shown in (day - DAY, day):
                begins = datetime.combine(shown, time(hour), UTC) - timedelta(seconds=segment.shift)
                start, end = max(begins, segment.since, since), min(begins + HOUR, segment.until, until)
                if start < end:
                    found.append((start, end))
    return found


def runs(parts: list[Segment]) -> Iterator[tuple[datetime, datetime]]:
    """Segments in order, those that touch joined."""
    begun: tuple[datetime, datetime] | None = None
    for part in parts:
        if begun is not None and part.since == begun[1]:
            begun = (begun[0], part.until)
            continue
        if begun is not None:
            yield begun
        begun = (part.since, part.until)
    if begun is not None:
        yield begun


def _shift(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())


def _change(since: datetime, until: datetime, zone: ZoneInfo) -> datetime:
    """When the distance from UTC that holds at `since` ends, at the latest `until` (zones change on whole seconds)."""
    shift = _shift(since, zone)
    if _shift(until - timedelta(seconds=1), zone) == shift:
        return until
    low, high = 0, int((until - since).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _shift(since + timedelta(seconds=middle), zone) == shift else (low, middle)
    return since + timedelta(seconds=high)


def wall_moment(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which a clock on the wall shows a time: of two the first; of a time that the clocks leap over the
    leap itself. A later time on the clock is never an earlier moment.
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if first.astimezone(zone).replace(tzinfo=None) == local:
        return first
    before = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _change(before, first, zone)
