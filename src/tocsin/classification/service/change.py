"""Adding, changing and removing entries. A used entry is deactivated, never deleted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from tocsin.access import permissions
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, NotFound, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.text import clean_line, is_slug, slugify
from tocsin.classification import events, store
from tocsin.classification.model import Catalogue, Category, Field, Priority, Status
from tocsin.classification.service.catalogue import catalogue, reread
from tocsin.classification.service.moves import call_field
from tocsin.db.tx import Tx
from tocsin.tenancy import service as tenancy

RIGHTS = {
    "category": permissions.CATEGORIES_MANAGE,
    "priority": permissions.PRIORITIES_MANAGE,
    "status": permissions.STATUSES_MANAGE,
    "field": permissions.SETTINGS_MANAGE,
}
MEANING = {"status": {"is_terminal", "is_resolved", "pauses_sla"}, "field": {"slug", "type"}}
"""What stands while incidents use an entry: what a status does to clocks and lists, how a field's values are kept."""
OFF = {"from": {"is_active": True}, "to": {"is_active": False}}
_EVENTS: dict[str, tuple[type[Event], type[Event], type[Event]]] = {
    "category": (events.CategoryCreated, events.CategoryChanged, events.CategoryDeleted),
    "priority": (events.PriorityCreated, events.PriorityChanged, events.PriorityDeleted),
    "status": (events.StatusCreated, events.StatusChanged, events.StatusDeleted),
    "field": (events.CustomFieldCreated, events.CustomFieldChanged, events.CustomFieldDeleted),
}


async def add_category(tx: Tx, actor: Actor, values: dict[str, Any]) -> Category:
    """Add a category. Raises `Invalid`, `Refused` for a slug in use."""
    entry_id = await add_entry(tx, actor, "category", values)
    return (await reread(tx)).categories[entry_id]


async def add_priority(tx: Tx, actor: Actor, values: dict[str, Any]) -> Priority:
    """Add a priority; as default it takes the mark from the old one. Raises `Invalid`, `Refused`."""
    entry_id = await add_entry(tx, actor, "priority", values)
    return (await reread(tx)).priorities[entry_id]


async def add_status(tx: Tx, actor: Actor, values: dict[str, Any], transitions: list[str] | None = None) -> Status:
    """Add a status. Without `transitions` it is reachable from, and leads to, every other non-terminal one."""
    before = await catalogue(tx)
    _check_flags({"is_terminal": False, "is_resolved": False, "pauses_sla": False, "is_default": False} | values)
    entry_id = await add_entry(tx, actor, "status", values)
    found = await reread(tx)
    status = found.statuses[entry_id]
    others = [s for s in before.statuses.values() if s.is_active]
    pairs = [(s.id, entry_id) for s in others if not s.is_terminal]
    if transitions is None:
        pairs += [] if status.is_terminal else [(entry_id, s.id) for s in others]
    else:
        pairs += [(entry_id, found.status(ref, "transitions").id) for ref in transitions]
    await store.add_transitions(tx, [pair for pair in pairs if pair[0] != pair[1]])
    return (await reread(tx)).statuses[entry_id]


async def change_category(tx: Tx, actor: Actor, ref: str, values: dict[str, Any]) -> Category:
    """Change a category. Raises `NotFound`, `Invalid`, `Refused`."""
    entry_id = await change_entry(tx, actor, "category", ref, values)
    return (await reread(tx)).categories[entry_id]


async def change_priority(tx: Tx, actor: Actor, ref: str, values: dict[str, Any]) -> Priority:
    """Change a priority; running clocks keep the targets they started with. Raises `NotFound`, `Invalid`, `Refused`."""
    entry_id = await change_entry(tx, actor, "priority", ref, values)
    return (await reread(tx)).priorities[entry_id]


async def change_status(
    tx: Tx, actor: Actor, ref: str, values: dict[str, Any], transitions: list[str] | None = None
) -> Status:
    """Change a status and where it may lead. Raises `NotFound`, `Invalid`, `Refused`, also for the meaning of a used one."""
    entry_id = await change_entry(
        tx, actor, "status", ref, values, extra=["transitions"] if transitions is not None else []
    )
    found = await reread(tx)
    if transitions is not None:
        targets = [_target(found, entry_id, target) for target in transitions]
        if entry_id in targets:
            raise invalid("transitions", "A status cannot lead to itself.")
        await store.set_transitions(tx, entry_id, list(dict.fromkeys(targets)))
        found = await reread(tx)
    return found.statuses[entry_id]


def _target(found: Catalogue, status_id: UUID, ref: str) -> UUID:
    """Where a status shall lead. An inactive one may stay where it is listed already; anew it can't be chosen."""
    known = found.find_status(ref)
    if known is not None and found.allowed(status_id, known.id):
        return known.id
    return found.status(ref, "transitions").id


async def remove(tx: Tx, actor: Actor, kind: str, ref: str) -> bool:
    """Delete an entry that nothing uses; deactivate one in use. True when it was deleted. Raises `NotFound`, `Refused`."""
    actor.must(RIGHTS[kind])
    await store.lock(tx, kind)
    found = await reread(tx)
    entry = _existing(found, kind, ref)
    _check_stays_whole(found, kind, entry, {"is_active": False})
    facts = {kind: entry.id, "slug": entry.slug}
    if await _try_delete(tx, kind, entry.id):
        if kind == "field":
            await call_field(tx, found, entry.slug, None)
        tx.emit(_EVENTS[kind][2](actor=actor, facts=facts))
    else:
        await store.update(tx, kind, entry.id, {"is_active": False})
        tx.emit(
            _EVENTS[kind][1](actor=actor, facts={**facts, "fields": ["is_active"], **OFF}, texts={"name": entry.name})
        )
        await tenancy.configuration_changed(tx)
        return False
    await tenancy.configuration_changed(tx)
    return True


class _Unused(Exception):
    """Nothing refers to an entry. Raised to undo the attempt that found out."""


async def _refuse_used(tx: Tx, kind: str, entry: Any) -> None:
    """Raises `Refused` when incidents use an entry. The foreign keys know; their table itself is of a floor above."""
    in_status = N_("Incidents are in {status}: whether it resolves, ends or pauses stands. Add another status instead.")
    has_values = N_("Incidents have values of {name}: its slug and type stand. Add another field instead.")
    try:
        async with tx.savepoint():
            if kind == "status":
                await store.drop_transitions(tx, entry.id)
            await store.delete(tx, kind, entry.id)
            raise _Unused
    except asyncpg.ForeignKeyViolationError:
        if kind == "status":
            raise Refused(in_status, status=entry.name) from None
        raise Refused(has_values, name=entry.name) from None
    except _Unused:
        return


async def _try_delete(tx: Tx, kind: str, entry_id: UUID) -> bool:
    try:
        async with tx.savepoint():
            if kind == "status":
                await store.drop_transitions(tx, entry_id)
            await store.delete(tx, kind, entry_id)
    except asyncpg.ForeignKeyViolationError:
        return False
    return True


async def add_entry(tx: Tx, actor: Actor, kind: str, values: dict[str, Any]) -> UUID:
    """Add an entry of a kind; its id. The catalogue is to be read anew after it. Raises `Invalid`, `Refused`."""
    actor.must(RIGHTS[kind])
    values = _clean(kind, values)
    values["slug"] = values.get("slug") or slugify(values["name"])
    await store.lock(tx, kind)
    if values.get("is_default"):
        await store.clear_default(tx, kind)
    entry_id = new_id()
    if not await store.insert(tx, kind, entry_id, values):
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    await tenancy.configuration_changed(tx)
    numbers = {name: values.get(name) for name in values if isinstance(values[name], int | bool)}
    facts = {kind: entry_id, "slug": values["slug"], **numbers}
    tx.emit(_EVENTS[kind][0](actor=actor, facts=facts, texts={"name": values["name"]}))
    return entry_id


async def change_entry(
    tx: Tx, actor: Actor, kind: str, ref: str, values: dict[str, Any], extra: list[str] | None = None
) -> UUID:
    """Change an entry of a kind; its id. `extra` names what else the caller changes. Raises `NotFound`, `Invalid`, `Refused`."""
    actor.must(RIGHTS[kind])
    await store.lock(tx, kind)
    found = await reread(tx)
    entry = _existing(found, kind, ref)
    values = _clean(kind, values)
    _check_stays_whole(found, kind, entry, values)
    if kind == "status":
        _check_flags(msgspec.structs.asdict(entry) | values)
    if "slug" in values and await store.slug_taken(tx, kind, values["slug"], entry.id):
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    changed = {name: value for name, value in values.items() if getattr(entry, name) != value}
    if changed.keys() & MEANING.get(kind, set()):
        await _refuse_used(tx, kind, entry)
    if changed.get("is_default"):
        await store.clear_default(tx, kind)
    if changed:
        await store.update(tx, kind, entry.id, changed)
    if changed or extra:
        numbers = [name for name in changed if isinstance(changed[name], int | bool)]
        facts = {
            kind: entry.id,
            "slug": entry.slug,
            "fields": [*changed, *(extra or [])],
            "from": {name: getattr(entry, name) for name in numbers},
            "to": {name: changed[name] for name in numbers},
        }
        words = [name for name in changed if name not in numbers]
        before, after = msgspec.to_builtins(
            ({name: getattr(entry, name) for name in words}, {name: changed[name] for name in words})
        )
        texts = {"name": entry.name} | ({"before": before, "after": after} if words else {})
        tx.emit(_EVENTS[kind][1](actor=actor, facts=facts, texts=texts))
        await tenancy.configuration_changed(tx)
    return entry.id


def _existing(found: Catalogue, kind: str, ref: str) -> Category | Priority | Status | Field:
    finders: dict[str, Any] = {
        "category": found.find_category,
        "priority": found.find_priority,
        "status": found.find_status,
        "field": found.find_field,
    }
    entry: Category | Priority | Status | Field | None = finders[kind](ref)
    if entry is None:
        raise NotFound
    return entry


def _clean(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Trimmed texts. Raises `Invalid` for an empty name or a bad slug; a field's may hold underscores."""
    cleaned = {name: clean_line(value) if isinstance(value, str) else value for name, value in values.items()}
    if "name" in cleaned and not 1 <= len(cleaned["name"]) <= 200:
        raise invalid("name", "Give a name of 1 to 200 characters.")
    slug = cleaned.get("slug")
    if kind == "field" and slug and not is_slug(slug.replace("_", "-")):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits, inner hyphens and underscores.")
    if kind != "field" and slug and not is_slug(slug):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    return cleaned


def _check_flags(flags: dict[str, Any]) -> None:
    if flags["pauses_sla"] and (flags["is_terminal"] or flags["is_resolved"]):
        raise invalid("pauses_sla", "A resolved or terminal status has no clock to pause.")
    if flags["is_terminal"] and flags["is_resolved"]:
        raise invalid("is_resolved", "A status is either resolved or terminal.")
    if flags["is_default"] and (flags["is_terminal"] or flags["is_resolved"] or flags["pauses_sla"]):
        raise invalid("is_default", "An incident cannot start in a status that ends or pauses it.")


def _check_stays_whole(found: Catalogue, kind: str, entry: Any, values: dict[str, Any]) -> None:
    """A tenant always keeps a default, and for statuses one that resolves and one that closes. Raises `Refused`."""
    if kind in ("category", "field"):
        return
    if entry.is_default and (values.get("is_active") is False or values.get("is_default") is False):
        raise Refused("{name} is the default; make another one the default first.", name=entry.name)
    if values.get("is_default") and not values.get("is_active", entry.is_active):
        raise invalid("is_default", "An inactive entry cannot be the default.")
    if kind == "status":
        for flag in ("is_resolved", "is_terminal"):
            loses = getattr(entry, flag) and not (values.get(flag, True) and values.get("is_active", True))
            others = [s for s in found.statuses.values() if s.id != entry.id and s.is_active and getattr(s, flag)]
            if loses and not others:
                raise Refused("{name} is the only status of its kind; add another one first.", name=entry.name)
