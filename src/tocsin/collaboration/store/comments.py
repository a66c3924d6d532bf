"""SQL of `incident_comments`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.collaboration.store import attachments, paging
from tocsin.db.tx import Tx

_SELECT = (
    "select x.*, coalesce(u.name, r.name) as author_name from incident_comments x"
    " left join users u on u.tenant_id = $1 and u.id = x.user_id"
    " left join incident_reporters r on r.tenant_id = $1 and r.id = x.reporter_id"
)

INCLUDED = (
    "(select jsonb_agg(to_jsonb(c) || jsonb_build_object('attachments', coalesce("
    f"{attachments.OF_COMMENT}, '[]')) order by c.created_at, c.id) from ({paging.first(_SELECT)}) c)"
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
