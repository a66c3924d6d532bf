"""Proving that a policy reaches somebody at every instant to come, on save, each night, and when asked."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor, system_actor
from tocsin.base.durations import format_duration, parse_duration
from tocsin.base.errors import BadValue, invalid
from tocsin.base.zones import day_start
from tocsin.db.tx import Tx
from tocsin.escalation import events, store
from tocsin.escalation.model import Reach, ReachGap, ReachSeen, ladder_from
from tocsin.escalation.rules import Ladder, reach as rules
from tocsin.escalation.service.find import existing
from tocsin.escalation.service.hours import business_hours, hours_of
from tocsin.escalation.service.people import load_people
from tocsin.notifications import service as notifications
from tocsin.tenancy import service as tenancy

MOST_DAYS = 92
USUAL_DAYS = 30
LEAST_PROMISE = timedelta(minutes=15)
NIGHTLY_HOUR = timedelta(hours=3)
MOST_SHOWN = 200
LONGEST_AHEAD = timedelta(days=250)
TOLD_OF = timedelta(days=7)
"""A gap that begins within this time is worth a message at night."""


async def reach(tx: Tx, actor: Actor, ref: str, days: int = USUAL_DAYS, within: str | None = None) -> Reach:
    """Whether a policy reaches somebody at every instant of the next days, else the gaps. Raises `NotFound`, `Invalid`.

    `within` is the promised time, from the start of a ladder: left out, the time until its last step, a quarter of an hour
    at least.
    """
    actor.must(permissions.ESCALATION_MANAGE)
    row = await existing(tx, ref)
    if not 1 <= days <= MOST_DAYS:
        raise invalid("days", "Give a number of days from 1 to {most}.", most=MOST_DAYS)
    ladder = ladder_from(row, await business_hours(tx))
    promised = _promise(ladder)
    if within is not None:
        try:
            promised = parse_duration(within)
        except BadValue as error:
            raise invalid("within", error.template, **error.values) from None
    return await _prove(tx, ladder, timedelta(days=days), promised)


def _promise(ladder: Ladder) -> timedelta:
    return max(sum((step.after for step in ladder.steps), timedelta()), LEAST_PROMISE)


async def _prove(tx: Tx, ladder: Ladder, span: timedelta, promised: timedelta) -> Reach:
    until = tx.now + span
    hours = await hours_of(tx, ladder)
    ahead = min(hours.add_working(until, promised), until + LONGEST_AHEAD) + timedelta(days=1)
    people = await load_people(tx, ladder, tx.now, ahead, verified=True)
    found = rules.gaps(ladder, people, hours, tx.now, until, promised)
    return Reach(
        since=tx.now,
        until=until,
        within=format_duration(promised),
        is_reached=not found,
        gaps=[ReachGap(gap.since, gap.until, sorted(gap.because)) for gap in found[:MOST_SHOWN]],
        last_resort=people.last_resort,
    )


async def look(tx: Tx, policy_id: UUID) -> Reach:
    """Prove a policy anew and keep what was found; it is looked at again in the night."""
    row = await store.policies.get_policy(tx, policy_id)
    ladder = ladder_from(row, await business_hours(tx))
    found = await _prove(tx, ladder, timedelta(days=USUAL_DAYS), _promise(ladder))
    first = found.gaps[0] if found.gaps else None
    seen = ReachSeen(checked_at=tx.now, gaps=len(found.gaps), first=first)
    await store.policies.set_reach(tx, policy_id, seen, await _tonight(tx) if row["is_active"] else None)
    return found


async def _tonight(tx: Tx) -> datetime | None:
    """The next 3 o'clock of the organisation's day. A sandbox has no nights: it is looked at when it is asked for."""
    tenant = await tenancy.current(tx)
    if tenant.kind == "sandbox":
        return None
    zone = ZoneInfo(tenant.time_zone)
    today: date = tx.now.astimezone(zone).date()
    for day in (today, today + timedelta(days=1)):
        at = day_start(day, zone) + NIGHTLY_HOUR
        if at > tx.now:
            return at
    return day_start(today + timedelta(days=2), zone) + NIGHTLY_HOUR


async def look_at_night(tx: Tx, policy_id: UUID) -> None:
    """What the sweep does: prove again, and say so when there is a gap soon that wasn't known."""
    row = await store.policies.lock_due_policy(tx, policy_id)
    if row is None:
        return
    before = _seen(row)
    found = await look(tx, policy_id)
    first = found.gaps[0] if found.gaps and _tells_anybody(row) else None
    if first is None or first.since > tx.now + TOLD_OF or (await tenancy.current(tx)).kind == "sandbox":
        return
    if before is not None and before.first is not None and before.first.until == first.until:
        return
    facts = {"policy": policy_id, "from": first.since, "to": first.until, "gaps": len(found.gaps)}
    tx.emit(events.ReachGapFound(actor=system_actor(tx.tenant_id), facts=facts, texts={"name": row["name"]}))
    await _tell(tx, row, first, found.last_resort)


def _tells_anybody(row: Any) -> bool:
    """Whether the ladder is meant to tell people at all."""
    return any(action["do"] == "notify" for step in row["steps"] for action in step["actions"])


async def _tell(tx: Tx, row: Any, gap: ReachGap, last_resort: UUID | None) -> None:
    zone = ZoneInfo((await tenancy.current(tx)).time_zone)
    told = [last_resort] if last_resort is not None else await access.users_with_role(tx, "admin")
    since, until = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (gap.since, gap.until))
    await notifications.notify(
        tx,
        kind="ReachGapFound",
        incident_id=None,
        recipients=await notifications.people(tx, told),
        subject=f"{row['name']} reaches nobody from {since}",
        body=f"The escalation policy {row['name']} reaches nobody in time from {since} to {until} ({zone.key}).\n",
        dedupe=f"reach:{row['id']}:{gap.since.isoformat()}:{gap.until.isoformat()}",
    )


def _seen(row: Any) -> ReachSeen | None:
    return msgspec.convert(row["reach"], ReachSeen) if row["reach"] is not None else None
