"""SQL of `sla_digests`: what was found late, a row for each find, until everybody has been told of all at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx


async def ask(tx: Tx, events: Sequence[UUID], due_at: datetime) -> None:
    """Let some events be told at a time."""
    await tx.run(
        "insert into sla_digests (tenant_id, id, due_at, events) values ($1, $2, $3, $4)",
        *(tx.tenant_id, new_id(), due_at, list(events)),
    )


async def take(tx: Tx, digest_id: UUID) -> list[UUID]:
    """Take all that waits to be told, once one of it is due; nothing when somebody has."""
    rows = await tx.rows(
        "delete from sla_digests where tenant_id = $1 and exists (select 1 from sla_digests d"
        " where d.tenant_id = $1 and d.id = $2 and d.due_at <= $3) returning events",
        *(tx.tenant_id, digest_id, tx.now),
    )
    tx.wrote = True
    return [event for row in rows for event in row["events"]]


DUE = """
select d.tenant_id, d.id, d.due_at from sla_digests d join tenants t on t.id = d.tenant_id
where d.due_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'sla' = any (t.disabled_modules)
order by d.due_at, d.tenant_id, d.id limit $2
"""

NEXT_DUE = "select id, due_at from sla_digests where tenant_id = $1 order by due_at, id limit $2"
