"""Making, changing, putting off and cancelling reminders."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
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
from tocsin.reminders.model import Coming, Draft, Reminder, Snooze, State, ToWhom, reminder_from, stored
from tocsin.tenancy import service as tenancy

DEFAULT_TYPE = "reminder"
NO_SERIES: dict[str, Any] = {"rrule": None, "starts_at": None, "nominal_at": None, "snoozed_until": None}
LONGEST_SNOOZE = timedelta(days=366)


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
    times = await _times(tx, incident, given)
    if times is None or "scheduled_for" not in times:
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
    names = ("scheduled_for", "before_due_minutes", "rrule", "channel")
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
    values = {**(await _times(tx, incident, given, row) or {}), **await _other_fields(tx, actor, given)}
    values = {name: value for name, value in values.items() if row[name] != value}
    if values:
        await store.update(tx, row["id"], values)
        facts = {
            "reminder": row["id"],
            "fields": sorted(values),
            "scheduled_for": values.get("scheduled_for", row["scheduled_for"]),
        }
        before, after = msgspec.to_builtins(({name: row[name] for name in values}, values))
        texts = {"before": before, "after": after}
        tx.emit(events.ReminderChanged(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
    return reminder_from(await store.get(tx, incident.id, row["id"]))


async def snooze_reminder(tx: Tx, actor: Actor, ref: str, reminder: str, given: Snooze) -> Reminder:
    """Put a reminder off; one that went out comes once more. What recurs goes on as it would.

    Raises `NotFound`, `Invalid`, `Refused` once cancelled, and for a closed incident.
    """
    actor.must(permissions.UPDATE)
    incident = await incidents.lock(tx, actor, ref)
    row = await _existing(tx, incident, reminder)
    if row["state"] == "cancelled":
        _refuse_over(row)
    _refuse_closed(incident)
    until = _snooze_until(tx, given)
    await store.update(tx, row["id"], {"state": "scheduled", "scheduled_for": until, "snoozed_until": until})
    facts = {"reminder": row["id"], "from": row["scheduled_for"], "to": until}
    tx.emit(events.ReminderSnoozed(actor=actor, incident_id=incident.id, facts=facts))
    return reminder_from(await store.get(tx, incident.id, row["id"]))


def _snooze_until(tx: Tx, given: Snooze) -> datetime:
    if (given.until is None) == (given.duration is None):
        raise invalid("until", "Give either until or for.")
    if given.duration is not None:
        try:
            until, field = tx.now + parse_duration(given.duration), "for"
        except BadValue as error:
            raise invalid("for", error.template, **error.values) from None
    else:
        until, field = check_moment(given.until or tx.now, "until"), "until"
    if not tx.now < until <= tx.now + LONGEST_SNOOZE:
        raise invalid(field, "Put it off to a time within a year from now.")
    return until


async def coming_reminders(tx: Tx, actor: Actor, *, limit: int, cursor: str | None) -> Page[Coming]:
    """What is to come of one's own reminders, the next first. Nobody has any for a token without a person."""
    actor.must(permissions.VIEW)
    limit, question = check_limit(limit), ["coming", str(actor.id)]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    if actor.kind != "person" or actor.id is None:
        return Page([])
    rows = await store.coming(tx, actor.id, after, limit + 1)
    items = [
        Coming(
            reminder=reminder_from(row),
            incident_id=row["incident_id"],
            reference_code=row["reference_code"],
            title=row["title"],
        )
        for row in rows[:limit]
    ]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items, encode_cursor(question, [last["scheduled_for"], last["id"]]) if last is not None else None)


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


async def _times(tx: Tx, incident: Incident, given: Draft, row: Any = None) -> dict[str, Any] | None:
    """The columns that the given time and rule set; None when none is given. Raises `Invalid`."""
    moment = given.scheduled_for if given.scheduled_for is not UNSET else None
    before = given.before_due if given.before_due is not UNSET else None
    rule = given.rrule if given.rrule is not UNSET else (row["rrule"] if row is not None else None)
    if moment is not None and before is not None:
        raise invalid("before_due", "Give either scheduled_for or before_due.")
    if before is not None:
        if rule is not None:
            raise invalid("rrule", "What goes by the due time does not recur; give scheduled_for.")
        return {**NO_SERIES, **_before_due(tx, incident, before)}
    if moment is None and (given.scheduled_for is None or given.before_due is None):
        raise invalid("scheduled_for", "A reminder needs a time, or before_due.")
    if moment is not None and (moment := check_moment(moment, "scheduled_for")) <= tx.now:
        raise invalid("scheduled_for", "Give a time in the future.")
    if moment is None and given.rrule is UNSET:
        return None
    if rule is None:
        return {**NO_SERIES, **({"scheduled_for": moment, "before_due_minutes": None} if moment is not None else {})}
    if moment is None and (row is None or row["before_due_minutes"] is not None):
        raise invalid("scheduled_for", "Give the first time of what recurs.")
    start = moment if moment is not None else row["starts_at"] or row["scheduled_for"]
    return await _series(tx, rule, start.replace(microsecond=0))


async def _series(tx: Tx, text: str, start: datetime) -> dict[str, Any]:
    """The columns of a series; its first time is the first that is still to come."""
    zone = ZoneInfo((await tenancy.current(tx)).time_zone)
    try:
        rule = rules.read_rule(text, start, zone)
    except BadValue as error:
        raise invalid("rrule", error.template, **error.values) from None
    first = rule.after(start, max(tx.now, start - timedelta(seconds=1)), zone)
    if first is None:
        raise invalid("rrule", "All its times have passed.")
    series = {"rrule": rule.text, "starts_at": start, "nominal_at": first, "snoozed_until": None}
    return {**series, "scheduled_for": first, "before_due_minutes": None}


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
    for name in ("channel", "metadata", "is_urgent"):
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
