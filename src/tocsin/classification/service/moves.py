"""The table of allowed moves as a whole, and the order of the statuses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, NotFound, Refused, invalid
from tocsin.classification import events, store
from tocsin.classification.model import Catalogue, Status
from tocsin.classification.service.catalogue import reread
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

STEP = 10
"""Between the places of two statuses after they were ordered anew."""


async def set_moves(tx: Tx, actor: Actor, shown: Sequence[str], moves: Sequence[tuple[str, str]]) -> list[Status]:
    """Allow exactly these moves between the shown statuses; moves from and to others stay. Answers whose moves changed.

    Raises `Invalid` naming `moves` for a status that is none, or a move to itself.
    """
    actor.must(permissions.STATUSES_MANAGE)
    await store.lock(tx, "status")
    found = await reread(tx)
    stops = {ref: _status(found, ref) for ref in {*shown, *(ref for move in moves for ref in move)}}
    wanted: dict[UUID, set[UUID]] = defaultdict(set)
    for origin, target in moves:
        if stops[origin] is stops[target]:
            raise invalid("moves", "{name} can't lead to itself.", name=stops[origin].name)
        wanted[stops[origin].id].add(stops[target].id)
    visible = {stops[ref].id for ref in shown}
    changed = []
    for origin_id in [stops[ref].id for ref in dict.fromkeys(shown)]:
        before = {target for origin, target in found.transitions if origin == origin_id}
        after = {target for target in before if target not in visible} | (wanted[origin_id] & visible)
        if before != after:
            await store.set_transitions(tx, origin_id, sorted(after))
            _tell(tx, actor, found, origin_id, before, after)
            changed.append(found.statuses[origin_id])
    if changed:
        await tenancy.configuration_changed(tx)
        await reread(tx)
    return changed


def _tell(tx: Tx, actor: Actor, found: Catalogue, origin: UUID, before: set[UUID], after: set[UUID]) -> None:
    status = found.statuses[origin]
    slugs = [sorted(found.statuses[target].slug for target in side) for side in (before, after)]
    facts = {"status": origin, "slug": status.slug, "fields": ["transitions"]}
    facts |= {"from": {"transitions": slugs[0]}, "to": {"transitions": slugs[1]}}
    tx.emit(events.StatusChanged(actor=actor, facts=facts, texts={"name": status.name}))


def _status(found: Catalogue, ref: str) -> Status:
    status = found.find_status(ref)
    if status is None:
        raise invalid("moves", "There is no status by this id or slug.")
    return status


async def shift_status(tx: Tx, actor: Actor, ref: str, *, earlier: bool) -> Status:
    """Move a status one place earlier or later in the order of the work. Raises `NotFound`, `Refused` at the end."""
    actor.must(permissions.STATUSES_MANAGE)
    await store.lock(tx, "status")
    found = await reread(tx)
    status = found.find_status(ref)
    if status is None:
        raise NotFound
    ordered = sorted(found.statuses.values(), key=lambda s: (not s.is_active, s.sort_order, s.slug))
    place = ordered.index(status)
    other = place - 1 if earlier else place + 1
    if not 0 <= other < len(ordered) or ordered[other].is_active != status.is_active:
        first, last = N_("{name} is first already."), N_("{name} is last already.")
        raise Refused(first if earlier else last, name=status.name)
    ordered[place], ordered[other] = ordered[other], ordered[place]
    for number, each in enumerate(ordered, 1):
        if each.sort_order != number * STEP:
            await store.update(tx, "status", each.id, {"sort_order": number * STEP})
    facts = {"status": status.id, "slug": status.slug, "fields": ["sort_order"]}
    facts |= {"from": {"place": place + 1}, "to": {"place": other + 1}}
    tx.emit(events.StatusChanged(actor=actor, facts=facts, texts={"name": status.name}))
    await tenancy.configuration_changed(tx)
    return (await reread(tx)).statuses[status.id]
