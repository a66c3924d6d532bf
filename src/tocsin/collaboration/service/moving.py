"""What goes along when an incident is merged into another: comments, tasks (after those that are there) and attachments."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.actor import system_actor
from tocsin.base.errors import Refused
from tocsin.base.manifest import Keeper, Mover
from tocsin.collaboration import events, store
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents


async def _move_comments(tx: Tx, source_id: UUID, target_id: UUID) -> list[UUID]:
    rows = await store.comments.move_all(tx, source_id, target_id)
    for row in rows:
        if row["deleted_at"] is None:
            await incidents.index_comment(tx, target_id, row["body"], is_internal=row["is_internal"])
        facts = {
            "comment": row["id"],
            "is_internal": row["is_internal"],
            "author": row["user_id"] or row["reporter_id"],
            "source": source_id,
        }
        tx.emit(events.CommentMoved(actor=system_actor(tx.tenant_id), incident_id=target_id, facts=facts))
    return [row["id"] for row in rows]


async def _comments_back(tx: Tx, source_id: UUID, target_id: UUID, moved: list[str]) -> None:
    await store.comments.move(tx, [UUID(one) for one in moved], target_id, source_id)
    await incidents.index_comments_anew(tx, target_id, await store.comments.words(tx, target_id))


async def _move_tasks(tx: Tx, source_id: UUID, target_id: UUID) -> list[Any]:
    last = await store.tasks.last_order(tx, target_id)
    moved = [(row["id"], row["sort_order"]) for row in await store.tasks.page(tx, source_id, None, 10_000)]
    places = [(task, min(last + 1 + n, store.tasks.ORDER_LIMIT)) for n, (task, _) in enumerate(moved)]
    await store.tasks.move(tx, places, source_id, target_id)
    return moved


async def _tasks_back(tx: Tx, source_id: UUID, target_id: UUID, moved: list[Any]) -> None:
    await store.tasks.move(tx, [(UUID(task), order) for task, order in moved], target_id, source_id)
    await store.tasks.part(tx, [UUID(task) for task, _ in moved])


async def _move_attachments(tx: Tx, source_id: UUID, target_id: UUID) -> list[UUID]:
    return await store.attachments.move_all(tx, source_id, target_id)


async def _attachments_back(tx: Tx, source_id: UUID, target_id: UUID, moved: list[str]) -> None:
    await store.attachments.move(tx, [UUID(one) for one in moved], target_id, source_id)


async def _refuse_major(tx: Tx, source_id: UUID, _target_id: UUID) -> None:
    """A major incident is led until it is stood down: nobody could once it is merged. Raises `Refused`."""
    row = await store.major.latest(tx, source_id)
    if row is not None and row["ended_at"] is None:
        raise Refused(
            "A major incident can't be merged into another one; stand down first, or merge the other way round."
        )


async def _nothing_back(_tx: Tx, _source_id: UUID, _target_id: UUID, _moved: None) -> None:
    """Nothing went along."""


async def _tasks_as_before(tx: Tx, incident_id: UUID, image: list[str] | None, at: datetime) -> None:
    """Tasks that came with an act, of a checklist for triage say, go with it."""
    await store.tasks.drop_new(tx, incident_id, [UUID(one) for one in image or ()], at)
    await store.shelf.forget_applied(tx, incident_id, at)


async def _comments_taken_back(tx: Tx, incident_id: UUID, image: list[str], _at: datetime) -> None:
    """Comments that came with an act, of a macro say, are deleted as anybody would: that they were there stays."""
    for one in image:
        row = await store.comments.get(tx, incident_id, UUID(one))
        if row is None or row["deleted_at"] is not None:
            continue
        await store.comments.bury(tx, row["id"], None)
        facts = {"comment": row["id"], "is_internal": row["is_internal"], "author": row["user_id"], "files": 0}
        tx.emit(events.CommentDeleted(actor=system_actor(tx.tenant_id), incident_id=incident_id, facts=facts))
    if image:
        await incidents.index_comments_anew(tx, incident_id, await store.comments.words(tx, incident_id))


KEEPERS = (
    Keeper("tasks", store.tasks.IMAGE, _tasks_as_before),
    Keeper("comments", "'[]'::jsonb", _comments_taken_back),
)
"""Undoing puts tasks back and takes comments away: nobody has touched those that came with the act, or it would be refused."""
MOVERS = (
    Mover("major", _refuse_major, _nothing_back),
    Mover("comments", _move_comments, _comments_back),
    Mover("tasks", _move_tasks, _tasks_back),
    Mover("attachments", _move_attachments, _attachments_back),
)
