"""Where the present moment comes from. Only the unit of work asks; everything else reads `Tx.now`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from tocsin.base.errors import invalid

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The machine's time in UTC, to the microsecond as PostgreSQL keeps it."""
    return datetime.now(UTC)


def check_moment(moment: datetime, field: str) -> datetime:
    """A time given by a client, in UTC. Raises `Invalid` for one without a zone or outside 1970 to 2200."""
    if moment.tzinfo is None:
        raise invalid(field, "Give a time with its zone, such as 2026-01-31T09:00:00Z.")
    if not 1970 < moment.year < 2200:
        raise invalid(field, "Give a time between 1971 and 2199.")
    return moment.astimezone(UTC)
