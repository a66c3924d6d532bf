"""What a tenant has set, kept as long as its revision stands, and the working time of calendars' versions, kept for good."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any
from uuid import UUID

from tocsin.base.errors import Unavailable
from tocsin.db.tx import Tx
from tocsin.sla import store
from tocsin.sla.model import hours_from
from tocsin.sla.rules import ALWAYS, AROUND_THE_CLOCK, Calendar, Configuration, Promise, Promises, WorkingTime
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.service.kept import Kept

_CALENDARS: OrderedDict[tuple[UUID, str], tuple[str, Calendar]] = OrderedDict()
_MOST_CALENDARS = 2000


async def read(tx: Tx) -> Configuration:
    """What the tables hold now."""
    calendars, default = {}, ALWAYS
    for row in await store.calendars.present(tx):
        calendars[row["id"]] = name = ALWAYS if hours_from(row).is_always_open else str(row["version_id"])
        if row["is_default"]:
            default = name
    return Configuration(
        warning_percents=tuple((await tenancy.current(tx)).settings.warning_percents),
        default_calendar=default,
        calendars=calendars,
        promises=tuple(promises_from(row) for row in await store.policies.active(tx)),
    )


_KEPT = Kept("sla_configuration", read)
configuration = _KEPT.get


async def changed(tx: Tx) -> Configuration:
    """Every process reads anew from the next request on; the configuration as this transaction has changed it."""
    await tenancy.configuration_changed(tx)
    return await _KEPT.reread(tx)


def promises_from(row: Any) -> Promises:
    """A policy as the rules see it."""
    same = (
        "id",
        "name",
        "version",
        "category_id",
        "team_id",
        "organisation",
        "calendar_id",
        "extensions",
        "hands_minutes",
    )
    percents = row["warning_percents"]
    return Promises(
        **{name: row[name] for name in same},
        warning_percents=None if percents is None else tuple(percents),
        lines=tuple(_line_from(line) for line in row["lines"]),
    )


def _line_from(line: dict[str, Any]) -> Promise:
    calendar = line["calendar_id"]
    minutes = {name: line[name] for name in ("response_minutes", "update_minutes", "resolution_minutes")}
    return Promise(
        priority_id=UUID(line["priority_id"]), calendar_id=None if calendar is None else UUID(calendar), **minutes
    )


async def working_time(tx: Tx, name: str) -> Calendar:
    """The working time of a version of a calendar."""
    return (await named_calendar(tx, name))[1]


async def named_calendar(tx: Tx, name: str) -> tuple[str, Calendar]:
    """The name and the working time of a version of a calendar."""
    if name == ALWAYS:
        return "24x7", AROUND_THE_CLOCK
    key = (tx.tenant_id, name)
    if (kept := _CALENDARS.get(key)) is not None:
        _CALENDARS.move_to_end(key)
        return kept
    row = await store.calendars.version(tx, UUID(name))
    if row is None:
        raise Unavailable("The calendar has just changed; try again in a moment.")
    found = _CALENDARS[key] = (row["name"], WorkingTime(hours_from(row)))
    if len(_CALENDARS) > _MOST_CALENDARS:
        _CALENDARS.popitem(last=False)
    return found
