"""The table of allowed moves as a whole, and the order of the statuses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, NotFound, Refused, invalid
from tocsin.classification import events, store
from tocsin.classification.model import DEMANDABLE, Catalogue, Demands, Status
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


async def demand(tx: Tx, actor: Actor, origin: str, target: str, demands: Demands) -> Demands:
    """Allow a move, if it isn't yet, and say what it asks for. Raises `NotFound` for an unknown status, `Invalid`, `Refused`."""
    actor.must(permissions.STATUSES_MANAGE)
    await store.lock(tx, "status")
    found = await reread(tx)
    start, end = _pair(found, origin, target)
    if start is end:
        raise Refused("{name} can't lead to itself.", name=start.name)
    wanted = _checked(found, demands)
    before = found.demands(start.id, end.id)
    if not found.allowed(start.id, end.id):
        await store.add_transitions(tx, [(start.id, end.id)])
        leads = {goal for origin_id, goal in found.transitions if origin_id == start.id}
        _tell(tx, actor, found, start.id, leads, leads | {end.id})
    elif before == wanted:
        return wanted
    await store.set_demands(tx, start.id, end.id, msgspec.to_builtins(wanted))
    facts = {"status": start.id, "slug": start.slug, "fields": ["demands"]}
    facts |= {side: {end.slug: msgspec.to_builtins(what)} for side, what in (("from", before), ("to", wanted))}
    tx.emit(events.StatusChanged(actor=actor, facts=facts, texts={"name": start.name}))
    await tenancy.configuration_changed(tx)
    await reread(tx)
    return wanted


async def forbid(tx: Tx, actor: Actor, origin: str, target: str) -> None:
    """Take a move out of the table. Raises `NotFound` for one that isn't in it."""
    actor.must(permissions.STATUSES_MANAGE)
    await store.lock(tx, "status")
    found = await reread(tx)
    start, end = _pair(found, origin, target)
    if not found.allowed(start.id, end.id):
        raise NotFound
    leads = {goal for origin_id, goal in found.transitions if origin_id == start.id}
    await store.set_transitions(tx, start.id, sorted(leads - {end.id}))
    _tell(tx, actor, found, start.id, leads, leads - {end.id})
    await tenancy.configuration_changed(tx)
    await reread(tx)


def _pair(found: Catalogue, origin: str, target: str) -> tuple[Status, Status]:
    start, end = found.find_status(origin), found.find_status(target)
    if start is None or end is None:
        raise NotFound
    return start, end


def _checked(found: Catalogue, demands: Demands) -> Demands:
    """Demands with fields in their full names, each once. Raises `Invalid`."""
    fields = []
    for name in dict.fromkeys(demands.fields):
        field = found.find_field(name.removeprefix("custom."))
        if name in DEMANDABLE:
            fields.append(name)
        elif field is None:
            raise invalid("fields", "There is no field {name}.", name=name[:80])
        else:
            fields.append(f"custom.{field.slug}")
    if demands.permission is not None and demands.permission not in permissions.ALL:
        raise invalid("permission", "There is no permission {name}.", name=demands.permission[:80])
    return msgspec.structs.replace(demands, fields=list(dict.fromkeys(fields)))


async def call_field(tx: Tx, found: Catalogue, before: str, after: str | None) -> None:
    """Let what moves demand follow a custom field to its new slug, or forget a field that is no more."""
    name = f"custom.{before}"
    for (origin, target), demands in found.demanding.items():
        if name in demands.fields:
            instead = [f"custom.{after}"] if after is not None else []
            fields = [each for one in demands.fields for each in (instead if one == name else [one])]
            changed = msgspec.structs.replace(demands, fields=fields)
            await store.set_demands(tx, origin, target, msgspec.to_builtins(changed))


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
