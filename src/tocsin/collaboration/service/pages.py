"""What the lists of an incident's children share: their parameters, their cursors, and who sees only what is public."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.ids import parse_id
from tocsin.base.paging import check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx


class ListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`order`: by creation, oldest first (`created_at`) or newest first (`-created_at`)."""

    order: Literal["created_at", "-created_at"] = "created_at"
    limit: int = 50
    cursor: str | None = None


def must_read(actor: Actor) -> None:
    """Raises `Forbidden` unless the actor may see all incidents or the own ones; the public comes by a secret address."""
    if actor.kind != "public" and not any(actor.can(permission) for permission in permissions.MEMBER):
        actor.must(permissions.VIEW)


def public_only(actor: Actor) -> bool:
    """Whether internal work is hidden from an actor: from everybody who doesn't hold the right to see all incidents."""
    return not actor.can(permissions.VIEW)


async def read_page(
    fetch: Callable[..., Awaitable[list[Any]]], tx: Tx, actor: Actor, incident_id: UUID, query: ListQuery, of: str
) -> tuple[list[Any], str | None]:
    """A page of rows and the next cursor. Raises `Invalid` for a bad limit or cursor."""
    limit = check_limit(query.limit)
    question = [of, str(incident_id), query.order, public_only(actor)]
    after = decode_cursor(query.cursor, question, tuple[datetime, UUID]) if query.cursor is not None else None
    rows = await fetch(
        tx,
        incident_id,
        public_only=public_only(actor),
        descending=query.order == "-created_at",
        after=after,
        limit=limit + 1,
    )
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(question, [last["created_at"], last["id"]])


async def find_child(
    fetch: Callable[[Tx, UUID, UUID], Awaitable[Any]], tx: Tx, incident_id: UUID, ref: str | UUID
) -> Any:
    """The row of a child of an incident by its id, or None: also for a child of another one."""
    child_id = ref if isinstance(ref, UUID) else parse_id(ref)
    return await fetch(tx, incident_id, child_id) if child_id is not None else None
