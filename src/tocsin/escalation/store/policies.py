"""SQL of `escalation_policies`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx


async def active_policies(tx: Tx) -> list[Any]:
    """The policies at work, the first created first."""
    return await tx.rows(
        "select * from escalation_policies where tenant_id = $1 and is_active order by id", tx.tenant_id
    )


async def policies(tx: Tx, *, is_active: bool | None, after: tuple[str, UUID] | None, limit: int) -> list[Any]:
    """A page of policies, by name."""
    where, args = ["tenant_id = $1"], [tx.tenant_id, limit]
    if is_active is not None:
        args.append(is_active)
        where.append(f"is_active = ${len(args)}")
    if after is not None:
        args += after
        where.append(f"(name, id) > (${len(args) - 1}, ${len(args)})")
    return await tx.rows(
        f"select * from escalation_policies where {' and '.join(where)} order by name, id limit $2", *args
    )


async def get_policy(tx: Tx, policy_id: UUID, *, lock: bool = False) -> Any:
    """One policy, or None; locked until the commit when asked."""
    tail = " for update" if lock else ""
    return await tx.row(
        f"select * from escalation_policies where tenant_id = $1 and id = $2{tail}", tx.tenant_id, policy_id
    )


async def insert_policy(tx: Tx, policy_id: UUID, values: dict[str, Any]) -> bool:
    """Add a policy; False when its name is taken. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into escalation_policies ({', '.join(columns)}) values ({marks}) on conflict (tenant_id, name) do nothing"
    return await tx.run(sql, tx.tenant_id, policy_id, *values.values(), tx.now, tx.now) == 1


async def update_policy(tx: Tx, policy_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a policy. Column names come from the code, never from a client."""
    sets = ", ".join(f"{column} = ${n + 4}" for n, column in enumerate(values))
    sql = f"update escalation_policies set updated_at = $3, {sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, policy_id, tx.now, *values.values())


async def name_taken(tx: Tx, name: str, besides: UUID) -> bool:
    """Whether another policy has this name."""
    sql = "select 1 from escalation_policies where tenant_id = $1 and name = $2 and id <> $3"
    return await tx.value(sql, tx.tenant_id, name, besides) is not None


async def has_runs(tx: Tx, policy_id: UUID) -> bool:
    """Whether a policy ever ran."""
    sql = "select 1 from escalation_runs where tenant_id = $1 and policy_id = $2 limit 1"
    return await tx.value(sql, tx.tenant_id, policy_id) is not None


async def delete_policy(tx: Tx, policy_id: UUID) -> None:
    """Delete a policy that never ran."""
    await tx.run("delete from escalation_policies where tenant_id = $1 and id = $2", tx.tenant_id, policy_id)


async def count_active(tx: Tx) -> int:
    """How many policies are at work."""
    found = await tx.value("select count(*) from escalation_policies where tenant_id = $1 and is_active", tx.tenant_id)
    return int(found)


async def role_exists(tx: Tx, slug: str) -> bool:
    """Whether the tenant has a role of this slug."""
    return await tx.value("select 1 from roles where tenant_id = $1 and slug = $2", tx.tenant_id, slug) is not None


async def set_reach(tx: Tx, policy_id: UUID, seen: Any, next_at: datetime | None) -> None:
    """Keep what was found of a policy's reachability, and when it is looked at next."""
    await tx.run(
        "update escalation_policies set reach = $3, next_reach_at = $4 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, policy_id, seen, next_at),
    )


async def lock_due_policy(tx: Tx, policy_id: UUID) -> Any:
    """A policy whose reachability is due to be looked at, locked until the commit; None when it isn't any more."""
    return await tx.row(
        "select * from escalation_policies where tenant_id = $1 and id = $2 and next_reach_at <= $3 for update skip locked",
        *(tx.tenant_id, policy_id, tx.now),
    )


REACH_DUE = """
select p.tenant_id, p.id, p.next_reach_at as due_at
from escalation_policies p join tenants t on t.id = p.tenant_id
where p.next_reach_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'escalation' = any (t.disabled_modules)
order by p.next_reach_at, p.tenant_id, p.id limit $2
"""

NEXT_REACH = """
select id, next_reach_at as due_at from escalation_policies
where tenant_id = $1 and next_reach_at is not null order by next_reach_at, id limit $2
"""
