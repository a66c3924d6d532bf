"""Merging a duplicate into another incident, and parting the two again.

The duplicate ends in a terminal status without being resolved, its clocks are cancelled, what hangs on it goes along. It
stays readable, says where it leads, and can't be changed any more. Parting moves back just what came.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Incident, incident_from
from tocsin.incidents.service.access import RECORDER, lock, lock_any, see
from tocsin.incidents.service.clock import sync_clock
from tocsin.incidents.service.recording import STRUCTURE, undoable
from tocsin.sla import service as sla

_COUNTED = ("comments", "tasks", "attachments")


async def find_other(tx: Tx, actor: Actor, ref: str, field: str) -> Incident:
    """The incident that a body names. Raises `Invalid`, the same for one that is not there and one that may not be seen."""
    try:
        return await see(tx, actor, ref)
    except NotFound:
        raise invalid(field, "There is no such incident.") from None


async def lock_both(
    tx: Tx, actor: Actor, ref: str | UUID, other: str, field: str, *, even_merged: bool = False
) -> tuple[Incident, Incident]:
    """Two incidents, locked in the order of their ids, so that nobody waits in a circle. Raises as `lock` does for the
    first; for the other `Invalid` when it isn't there, or is the first, and `Refused` when it is merged, unless that too
    will do.
    """
    if_match = tx.memo.pop("if_match", None)
    first, second = await see(tx, actor, ref), await find_other(tx, actor, other, field)
    if first.id == second.id:
        raise invalid(field, "Name another incident than this one.")
    found: dict[UUID, Incident] = {}
    for incident_id in sorted((first.id, second.id)):
        if if_match is not None and incident_id == first.id:
            tx.memo["if_match"] = if_match
        is_free = even_merged and incident_id == second.id
        found[incident_id] = await (lock_any if is_free else lock)(tx, actor, incident_id)
    return found[first.id], found[second.id]


@undoable("merge", permissions.UPDATE)
async def merge(tx: Tx, actor: Actor, ref: str | UUID, into: str, field: str = "into") -> UUID:
    """Merge an incident into another one; its id. Raises `Invalid` naming `field`, `Refused` for a merged or closed target."""
    actor.must(permissions.UPDATE)
    source, target = await lock_both(tx, actor, ref, into, field)
    if target.status.is_terminal:
        raise Refused("{code} is {status}; reopen it first.", code=target.reference_code, status=target.status.name)
    recorder = tx.memo[RECORDER]
    recorder.images.pop(target.id, None)  # what else happens to the target is no hindrance to parting the two
    moved: dict[str, Any] = {"target": target.id, "watchers": await _bring_people(tx, source, target), "parts": {}}
    for name, mover in STRUCTURE.movers.items():
        moved["parts"][name] = await mover.move(tx, source.id, target.id)
    recorder.moved[source.id] = moved
    await _end(tx, source, target)
    await store.record.update(tx, target.id, {})
    counts = {name: len(moved["parts"].get(name, ())) for name in _COUNTED}
    terminal = source.status if source.status.is_terminal else (await classification.catalogue(tx)).terminal_status
    facts = {"into": target.id, "from": source.status.slug, "to": terminal.slug, **counts}
    tx.emit(events.IncidentMerged(actor=actor, incident_id=source.id, facts=facts))
    tx.emit(events.MergeReceived(actor=actor, incident_id=target.id, facts={"source": source.id, **counts}))
    return source.id


async def _end(tx: Tx, source: Incident, target: Incident) -> None:
    values: dict[str, Any] = {"merged_into_id": target.id, "auto_close_at": None}
    if not source.status.is_terminal:
        terminal = (await classification.catalogue(tx)).terminal_status
        values |= {"status_id": terminal.id, "is_open": False, "closed_at": tx.now}
    await store.record.update(tx, source.id, values)
    await sync_clock(tx, source.id, await sla.stop(tx, source.id, tx.now))


async def _bring_people(tx: Tx, source: Incident, target: Incident) -> list[UUID]:
    """Who watched, reported or worked on the one watches the other; the watchers that are new there."""
    wanted: list[dict[str, Any]] = [
        {"user_id": row["user_id"], "team_id": row["team_id"], "email": row["email"], "reason": row["reason"]}
        for row in await store.people.watchers(tx, source.id)
    ]
    nobody = {"user_id": None, "team_id": None, "email": None, "reason": "merged"}
    members = {row["assigned_to_id"] for row in await store.assignments.active(tx, source.id)}
    if source.reported_by_user_id is not None:
        members.add(source.reported_by_user_id)
    wanted += [{**nobody, "user_id": user_id} for user_id in sorted(members)]
    if source.reported_by_reporter_id is not None:
        reporter = await store.people.get_reporter(tx, source.reported_by_reporter_id)
        if reporter is not None and reporter["email"]:
            wanted.append({**nobody, "email": reporter["email"]})
    added = [await store.people.add_watcher(tx, target.id, **one) for one in wanted]
    return [watcher_id for watcher_id in added if watcher_id is not None]


async def part_again(tx: Tx, actor: Actor, source_id: UUID, moved: dict[str, Any], operation_id: UUID) -> Incident:
    """Bring back what a merge moved; the source, locked and still merged. Raises `NotFound`, `Refused`."""
    target_id = UUID(moved["target"])
    found = {one: await lock_any(tx, actor, one) for one in sorted((source_id, target_id))}
    source, target = found[source_id], found[target_id]
    if source.merged_into_id != target.id:
        raise Refused("{code} was changed meanwhile; nothing was undone.", code=source.reference_code)
    if target.merged_into_id is not None:
        raise Refused("{code} was merged itself meanwhile; undo that first.", code=target.reference_code)
    for name, part in moved["parts"].items():
        if name in STRUCTURE.movers:
            await STRUCTURE.movers[name].back(tx, source.id, target.id, part)
    for watcher in moved["watchers"]:
        await store.people.remove_watcher(tx, UUID(watcher))
    await store.record.update(tx, target.id, {})
    facts = {"operation": operation_id, "undone": "merge", "source": source.id}
    tx.emit(events.OperationUndone(actor=actor, incident_id=target.id, facts=facts))
    return source


async def leads_to(tx: Tx, incident: Incident) -> Incident:
    """Where an incident goes on: itself, or the one at the end of its merges. Jobs and the public follow them."""
    seen = {incident.id}
    while incident.merged_into_id is not None and incident.merged_into_id not in seen:
        seen.add(incident.merged_into_id)
        row = await store.record.get(tx, incident.merged_into_id)
        if row is None or row["deleted_at"] is not None:
            break
        incident = incident_from(row, await classification.catalogue(tx))
    return incident
