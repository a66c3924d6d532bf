"""When anchors are made: each night, in the tenant's own zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

NIGHT = time(3, 30)


def next_night(now: datetime, zone: tzinfo) -> datetime:
    """The first half past three in the morning of a zone after `now`; in a night without that hour as much later."""
    day = now.astimezone(zone).date()
    while (found := datetime.combine(day, NIGHT, zone).astimezone(UTC)) <= now:
        day += timedelta(days=1)
    return found
