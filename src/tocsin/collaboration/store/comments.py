"""SQL of `incident_comments`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.collaboration.store import paging
from tocsin.db.tx import Tx

_SELECT = (
    "select x.*, coalesce(u.name, r.name) as author_name from incident_comments x"
    " left join users u on u.tenant_id = $1 and u.id = x.user_id"
    " left join incident_reporters r on r.tenant_id = $1 and r.id = x.reporter_id"
)


async def page(
    tx: Tx, incident_id: UUID, *, public_only: bool, descending: bool, after: paging.After, limit: int
) -> list[Any]:
    """A page of an incident's comments."""
    return await paging.page(
        tx, _SELECT, incident_id, public_only=public_only, descending=descending, after=after, limit=limit
    )


async def get(tx: Tx, incident_id: UUID, comment_id: UUID) -> Any:
    """One comment of an incident, or None."""
    return await tx.row(
        f"{_SELECT} where x.tenant_id = $1 and x.incident_id = $2 and x.id = $3",
        *(tx.tenant_id, incident_id, comment_id),
    )


async def some(tx: Tx, incident_id: UUID, comments: list[UUID], *, public_only: bool) -> list[Any]:
    """Some comments of an incident by their ids."""
    return await tx.rows(
        f"{_SELECT} where x.tenant_id = $1 and x.incident_id = $2 and x.id = any ($3::uuid[])"
        " and (not $4::boolean or not x.is_internal)",
        *(tx.tenant_id, incident_id, comments, public_only),
    )


async def insert(
    tx: Tx,
    comment_id: UUID,
    incident_id: UUID,
    *,
    user_id: UUID | None,
    reporter_id: UUID | None,
    body: str,
    body_html: str,
    is_internal: bool,
) -> None:
    """Write a new comment."""
    await tx.run(
        "insert into incident_comments (tenant_id, id, incident_id, user_id, reporter_id, body, body_html, is_internal,"
        " created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        *(tx.tenant_id, comment_id, incident_id, user_id, reporter_id, body, body_html, is_internal, tx.now),
    )


async def move_all(tx: Tx, source_id: UUID, target_id: UUID) -> list[Any]:
    """Give the comments of one incident to another; their rows, in the order they came."""
    rows = await tx.rows(
        "update incident_comments set incident_id = $3 where tenant_id = $1 and incident_id = $2"
        " returning id, body, is_internal, user_id, reporter_id, created_at",
        *(tx.tenant_id, source_id, target_id),
    )
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]))


async def move(tx: Tx, comments: list[UUID], source_id: UUID, target_id: UUID) -> None:
    """Give some comments of one incident to another."""
    await tx.run(
        "update incident_comments set incident_id = $3 where tenant_id = $1 and incident_id = $2 and id = any ($4::uuid[])",
        *(tx.tenant_id, source_id, target_id, comments),
    )


async def texts(tx: Tx, incident_id: UUID) -> list[Any]:
    """What the comments of an incident say, in the order they came."""
    return await tx.rows(
        "select body, is_internal from incident_comments where tenant_id = $1 and incident_id = $2 order by created_at, id",
        *(tx.tenant_id, incident_id),
    )
