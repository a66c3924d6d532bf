"""Declaring a major incident, who leads it, and standing down.

Declaring, roles and standing down take `incidents.escalate`: it is the strongest escalation there is. Whoever takes a role
watches the incident.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.collaboration import events, store
from tocsin.collaboration.service.major.shapes import ROLES, Declaration, Major, NewRoles, major_from
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident

MOST_CHILDREN = 200


async def get_major(tx: Tx, actor: Actor, ref: str | UUID) -> Major:
    """The major incident that an incident is, or last was. Raises `NotFound`, also for one that never was."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    return await _shown(tx, actor, incident, await found(tx, incident))


async def find_major(tx: Tx, actor: Actor, ref: str | UUID) -> Major | None:
    """As `get_major`, None for an incident that never was one."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    row = await store.major.latest(tx, incident.id)
    return await _shown(tx, actor, incident, row) if row is not None else None


async def found(tx: Tx, incident: Incident) -> Any:
    """The row of the last declaration. Raises `NotFound`."""
    row = await store.major.latest(tx, incident.id)
    if row is None:
        raise NotFound
    return row


async def _shown(tx: Tx, actor: Actor, incident: Incident, row: Any) -> Major:
    links = (await incidents.list_links(tx, actor, incident.id, MOST_CHILDREN, None)).items
    return major_from(row, [link for link in links if link.type == "parent_of"])


async def declare(tx: Tx, actor: Actor, ref: str | UUID, given: Declaration) -> Major:
    """Declare a major incident. Raises `Invalid` for a missing reason or a person, `Refused` when it is one or is not open."""
    actor.must(permissions.ESCALATE)
    incident = await incidents.lock(tx, actor, ref)
    reason = given.reason.strip()
    if not reason:
        raise invalid("reason", "Say why it is a major incident.")
    people = await _people(tx, actor, given)
    if not incident.is_open:
        raise Refused("{code} is {status}; reopen it first.", code=incident.reference_code, status=incident.status.name)
    last = await store.major.latest(tx, incident.id)
    if last is not None and last["ended_at"] is None:
        raise Refused("{code} is a major incident already.", code=incident.reference_code)
    if "commander_id" not in people and actor.kind == "person":
        people["commander_id"] = actor.id
    major_id = new_id()
    moment = {"declared_by_id": actor.id, "declared_at": tx.now}
    await store.major.insert(tx, {"id": major_id, "incident_id": incident.id, "reason": reason, **moment, **people})
    await incidents.changed(tx, incident)
    await _watch(tx, actor, incident, people)
    facts = {"major": major_id, **{name: people.get(f"{name}_id") for name in ROLES}}
    tx.emit(events.MajorDeclared(actor=actor, incident_id=incident.id, facts=facts, texts={"reason": reason}))
    return await _shown(tx, actor, incident, await found(tx, incident))


async def set_roles(tx: Tx, actor: Actor, ref: str | UUID, given: NewRoles) -> Major:
    """Give roles to people, or take them away. Raises `NotFound`, `Invalid`, `Refused` once it is stood down."""
    actor.must(permissions.ESCALATE)
    incident = await incidents.lock(tx, actor, ref)
    row = must_last(incident, await found(tx, incident))
    wanted = await _people(tx, actor, given, row)
    changed = {name: value for name, value in wanted.items() if row[name] != value}
    if changed:
        await store.major.update(tx, row["id"], changed)
        await incidents.changed(tx, incident)
        await _watch(tx, actor, incident, changed)
        for column, person in changed.items():
            facts = {"major": row["id"], "role": column.removesuffix("_id"), "from": row[column], "to": person}
            tx.emit(events.MajorRoleChanged(actor=actor, incident_id=incident.id, facts=facts))
    return await _shown(tx, actor, incident, await found(tx, incident))


async def stand_down(tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None) -> Major:
    """It is no major incident any more; its review begins. Raises `NotFound`, `Refused` when it is stood down already."""
    actor.must(permissions.ESCALATE)
    incident = await incidents.lock(tx, actor, ref)
    row = must_last(incident, await found(tx, incident))
    await store.major.update(tx, row["id"], {"ended_at": tx.now, "ended_by_id": actor.id})
    await incidents.changed(tx, incident)
    texts = {"note": note} if note else {}
    tx.emit(events.MajorStoodDown(actor=actor, incident_id=incident.id, facts={"major": row["id"]}, texts=texts))
    return await _shown(tx, actor, incident, await found(tx, incident))


def must_last(incident: Incident, row: Any) -> Any:
    """The row of a declaration that lasts. Raises `Refused` for one that was stood down."""
    if row["ended_at"] is not None:
        raise Refused("{code} is no major incident any more.", code=incident.reference_code)
    return row


async def _people(tx: Tx, actor: Actor, given: NewRoles, held: Any = None) -> dict[str, UUID | None]:
    """Who is to have which role; who is named by id and has it already stays, be they active or not."""
    chosen: dict[str, UUID | None] = {}
    for name in ROLES:
        value = getattr(given, name)
        if held is not None and held[f"{name}_id"] is not None and value == str(held[f"{name}_id"]):
            continue
        if value is not UNSET:
            chosen[f"{name}_id"] = (await access.find_user(tx, value, name, actor)).id if value is not None else None
    return chosen


async def _watch(tx: Tx, actor: Actor, incident: Incident, people: dict[str, UUID | None]) -> None:
    await incidents.follow(tx, actor, incident, sorted({one for one in people.values() if one is not None}), "major")
