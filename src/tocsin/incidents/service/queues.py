"""The queue of a team: taking from it, handing over to another team, and what a team has to do."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, Refused
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Incident
from tocsin.incidents.rules.routing import weight
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.assign import refuse_closed, set_owner, set_team
from tocsin.incidents.service.create import check_text
from tocsin.incidents.service.recording import undoable
from tocsin.incidents.service.routing import Asked, within_team


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a member of a team has of its open work. `weight` is 8, 4, 2 or 1 for each by its urgency."""

    id: UUID
    name: str
    is_lead: bool
    away_until: datetime | None
    open: int
    overdue: int
    weight: int


def _must_work(actor: Actor) -> None:
    if not actor.can(permissions.ASSIGN):
        actor.must(permissions.UPDATE)


@undoable("claim", permissions.UPDATE, permissions.ASSIGN)
async def claim(tx: Tx, actor: Actor, ref: str | UUID, *, note: str | None = None) -> UUID:
    """Take an incident that nobody owns, out of the queue of one's own team; who may assign, out of any.

    Raises `NotFound`, `Forbidden`, `Refused` for one that somebody owns or that is closed.
    """
    _must_work(actor)
    incident = await lock(tx, actor, ref)
    note = check_text(note, "note")
    refuse_closed(incident)
    if actor.kind != "person" or actor.id is None:
        raise Refused("Only people can own an incident.")
    if not actor.can(permissions.ASSIGN) and not await _is_in_team(tx, actor, incident):
        raise Forbidden("Only members of its team can take it; who may assign gives it to anybody.")
    if incident.assigned_to_id is not None:
        raise Refused("Somebody owns {code} already.", code=incident.reference_code)
    await set_owner(tx, actor, incident, actor.id, note=note, facts={"because": "claimed"})
    return incident.id


@undoable("hand_over", permissions.UPDATE, permissions.ASSIGN)
async def hand_over(tx: Tx, actor: Actor, ref: str | UUID, *, team: str, note: str | None = None) -> UUID:
    """Hand an incident to another team, by a member of the one that has it, or who may assign.

    An owner who is not in the new team is taken off; the new team spreads it as it spreads new work. Raises `NotFound`,
    `Forbidden`, `Invalid` for the team, `Refused` for the team that has it or a closed incident.
    """
    _must_work(actor)
    incident = await lock(tx, actor, ref)
    note = check_text(note, "note")
    refuse_closed(incident)
    if not actor.can(permissions.ASSIGN) and not await _is_in_team(tx, actor, incident):
        raise Forbidden("Only members of its team can hand it over; who may assign gives it to anybody.")
    target = await access.find_spreading_team(tx, team, "team")
    await set_team(tx, actor, incident, target.id, note=note, facts={"because": "handed_over"})
    incident = msgspec.structs.replace(incident, team_id=target.id)
    owner = incident.assigned_to_id
    if owner is not None and owner not in await access.team_members(tx, [target.id]):
        incident = await _take_off(tx, actor, incident)
    if incident.assigned_to_id is None:
        await _spread(tx, actor, incident, target)
    return incident.id


async def _take_off(tx: Tx, actor: Actor, incident: Incident) -> Incident:
    held = await store.assignments.active(tx, incident.id)
    await store.assignments.end(tx, [row["id"] for row in held if row["capacity"] == "owner"], tx.now)
    await store.record.update(tx, incident.id, {"assigned_to_id": None})
    facts = {"from": incident.assigned_to_id, "as": "owner", "because": "handed_over"}
    tx.emit(events.IncidentUnassigned(actor=actor, incident_id=incident.id, facts=facts))
    return msgspec.structs.replace(incident, assigned_to_id=None)


async def _spread(tx: Tx, actor: Actor, incident: Incident, team: access.TeamRef) -> None:
    reporter_id = incident.reported_by_reporter_id or incident.reported_by_user_id
    asked = Asked(incident.id, incident.priority.level, reporter_id)
    found, _ = await within_team(tx, Named(team.id, team.name), team.spread, asked)
    if not found.way:
        return
    if found.handing is not None:
        await store.routing.remember(tx, found.handing.team_id, found.handing.handed)
    await set_owner(tx, actor, incident, found.way[0].user_id, facts={"because": "handed_over"})


async def _is_in_team(tx: Tx, actor: Actor, incident: Incident) -> bool:
    if incident.team_id is None or actor.id is None:
        return False
    return actor.id in await access.team_members(tx, [incident.team_id])


async def may_take(tx: Tx, actor: Actor, incident: Incident) -> tuple[bool, bool]:
    """Whether the actor could claim an incident, and hand it over: the verbs decide again."""
    works = actor.kind == "person" and (actor.can(permissions.ASSIGN) or actor.can(permissions.UPDATE))
    if not works or incident.status.is_terminal:
        return False, False
    inside = actor.can(permissions.ASSIGN) or await _is_in_team(tx, actor, incident)
    return inside and incident.assigned_to_id is None, inside and incident.team_id is not None


async def team_queues(tx: Tx, actor: Actor) -> dict[UUID, dict[str, int]]:
    """How many incidents each team that has some has `open`, `waiting` for somebody, and `overdue`."""
    actor.must(permissions.VIEW)
    rows = await store.routing.queues(tx, (await classification.catalogue(tx)).pausing)
    return {row["team_id"]: {name: row[name] for name in ("waiting", "open", "overdue")} for row in rows}


async def team_load(tx: Tx, actor: Actor, team_id: UUID) -> list[Load]:
    """What each member of a team has of its open work, by name."""
    actor.must(permissions.VIEW)
    pausing = (await classification.catalogue(tx)).pausing
    return [_load(row) for row in await store.routing.workload(tx, team_id, pausing)]


def _load(row: Any) -> Load:
    about = {name: row[name] for name in ("id", "name", "is_lead", "away_until", "open", "overdue")}
    return Load(**about, weight=sum(weight(level) for level in row["levels"]))
