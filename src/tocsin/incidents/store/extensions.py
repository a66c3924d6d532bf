"""SQL of `incident_extensions`: later due times that somebody asked for."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx

_SHOWN = """
select e.*, i.reference_code, i.title, ru.name as requested_by_name, du.name as decided_by_name
from incident_extensions e join incidents i on i.tenant_id = $1 and i.id = e.incident_id
join users ru on ru.tenant_id = $1 and ru.id = e.requested_by_id
left join users du on du.tenant_id = $1 and du.id = e.decided_by_id
where e.tenant_id = $1 and i.deleted_at is null
"""

IMAGE = (
    "(select to_jsonb(e.id) from incident_extensions e"
    " where e.tenant_id = $1 and e.incident_id = $2 and e.state = 'pending')"
)
"""SQL of the one of incident $2 that waits for an answer."""


async def insert(
    tx: Tx, incident_id: UUID, *, due_at: datetime, original_due_at: datetime, reason: str, by: UUID
) -> UUID:
    """Record what was asked for."""
    extension_id = new_id()
    await tx.run(
        "insert into incident_extensions (tenant_id, id, incident_id, due_at, original_due_at, reason, requested_by_id,"
        " created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        *(tx.tenant_id, extension_id, incident_id, due_at, original_due_at, reason, by, tx.now),
    )
    return extension_id


async def get(tx: Tx, incident_id: UUID, extension_id: UUID) -> Any:
    """One of an incident, or None."""
    return await tx.row(f"{_SHOWN} and e.incident_id = $2 and e.id = $3", tx.tenant_id, incident_id, extension_id)


async def of_incident(tx: Tx, incident_id: UUID) -> list[Any]:
    """All of an incident, the first first."""
    return await tx.rows(f"{_SHOWN} and e.incident_id = $2 order by e.created_at, e.id", tx.tenant_id, incident_id)


async def granted(tx: Tx, incident_id: UUID) -> Any:
    """The one by which an incident is due later, the last that was approved, or None."""
    sql = f"{_SHOWN} and e.incident_id = $2 and e.state = 'approved' order by e.decided_at desc, e.id desc limit 1"
    return await tx.row(sql, tx.tenant_id, incident_id)


async def page(tx: Tx, *, state: str | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of those of all incidents, the oldest first."""
    where, args = "", [tx.tenant_id, limit]
    if state is not None:
        args.append(state)
        where += f" and e.state = ${len(args)}"
    if after is not None:
        args += after
        where += f" and (e.created_at, e.id) > (${len(args) - 1}, ${len(args)})"
    return await tx.rows(f"{_SHOWN}{where} order by e.created_at, e.id limit $2", *args)


async def count(tx: Tx, incident_id: UUID, state: str) -> int:
    """How many of an incident are in a state."""
    sql = "select count(*) from incident_extensions where tenant_id = $1 and incident_id = $2 and state = $3"
    return int(await tx.value(sql, tx.tenant_id, incident_id, state))


async def pending(tx: Tx, incident_id: UUID) -> Any:
    """The one of a locked incident that waits for an answer, or None."""
    return await tx.row(
        "select * from incident_extensions where tenant_id = $1 and incident_id = $2 and state = 'pending' for update",
        tx.tenant_id,
        incident_id,
    )


async def decide(tx: Tx, extension_id: UUID, state: str, by: UUID | None, note: str | None) -> None:
    """Write how one that waits was answered."""
    await tx.run(
        "update incident_extensions set state = $3, decided_by_id = $4, note = $5, decided_at = $6, updated_at = $6"
        " where tenant_id = $1 and id = $2 and state = 'pending'",
        *(tx.tenant_id, extension_id, state, by, note, tx.now),
    )


async def wait_again(tx: Tx, extension_id: UUID, expired_at: datetime) -> None:
    """One that expired at a moment waits for an answer again."""
    await tx.run(
        "update incident_extensions set state = 'pending', decided_at = null, updated_at = $4"
        " where tenant_id = $1 and id = $2 and state = 'expired' and decided_at = $3",
        *(tx.tenant_id, extension_id, expired_at, tx.now),
    )
