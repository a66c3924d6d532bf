"""SQL of what an organisation keeps ready under a name: `checklists`, `canned_replies`, `macros`. Tables are constants."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx

Table = Literal["checklists", "canned_replies", "macros"]


async def page(
    tx: Tx, table: Table, *, is_active: bool | None, after: tuple[str, UUID] | None, limit: int
) -> list[Any]:
    """A page by name."""
    return await tx.rows(
        f"select * from {table} where tenant_id = $1 and ($2::boolean is null or is_active = $2)"
        " and ($3::text is null or (name, id) > ($3::text, $4::uuid)) order by name, id limit $5",
        *(tx.tenant_id, is_active, *(after or (None, None)), limit),
    )


async def find(
    tx: Tx, table: Table, *, entry_id: UUID | None = None, slug: str | None = None, lock: bool = False
) -> Any:
    """One of them by id or slug, or None; locked until the commit when asked."""
    return await tx.row(
        f"select * from {table} where tenant_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or slug = $3)"
        f"{' for update' if lock else ''}",
        *(tx.tenant_id, entry_id, slug),
    )


async def names(tx: Tx, table: Table, ids: list[UUID]) -> dict[UUID, str]:
    """What some of them are called."""
    rows = await tx.rows(f"select id, name from {table} where tenant_id = $1 and id = any ($2)", tx.tenant_id, ids)
    return {row["id"]: row["name"] for row in rows}


async def insert(tx: Tx, table: Table, values: dict[str, Any]) -> UUID | None:
    """Add one; None when its slug is in use. Column names come from the code, never from a client."""
    columns = ", ".join(values)
    marks = ", ".join(f"${n + 4}" for n in range(len(values)))
    made: UUID | None = await tx.value(
        f"insert into {table} (tenant_id, id, created_at, updated_at, {columns}) values ($1, $2, $3, $3, {marks})"
        " on conflict do nothing returning id",
        *(tx.tenant_id, new_id(), tx.now, *values.values()),
    )
    tx.wrote = True
    return made


async def update(tx: Tx, table: Table, entry_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of one."""
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(values))
    await tx.run(
        f"update {table} set updated_at = $3{sets} where tenant_id = $1 and id = $2",
        *(tx.tenant_id, entry_id, tx.now, *values.values()),
    )


async def delete(tx: Tx, table: Table, entry_id: UUID) -> None:
    """Take one away."""
    await tx.run(f"delete from {table} where tenant_id = $1 and id = $2", tx.tenant_id, entry_id)


# ----------------------------------------------------------------------------------------- checklists of an incident


async def fitting(tx: Tx, incident_id: UUID, category_id: UUID | None, priority_id: UUID) -> list[Any]:
    """The active checklists for a category or priority that an incident has not had, by name."""
    return await tx.rows(
        "select * from checklists c where c.tenant_id = $1 and c.is_active and (c.category_id is not null or c.priority_id"
        " is not null) and (c.category_id is null or c.category_id = $3) and (c.priority_id is null or c.priority_id = $4)"
        " and not exists (select 1 from incident_checklists i where i.tenant_id = $1 and i.incident_id = $2"
        "   and i.checklist_id = c.id) order by c.name, c.id",
        *(tx.tenant_id, incident_id, category_id, priority_id),
    )


async def apply(tx: Tx, incident_id: UUID, checklist_id: UUID, by: UUID | None) -> bool:
    """Write down that an incident has a checklist; False when it has it already."""
    return (
        await tx.run(
            "insert into incident_checklists (tenant_id, incident_id, checklist_id, applied_by_id, applied_at)"
            " values ($1, $2, $3, $4, $5) on conflict do nothing",
            *(tx.tenant_id, incident_id, checklist_id, by, tx.now),
        )
        == 1
    )


async def applied(tx: Tx, incident_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of the checklists that an incident has had, in the order they came."""
    return await tx.rows(
        "select i.*, c.slug, c.name, u.name as applied_by_name from incident_checklists i"
        " join checklists c on c.tenant_id = $1 and c.id = i.checklist_id"
        " left join users u on u.tenant_id = $1 and u.id = i.applied_by_id"
        " where i.tenant_id = $1 and i.incident_id = $2"
        " and ($3::timestamptz is null or (i.applied_at, i.checklist_id) > ($3::timestamptz, $4::uuid))"
        " order by i.applied_at, i.checklist_id limit $5",
        *(tx.tenant_id, incident_id, *(after or (None, None)), limit),
    )


async def is_used(tx: Tx, checklist_id: UUID) -> bool:
    """Whether any incident has had a checklist."""
    return (
        await tx.value(
            "select 1 from incident_checklists where tenant_id = $1 and checklist_id = $2 limit 1",
            *(tx.tenant_id, checklist_id),
        )
        is not None
    )


async def forget_applied(tx: Tx, incident_id: UUID, at: datetime) -> None:
    """An incident has no checklist that it was given at a moment."""
    await tx.run(
        "delete from incident_checklists where tenant_id = $1 and incident_id = $2 and applied_at = $3",
        *(tx.tenant_id, incident_id, at),
    )
