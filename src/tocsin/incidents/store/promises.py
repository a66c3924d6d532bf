"""SQL of the clocks that run, with what decides on their promise."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_RUNNING = """
select s.*, i.reference_code, i.title, i.priority_id, i.category_id, i.team_id, rr.organization
from incidents i join incident_slas s on s.tenant_id = $1 and s.incident_id = i.id and s.is_active
left join incident_reporters rr on rr.tenant_id = $1 and rr.id = i.reported_by_reporter_id
where i.tenant_id = $1 and i.is_open and i.deleted_at is null and ($2::uuid is null or i.id > $2)
order by i.id limit $3
"""


async def running(tx: Tx, after: UUID | None, limit: int) -> list[Any]:
    """Open incidents with clocks, the whole row of the clocks beside, in the order of their ids."""
    return await tx.rows(_RUNNING, tx.tenant_id, after, limit)
