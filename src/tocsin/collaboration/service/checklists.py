"""Checklists: tasks that belong to a kind of incident, added when it is triaged, or by hand. Each once to an incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.activity.model import Event
from tocsin.base.actor import Actor, system_actor
from tocsin.base.durations import parse_duration
from tocsin.base.errors import BadValue, Refused, invalid
from tocsin.base.paging import ActiveQuery, Page, check_limit, decode_cursor, encode_cursor
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.collaboration import events, rules, store
from tocsin.collaboration.model import (
    AppliedChecklist,
    Checklist,
    ChecklistDraft,
    ChecklistItem,
    SlugRef,
    Task,
    task_from,
)
from tocsin.collaboration.service import shelf
from tocsin.collaboration.service.shelf import Kind
from tocsin.collaboration.service.tasks import TEXT_LIMIT, check_title, insert_task, row_of
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import CategoryRef, Incident, PriorityRef

CHECKLISTS = Kind(
    "checklists",
    "checklist",
    permissions.SETTINGS_MANAGE,
    (events.ChecklistCreated, events.ChecklistChanged, events.ChecklistDeleted),
    shelf.NO_CHECKLIST,
)


async def list_checklists(tx: Tx, actor: Actor, query: ActiveQuery) -> Page[Checklist]:
    """The checklists by name. Raises `Invalid`."""
    shelf.must_read(actor, CHECKLISTS)
    rows, cursor = await shelf.read(tx, CHECKLISTS, query)
    catalogue = await classification.catalogue(tx)
    return Page([_shown(row, catalogue) for row in rows], cursor)


async def get_checklist(tx: Tx, actor: Actor, ref: str | UUID) -> Checklist:
    """A checklist by id or slug. Raises `NotFound`."""
    shelf.must_read(actor, CHECKLISTS)
    return _shown(await shelf.find(tx, CHECKLISTS, ref), await classification.catalogue(tx))


async def add_checklist(tx: Tx, actor: Actor, draft: ChecklistDraft) -> Checklist:
    """Add a checklist. Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(CHECKLISTS.permission)
    if draft.items is msgspec.UNSET:
        raise invalid("items", "This field is required.")
    made = await shelf.add(tx, actor, CHECKLISTS, await _columns(tx, draft, None))
    return await get_checklist(tx, system_actor(tx.tenant_id), made)


async def change_checklist(tx: Tx, actor: Actor, ref: str, draft: ChecklistDraft) -> Checklist:
    """Change the given fields; incidents that have it keep their tasks. Raises `NotFound`, `Invalid`, `Refused`."""
    actor.must(CHECKLISTS.permission)
    row = await shelf.find(tx, CHECKLISTS, ref, lock=True)
    await shelf.change(tx, actor, CHECKLISTS, row, await _columns(tx, draft, row))
    return await get_checklist(tx, system_actor(tx.tenant_id), row["id"])


async def remove_checklist(tx: Tx, actor: Actor, ref: str) -> bool:
    """Delete a checklist; one that incidents have is taken out of use instead. True when it is gone. Raises `NotFound`."""
    actor.must(CHECKLISTS.permission)
    row = await shelf.find(tx, CHECKLISTS, ref)
    return await shelf.remove(tx, actor, CHECKLISTS, row["id"], is_used=await store.shelf.is_used(tx, row["id"]))


async def applied_checklists(
    tx: Tx, actor: Actor, ref: str | UUID, *, limit: int, cursor: str | None
) -> Page[AppliedChecklist]:
    """The checklists that an incident has had, in the order they came. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    limit, question = check_limit(limit), ["applied", str(incident.id)]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    rows = await store.shelf.applied(tx, incident.id, after, limit + 1)
    items = [_applied(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].applied_at, items[-1].checklist.id]) if more else None)


async def apply_checklist(tx: Tx, actor: Actor, ref: str | UUID, checklist: str) -> Page[Task]:
    """Add a checklist's tasks to an incident; those tasks. Raises `Invalid`, `NotFound`, `Refused` where it has them already."""
    actor.must(permissions.TASKS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    row = await shelf.choose(tx, CHECKLISTS, checklist, "checklist")
    if incident.status.is_terminal:
        raise Refused(
            "{code} is {status}; reopen it to add tasks.", code=incident.reference_code, status=incident.status.name
        )
    tasks = await _apply(tx, actor, incident, row, "hand")
    if tasks is None:
        raise Refused("{code} has the checklist {name} already.", code=incident.reference_code, name=row["name"])
    await incidents.changed(tx, incident)
    return Page([task_from(await row_of(tx, incident.id, task)) for task in tasks])


async def apply_fitting(tx: Tx, event: Event) -> None:
    """The reaction to what happens to an incident: its triage brings the checklists for its category and priority, and so
    does, after that, another category or priority.
    """
    if event.incident_id is None or event.actor.source == "import" or not await _may_fit(tx, event):
        return
    incident = await incidents.look_up(tx, event.incident_id)
    if incident is None or not incident.is_open or incident.status.is_default:
        return
    category = incident.category.id if incident.category is not None else None
    for row in await store.shelf.fitting(tx, incident.id, category, incident.priority.id):
        await _apply(tx, system_actor(tx.tenant_id), incident, row, "triage")


async def _may_fit(tx: Tx, event: Event) -> bool:
    """Whether an event is one that may bring checklists, as far as it tells."""
    if event.type == "IncidentUpdated":
        return "category" in event.facts["fields"]
    if event.type == "IncidentPriorityChanged":
        return True
    catalogue = await classification.catalogue(tx)
    created = event.type == "IncidentCreated"
    after = catalogue.find_status(event.facts["status" if created else "to"])
    before = catalogue.default_status if created else catalogue.find_status(event.facts["from"])
    if before is None or after is None:
        return False
    return rules.is_triage(was_default=before.is_default, is_default=after.is_default, is_open=after.is_open)


async def _apply(tx: Tx, actor: Actor, incident: Incident, row: Any, because: str) -> list[UUID] | None:
    """Add the tasks of a checklist to a locked incident; their ids, None when it has had it."""
    if not await store.shelf.apply(tx, incident.id, row["id"], actor.id):
        return None
    made: list[UUID] = []
    for item in msgspec.convert(row["items"], list[ChecklistItem]):
        values: dict[str, Any] = {"title": item.title, "description": item.description}
        if item.due_after is not None:
            values["due_at"] = tx.now + parse_duration(item.due_after)
        waits = [made[place] for place in item.depends_on]
        made.append(await insert_task(tx, actor, incident, values, waits, row["id"]))
    facts = {"checklist": row["id"], "tasks": made, "because": because}
    tx.emit(events.ChecklistApplied(actor=actor, incident_id=incident.id, facts=facts, texts={"name": row["name"]}))
    return made


async def _columns(tx: Tx, draft: ChecklistDraft, row: Any) -> dict[str, Any]:
    values = shelf.given(draft)
    catalogue = await classification.catalogue(tx)
    if "category" in values:
        ref = values.pop("category")
        known = catalogue.find_category(ref) if ref is not None else None
        kept = known is not None and row is not None and row["category_id"] == known.id
        values["category_id"] = None if ref is None else known.id if kept and known else catalogue.category(ref).id
    if "priority" in values:
        ref = values.pop("priority")
        chosen = catalogue.find_priority(ref) if ref is not None else None
        kept = chosen is not None and row is not None and row["priority_id"] == chosen.id
        values["priority_id"] = None if ref is None else chosen.id if kept and chosen else catalogue.priority(ref).id
    if "items" in values:
        values["items"] = msgspec.to_builtins(_checked(values["items"]))
    return values


def _checked(items: Sequence[ChecklistItem]) -> list[ChecklistItem]:
    if not items:
        raise invalid("items", "A checklist has at least one task.")
    found = []
    for number, item in enumerate(items):
        where = f"items[{number}]"
        title = check_title(item.title, f"{where}.title")
        if item.description is not None and len(item.description) > TEXT_LIMIT:
            raise invalid(f"{where}.description", "Give at most {limit} characters.", limit=TEXT_LIMIT)
        if item.due_after is not None:
            try:
                parse_duration(item.due_after)
            except BadValue as error:
                raise invalid(f"{where}.due_after", error.template, **error.values) from None
        if any(not 0 <= place < number for place in item.depends_on):
            raise invalid(
                f"{where}.depends_on", "A task of a checklist waits for earlier ones of it; they count from 0."
            )
        waits = sorted(set(item.depends_on))
        found.append(msgspec.structs.replace(item, title=title, depends_on=waits))
    return found


def _shown(row: Any, catalogue: Catalogue) -> Checklist:
    category = catalogue.categories[row["category_id"]] if row["category_id"] else None
    priority = catalogue.priorities[row["priority_id"]] if row["priority_id"] else None
    return Checklist(
        category=CategoryRef(category.id, category.slug, category.name) if category else None,
        priority=PriorityRef(priority.id, priority.slug, priority.name, priority.level) if priority else None,
        items=msgspec.convert(row["items"], list[ChecklistItem]),
        **{name: row[name] for name in ("id", "name", "slug", "is_active", "created_at", "updated_at")},
    )


def _applied(row: Any) -> AppliedChecklist:
    by = Named(row["applied_by_id"], row["applied_by_name"]) if row["applied_by_id"] is not None else None
    return AppliedChecklist(
        checklist=SlugRef(row["checklist_id"], row["slug"], row["name"]), applied_by=by, applied_at=row["applied_at"]
    )
