"""Tasks that are given to somebody: who is told of it, and what somebody has still to do."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import Actor
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.collaboration import store
from tocsin.collaboration.model import OwnTask, task_from
from tocsin.collaboration.rules import UNFINISHED
from tocsin.collaboration.service.telling import EXCERPT
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.notifications import service as notifications


async def own_tasks(tx: Tx, actor: Actor, *, limit: int, cursor: str | None) -> Page[OwnTask]:
    """One's own unfinished tasks of all incidents, the first due first. A token without a person has none. Raises `Invalid`."""
    actor.must(permissions.VIEW)
    limit, question = check_limit(limit), ["own-tasks", str(actor.id)]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[bool, datetime, UUID])
    if actor.kind != "person" or actor.id is None:
        return Page([])
    rows = await store.tasks.own(tx, actor.id, after, limit + 1)
    items = [OwnTask(task_from(row), row["incident_id"], row["reference_code"], row["about"]) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items)
    last = rows[limit - 1]
    return Page(items, encode_cursor(question, [last["due_at"] is None, last["place"], last["id"]]))


async def tell_given(tx: Tx, event: RecordedEvent) -> None:
    """Tell whoever a task is given to by another: the job behind `TaskCreated` and `TaskUpdated`."""
    after = event.data if event.type == "TaskCreated" else event.data["to"]
    if event.incident_id is None or after.get("assigned_to") in (None, str(event.actor_id)):
        return
    person, task_id = UUID(after["assigned_to"]), UUID(event.data["task"])
    incident, row = (
        await incidents.look_up(tx, event.incident_id),
        await store.tasks.get(tx, event.incident_id, task_id),
    )
    if incident is None or row is None or row["assigned_to_id"] != person or row["status"] not in UNFINISHED:
        return
    said = [await incidents.describe(tx, incident), f"Task: {row['title']}"]
    if row["due_at"] is not None:
        said.append(f"Task due: {await incidents.spell_moment(tx, row['due_at'])}")
    if row["description"]:
        said += ["", row["description"][:EXCERPT]]
    await notifications.notify(
        tx,
        kind="TaskAssigned",
        incident_id=incident.id,
        recipients=await notifications.members(tx, sorted(await access.who_sees_all(tx, [person]))),
        subject=f"[{incident.reference_code}] A task for you: {row['title']}",
        body="\n".join([*said, ""]),
        dedupe=f"event:{event.id}",
    )
