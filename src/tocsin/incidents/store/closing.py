"""SQL of the timer after which a resolved incident closes by itself: the column `auto_close_at`."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from tocsin.db.tx import Tx

DUE = """
select i.tenant_id, i.id, i.auto_close_at as due_at from incidents i join tenants t on t.id = i.tenant_id
where i.auto_close_at is not null and i.auto_close_at <= $1
  and t.state = 'active' and t.kind = 'live' and not 'incidents' = any (t.disabled_modules)
order by i.auto_close_at, i.tenant_id, i.id limit $2
"""
NEXT_DUE = """
select id, auto_close_at as due_at from incidents
where tenant_id = $1 and auto_close_at is not null order by auto_close_at, id limit $2
"""


async def lock_due(tx: Tx, incident_id: UUID) -> bool:
    """Lock an incident whose timer is due; False when it is not due any more, or somebody else has it."""
    found = await tx.value(
        "select 1 from incidents where tenant_id = $1 and id = $2 and auto_close_at <= $3 for update skip locked",
        *(tx.tenant_id, incident_id, tx.now),
    )
    return found is not None


async def set_timer(tx: Tx, incident_id: UUID, at: object) -> None:
    """Arm the timer of an incident, or take it away; the record's version stays."""
    await tx.run(
        "update incidents set auto_close_at = $3 where tenant_id = $1 and id = $2", tx.tenant_id, incident_id, at
    )


async def arm_all(tx: Tx, statuses: Sequence[UUID], days: int) -> None:
    """Give every resolved incident the timer that the tenant wants now; 0 days: none."""
    await tx.run(
        "update incidents i set auto_close_at = n.at from (select tenant_id, id,"
        "   case when $3 > 0 then resolved_at + make_interval(days => $3) end as at"
        "   from incidents where tenant_id = $1 and status_id = any ($2) and deleted_at is null) n"
        " where i.tenant_id = $1 and i.tenant_id = n.tenant_id and i.id = n.id and i.auto_close_at is distinct from n.at",
        *(tx.tenant_id, list(statuses), days),
    )
