"""SQL of `incident_assignments`: history is added to, never rewritten; ending an assignment fills `unassigned_at`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx


async def active(tx: Tx, incident_id: UUID) -> list[Any]:
    """Who works on the incident now, the owner first."""
    return await tx.rows(
        "select * from incident_assignments where tenant_id = $1 and incident_id = $2 and is_active"
        " order by capacity desc, assigned_at, id",
        tx.tenant_id,
        incident_id,
    )


async def history(tx: Tx, incident_id: UUID, limit: int, after: tuple[datetime, UUID] | None) -> list[Any]:
    """Every assignment there ever was, oldest first, with names."""
    at, last = after or (None, None)
    return await tx.rows(
        "select a.*, u.name as assigned_to_name, b.name as assigned_by_name from incident_assignments a"
        " join users u on u.tenant_id = $1 and u.id = a.assigned_to_id"
        " left join users b on b.tenant_id = $1 and b.id = a.assigned_by_id"
        " where a.tenant_id = $1 and a.incident_id = $2"
        " and ($3::timestamptz is null or (a.assigned_at, a.id) > ($3, $4::uuid))"
        " order by a.assigned_at, a.id limit $5",
        tx.tenant_id,
        incident_id,
        at,
        last,
        limit,
    )


async def add(
    tx: Tx,
    incident_id: UUID,
    user_id: UUID,
    *,
    by: UUID | None,
    capacity: str,
    at: datetime,
    note: str | None = None,
    delegated_from: UUID | None = None,
    previous: UUID | None = None,
    until: datetime | None = None,
    ended_at: datetime | None = None,
) -> UUID:
    """Begin an assignment (or record one that ended, for imports)."""
    assignment_id = new_id()
    await tx.run(
        "insert into incident_assignments (tenant_id, id, incident_id, assigned_to_id, assigned_by_id, capacity,"
        " assigned_at, note, delegated_from_id, previous_assignment_id, delegated_until, unassigned_at, is_active)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12::timestamptz is null)",
        *(tx.tenant_id, assignment_id, incident_id, user_id, by, capacity, at, note),
        *(delegated_from, previous, until, ended_at),
    )
    return assignment_id


async def add_way(tx: Tx, rows: Sequence[dict[str, Any]]) -> None:
    """Write the assignments of a way over deputies, in order. Column names come from the code, never from a client."""
    for row in rows:
        marks = ", ".join(f"${n + 2}" for n in range(len(row)))
        sql = f"insert into incident_assignments (tenant_id, {', '.join(row)}) values ($1, {marks})"
        await tx.run(sql, tx.tenant_id, *row.values())


async def end(tx: Tx, assignment_ids: list[UUID], at: datetime) -> None:
    """End assignments."""
    await tx.run(
        "update incident_assignments set is_active = false, unassigned_at = $3"
        " where tenant_id = $1 and id = any ($2) and is_active",
        tx.tenant_id,
        assignment_ids,
        at,
    )


async def chain(tx: Tx, assignment_id: UUID) -> list[Any]:
    """A delegation chain from an assignment back to where it began, newest first."""
    return await tx.rows(
        "with recursive c as ("
        " select a.*, 0 as depth from incident_assignments a where a.tenant_id = $1 and a.id = $2"
        " union all"
        " select a.*, c.depth + 1 from c join incident_assignments a on a.tenant_id = $1 and a.id = c.previous_assignment_id"
        ") select * from c order by depth",
        tx.tenant_id,
        assignment_id,
    )


async def get(tx: Tx, assignment_id: UUID, *, lock: bool = False) -> Any:
    """One assignment, or None."""
    tail = " for update" if lock else ""
    return await tx.row(
        f"select * from incident_assignments where tenant_id = $1 and id = $2{tail}", tx.tenant_id, assignment_id
    )


DUE = """
select a.tenant_id, a.id, a.delegated_until as due_at from incident_assignments a join tenants t on t.id = a.tenant_id
where a.is_active and a.delegated_until is not null and not a.until_passed and a.delegated_until <= $1
  and t.state = 'active' and t.kind = 'live' and not 'incidents' = any (t.disabled_modules)
order by a.delegated_until, a.tenant_id, a.id limit $2
"""
NEXT_DUE = """
select id, delegated_until as due_at from incident_assignments
where tenant_id = $1 and is_active and delegated_until is not null and not until_passed order by delegated_until, id limit $2
"""


async def pass_until(tx: Tx, assignment_id: UUID) -> None:
    """The time when work was to fall back has passed without effect: no timer is left, the history keeps the time."""
    await tx.run(
        "update incident_assignments set until_passed = true where tenant_id = $1 and id = $2",
        tx.tenant_id,
        assignment_id,
    )


async def wake(tx: Tx, incident_id: UUID) -> None:
    """Work that should have fallen back meanwhile is a timer again, which is due."""
    await tx.run(
        "update incident_assignments set until_passed = false"
        " where tenant_id = $1 and incident_id = $2 and is_active and until_passed",
        tx.tenant_id,
        incident_id,
    )


def until(row: Any) -> datetime | None:
    """When the work of an assignment falls back still; None for what does not."""
    found: datetime | None = None if row["until_passed"] else row["delegated_until"]
    return found
