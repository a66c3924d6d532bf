"""Making, changing, putting off and cancelling reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Any, get_args
from uuid import UUID

from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.durations import parse_duration
from tocsin.base.errors import N_, BadValue, NotFound, Refused, invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line
from tocsin.db.tx import Tx
from tocsin.escalation import service as escalation
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.reminders import events, rules, store
from tocsin.reminders.model import Draft, Reminder, State, ToWhom, reminder_from, stored

DEFAULT_TYPE = "reminder"


async def reminders(
    tx: Tx, actor: Actor, ref: str, *, state: str | None, limit: int, cursor: str | None
) -> Page[Reminder]:
    """An incident's reminders, the first made first. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    if state is not None and state not in get_args(State):
        raise invalid("state", "Use one of {names}.", names=", ".join(get_args(State)))
    limit, question = check_limit(limit), ["reminders", str(incident.id), state]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    rows = await store.page(tx, incident.id, state=state, after=after, limit=limit + 1)
    items = [reminder_from(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].created_at, items[-1].id]) if more else None)


async def get_reminder(tx: Tx, actor: Actor, ref: str, reminder: str) -> Reminder:
    """One reminder. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    return reminder_from(await _existing(tx, incident, reminder))


async def add_reminder(tx: Tx, actor: Actor, ref: str | UUID, given: Draft) -> Reminder:
    """Make a reminder. Raises `NotFound`, `Invalid`, `Refused` for a closed incident."""
    actor.must(permissions.UPDATE)
    incident = await incidents.lock(tx, actor, ref)
    _refuse_closed(incident)
    times = _times(tx, incident, given)
    if times is None:
        raise invalid("scheduled_for", "Give a time, or before_due.")
    values = {
        "reminder_type": DEFAULT_TYPE,
        "channel": "email",
        "recipients": [],
        "metadata": {},
        **times,
        **await _other_fields(tx, actor, given),
        "created_by_id": actor.id,
    }
    reminder_id = await store.insert(tx, incident.id, values)
    names = ("scheduled_for", "before_due_minutes", "channel")
    facts = {"reminder": reminder_id, **{name: values[name] for name in names}}
    texts = {"reminder_type": values["reminder_type"]}
    tx.emit(events.ReminderScheduled(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
    return reminder_from(await store.get(tx, incident.id, reminder_id))


async def change_reminder(tx: Tx, actor: Actor, ref: str, reminder: str, given: Draft) -> Reminder:
    """Change the given fields; another time puts it off. Raises `NotFound`, `Invalid`, `Refused` once sent or cancelled."""
    actor.must(permissions.UPDATE)
    incident = await incidents.lock(tx, actor, ref)
    row = await _existing(tx, incident, reminder)
    _refuse_over(row)
    _refuse_closed(incident)
    values = {**(_times(tx, incident, given) or {}), **await _other_fields(tx, actor, given)}
    values = {name: value for name, value in values.items() if row[name] != value}
    if values:
        await store.update(tx, row["id"], values)
        facts = {
            "reminder": row["id"],
            "fields": sorted(values),
            "scheduled_for": values.get("scheduled_for", row["scheduled_for"]),
        }
        tx.emit(events.ReminderChanged(actor=actor, incident_id=incident.id, facts=facts))
    return reminder_from(await store.get(tx, incident.id, row["id"]))


async def cancel_reminder(tx: Tx, actor: Actor, ref: str, reminder: str) -> None:
    """Cancel a reminder. Raises `NotFound`, `Refused` once sent or cancelled."""
    actor.must(permissions.UPDATE)
    incident = await incidents.lock(tx, actor, ref)
    row = await _existing(tx, incident, reminder)
    _refuse_over(row)
    await store.update(tx, row["id"], {"state": "cancelled", "cancelled_at": tx.now})
    facts = {"reminder": row["id"], "because": "cancelled"}
    tx.emit(events.ReminderCancelled(actor=actor, incident_id=incident.id, facts=facts))


async def _existing(tx: Tx, incident: Incident, reminder: str) -> Any:
    reminder_id = parse_id(reminder)
    row = await store.get(tx, incident.id, reminder_id) if reminder_id is not None else None
    if row is None:
        raise NotFound
    return row


def _refuse_closed(incident: Incident) -> None:
    if incident.status.is_terminal:
        raise Refused(
            "{code} is {status}; nobody is reminded of it any more.",
            code=incident.reference_code,
            status=incident.status.name,
        )


def _refuse_over(row: Any) -> None:
    if row["state"] != "scheduled":
        sent, cancelled = N_("This reminder is sent already."), N_("This reminder is cancelled already.")
        why_not = sent if row["state"] == "sent" else cancelled
        raise Refused(why_not)


def _times(tx: Tx, incident: Incident, given: Draft) -> dict[str, Any] | None:
    """The columns that the given time sets; None when none is given. Raises `Invalid`."""
    moment = given.scheduled_for if given.scheduled_for is not UNSET else None
    before = given.before_due if given.before_due is not UNSET else None
    if moment is not None and before is not None:
        raise invalid("before_due", "Give either scheduled_for or before_due.")
    if moment is not None:
        if (moment := check_moment(moment, "scheduled_for")) <= tx.now:
            raise invalid("scheduled_for", "Give a time in the future.")
        return {"scheduled_for": moment, "before_due_minutes": None}
    if before is None:
        if given.scheduled_for is None or given.before_due is None:
            raise invalid("scheduled_for", "A reminder needs a time, or before_due.")
        return None
    return _before_due(tx, incident, before)


def _before_due(tx: Tx, incident: Incident, text: str) -> dict[str, Any]:
    try:
        minutes = rules.whole_minutes(parse_duration(text))
    except BadValue as error:
        raise invalid("before_due", error.template, **error.values) from None
    if minutes is None:
        raise invalid("before_due", "Give whole minutes, at least one.")
    moment = rules.scheduled_for(incident.due_at, minutes)
    if moment is None:
        raise invalid("before_due", "The incident has no due time; give scheduled_for.")
    if moment <= tx.now:
        raise invalid("before_due", "That long before the incident is due has passed already.")
    return {"scheduled_for": moment, "before_due_minutes": minutes}


async def _other_fields(tx: Tx, actor: Actor, given: Draft) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if given.reminder_type is not UNSET:
        values["reminder_type"] = clean_line(given.reminder_type)
        if not values["reminder_type"]:
            raise invalid("reminder_type", "Say what kind of reminder it is, or leave it out.")
    if given.to is not UNSET:
        entries = [await _entry(tx, actor, whom, f"to[{number}]") for number, whom in enumerate(given.to)]
        values["recipients"] = [stored(entry) for entry in rules.first_of_each(entries)]
    for name in ("channel", "metadata"):
        if (value := getattr(given, name)) is not UNSET:
            values[name] = value
    return values


async def _entry(tx: Tx, actor: Actor, whom: str | ToWhom, field: str) -> rules.To:
    """A recipient with the id of whom it names. Raises `Invalid` naming `field`."""
    if isinstance(whom, str):
        try:
            entry = rules.read_recipient(whom)
        except rules.BadRecipient as error:
            raise invalid(field, error.template, **error.values) from None
    else:
        named = [(kind, ref) for kind in rules.KINDS if (ref := getattr(whom, kind)) is not None]
        if len(named) != 1:
            raise invalid(field, "Name one of user, role or team.")
        entry = rules.To(*named[0])
    if entry.kind == "user":
        return rules.To("user", str((await access.find_user(tx, entry.ref, field, actor)).id))
    if entry.kind == "team":
        return rules.To("team", str((await access.find_team(tx, entry.ref, field)).id))
    if entry.kind == "role":
        return rules.To("role", await escalation.find_role(tx, entry.ref, field))
    return entry
