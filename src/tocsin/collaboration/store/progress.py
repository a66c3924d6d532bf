"""SQL of `incident_progress`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.collaboration.store import paging
from tocsin.db.tx import Tx

_SELECT = (
    "select x.*, null::uuid as reporter_id, u.name as author_name from incident_progress x"
    " left join users u on u.tenant_id = $1 and u.id = x.user_id"
)

INCLUDED = paging.included(_SELECT, descending=True)


async def page(
    tx: Tx, incident_id: UUID, *, public_only: bool, descending: bool, after: paging.After, limit: int
) -> list[Any]:
    """A page of an incident's progress reports."""
    return await paging.page(
        tx, _SELECT, incident_id, public_only=public_only, descending=descending, after=after, limit=limit
    )


async def get(tx: Tx, incident_id: UUID, progress_id: UUID) -> Any:
    """One progress report of an incident, or None."""
    return await tx.row(
        f"{_SELECT} where x.tenant_id = $1 and x.incident_id = $2 and x.id = $3",
        *(tx.tenant_id, incident_id, progress_id),
    )


async def insert(
    tx: Tx,
    progress_id: UUID,
    incident_id: UUID,
    user_id: UUID,
    *,
    percent: int,
    summary: str,
    next_update_due_at: datetime | None,
    is_internal: bool,
) -> None:
    """Write a progress report."""
    await tx.run(
        "insert into incident_progress (tenant_id, id, incident_id, user_id, percent, summary, next_update_due_at,"
        " is_internal, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        *(tx.tenant_id, progress_id, incident_id, user_id, percent, summary, next_update_due_at, is_internal, tx.now),
    )
