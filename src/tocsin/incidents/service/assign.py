"""Who works on an incident: the owner, co-assignees, the team."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.rules import StandIn
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, Refused, invalid
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Capacity, Incident
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.clock import renew_promise
from tocsin.incidents.service.create import check_text
from tocsin.incidents.service.recording import undoable
from tocsin.incidents.service.stand_in import legs, tell_legs, way_to
from tocsin.sla import service as sla


@undoable("assign", permissions.ASSIGN)
async def assign(
    tx: Tx,
    actor: Actor,
    ref: str | UUID,
    *,
    user: str | None = None,
    team: str | None = None,
    capacity: Capacity = "owner",
    note: str | None = None,
) -> UUID:
    """Give an incident to a person (as owner: co-assignees stay; as collaborator: joins) and/or to a team.

    Raises `Invalid` for a person or team that is not there, `Refused` for what is so already or a closed incident.
    """
    actor.must(permissions.ASSIGN)
    incident = await lock(tx, actor, ref)
    if user is None and team is None:
        raise invalid("user", "Name a user or a team.")
    note = check_text(note, "note")
    refuse_closed(incident)
    target = await access.find_user(tx, user, "user", actor) if user is not None else None
    found_team = await access.find_team(tx, team, "team") if team is not None else None
    if found_team is not None:
        await set_team(tx, actor, incident, found_team.id, note=note, refuse_same=target is None)
    if target is not None and capacity == "owner":
        await set_owner(tx, actor, incident, target.id, note=note)
    elif target is not None:
        await _add_collaborator(tx, actor, incident, target.id, note)
    return incident.id


def refuse_closed(incident: Incident) -> None:
    """Raises `Refused` for an incident in a terminal status: nobody works on it any more."""
    if incident.status.is_terminal:
        raise Refused("{code} is {status}; reopen it first.", code=incident.reference_code, status=incident.status.name)


async def set_owner(
    tx: Tx,
    actor: Actor,
    incident: Incident,
    user_id: UUID,
    *,
    note: str | None = None,
    facts: dict[str, Any] | None = None,
    **columns: Any,
) -> None:
    """Make somebody the owner of a locked incident; a delegation chain ends. Raises `Refused` when they own it already.

    Is that person away, who stands in for them gets it. `columns` are set in the same write of the record, `facts` are
    told beside the event's own.
    """
    if incident.assigned_to_id == user_id:
        raise Refused("This person owns the incident already.")
    way = await way_to(tx, actor, user_id)
    owner_id = way[-1].user_id
    held = await store.assignments.active(tx, incident.id)
    if await _goes_the_way(tx, held, way):
        raise Refused("{deputy} owns the incident for this person already.", deputy=way[-1].name)
    replaced = [row["id"] for row in held if row["capacity"] == "owner" or row["assigned_to_id"] in (user_id, owner_id)]
    await store.assignments.end(tx, replaced, tx.now)
    await store.assignments.add_way(tx, legs(incident.id, way, by=actor.id, at=tx.now, note=note))
    await store.record.update(tx, incident.id, {"assigned_to_id": owner_id, **columns})
    facts = {"from": incident.assigned_to_id, "to": user_id, "as": "owner", **(facts or {})}
    tx.emit(events.IncidentAssigned(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))
    await tell_legs(tx, incident.id, way)


async def owns(tx: Tx, actor: Actor, incident: Incident, user_id: UUID) -> bool:
    """Whether somebody owns an incident, or whoever stands in for them by now does so for them."""
    if incident.assigned_to_id == user_id:
        return True
    held = await store.assignments.active(tx, incident.id)
    return bool(held) and await _goes_the_way(tx, held, await way_to(tx, actor, user_id))


async def _goes_the_way(tx: Tx, held: Sequence[Any], way: Sequence[StandIn]) -> bool:
    """Whether the owner has an incident over just these deputies, from the first of them, until the same time."""
    owner = next((row for row in held if row["capacity"] == "owner"), None)
    if len(way) == 1 or owner is None or owner["assigned_to_id"] != way[-1].user_id:
        return False
    chain = await store.assignments.chain(tx, owner["id"])
    until = legs(owner["incident_id"], way, by=None, at=tx.now)[-1]["delegated_until"]
    return owner["delegated_until"] == until and [row["assigned_to_id"] for row in chain] == [
        one.user_id for one in reversed(way)
    ]


async def set_team(
    tx: Tx,
    actor: Actor,
    incident: Incident,
    team_id: UUID | None,
    *,
    note: str | None = None,
    refuse_same: bool = True,
    facts: dict[str, Any] | None = None,
) -> None:
    """Make a team the owner of a locked incident. Raises `Refused` when it is already (unless told not to).

    `facts` are told beside the event's own.
    """
    if incident.team_id == team_id:
        if refuse_same:
            raise Refused("This team owns the incident already.")
        return
    await store.record.update(tx, incident.id, {"team_id": team_id})
    if (await sla.asks(tx))[0]:
        await renew_promise(tx, msgspec.structs.replace(incident, team_id=team_id))
    facts = {"from": incident.team_id, "to": team_id, **(facts or {})}
    tx.emit(events.TeamChanged(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))


async def _add_collaborator(tx: Tx, actor: Actor, incident: Incident, user_id: UUID, note: str | None) -> None:
    """Is that person away, who stands in for them joins; unless they work on it already: then the person is meant."""
    working = {row["assigned_to_id"] for row in await store.assignments.active(tx, incident.id)}
    if user_id in working:
        raise Refused("This person works on the incident already.")
    way = await way_to(tx, actor, user_id)
    if way[-1].user_id in working:
        way = way[:1]
    rows = legs(incident.id, way, by=actor.id, at=tx.now, note=note, capacity="collaborator")
    await store.assignments.add_way(tx, rows)
    await store.record.update(tx, incident.id, {})
    facts = {"from": None, "to": user_id, "as": "collaborator"}
    tx.emit(events.IncidentAssigned(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))
    await tell_legs(tx, incident.id, way, "collaborator")


@undoable("assign", permissions.ASSIGN)
async def unassign(tx: Tx, actor: Actor, ref: str | UUID, *, user: str | None = None, note: str | None = None) -> UUID:
    """Take the owner off, or the person named. Raises `Refused` when they don't work on it or it is closed."""
    actor.must(permissions.ASSIGN)
    incident = await lock(tx, actor, ref)
    note = check_text(note, "note")
    refuse_closed(incident)
    held = await store.assignments.active(tx, incident.id)
    wanted = incident.assigned_to_id
    if user is not None:
        wanted = await access.find_member_id(tx, user, "user", actor)
    row = next((item for item in held if item["assigned_to_id"] == wanted), None)
    if row is None:
        nobody, another = N_("Nobody owns the incident."), N_("This person does not work on the incident.")
        raise Refused(nobody if user is None else another)
    await store.assignments.end(tx, [row["id"]], tx.now)
    values = {"assigned_to_id": None} if row["capacity"] == "owner" else {}
    await store.record.update(tx, incident.id, values)
    facts = {"from": row["assigned_to_id"], "as": row["capacity"]}
    tx.emit(events.IncidentUnassigned(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))
    return incident.id


def note_of(note: str | None) -> dict[str, Any]:
    """The text of a note for an event; none without one."""
    return {"note": note} if note else {}
