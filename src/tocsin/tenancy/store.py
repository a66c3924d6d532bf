"""SQL of `tenants`, a global table: it holds no row of a tenant's work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx


async def insert(
    tx: Tx, tenant_id: UUID, slug: str, name: str, time_zone: str, locale: str, kind: str, clock_at: datetime | None
) -> bool:
    """Add a tenant; False when the slug is taken."""
    return (
        await tx.run(
            "insert into tenants (id, slug, name, time_zone, locale, kind, clock_at, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $8) on conflict (slug) do nothing",
            tenant_id,
            slug,
            name,
            time_zone,
            locale,
            kind,
            clock_at,
            tx.real_now,
        )
        == 1
    )


async def by_id(tx: Tx, tenant_id: UUID) -> Any:
    """The tenant of an id, or None."""
    return await tx.row("select * from tenants where id = $1", tenant_id)


async def lock(tx: Tx, tenant_id: UUID) -> Any:
    """The tenant of an id, locked until the commit."""
    return await tx.row("select * from tenants where id = $1 for no key update", tenant_id)


async def by_slug(tx: Tx, slug: str) -> Any:
    """The tenant of a slug, or None."""
    return await tx.row("select * from tenants where slug = $1", slug)


async def by_host(tx: Tx, host: str) -> Any:
    """The tenant of a host name, or None."""
    return await tx.row("select * from tenants where host = $1", host)


async def all_tenants(tx: Tx) -> list[Any]:
    """Every tenant, by slug."""
    return await tx.rows("select * from tenants order by slug")


async def set_state(tx: Tx, tenant_id: UUID, state: str) -> bool:
    """Suspend or resume; False when it is so already."""
    return (
        await tx.run(
            "update tenants set state = $2, revision = revision + 1, updated_at = $3 where id = $1 and state <> $2",
            tenant_id,
            state,
            tx.real_now,
        )
        == 1
    )


async def update(
    tx: Tx, tenant_id: UUID, name: str, host: str | None, time_zone: str, locale: str, settings: Any
) -> None:
    """Write what a tenant may change of itself."""
    await tx.run(
        "update tenants set name = $2, host = $3, time_zone = $4, locale = $5, settings = $6, revision = revision + 1,"
        " updated_at = $7 where id = $1",
        tenant_id,
        name,
        host,
        time_zone,
        locale,
        settings,
        tx.real_now,
    )


async def set_module(tx: Tx, tenant_id: UUID, module: str, enabled: bool) -> bool:
    """Switch a module; False when it is so already."""
    change = "array_remove(disabled_modules, $2)" if enabled else "array_append(disabled_modules, $2)"
    check = "$2 = any (disabled_modules)" if enabled else "not $2 = any (disabled_modules)"
    return (
        await tx.run(
            f"update tenants set disabled_modules = {change}, revision = revision + 1, updated_at = $3"
            f" where id = $1 and {check}",
            tenant_id,
            module,
            tx.real_now,
        )
        == 1
    )


async def touch(tx: Tx, tenant_id: UUID) -> None:
    """Raise the revision: every process reads catalogue and policies anew."""
    await tx.run("update tenants set revision = revision + 1 where id = $1", tenant_id)


async def set_clock(tx: Tx, tenant_id: UUID, now: datetime) -> None:
    """Move a sandbox's clock."""
    await tx.run("update tenants set clock_at = $2 where id = $1 and kind = 'sandbox'", tenant_id, now)


async def hold_clock(tx: Tx) -> bool:
    """Let nobody else move the clock of this tenant until the commit; False when somebody does already."""
    key = f"tenancy.clock:{tx.tenant_id}"
    held: bool = await tx.value("select pg_try_advisory_xact_lock(hashtextextended($1, 0))", key)
    return held


async def clock_at(tx: Tx, tenant_id: UUID) -> datetime:
    """Where a sandbox's clock stands now: it may have been moved since the caller was admitted."""
    found: datetime = await tx.value("select clock_at from tenants where id = $1", tenant_id)
    return found


async def keep_alive(tx: Tx) -> None:
    """A word on a transaction that waits for others: the server ends those that are silent for too long."""
    await tx.value("select 1")


def earliest_timers(statements: Sequence[str]) -> str:
    """The SQL that finds the earliest of what some statements (`Sweep.next_due`) find, with the number of the statement as
    `n`: those ($2 at most) that one statement has at one moment; of several at the same time that of the first statement.
    """
    parts = (f"(select {n} as n, t.id, t.due_at from ({sql}) t)" for n, sql in enumerate(statements))
    return (
        f"with x as materialized ({' union all '.join(parts)}), first as (select n, due_at from x order by due_at, n limit 1)"
        " select x.n, x.id, x.due_at from x join first on x.n = first.n and x.due_at = first.due_at order by x.id limit $2"
    )
