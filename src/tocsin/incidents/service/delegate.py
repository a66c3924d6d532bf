"""Delegation: an assignee's own act. The delegate takes the place, the delegator watches and may recall."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor, system_actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import Forbidden, Refused, invalid
from tocsin.db.tx import Tx
from tocsin.incidents import events, rules, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.assign import note_of, refuse_closed
from tocsin.incidents.service.create import check_text
from tocsin.incidents.service.recording import undoable
from tocsin.incidents.service.stand_in import Origin, legs, tell_legs, way_to


@undoable("delegate", permissions.DELEGATE, permissions.ASSIGN)
async def delegate(
    tx: Tx, actor: Actor, ref: str | UUID, *, user: str, note: str | None = None, until: datetime | None = None
) -> UUID:
    """Hand one's own work to somebody, optionally `until` a time when it falls back; work that one holds until a time
    oneself falls back at that time at the latest, to whom it came from. Is the other away, who stands in for them gets it.

    Who may assign, may delegate for the owner. Raises `Invalid` for the person or time, `Refused` for a cycle, somebody
    who works on it already, or work one doesn't hold.
    """
    if not actor.can(permissions.ASSIGN):
        actor.must(permissions.DELEGATE)
    incident = await lock(tx, actor, ref)
    note = check_text(note, "note")
    refuse_closed(incident)
    target = await access.find_user(tx, user, "user", actor)
    if until is not None and (until := check_moment(until, "until")) <= tx.now:
        raise invalid("until", "Give a time in the future.")
    held = await _held(tx, incident)
    source = _own_work(held, incident, actor)
    if (why_not := rules.refuse_delegation(held, source, target.id)) is not None:
        raise Refused(why_not)
    until = rules.earlier(until, source.until)
    way = await way_to(tx, actor, target.id)
    if rules.refuse_delegation(held, source, way[-1].user_id) is not None:  # whoever stands in has a part in it already
        way = way[:1]
    await store.assignments.end(tx, [source.assignment_id], tx.now)
    origin = Origin(source.user_id, source.assignment_id, until)
    rows = legs(incident.id, way, by=actor.id, at=tx.now, note=note, capacity=source.capacity, origin=origin)
    await store.assignments.add_way(tx, rows)
    await store.record.update(tx, incident.id, _owner(source.capacity, way[-1].user_id))
    await store.people.add_watcher(
        tx, incident.id, user_id=source.user_id, team_id=None, email=None, reason="delegated"
    )
    facts = {"from": source.user_id, "to": target.id, "as": source.capacity, "until": until}
    tx.emit(events.IncidentDelegated(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))
    await tell_legs(tx, incident.id, way, source.capacity, until)
    return incident.id


@undoable("delegate", permissions.DELEGATE, permissions.ASSIGN)
async def recall(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Take delegated work back; what came after in the chain is undone with it. Raises `Refused` when there is none."""
    if not actor.can(permissions.ASSIGN):
        actor.must(permissions.DELEGATE)
    incident = await lock(tx, actor, ref)
    refuse_closed(incident)
    held = await _held(tx, incident)
    found = rules.find_recalled(held, actor.id) if actor.id is not None else None
    by = actor.id
    if found is None and actor.can(permissions.ASSIGN):
        found = next((item for item in held if item.delegators and item.capacity == "owner"), None)
        by = found.delegators[-1] if found else None
    if found is None or by is None:
        raise Refused("You have not delegated work on this incident.")
    await _give_back(tx, actor, incident, found, by, "recalled")
    return incident.id


async def return_delegated(tx: Tx, assignment_id: UUID) -> None:
    """What the sweep does when `until` is reached: the work falls back to the delegator who set it.

    Is the delegator inactive then, it goes to the incident's team (nobody owns it), or stays where it is without one.
    A deleted incident's falls back too, so that it is with the right person when restored; a closed one stays with who
    did the work, until it is opened again.
    """
    row = await store.assignments.get(tx, assignment_id)
    if row is None:
        return
    actor = system_actor(tx.tenant_id)
    incident = await lock(tx, actor, row["incident_id"], deleted=True)
    row = await store.assignments.get(tx, assignment_id, lock=True)
    due = store.assignments.until(row) if row is not None and row["is_active"] else None
    if due is None or due > tx.now:
        return
    if incident.status.is_terminal:
        await store.assignments.pass_until(tx, assignment_id)
        return
    item = next(h for h in await _held(tx, incident) if h.assignment_id == assignment_id)
    chain = await store.assignments.chain(tx, assignment_id)
    links = [(link["delegated_from_id"], store.assignments.until(link)) for link in chain if link["delegated_from_id"]]
    to = rules.falls_back_to(links, tx.now)
    if to is not None and await access.is_assignable(tx, to):
        await _give_back(tx, actor, incident, item, to, "until")
    elif incident.team_id is not None and item.capacity == "owner":
        await store.assignments.end(tx, [assignment_id], tx.now)
        await store.record.update(tx, incident.id, {"assigned_to_id": None})
        facts = {"from": item.user_id, "to": None, "team": incident.team_id, "because": "until"}
        tx.emit(events.IncidentRecalled(actor=actor, incident_id=incident.id, facts=facts))
    else:
        await store.assignments.pass_until(tx, assignment_id)


async def _held(tx: Tx, incident: Incident) -> list[rules.Held]:
    found = []
    for row in await store.assignments.active(tx, incident.id):
        back = await store.assignments.chain(tx, row["id"]) if row["previous_assignment_id"] else [row]
        delegators = tuple(link["delegated_from_id"] for link in back if link["delegated_from_id"] is not None)
        until = store.assignments.until(row)
        found.append(rules.Held(row["id"], row["assigned_to_id"], row["capacity"], delegators, until))
    return found


def _own_work(held: list[rules.Held], incident: Incident, actor: Actor) -> rules.Held:
    own = next((item for item in held if item.user_id == actor.id), None)
    if own is not None:
        return own
    if not actor.can(permissions.ASSIGN):
        raise Forbidden("You can only delegate your own work; this incident is not assigned to you.")
    owner = next((item for item in held if item.capacity == "owner"), None)
    if owner is None:
        raise Refused("Nobody owns {code}; assign it instead.", code=incident.reference_code)
    return owner


async def _give_back(tx: Tx, actor: Actor, incident: Incident, item: rules.Held, to: UUID, because: str) -> None:
    if because == "recalled" and not await access.is_assignable(tx, to):
        raise Refused("The person who delegated the work is not active any more; assign it instead.")
    owns = item.capacity != "owner" and incident.assigned_to_id == to
    facts = {"from": item.user_id, "to": to, "as": item.capacity, "because": because}
    tx.emit(events.IncidentRecalled(actor=actor, incident_id=incident.id, facts=facts))
    if owns:  # who owns the incident by now stays its owner: there is only help to take back
        await store.assignments.end(tx, [item.assignment_id], tx.now)
        await store.record.update(tx, incident.id, {})
        return
    others = [row for row in await store.assignments.active(tx, incident.id) if row["assigned_to_id"] == to]
    await store.assignments.end(tx, [item.assignment_id, *(row["id"] for row in others)], tx.now)
    rest = item.delegators[item.delegators.index(to) + 1 :]
    chain = await store.assignments.chain(tx, item.assignment_id)
    origin = next((link for link in chain if link["assigned_to_id"] == to), None)
    await store.assignments.add(
        tx,
        incident.id,
        to,
        by=actor.id,
        capacity=item.capacity,
        at=tx.now,
        delegated_from=rest[0] if rest else None,
        previous=origin["previous_assignment_id"] if origin and rest else None,
        until=store.assignments.until(origin) if origin and rest else None,
    )
    await store.record.update(tx, incident.id, _owner(item.capacity, to))


def _owner(capacity: str, user_id: UUID) -> dict[str, Any]:
    return {"assigned_to_id": user_id} if capacity == "owner" else {}


DELEGATIONS_DUE = store.assignments.DUE
DELEGATIONS_NEXT = store.assignments.NEXT_DUE
