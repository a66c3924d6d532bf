"""SQL of the news that browsers get: events of incidents, without any free text."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_SHAPE = """
select e.id, e.type, e.incident_id, e.at, e.actor_id, u.name as actor_name, e.facts ->> 'is_internal' as is_internal,
  i.reference_code, i.version, i.reported_by_user_id
from events e join incidents i on i.tenant_id = $1 and i.id = e.incident_id
left join users u on u.tenant_id = $1 and u.id = e.actor_id
where e.tenant_id = $1
"""


async def some(tx: Tx, event_ids: list[UUID]) -> list[Any]:
    """These events, in the order in which they happened."""
    return await tx.rows(f"{_SHAPE} and e.id = any ($2) order by e.id", tx.tenant_id, event_ids)


async def since(tx: Tx, first: UUID, limit: int) -> list[Any]:
    """The events with ids from `first` on, along the primary key: ids of ours rise with the time."""
    return await tx.rows(f"{_SHAPE} and e.id >= $2 order by e.id limit $3", tx.tenant_id, first, limit)
