"""Sending what is due, following the due time, cancelling what an ended incident leaves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tocsin.access import service as access
from tocsin.activity.model import Event
from tocsin.base.actor import system_actor
from tocsin.db.tx import Tx
from tocsin.escalation import service as escalation
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.notifications import service as notifications
from tocsin.notifications.model import Recipient
from tocsin.reminders import events, rules, store
from tocsin.reminders.model import entries_from
from tocsin.reminders.rules import To
from tocsin.tenancy import service as tenancy

MOST_URGENT = 1
"""The level of priorities whose reminders know no quiet hours."""


async def remind(tx: Tx, reminder_id: UUID) -> None:
    """What the sweep does with a due reminder: check again, then send, let rest or cancel. Once, whoever else tries."""
    incident_id = await store.incident_of(tx, reminder_id)
    if incident_id is None:
        return
    incident = await incidents.lock_id(tx, incident_id)
    row = await store.lock_due(tx, reminder_id)
    if row is None:
        return
    verdict = rules.judge(
        is_there=incident is not None,
        is_terminal=incident is not None and incident.status.is_terminal,
        is_open=incident is not None and incident.is_open,
        is_paused=incident is not None and incident.status.pauses_sla and incident.due_source == "sla",
        by_due=row["before_due_minutes"] is not None,
    )
    if verdict.kind == "rest":
        await store.update(tx, reminder_id, {"scheduled_for": None, "snoozed_until": None})
    elif verdict.kind == "cancel" or incident is None:
        await store.update(tx, reminder_id, {"state": "cancelled", "cancelled_at": tx.now})
        _say_cancelled(tx, incident_id, reminder_id, verdict.because)
    elif (until := await _quiet_until(tx, incident, row)) is not None:
        await store.update(tx, reminder_id, {"scheduled_for": until, "nominal_at": _nominal(row)})
    else:
        await _send(tx, incident, row)


async def _quiet_until(tx: Tx, incident: Incident, row: Any) -> datetime | None:
    """When the tenant's quiet hours end that hold a reminder back. Urgent: by itself, or by the most urgent priority."""
    tenant = await tenancy.current(tx)
    quiet = tenant.settings.quiet_hours
    if quiet is None or row["is_urgent"] or incident.priority.level <= MOST_URGENT:
        return None
    return rules.quiet_until(tx.now, ZoneInfo(tenant.time_zone), *quiet)


def _nominal(row: Any) -> datetime:
    """The occurrence's own time, whatever put it off."""
    found: datetime = row["nominal_at"] or row["scheduled_for"]
    return found


async def follow_due(tx: Tx, event: Event) -> None:
    """Something may have moved the incident's due time: reminders that go by it move along."""
    if event.type == "IncidentUpdated" and "category" not in event.facts["fields"]:
        return
    if event.incident_id is not None:
        await store.follow_due(tx, event.incident_id)


async def cancel_for(tx: Tx, event: Event) -> None:
    """The incident was closed: nobody is reminded of it any more."""
    if event.incident_id is not None:
        for reminder_id in await store.cancel_all(tx, event.incident_id):
            _say_cancelled(tx, event.incident_id, reminder_id, "closed")


def _say_cancelled(tx: Tx, incident_id: UUID, reminder_id: UUID, because: str) -> None:
    facts = {"reminder": reminder_id, "because": because}
    tx.emit(events.ReminderCancelled(actor=system_actor(tx.tenant_id), incident_id=incident_id, facts=facts))


async def _send(tx: Tx, incident: Incident, row: Any) -> None:
    members, outside = await _recipients(tx, incident, row)
    reached = await notifications.people(tx, members, row["channel"])
    inside = f"{await incidents.describe(tx, incident)}\nReminder: {row['reminder_type']}\n"
    made = await _notify(tx, incident, row, reached, inside)
    if outside:
        public = f"This is a reminder.\n\n{escalation.describe_publicly(incident)}"
        made += await _notify(tx, incident, row, outside, public)
    after, missed = await _next(tx, row)
    await store.update(
        tx, row["id"], {"occurrence": row["occurrence"] + 1, "sent_at": tx.now, "snoozed_until": None, **after}
    )
    facts = {
        "reminder": row["id"],
        "scheduled_for": row["scheduled_for"],
        "occurrence": row["occurrence"] + 1,
        "missed": missed,
        "channel": row["channel"],
        "told": made,
        "unreachable": len(members) - len(reached),
        "skipped": None if made else _why_nobody(tx, members, row["channel"]),
    }
    texts = {"reminder_type": row["reminder_type"]}
    tx.emit(events.ReminderDue(actor=system_actor(tx.tenant_id), incident_id=incident.id, facts=facts, texts=texts))


async def _next(tx: Tx, row: Any) -> tuple[dict[str, Any], int]:
    """What becomes of a reminder that goes out now, and how many of its times have passed unsent: those are not made up for."""
    if row["rrule"] is None:
        return {"state": "sent"}, 0
    zone, start, nominal = ZoneInfo((await tenancy.current(tx)).time_zone), row["starts_at"], _nominal(row)
    rule = rules.read_rule(row["rrule"], start, zone)
    missed, following = 0, rule.after(start, nominal, zone)
    if following is not None and following <= tx.now:
        missed = rule.count(start, nominal, tx.now, zone)
        following = rule.after(start, tx.now, zone)
    if following is None:
        return {"state": "sent"}, missed
    return {"scheduled_for": following, "nominal_at": following}, missed


async def _notify(tx: Tx, incident: Incident, row: Any, recipients: list[Recipient], body: str) -> int:
    """Tell people, each address once for a reminder; how many messages that made."""
    made = await notifications.notify(
        tx,
        kind="ReminderDue",
        incident_id=incident.id,
        recipients=recipients,
        subject=f"[{incident.reference_code}] Reminder: {incident.title}",
        body=body,
        dedupe=f"reminder:{row['id']}:{row['occurrence']}",
        channel=row["channel"],
    )
    return len(made)


def _why_nobody(tx: Tx, members: list[UUID], channel: str) -> str:
    if notifications.MODULE in tx.memo.get("disabled_modules", ()):
        return "notifications are switched off"
    return f"nobody can be reached by {channel}" if members else "nobody is there to remind"


async def _recipients(tx: Tx, incident: Incident, row: Any) -> tuple[list[UUID], list[Recipient]]:
    """The members to remind, and people outside, who get public words only."""
    members: list[UUID] = []
    outside: list[Recipient] = []
    entries = entries_from(row)
    if not entries:
        found = incident.assigned_to_id or row["created_by_id"]
        members += [found] if found is not None else []
    for entry in entries:
        if entry.kind == "watchers":
            await _add_watchers(tx, incident, members, outside, row["channel"])
        elif entry.kind == "reporter":
            await _add_reporter(tx, incident, members, outside, row["channel"])
        else:
            members += await _members(tx, incident, entry)
    return list(dict.fromkeys(members)), outside


async def _members(tx: Tx, incident: Incident, entry: To) -> list[UUID]:
    if entry.kind == "role":
        return await access.users_with_role(tx, entry.ref)
    if entry.kind == "team":
        return await access.team_members(tx, [UUID(entry.ref)])
    if entry.kind == "user":
        return [UUID(entry.ref)]
    return [incident.assigned_to_id] if incident.assigned_to_id is not None else []


async def _add_watchers(
    tx: Tx, incident: Incident, members: list[UUID], outside: list[Recipient], channel: str
) -> None:
    rows = await store.watchers(tx, incident.id)
    members += [row["user_id"] for row in rows if row["user_id"] is not None]
    teams = [row["team_id"] for row in rows if row["team_id"] is not None]
    members += await access.team_members(tx, teams) if teams else []
    if channel == "email":
        outside += [Recipient(None, None, row["email"], row["email"]) for row in rows if row["email"] is not None]


async def _add_reporter(
    tx: Tx, incident: Incident, members: list[UUID], outside: list[Recipient], channel: str
) -> None:
    if incident.reported_by_user_id is not None:
        members.append(incident.reported_by_user_id)
    elif incident.reported_by_reporter_id is not None and channel != "slack":
        row = await store.reporter(tx, incident.reported_by_reporter_id)
        address = row["email"] if channel == "email" else row["phone"]
        if address:
            outside.append(Recipient(None, row["id"], row["name"], address))
