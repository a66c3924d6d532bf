"""The review of a major incident: what was learnt, and the tasks that came of it. It may be written once it is stood down."""

from __future__ import annotations

from uuid import UUID

from msgspec import UNSET

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused, invalid
from tocsin.collaboration import events, store
from tocsin.collaboration.model import Task, TaskChange, task_from
from tocsin.collaboration.service.major.leading import find_major, found, get_major
from tocsin.collaboration.service.major.shapes import TEXTS, Major, Review, ReviewChange
from tocsin.collaboration.service.tasks import checked_values, insert_task, row_of
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents


async def get_review(tx: Tx, actor: Actor, ref: str | UUID) -> Review:
    """What was learnt. Raises `NotFound`."""
    return (await get_major(tx, actor, ref)).review


async def write_review(tx: Tx, actor: Actor, ref: str | UUID, given: ReviewChange) -> Review:
    """Write down what was learnt. Raises `NotFound`, `Refused` while it lasts."""
    actor.must(permissions.UPDATE)
    incident = await incidents.lock(tx, actor, ref)
    row = await found(tx, incident)
    if row["ended_at"] is None:
        raise Refused("{code} is still a major incident; stand down first.", code=incident.reference_code)
    before = row["review"]
    wanted = {name: value for name in TEXTS if (value := getattr(given, name)) is not UNSET}
    changed = {name: value for name, value in wanted.items() if before.get(name) != value}
    if changed:
        kept = {name: value for name, value in {**before, **changed}.items() if value is not None}
        values = {"review": kept, "reviewed_by_id": actor.id, "reviewed_at": tx.now}
        await store.major.update(tx, row["id"], values)
        await incidents.changed(tx, incident)
        texts = {"before": {name: before.get(name) for name in changed}, "after": changed}
        facts = {"major": row["id"], "fields": sorted(changed)}
        tx.emit(events.MajorReviewed(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
    shown: Major | None = await find_major(tx, actor, incident.id) if actor.can(permissions.VIEW) else None
    return shown.review if shown is not None else Review(**{name: wanted.get(name) for name in TEXTS})


async def list_actions(tx: Tx, actor: Actor, ref: str | UUID) -> list[Task]:
    """The tasks that came of the review, in their order. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    ids = await store.major.actions(tx, (await found(tx, incident))["id"])
    rows = [await store.tasks.get(tx, incident.id, task) for task in ids]
    tasks = [task_from(row) for row in rows if row is not None]
    return sorted(tasks, key=lambda task: (task.sort_order, task.id))


async def add_action(tx: Tx, actor: Actor, ref: str | UUID, given: TaskChange) -> Task:
    """Add a task that came of the review, also when the incident is closed by now. Raises `NotFound`, `Invalid`, `Refused`."""
    actor.must(permissions.TASKS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    row = await found(tx, incident)
    if given.title is UNSET:
        raise invalid("title", "This field is required.")
    task_id = await insert_task(tx, actor, incident, await checked_values(tx, actor, given))
    await store.major.add_action(tx, row["id"], task_id)
    await incidents.changed(tx, incident)
    facts = {"major": row["id"], "task": task_id}
    tx.emit(events.MajorActionAdded(actor=actor, incident_id=incident.id, facts=facts))
    return task_from(await row_of(tx, incident.id, task_id))
