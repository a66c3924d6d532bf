"""Tasks: the pieces of the work on an incident, in an order of their own. Internal work: reading takes `incidents.view`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.collaboration import events, rules, store
from tocsin.collaboration.model import Task, TaskChange, task_from
from tocsin.collaboration.service.pages import find_child
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident

TITLE_LIMIT = 200
TEXT_LIMIT = 50_000
ORDER_LIMIT = store.tasks.ORDER_LIMIT
_TEXTS = ("title", "description")
_COLUMNS = {"assigned_to": "assigned_to_id"}


async def list_tasks(tx: Tx, actor: Actor, ref: str | UUID, *, limit: int, cursor: str | None) -> Page[Task]:
    """The tasks of an incident in their order. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    check_limit(limit)
    question = ["tasks", str(incident.id)]
    after = decode_cursor(cursor, question, tuple[int, UUID]) if cursor is not None else None
    if after is not None and abs(after[0]) > ORDER_LIMIT:
        raise invalid("cursor", "This is not a cursor of this list; start again without it.")
    rows = await store.tasks.page(tx, incident.id, after, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    following = encode_cursor(question, [last["sort_order"], last["id"]]) if last is not None else None
    return Page([task_from(row) for row in rows[:limit]], following)


async def unfinished(tx: Tx, incident_id: UUID) -> list[str]:
    """The titles of an incident's open tasks, for whoever asks before it is resolved."""
    return await store.tasks.open_titles(tx, incident_id)


async def get_task(tx: Tx, actor: Actor, ref: str | UUID, task: str | UUID) -> Task:
    """One task. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    return task_from(await row_of(tx, incident.id, task))


async def add_task(tx: Tx, actor: Actor, ref: str | UUID, given: TaskChange) -> Task:
    """Add a task; without a sort order it comes last. Raises `Invalid`, `Refused` on a closed incident."""
    actor.must(permissions.TASKS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    if given.title is UNSET:
        raise invalid("title", "This field is required.")
    if incident.status.is_terminal:
        raise Refused(
            "{code} is {status}; reopen it to add tasks.", code=incident.reference_code, status=incident.status.name
        )
    task_id = await insert_task(
        tx, actor, incident, await checked_values(tx, actor, given), await _waits(tx, incident.id, given)
    )
    await incidents.changed(tx, incident)
    return task_from(await row_of(tx, incident.id, task_id))


async def insert_task(
    tx: Tx,
    actor: Actor,
    incident: Incident,
    given: dict[str, Any],
    waits: Sequence[UUID] | None = None,
    checklist: UUID | None = None,
) -> UUID:
    """Write a task with checked columns into a locked incident, last unless they say where; its id. Raises `Refused`."""
    values = {"status": "open", "description": None, **given}
    if "sort_order" not in values:
        values["sort_order"] = min(await store.tasks.last_order(tx, incident.id) + 1, ORDER_LIMIT)
    task_id = new_id()
    done = rules.completed_at(values["status"], None, tx.now)
    moments = {"completed_at": done, "created_at": tx.now, "updated_at": tx.now}
    await store.tasks.insert(tx, {"id": task_id, "incident_id": incident.id, **values, **moments})
    if waits:
        await store.tasks.set_waits(tx, task_id, waits)
    if rules.blocks_start(values["status"]):
        _refuse_blocked(task_from(await row_of(tx, incident.id, task_id)))
    facts = {
        "task": task_id,
        "status": values["status"],
        "assigned_to": values.get("assigned_to_id"),
        "due_at": values.get("due_at"),
    }
    facts |= {"depends_on": list(waits)} if waits else {}
    facts |= {"checklist": checklist} if checklist is not None else {}
    texts = {"title": values["title"]}
    tx.emit(events.TaskCreated(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
    return task_id


async def change_task(tx: Tx, actor: Actor, ref: str | UUID, task: str | UUID, given: TaskChange) -> Task:
    """Change the given fields; becoming done sets `completed_at`, leaving done clears it.

    Raises `NotFound`, `Invalid`, `Refused` for a task that would wait for itself, or begin or end while it is blocked.
    """
    actor.must(permissions.TASKS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    before = await row_of(tx, incident.id, task)
    wanted = await checked_values(tx, actor, given, before["assigned_to_id"])
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    waited, waits = task_from(before).depends_on, await _waits(tx, incident.id, given, before["id"])
    if waits is not None and set(waits) == set(waited):
        waits = None
    if not changed and waits is None:
        return task_from(before)
    extra = {}
    if "status" in changed:
        extra["completed_at"] = rules.completed_at(changed["status"], before["completed_at"], tx.now)
    await store.tasks.update(tx, before["id"], {**changed, **extra})
    if waits is not None:
        await store.tasks.set_waits(tx, before["id"], waits)
    after = task_from(await row_of(tx, incident.id, before["id"]))
    if "status" in changed and rules.blocks_start(after.status):
        _refuse_blocked(after)
    await incidents.changed(tx, incident)
    both = (waited, waits) if waits is not None else None
    for event in _told(tx, actor, incident.id, before, changed, both):
        tx.emit(event)
    return after


async def delete_task(tx: Tx, actor: Actor, ref: str | UUID, task: str | UUID) -> None:
    """Take a task away. Raises `NotFound`."""
    actor.must(permissions.TASKS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    row = await row_of(tx, incident.id, task)
    await store.tasks.delete(tx, row["id"])
    await incidents.changed(tx, incident)
    facts, texts = {"task": row["id"], "status": row["status"]}, {"title": row["title"]}
    tx.emit(events.TaskDeleted(actor=actor, incident_id=incident.id, facts=facts, texts=texts))


async def reorder_tasks(tx: Tx, actor: Actor, ref: str | UUID, tasks: Sequence[str]) -> Page[Task]:
    """Put all tasks of an incident in an order; they are numbered from 1. Raises `Invalid` unless all stand in it once."""
    actor.must(permissions.TASKS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    existing = await store.tasks.ids(tx, incident.id)
    wanted = [parse_id(task) for task in tasks]
    known = [task for task in wanted if task is not None]
    refusal = rules.refuse_order(existing, known)
    if len(known) < len(wanted):
        refusal = "There is no such task in this incident."
    if refusal is not None:
        raise invalid("tasks", refusal)
    if known != existing:
        await store.tasks.reorder(tx, known)
        await incidents.changed(tx, incident)
        tx.emit(events.TasksReordered(actor=actor, incident_id=incident.id, facts={"tasks": known, "from": existing}))
    rows = await store.tasks.page(tx, incident.id, None, max(1, len(known)))
    return Page([task_from(row) for row in rows])


async def move_task(tx: Tx, actor: Actor, ref: str | UUID, task: str | UUID, *, up: bool) -> Page[Task]:
    """Put a task one place up or down; at the end of the list it stays. Raises `NotFound`."""
    actor.must(permissions.TASKS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    row = await row_of(tx, incident.id, task)
    order = rules.moved(await store.tasks.ids(tx, incident.id), row["id"], up=up)
    return await reorder_tasks(tx, actor, incident.id, [str(each) for each in order])


async def row_of(tx: Tx, incident_id: UUID, task: str | UUID) -> Any:
    """The row of a task of an incident. Raises `NotFound`."""
    row = await find_child(store.tasks.get, tx, incident_id, task)
    if row is None:
        raise NotFound
    return row


def _refuse_blocked(task: Task) -> None:
    """Raises `Refused` naming what a task still waits for, if it does."""
    if task.blocked_by:
        titles = ", ".join(each.title for each in task.blocked_by)
        raise Refused("This task waits for: {titles}.", field="status", titles=titles)


async def _waits(tx: Tx, incident_id: UUID, given: TaskChange, task_id: UUID | None = None) -> list[UUID] | None:
    """The tasks that one shall wait for, checked; None where nothing is said of it. Raises `Invalid`, `Refused` on a cycle."""
    if given.depends_on is UNSET:
        return None
    existing = set(await store.tasks.ids(tx, incident_id)) if given.depends_on else set()
    wanted = list(dict.fromkeys(parse_id(ref) for ref in given.depends_on))
    found = [each for each in wanted if each is not None and each in existing]
    if len(found) < len(wanted):
        raise invalid("depends_on", "There is no such task in this incident.")
    if task_id is not None and found:
        way = rules.on_cycle(await store.tasks.waits(tx, incident_id), task_id, found)
        if way:
            names = await store.tasks.titles(tx, way)
            raise Refused(
                "A task cannot wait for itself, not by a detour either: {way}.",
                field="depends_on",
                way=" → ".join(names[each] for each in [task_id, *way]),
            )
    return found


async def checked_values(tx: Tx, actor: Actor, given: TaskChange, kept: UUID | None = None) -> dict[str, Any]:
    """The given fields as columns, checked. `kept`: whose task it is already, active or not."""
    values: dict[str, Any] = {}
    if given.title is not UNSET:
        values["title"] = check_title(given.title)
    if given.description is not UNSET:
        values["description"] = given.description
        if given.description is not None and len(given.description) > TEXT_LIMIT:
            raise invalid("description", "Give at most {limit} characters.", limit=TEXT_LIMIT)
    if given.status is not UNSET:
        values["status"] = given.status
    if given.due_at is not UNSET:
        values["due_at"] = check_moment(given.due_at, "due_at") if given.due_at is not None else None
    if given.sort_order is not UNSET:
        if abs(given.sort_order) > ORDER_LIMIT:
            raise invalid("sort_order", "Give a number from -{limit} to {limit}.", limit=ORDER_LIMIT)
        values["sort_order"] = given.sort_order
    if given.assigned_to is not UNSET:
        values["assigned_to_id"] = None
        if given.assigned_to is not None:
            person = await access.find_member_id(tx, given.assigned_to, "assigned_to", actor)
            if person != kept:
                person = (await access.find_user(tx, given.assigned_to, "assigned_to", actor)).id
            values["assigned_to_id"] = person
    return values


def check_title(title: str, field: str = "title") -> str:
    """A trimmed title of 1 to 200 characters. Raises `Invalid` naming `field`."""
    trimmed = title.strip()
    if not 1 <= len(trimmed) <= TITLE_LIMIT:
        raise invalid(field, "Give a title of 1 to {limit} characters.", limit=TITLE_LIMIT)
    return trimmed


def _told(
    tx: Tx,
    actor: Actor,
    incident_id: UUID,
    before: Any,
    changed: dict[str, Any],
    waits: tuple[list[UUID], list[UUID]] | None,
) -> list[Event]:
    """The events of a change: that it became done stands on its own."""
    told: list[Event] = []
    facts: dict[str, Any]
    rest = dict(changed)
    if rest.get("status") == "done":
        at: datetime = tx.now
        facts = {"task": before["id"], "from": rest.pop("status") and before["status"], "at": at}
        texts = {"title": changed.get("title", before["title"])}
        told.append(events.TaskCompleted(actor=actor, incident_id=incident_id, facts=facts, texts=texts))
    if rest or waits:
        names = {column: column.removesuffix("_id") for column in rest}
        plain = [column for column in rest if column not in _TEXTS]
        facts = {
            "task": before["id"],
            "fields": sorted([*names.values(), *(["depends_on"] if waits else [])]),
            "from": {names[column]: before[column] for column in plain} | ({"depends_on": waits[0]} if waits else {}),
            "to": {names[column]: rest[column] for column in plain} | ({"depends_on": waits[1]} if waits else {}),
        }
        worded = [column for column in rest if column in _TEXTS]
        both = {"before": {c: before[c] for c in worded}, "after": {c: rest[c] for c in worded}} if worded else {}
        told.append(events.TaskUpdated(actor=actor, incident_id=incident_id, facts=facts, texts=both))
    return told
