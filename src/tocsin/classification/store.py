"""SQL of categories, priorities, statuses, transitions and custom fields."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

TABLES = {
    "category": "incident_categories",
    "priority": "incident_priorities",
    "status": "incident_statuses",
    "field": "custom_fields",
}

_CATALOGUE = """
select 'category' as kind, id, slug, name, description, type, department, is_active, 0 as number,
  null::integer as response_time_minutes, null::integer as resolution_time_minutes,
  false as is_default, false as is_terminal, false as is_resolved, false as pauses_sla, null::uuid as other,
  null::jsonb as more
from incident_categories where tenant_id = $1
union all
select 'priority', id, slug, name, null, null, null, is_active, level, response_time_minutes, resolution_time_minutes,
  is_default, false, false, false, null, null
from incident_priorities where tenant_id = $1
union all
select 'status', id, slug, name, null, null, null, is_active, sort_order, null, null,
  is_default, is_terminal, is_resolved, pauses_sla, null, null
from incident_statuses where tenant_id = $1
union all
select 'transition', from_status_id, '', '', null, null, null, true, 0, null, null, false, false, false, false, to_status_id, demands
from incident_status_transitions where tenant_id = $1
union all
select 'field', id, slug, name, description, type, null, is_active, sort_order, null, null, false, false, false, false, null,
  jsonb_build_object('choices', choices, 'required_at', required_at, 'is_public', is_public, 'categories',
    coalesce((select jsonb_agg(c.category_id order by c.category_id) from custom_field_categories c
      where c.tenant_id = $1 and c.field_id = f.id), '[]'))
from custom_fields f where tenant_id = $1
order by kind, id
"""


async def catalogue(tx: Tx) -> list[Any]:
    """The whole catalogue in one statement; rows tell their kind apart."""
    return await tx.rows(_CATALOGUE, tx.tenant_id)


async def insert(tx: Tx, kind: str, entry_id: UUID, values: dict[str, Any]) -> bool:
    """Add an entry; False when its slug is taken. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into {TABLES[kind]} ({', '.join(columns)}) values ({marks}) on conflict (tenant_id, slug) do nothing"
    return await tx.run(sql, tx.tenant_id, entry_id, *values.values(), tx.now, tx.now) == 1


async def update(tx: Tx, kind: str, entry_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of an entry. Column names come from the code, never from a client."""
    sets = ", ".join(f"{column} = ${n + 4}" for n, column in enumerate(values))
    sql = f"update {TABLES[kind]} set updated_at = $3, {sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, entry_id, tx.now, *values.values())


async def lock(tx: Tx, kind: str) -> None:
    """Let one change of a kind of entry at a time pass in this tenant."""
    await tx.rows(f"select id from {TABLES[kind]} where tenant_id = $1 order by id for update", tx.tenant_id)


async def slug_taken(tx: Tx, kind: str, slug: str, besides: UUID) -> bool:
    """Whether another entry has this slug."""
    sql = f"select 1 from {TABLES[kind]} where tenant_id = $1 and slug = $2 and id <> $3"
    return await tx.value(sql, tx.tenant_id, slug, besides) is not None


async def clear_default(tx: Tx, kind: str) -> None:
    """Take the default mark from whichever entry has it."""
    await tx.run(f"update {TABLES[kind]} set is_default = false where tenant_id = $1 and is_default", tx.tenant_id)


async def delete(tx: Tx, kind: str, entry_id: UUID) -> None:
    """Delete an entry; the foreign keys refuse one in use."""
    await tx.run(f"delete from {TABLES[kind]} where tenant_id = $1 and id = $2", tx.tenant_id, entry_id)


async def set_transitions(tx: Tx, status_id: UUID, targets: list[UUID]) -> None:
    """Replace where a status may lead; what stays keeps its demands."""
    await tx.run(
        "delete from incident_status_transitions where tenant_id = $1 and from_status_id = $2"
        " and to_status_id <> all ($3)",
        *(tx.tenant_id, status_id, targets),
    )
    await add_transitions(tx, [(status_id, target) for target in targets])


async def add_transitions(tx: Tx, pairs: list[tuple[UUID, UUID]]) -> None:
    """Allow transitions."""
    await tx.run_many(
        "insert into incident_status_transitions (tenant_id, from_status_id, to_status_id) values ($1, $2, $3)"
        " on conflict do nothing",
        [(tx.tenant_id, origin, target) for origin, target in pairs],
    )


async def drop_transitions(tx: Tx, status_id: UUID) -> None:
    """Forget every transition from and to a status."""
    await tx.run(
        "delete from incident_status_transitions where tenant_id = $1 and (from_status_id = $2 or to_status_id = $2)",
        tx.tenant_id,
        status_id,
    )


async def set_demands(tx: Tx, from_id: UUID, to_id: UUID, demands: Any) -> None:
    """Write what an allowed transition asks for."""
    await tx.run(
        "update incident_status_transitions set demands = $4"
        " where tenant_id = $1 and from_status_id = $2 and to_status_id = $3",
        *(tx.tenant_id, from_id, to_id, demands),
    )


async def set_field_categories(tx: Tx, field_id: UUID, categories: list[UUID]) -> None:
    """Replace the categories whose incidents have a field."""
    await tx.run("delete from custom_field_categories where tenant_id = $1 and field_id = $2", tx.tenant_id, field_id)
    await tx.run_many(
        "insert into custom_field_categories (tenant_id, field_id, category_id) values ($1, $2, $3)",
        [(tx.tenant_id, field_id, category) for category in categories],
    )
