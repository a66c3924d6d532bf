"""Who is told what about an incident: the owner of the record picks the people, `notifications` knows the channels."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tocsin.access import service as access
from tocsin.activity.model import RecordedEvent
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident, incident_from
from tocsin.incidents.service import taken_back
from tocsin.notifications import service as notifications
from tocsin.notifications.model import Recipient
from tocsin.tenancy import service as tenancy

Audience = Callable[[Tx, Incident, RecordedEvent], Awaitable[set[UUID]]]


async def tell(tx: Tx, event: RecordedEvent) -> None:
    """Tell the right members about an event, never the one who caused it; and the reporter what concerns them."""
    if event.incident_id is None or event.data.get("is_late"):
        return  # what was found late is told together (`digest`)
    row = await store.record.get(tx, event.incident_id)
    if row is None or row["deleted_at"] is not None:
        return
    incident = incident_from(row, await classification.catalogue(tx))
    audience, subject = _MEMBERS.get(event.type, (None, ""))
    members: set[UUID] = set()
    if audience is not None:
        quiet = await _muted(tx, incident) if event.type not in _PERSONAL else set()
        members = await audience(tx, incident, event) - quiet - {event.actor_id}
        await notifications.notify(
            tx,
            kind=event.type,
            incident_id=incident.id,
            recipients=await _recipients(tx, sorted(i for i in members if i is not None)),
            subject=f"[{incident.reference_code}] {subject}: {incident.title}",
            body=await _body(tx, incident, event),
            dedupe=_occasion(event),
        )
    if (words := taken_back.for_watchers(event) or _WATCHERS.get(event.type)) is not None:
        await _tell_watchers(tx, incident, event, *words, without=members)
    if (words := taken_back.for_reporter(event) or _REPORTER.get(event.type)) is not None:
        await _tell_reporter(tx, incident, event, *words)


async def audience_of(tx: Tx, incident: Incident, event: RecordedEvent) -> list[UUID]:
    """The members who are told of an event."""
    audience, _subject = _MEMBERS[event.type]
    return sorted(found for found in await audience(tx, incident, event) if found is not None)


def _occasion(event: RecordedEvent) -> str:
    """What nobody is told of twice. A policy's step has told whom it names already (`escalation.service.steps`)."""
    if event.type == "IncidentEscalated" and event.data.get("run"):
        return "escalation:{run}:{round}:{step}".format_map(event.data)
    return f"event:{event.id}"


async def _tell_reporter(tx: Tx, incident: Incident, event: RecordedEvent, subject: str, text: str) -> None:
    """Public words only: the reference and what was decided, nothing of the inside."""
    await notifications.notify(
        tx,
        kind=event.type,
        incident_id=incident.id,
        recipients=await _reporter(tx, incident, event),
        subject=f"[{incident.reference_code}] {subject}: {incident.title}",
        body=f"{text}\n\nReference: {incident.reference_code}\nSubject: {incident.title}\n",
        dedupe=f"event:{event.id}:reporter",
    )


async def _reporter(tx: Tx, incident: Incident, event: RecordedEvent) -> list[Recipient]:
    """Who reported it, from outside or as a member; a member only of what others did."""
    member = incident.reported_by_user_id
    if member is not None:
        is_told = member != event.actor_id and member not in await _muted(tx, incident)
        return await notifications.people(tx, [member]) if is_told else []
    row = (
        await store.people.get_reporter(tx, incident.reported_by_reporter_id)
        if incident.reported_by_reporter_id
        else None
    )
    return [Recipient(None, row["id"], row["name"], row["email"])] if row is not None and row["email"] else []


async def describe(tx: Tx, incident: Incident) -> str:
    """An incident in a few lines, for members; times in the tenant's zone."""
    due = _moment(incident.due_at, await _zone(tx)) if incident.due_at else "no due time"
    lines = (
        incident.title,
        "",
        f"Reference: {incident.reference_code}",
        f"Status: {incident.status.name}",
        f"Priority: {incident.priority.name}",
        f"Due: {due}",
    )
    return "\n".join(lines) + "\n"


async def _body(tx: Tx, incident: Incident, event: RecordedEvent) -> str:
    said = [f"{name.capitalize()}: {event.data[name]}\n" for name in ("reason", "note") if event.data.get(name)]
    lines = [await describe(tx, incident), *said]
    if event.type in ("SlaWarning", "SlaBreached"):
        late = _moment(datetime.fromisoformat(event.data["due_at"]), await _zone(tx))
        lines.append(f"Clock: {event.data['clock']}, due {late}\n")
    lines += [f"{line}\n" for line in await taken_back.lines(tx, event)]
    return "\n".join(lines)


async def spell_moment(tx: Tx, moment: datetime) -> str:
    """A moment in the tenant's zone, as messages write it."""
    return _moment(moment, await _zone(tx))


async def public_audience(tx: Tx, incident: Incident, *, without: UUID | None) -> list[Recipient]:
    """Who reported an incident and who watches it, for words that anybody may read. Who wants to hear nothing is left out."""
    rows = await store.people.watchers(tx, incident.id, also_quiet=True)
    quiet = {row["user_id"] for row in rows if row["is_muted"]} | {without}
    loud = [row for row in rows if not row["is_muted"]]
    teams = [row["team_id"] for row in loud if row["team_id"] is not None]
    members = {row["user_id"] for row in loud} | set(await access.team_members(tx, teams) if teams else ())
    members |= {incident.reported_by_user_id}
    found = await notifications.members(tx, sorted(each for each in members - quiet if each is not None))
    reporter = None
    if incident.reported_by_reporter_id is not None:
        reporter = await store.people.get_reporter(tx, incident.reported_by_reporter_id)
    if reporter is not None and reporter["email"]:
        found.append(Recipient(None, reporter["id"], reporter["name"], reporter["email"]))
    known = {each.address for each in found}
    return found + [
        Recipient(None, None, row["email"], row["email"]) for row in loud if row["email"] not in {None, *known}
    ]


async def watching_members(tx: Tx, incident: Incident) -> list[Recipient]:
    """The members who watch an incident, in person or through a team, want to hear of it, and may read what is internal."""
    return await notifications.members(tx, sorted(await access.who_sees_all(tx, await _watching(tx, incident))))


async def _watching(tx: Tx, incident: Incident) -> set[UUID]:
    rows = await store.people.watchers(tx, incident.id, also_quiet=True)
    quiet = {row["user_id"] for row in rows if row["is_muted"]}
    teams = [row["team_id"] for row in rows if row["team_id"] is not None]
    found = {row["user_id"] for row in rows} | set(await access.team_members(tx, teams) if teams else ())
    return {each for each in found - quiet if each is not None}


async def _muted(tx: Tx, incident: Incident) -> set[UUID | None]:
    """Who wants to hear nothing of an incident, but for what is given to themselves."""
    return {row["user_id"] for row in await store.people.watchers(tx, incident.id, also_quiet=True) if row["is_muted"]}


async def _tell_watchers(
    tx: Tx, incident: Incident, event: RecordedEvent, subject: str, text: str, *, without: set[UUID]
) -> None:
    """Members who watch read it as members do; addresses outside, and who sees their own incidents only, the public words."""
    watching = await _watching(tx, incident) - {event.actor_id, incident.reported_by_user_id, *without}
    inside = await access.who_sees_all(tx, watching)
    members = await notifications.members(tx, sorted(inside))
    title = f"[{incident.reference_code}] {subject}: {incident.title}"
    about: dict[str, Any] = {"kind": event.type, "incident_id": incident.id, "subject": title}
    body = await _body(tx, incident, event)
    await notifications.notify(tx, **about, recipients=members, body=body, dedupe=f"event:{event.id}:watching")
    known = {one.address for one in [*members, *await _reporter(tx, incident, event)]}
    outside = [
        row["email"]
        for row in await store.people.watchers(tx, incident.id)
        if row["email"] and not row["is_muted"] and row["email"] not in known
    ]
    public = f"{text}\n\nReference: {incident.reference_code}\nSubject: {incident.title}\n"
    recipients = [Recipient(None, None, email, email) for email in outside]
    recipients += await notifications.members(tx, sorted(watching - inside))
    await notifications.notify(tx, **about, recipients=recipients, body=public, dedupe=f"event:{event.id}:watching")


async def _zone(tx: Tx) -> ZoneInfo:
    return ZoneInfo((await tenancy.current(tx)).time_zone)


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"


async def _team(tx: Tx, incident: Incident) -> set[UUID]:
    """Whoever is in the team that has it; asked for once in a transaction."""
    if incident.team_id is None:
        return set()
    known: dict[UUID, set[UUID]] = tx.memo.setdefault("teams_told", {})
    if incident.team_id not in known:
        known[incident.team_id] = set(await access.team_members(tx, [incident.team_id]))
    return known[incident.team_id]


async def _recipients(tx: Tx, ids: list[UUID]) -> list[Recipient]:
    """The members of some ids; asked for once in a transaction."""
    known: dict[tuple[UUID, ...], list[Recipient]] = tx.memo.setdefault("recipients", {})
    key = tuple(ids)
    if key not in known:
        known[key] = await notifications.members(tx, ids)
    return known[key]


async def _managers(tx: Tx) -> set[UUID]:
    """Whoever manages; asked for once in a transaction, which may tell of much."""
    found: set[UUID] | None = tx.memo.get("managers")
    if found is None:
        found = tx.memo["managers"] = set(await access.users_with_role(tx, "manager"))
    return found


async def _whoever_triages(tx: Tx, incident: Incident, _event: RecordedEvent) -> set[UUID]:
    """A new incident: its team; without one the managers. An owner is told of the assignment instead."""
    if incident.assigned_to_id is not None:
        return set()
    return await _team(tx, incident) or await _managers(tx)


async def _the_new_one(_tx: Tx, _incident: Incident, event: RecordedEvent) -> set[UUID]:
    return {UUID(event.data["to"])} if event.data.get("to") else set()


async def _both_ends(tx: Tx, incident: Incident, event: RecordedEvent) -> set[UUID]:
    """Whose work it was and whose it is again; with nobody it waits in the team's queue."""
    ends = {UUID(event.data[name]) for name in ("from", "to") if event.data.get(name)}
    return ends if event.data.get("to") else ends | await _team(tx, incident)


async def _new_team(tx: Tx, incident: Incident, event: RecordedEvent) -> set[UUID]:
    """The team in whose queue it waits now. Of a new incident, and by an owner, other events tell."""
    is_told = event.data.get("at_creation") or incident.assigned_to_id is not None
    return set() if is_told or event.data.get("to") != str(incident.team_id) else await _team(tx, incident)


async def _whoever_works(tx: Tx, incident: Incident, _event: RecordedEvent) -> set[UUID]:
    if incident.assigned_to_id is not None:
        return {incident.assigned_to_id}
    return await _team(tx, incident) or await _managers(tx)


async def _workers_and_managers(tx: Tx, incident: Incident, event: RecordedEvent) -> set[UUID]:
    return await _whoever_works(tx, incident, event) | await _managers(tx)


async def _escalated_to(tx: Tx, incident: Incident, event: RecordedEvent) -> set[UUID]:
    told = await _whoever_works(tx, incident, event)
    return told | (await _team(tx, incident) if event.data.get("to_team") else set())


async def _whoever_decides(tx: Tx, _incident: Incident, _event: RecordedEvent) -> set[UUID]:
    return await _managers(tx)


async def _whoever_asked(_tx: Tx, _incident: Incident, event: RecordedEvent) -> set[UUID]:
    return {UUID(event.data["requested_by"])} if event.data.get("requested_by") else set()


_MEMBERS: dict[str, tuple[Audience, str]] = {
    "IncidentCreated": (_whoever_triages, "New incident"),
    "IncidentAssigned": (_the_new_one, "Assigned to you"),
    "IncidentDelegated": (_the_new_one, "Delegated to you"),
    "IncidentRecalled": (_both_ends, "Delegation ended"),
    "TeamChanged": (_new_team, "In your team's queue"),
    "OperationUndone": (taken_back.for_members, "Taken back"),
    "IncidentEscalated": (_escalated_to, "Escalated"),
    "ExtensionRequested": (_whoever_decides, "More time asked for"),
    "ExtensionDecided": (_whoever_asked, "More time: decided"),
    "SlaWarning": (_whoever_works, "Due soon"),
    "SlaBreached": (_workers_and_managers, "Overdue"),
}
_PERSONAL = ("IncidentAssigned", "IncidentDelegated", "IncidentRecalled", "OperationUndone", "ExtensionDecided")
"""What concerns a person's own work: they hear of it although they muted the incident."""
_REPORTER = {
    "IncidentCreated": ("We received your report", "Thank you. We have received your report and will look into it."),
    "IncidentResolved": ("Resolved", "Your report has been resolved."),
    "IncidentReopened": ("Reopened", "Your report has been reopened; we are working on it again."),
}
_WATCHERS = {
    "IncidentResolved": ("Resolved", "It has been resolved."),
    "IncidentClosed": ("Closed", "It has been closed."),
    "IncidentReopened": ("Reopened", "It has been reopened; we are working on it again."),
}
TOLD = tuple(sorted({*_MEMBERS, *_REPORTER, *_WATCHERS}))
"""The events somebody is told about."""
