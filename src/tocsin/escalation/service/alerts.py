"""Telling people of an escalation: each by their own rules, one after the other, until somebody acknowledges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused
from tocsin.base.ids import new_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.escalation import store
from tocsin.escalation.model import Alert
from tocsin.escalation.rules import personal
from tocsin.escalation.service.links import LINK_LIFE, link_to
from tocsin.escalation.service.personal import contact_for, rules_of
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident, IncidentName
from tocsin.notifications import service as notifications
from tocsin.notifications.model import PersonalChannel
from tocsin.notifications.service import Contact

STOPPED_BY = {
    "IncidentAcknowledged": "acknowledged",
    "IncidentResolved": "resolved",
    "IncidentClosed": "closed",
    "IncidentMerged": "closed",
    "IncidentDeleted": "deleted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """Why people are told: `key` is what nobody is told of twice, `run_id` whose step it is.

    `calls`: it is another who has them called. Whoever has heard of the escalation is called all the same.
    """

    key: str
    reason: str
    run_id: UUID | None = None
    calls: bool = False


@dataclass(slots=True)
class Told:
    """Who was told (or their stand-ins), and how many could not be."""

    users: list[UUID] = field(default_factory=list)
    unreachable: int = 0


async def alert(
    tx: Tx, incident: Incident, user_ids: Iterable[UUID], occasion: Occasion, *, channel: PersonalChannel | None = None
) -> Told:
    """Tell people, each by their own rules, or all by one channel. Who is away has their deputy told instead.

    A person counts as unreachable when none of their rules has a working channel, or when nobody stands in for them.
    """
    told, meant = Told(), []
    for user_id in dict.fromkeys(user_ids):
        way = await access.way_to(tx, user_id)
        if way:
            meant.append(way[-1].user_id)
        else:
            told.unreachable += 1
    meant = list(dict.fromkeys(meant))
    contacts = await notifications.contacts(tx, meant)
    own = await rules_of(tx, meant) if channel is None else {}
    for user_id in meant:
        rules = (personal.Rule(timedelta(), channel),) if channel is not None else own.get(user_id, personal.DEFAULT)
        if any(rule.user is not None or contact_for(rule, contacts.get(user_id, [])) for rule in rules):
            await _begin(tx, incident, user_id, rules, occasion)
            told.users.append(user_id)
        else:
            told.unreachable += 1
    return told


async def _begin(
    tx: Tx, incident: Incident, user_id: UUID, rules: tuple[personal.Rule, ...], occasion: Occasion
) -> None:
    """A new alert takes the place of an older one of the same person about the same incident."""
    alert_id = new_id()
    if await store.alerts.begin_alert(
        tx, alert_id, incident.id, user_id, occasion.run_id, occasion.key, occasion.reason, rules
    ):
        await store.alerts.replace_alerts(tx, incident.id, user_id, alert_id)
        await _advance(tx, incident, await store.alerts.lock_alert(tx, alert_id), is_called=occasion.calls)


async def follow_alert(tx: Tx, alert_id: UUID) -> None:
    """What the sweep does with a due alert: check again, then whatever of its rules is due."""
    incident_id = await store.alerts.incident_of_alert(tx, alert_id)
    if incident_id is None:
        return
    incident = await incidents.lock_id(tx, incident_id)
    row = await store.alerts.lock_due_alert(tx, alert_id)
    if row is None:
        return
    if incident is None or not incident.is_open or incident.status.pauses_sla:
        because = "deleted" if incident is None else "paused" if incident.is_open else "resolved"
        await store.alerts.end_alert(tx, alert_id, "stopped", because)
    else:
        await _advance(tx, incident, row)


async def _advance(tx: Tx, incident: Incident, row: Any, *, is_called: bool = False) -> None:
    """Do what is due, and set when the next rule is."""
    rules = msgspec.convert(row["rules"], tuple[personal.Rule, ...])
    contacts = (await notifications.contacts(tx, [row["user_id"]])).get(row["user_id"], [])
    due = personal.due_rules(rules, row["step"], row["started_at"], tx.now)
    for rule in due:
        if rule.user is not None:
            await _call(tx, incident, row, rule.user)
        elif (contact := contact_for(rule, contacts)) is not None:
            later = f":{int(rule.after.total_seconds())}" if rule.after else ":called" if is_called else ""
            await _send(tx, incident, row, row["occasion"] + later, contact)
    step = row["step"] + len(due)
    at = personal.next_at(rules, step, row["started_at"])
    if at is None:
        await store.alerts.end_alert(tx, row["id"], "finished", "done", step)
    else:
        await store.alerts.move_alert(tx, row["id"], step, at)


async def _call(tx: Tx, incident: Incident, row: Any, user_id: UUID) -> None:
    name = (await access.names(tx, [row["user_id"]])).get(row["user_id"], "")
    reason = f"{row['reason']}; {name} has not acknowledged it"
    occasion = Occasion(key=row["occasion"], reason=reason, run_id=row["run_id"], calls=True)
    await alert(tx, incident, [user_id], occasion)


async def _send(tx: Tx, incident: Incident, row: Any, dedupe: str, contact: Contact) -> None:
    short = contact.kind == "sms"
    body = f"{row['reason']}\n" if short else f"{await incidents.describe(tx, incident)}\nReason: {row['reason']}\n"
    await notifications.notify(
        tx,
        kind="IncidentEscalated",
        incident_id=incident.id,
        recipients=[contact.recipient],
        subject=f"[{incident.reference_code}] Escalated: {incident.title}",
        body=body,
        dedupe=dedupe,
        channel=contact.kind,
        link=("Acknowledge it here:", await link_to(tx, row["id"])),
    )


async def stop_alerts(tx: Tx, event: Event) -> None:
    """Somebody has seen to it: nobody is told any further."""
    if event.incident_id is not None:
        await store.alerts.stop_alerts(tx, event.incident_id, STOPPED_BY[event.type])


async def alerts(tx: Tx, actor: Actor, ref: str, *, limit: int, cursor: str | None) -> Page[Alert]:
    """Who is or was being told of an incident, the latest first. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    limit, question = check_limit(limit), ["alerts", str(incident.id)]
    before = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    rows = await store.alerts.alerts(tx, incident.id, before, limit + 1)
    items = [_view(row, incident) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].started_at, items[-1].id]) if more else None)


def _view(row: Any, incident: Incident) -> Alert:
    return Alert(
        id=row["id"],
        incident=IncidentName(incident.id, incident.reference_code),
        user=Named(row["user_id"], row["user_name"]),
        reason=row["reason"],
        state=row["state"],
        ended_because=row["ended_because"],
        started_at=row["started_at"],
        next_at=row["next_at"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """What a link to acknowledge by leads to."""

    user: Named
    incident: Incident
    is_old: bool


async def linked(tx: Tx, alert_id: UUID) -> Linked:
    """The incident and the person of an alert. Raises `NotFound` when either is gone."""
    row, actor = await _linked(tx, alert_id)
    incident = await incidents.see(tx, actor, row["incident_id"])
    return Linked(
        user=Named(row["user_id"], actor.name), incident=incident, is_old=tx.now - row["started_at"] > LINK_LIFE
    )


async def acknowledge_by_link(tx: Tx, alert_id: UUID) -> None:
    """Acknowledge in the name of the one who was told. Raises `NotFound`, `Forbidden`, `Refused`."""
    row, actor = await _linked(tx, alert_id)
    if tx.now - row["started_at"] > LINK_LIFE:
        raise Refused("This link is older than a week and works no more. Log in to acknowledge.")
    await incidents.acknowledge(tx, actor, row["incident_id"])


async def _linked(tx: Tx, alert_id: UUID) -> tuple[Any, Actor]:
    """An alert, and the one whom it told, with the rights they hold now."""
    row = await store.alerts.get_alert(tx, alert_id)
    if row is None:
        raise NotFound
    return row, await access.acting_for(tx, row["user_id"], "mail", None)
