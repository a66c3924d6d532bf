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


DUE = """
select p.tenant_id, p.id, p.remind_at as due_at from incident_progress p join tenants t on t.id = p.tenant_id
where p.remind_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'collaboration' = any (t.disabled_modules)
order by p.remind_at, p.tenant_id, p.id limit $2
"""

NEXT_DUE = """
select id, remind_at as due_at from incident_progress
where tenant_id = $1 and remind_at is not null order by remind_at, id limit $2
"""


async def incident_of(tx: Tx, progress_id: UUID) -> UUID | None:
    """The incident of a report, or None."""
    found: UUID | None = await tx.value(
        "select incident_id from incident_progress where tenant_id = $1 and id = $2", tx.tenant_id, progress_id
    )
    return found


async def take_due(tx: Tx, progress_id: UUID) -> Any:
    """A report whose next word is due, disarmed by this very statement; None when it isn't any more."""
    return await tx.row(
        "update incident_progress set remind_at = null where tenant_id = $1 and id = $2 and remind_at <= $3 returning *",
        *(tx.tenant_id, progress_id, tx.now),
    )


async def disarm(tx: Tx, incident_id: UUID) -> None:
    """The next word on an incident is there: nobody is reminded of it."""
    await tx.run(
        "update incident_progress set remind_at = null where tenant_id = $1 and incident_id = $2 and remind_at is not null",
        *(tx.tenant_id, incident_id),
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
        " is_internal, remind_at, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $7, $9)",
        *(tx.tenant_id, progress_id, incident_id, user_id, percent, summary, next_update_due_at, is_internal, tx.now),
    )
