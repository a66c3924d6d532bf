"""SQL of `incident_majors`, `incident_major_updates` and `incident_major_actions`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.collaboration.store import paging
from tocsin.db.tx import Tx

_SELECT = """
select m.*, c.name as commander_name, k.name as communications_name, s.name as scribe_name,
  d.name as declared_by_name, e.name as ended_by_name, r.name as reviewed_by_name from incident_majors m
left join users c on c.tenant_id = $1 and c.id = m.commander_id
left join users k on k.tenant_id = $1 and k.id = m.communications_id
left join users s on s.tenant_id = $1 and s.id = m.scribe_id
left join users d on d.tenant_id = $1 and d.id = m.declared_by_id
left join users e on e.tenant_id = $1 and e.id = m.ended_by_id
left join users r on r.tenant_id = $1 and r.id = m.reviewed_by_id
"""
_UPDATE = (
    "select x.*, null::uuid as reporter_id, u.name as author_name from incident_major_updates x"
    " left join users u on u.tenant_id = $1 and u.id = x.user_id"
)

IS = (
    "(not {public} and exists (select 1 from incident_majors m"
    " where m.tenant_id = $1 and m.incident_id = i.id and m.ended_at is null))"
)
"""Whether an incident `i` is a major one at present."""


async def latest(tx: Tx, incident_id: UUID) -> Any:
    """The last time that an incident was declared a major one, or None."""
    return await tx.row(
        f"{_SELECT} where m.tenant_id = $1 and m.incident_id = $2 order by m.declared_at desc, m.id desc limit 1",
        tx.tenant_id,
        incident_id,
    )


async def insert(tx: Tx, values: dict[str, Any]) -> None:
    """Declare one. Column names come from the code, never from a client."""
    names = ", ".join(values)
    marks = ", ".join(f"${n + 2}" for n in range(len(values)))
    await tx.run(
        f"insert into incident_majors (tenant_id, {names}) values ($1, {marks})", tx.tenant_id, *values.values()
    )


async def update(tx: Tx, major_id: UUID, values: dict[str, Any]) -> None:
    """Set columns. Column names come from the code, never from a client."""
    sets = ", ".join(f"{name} = ${n + 3}" for n, name in enumerate(values))
    await tx.run(
        f"update incident_majors set {sets} where tenant_id = $1 and id = $2",
        *(tx.tenant_id, major_id, *values.values()),
    )


async def page(
    tx: Tx, incident_id: UUID, *, public_only: bool, descending: bool, after: paging.After, limit: int
) -> list[Any]:
    """A page of what was said of an incident while it was a major one."""
    return await paging.page(
        tx, _UPDATE, incident_id, public_only=public_only, descending=descending, after=after, limit=limit
    )


async def get_update(tx: Tx, incident_id: UUID, update_id: UUID) -> Any:
    """One update, or None."""
    return await tx.row(
        f"{_UPDATE} where x.tenant_id = $1 and x.incident_id = $2 and x.id = $3", tx.tenant_id, incident_id, update_id
    )


async def insert_update(tx: Tx, values: dict[str, Any]) -> None:
    """Write an update. Column names come from the code, never from a client."""
    names = ", ".join(values)
    marks = ", ".join(f"${n + 2}" for n in range(len(values)))
    await tx.run(
        f"insert into incident_major_updates (tenant_id, {names}) values ($1, {marks})", tx.tenant_id, *values.values()
    )


async def add_action(tx: Tx, major_id: UUID, task_id: UUID) -> None:
    """Note that a task came of a review."""
    await tx.run(
        "insert into incident_major_actions (tenant_id, major_id, task_id) values ($1, $2, $3)",
        *(tx.tenant_id, major_id, task_id),
    )


async def actions(tx: Tx, major_id: UUID) -> list[UUID]:
    """The tasks that came of a review."""
    rows = await tx.rows(
        "select task_id from incident_major_actions where tenant_id = $1 and major_id = $2 order by task_id",
        tx.tenant_id,
        major_id,
    )
    return [row["task_id"] for row in rows]
