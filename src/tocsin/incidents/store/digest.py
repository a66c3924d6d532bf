"""SQL of `sla_digests`: one row for a tenant in which clocks were found late, until everybody has been told at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx


async def ask(tx: Tx, due_at: datetime) -> None:
    """Let it be told at a time, unless that is to come already.

    The row is shared until the commit: whoever takes it waits for all who count on it, and they don't wait for each other.
    """
    while True:
        since = await tx.value("select since from sla_digests where tenant_id = $1 for key share", tx.tenant_id)
        if since is not None:
            break
        if await tx.run(
            "insert into sla_digests (tenant_id, id, since, due_at) values ($1, $2, $3, $4)"
            " on conflict (tenant_id) do nothing",
            *(tx.tenant_id, new_id(), tx.real_now, due_at),
        ):
            return
    if since > tx.real_now:  # who began later asked first
        await tx.run("update sla_digests set since = least(since, $2) where tenant_id = $1", tx.tenant_id, tx.real_now)


async def take(tx: Tx, digest_id: UUID) -> Any:
    """Take what is due, or None when somebody has."""
    return await tx.row(
        "delete from sla_digests where tenant_id = $1 and id = $2 and due_at <= $3 returning *",
        *(tx.tenant_id, digest_id, tx.now),
    )


DUE = """
select d.tenant_id, d.id, d.due_at from sla_digests d join tenants t on t.id = d.tenant_id
where d.due_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'sla' = any (t.disabled_modules)
order by d.due_at, d.tenant_id, d.id limit $2
"""

NEXT_DUE = "select id, due_at from sla_digests where tenant_id = $1"
