"""SQL of `sla_policies` and their targets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_LINES = """(select coalesce(jsonb_agg(jsonb_build_object('priority_id', t.priority_id, 'response_minutes', t.response_minutes,
  'update_minutes', t.update_minutes, 'resolution_minutes', t.resolution_minutes, 'calendar_id', t.calendar_id) order by t.id),
  '[]') from sla_targets t where t.tenant_id = $1 and t.policy_id = p.id) as lines"""


async def active(tx: Tx) -> list[Any]:
    """The policies in force with their lines, the first made first."""
    return await tx.rows(
        f"select p.*, {_LINES} from sla_policies p where p.tenant_id = $1 and p.is_active order by p.created_at, p.id",
        tx.tenant_id,
    )


async def page(tx: Tx, *, is_active: bool | None, after: tuple[str, UUID] | None, limit: int) -> list[Any]:
    """A page of policies with their lines, by name."""
    where, args = ["p.tenant_id = $1"], [tx.tenant_id, limit]
    if is_active is not None:
        args.append(is_active)
        where.append(f"p.is_active = ${len(args)}")
    if after is not None:
        args += after
        where.append(f"(p.name, p.id) > (${len(args) - 1}, ${len(args)})")
    return await tx.rows(
        f"select p.*, {_LINES} from sla_policies p where {' and '.join(where)} order by p.name, p.id limit $2", *args
    )


async def get(tx: Tx, policy_id: UUID) -> Any:
    """A policy by its id, or None."""
    return await tx.row(
        f"select p.*, {_LINES} from sla_policies p where p.tenant_id = $1 and p.id = $2", tx.tenant_id, policy_id
    )


async def by_slug(tx: Tx, slug: str) -> Any:
    """A policy by its slug, or None."""
    return await tx.row(
        f"select p.*, {_LINES} from sla_policies p where p.tenant_id = $1 and p.slug = $2", tx.tenant_id, slug
    )


async def lock(tx: Tx) -> None:
    """Let one change of policies at a time pass in this tenant."""
    await tx.rows("select id from sla_policies where tenant_id = $1 order by id for update", tx.tenant_id)


async def insert(tx: Tx, policy_id: UUID, values: dict[str, Any]) -> bool:
    """Add a policy; False when its slug is taken."""
    columns = {**values, "created_at": tx.now, "updated_at": tx.now}
    marks = ", ".join(f"${n + 3}" for n in range(len(columns)))
    sql = (
        f"insert into sla_policies (tenant_id, id, {', '.join(columns)}) values ($1, $2, {marks})"
        " on conflict (tenant_id, slug) do nothing"
    )
    return await tx.run(sql, tx.tenant_id, policy_id, *columns.values()) == 1


async def update(tx: Tx, policy_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a policy; its version rises."""
    columns = {**values, "updated_at": tx.now}
    sets = ", ".join(f"{name} = ${n + 3}" for n, name in enumerate(columns))
    await tx.run(
        f"update sla_policies set version = version + 1, {sets} where tenant_id = $1 and id = $2",
        tx.tenant_id,
        policy_id,
        *columns.values(),
    )


async def set_lines(tx: Tx, policy_id: UUID, lines: Iterable[tuple[UUID, dict[str, Any]]]) -> None:
    """Replace a policy's lines (id and columns)."""
    await tx.run("delete from sla_targets where tenant_id = $1 and policy_id = $2", tx.tenant_id, policy_id)
    names = ("priority_id", "response_minutes", "update_minutes", "resolution_minutes", "calendar_id")
    await tx.run_many(
        f"insert into sla_targets (tenant_id, policy_id, id, {', '.join(names)}) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        [(tx.tenant_id, policy_id, line_id, *(line[name] for name in names)) for line_id, line in lines],
    )


async def delete(tx: Tx, policy_id: UUID) -> None:
    """Delete a policy with its lines. Clocks hold a snapshot of it."""
    await tx.run("delete from sla_policies where tenant_id = $1 and id = $2", tx.tenant_id, policy_id)
