"""Quiet hours: a stretch of the local day, also over midnight, in which nobody is disturbed by what isn't urgent."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def quiet_until(now: datetime, zone: ZoneInfo, start: str, end: str) -> datetime | None:
    """When the quiet hours end in which `now` lies, in UTC; None outside them. `start` and `end` are `HH:MM` of the zone.

    The start belongs to them, the end doesn't. Of an end that the clocks leap over, the moment of the leap counts.
    """
    begins, ends = time.fromisoformat(start), time.fromisoformat(end)
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    overnight = begins > ends
    if not ((clock >= begins or clock < ends) if overnight else begins <= clock < ends):
        return None
    day = local.date() + (DAY if overnight and clock >= begins else timedelta())
    until = datetime.combine(day, ends, zone).astimezone(UTC)
    return until if until > now else datetime.combine(day, ends, zone).replace(fold=1).astimezone(UTC)
