"""The list's filters by when things happened: for reports, whose every figure opens the list behind it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tocsin.base.clock import check_moment
from tocsin.base.errors import invalid
from tocsin.base.zones import hours_of_week
from tocsin.db.tx import Tx
from tocsin.incidents.store.known import first_id_after
from tocsin.tenancy import service as tenancy

if TYPE_CHECKING:
    from tocsin.incidents.service.listing import Narrowing

FACTS = ("resolved", "responded", "breached", "escalated", "reopened")
CLOCK_STATES = ("breached", "soon", "on_track", "paused")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_YEARS = 5
HOUR = re.compile(rf"({'|'.join(WEEKDAYS)})-([01][0-9]|2[0-3])")


async def in_time(tx: Tx, query: Narrowing) -> dict[str, Any]:
    """The fields of `Filters` that speak of time. Raises `Invalid` naming the parameter."""
    happened = {}
    for fact in FACTS:
        span = tuple(_moment(query, f"{fact}_{end}") for end in ("after", "before"))
        if span != (None, None):
            happened[fact] = span
    if query.clock is not None and query.clock not in CLOCK_STATES:
        raise invalid("clock", "Use {names}.", names=", ".join(CLOCK_STATES))
    found: dict[str, Any] = {"happened": happened, "clock": query.clock}
    if query.created_hour is not None:
        found["hours"] = await _hours(tx, query)
    if (as_of := _moment(query, "as_of")) is not None:
        if as_of > tx.now:
            raise invalid("as_of", "This moment has not come yet.")
        is_sandbox = (await tenancy.current(tx)).kind == "sandbox"
        found |= {"as_of": as_of, "ceiling": first_id_after(as_of, is_sandbox=is_sandbox)}
    return found


def _moment(query: Narrowing, name: str) -> datetime | None:
    given: datetime | None = getattr(query, name)
    return check_moment(given, name) if given is not None else None


async def _hours(tx: Tx, query: Narrowing) -> list[tuple[datetime, datetime]]:
    match = HOUR.fullmatch(query.created_hour or "")
    if match is None:
        raise invalid("created_hour", "Give a weekday and an hour, such as mon-09.")
    since, until = _moment(query, "created_after"), _moment(query, "created_before")
    if since is None or until is None or (until - since).days > 366 * MOST_YEARS:
        raise invalid(
            "created_hour", "Give created_after and created_before too, at most {most} years apart.", most=MOST_YEARS
        )
    zone = ZoneInfo((await tenancy.current(tx)).time_zone)
    return hours_of_week(zone, since, until, WEEKDAYS.index(match[1]), int(match[2]))
