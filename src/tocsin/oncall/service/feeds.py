"""Calendar feeds (RFC 5545): secret addresses that a calendar program asks again and again, without logging in."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from icalendar import Calendar, Event

from tocsin.access import permissions
from tocsin.access.rules import secret_hash
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused
from tocsin.db.tx import Database, Tx
from tocsin.oncall import store
from tocsin.oncall.rules import Shift
from tocsin.oncall.service.find import find_named
from tocsin.oncall.service.schedules import must_see
from tocsin.oncall.service.watch import Plans, plans
from tocsin.tenancy import service as tenancy

PATH = "/feeds/oncall"
BEHIND, AHEAD = timedelta(days=14), timedelta(days=60)
"""The watches that a feed tells of."""
MODULE = "escalation"
MOST_SCHEDULES = 200


async def make_feed(tx: Tx, actor: Actor, schedule: str | None) -> str:
    """A fresh secret path of one's own watches, or of a schedule's; one from before is void. Raises `Invalid`, `Refused`."""
    must_see(actor)
    found = await find_named(tx, schedule, "schedule") if schedule is not None else None
    if actor.kind != "person" or actor.id is None:
        raise Refused("Only people have a calendar.")
    secret = secrets.token_urlsafe(32)
    await store.feeds.put(tx, actor.id, found.id if found is not None else None, secret_hash(secret))
    return f"{PATH}/{tx.tenant_id.hex}_{secret}.ics"


async def drop_feed(tx: Tx, actor: Actor, schedule: str | None) -> None:
    """Make the address of one's own watches, or of a schedule's, void. Raises `Invalid`, `Refused` when there is none."""
    must_see(actor)
    found = await find_named(tx, schedule, "schedule") if schedule is not None else None
    if actor.id is None or not await store.feeds.delete(tx, actor.id, found.id if found is not None else None):
        raise Refused("There is no such address.")


async def read_feed(database: Database, name: str) -> bytes:
    """The calendar behind a secret path. Raises the same `NotFound` for every address that opens nothing (any more)."""
    tenant, _, secret = name.removesuffix(".ics").partition("_")
    try:
        tenant_id = UUID(hex=tenant)
    except ValueError:
        raise NotFound from None
    if len(tenant) != 32 or not 20 <= len(secret) <= 128:
        raise NotFound
    async with database.reading(tenant_id) as tx:
        row = await store.feeds.find(tx, secret_hash(secret))
        if row is None or row["state"] != "active" or MODULE in row["disabled_modules"]:
            raise NotFound
        if not {permissions.VIEW, permissions.ESCALATION_MANAGE} & set(row["held"]):
            raise NotFound
        await tenancy.current(tx)
        return await _calendar(tx, row)


async def _calendar(tx: Tx, row: Any) -> bytes:
    since, until = tx.now - BEHIND, tx.now + AHEAD
    known = {each["id"]: each["name"] for each in await store.schedules.page(tx, None, MOST_SCHEDULES)}
    wanted = [row["schedule_id"]] if row["schedule_id"] is not None else list(known)
    found = await plans(tx, [each for each in wanted if each in known], since, until)
    title = known.get(row["schedule_id"], "") if row["schedule_id"] is not None else row["name"]
    calendar = Calendar()
    calendar.add("prodid", "-//Tocsin//On call//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"On call: {title}")
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for schedule_id in found.plans:
        for shift in found.rota(schedule_id, since, until).final:
            if row["schedule_id"] is not None or shift.user_id == row["user_id"]:
                calendar.add_component(_event(tx, found, schedule_id, known[schedule_id], shift))
    return bytes(calendar.to_ical())


def _event(tx: Tx, found: Plans, schedule_id: UUID, title: str, shift: Shift) -> Event:
    event = Event()
    event.add("uid", f"{schedule_id}-{shift.since:%Y%m%dT%H%M%SZ}@tocsin")
    event.add("dtstamp", tx.now)
    event.add("dtstart", shift.since)
    event.add("dtend", shift.until)
    event.add("summary", f"{found.named(shift.user_id).name}: {title}")
    if shift.stands_in_for is not None:
        event.add("description", f"Stands in for {found.named(shift.stands_in_for).name}")
    return event
