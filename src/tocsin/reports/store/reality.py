"""SQL of imported incidents with what the other system said of them, and of clocks decided in a stretch of time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tocsin.db.tx import Tx
from tocsin.incidents.service import OUTCOME_FACTS, OUTCOME_MOMENT

_IMPORTED = """
select s.*, i.id as of_incident, i.reference_code, i.import_key, i.priority_id, i.category_id, i.team_id,
  i.metadata->'made_sla' as said, r.organization,
  (select e.facts->>'from' from events e where e.tenant_id = $1 and e.stream = i.id and e.type = 'IncidentPriorityChanged'
    order by e.seq limit 1) as first_priority
from incidents i
left join incident_slas s on s.tenant_id = $1 and s.incident_id = i.id and s.is_active
left join incident_reporters r on r.tenant_id = $1 and r.id = i.reported_by_reporter_id
where i.tenant_id = $1 and i.import_key is not null and i.import_key > $2 and i.deleted_at is null
order by i.import_key limit $3
"""


async def imported(tx: Tx, after: str, limit: int) -> list[Any]:
    """Imported incidents by the number that they had, with their clocks and the log's own verdict."""
    return await tx.rows(_IMPORTED, tx.tenant_id, after, limit)


_WITHIN = f"{OUTCOME_MOMENT} >= $2 and {OUTCOME_MOMENT} < $3"
_ARMS = (
    f"select '{name}' as fact, f.incident_id from ({fact} and {_WITHIN}) f" for name, fact in OUTCOME_FACTS.items()
)
_DECIDED = f"""
select o.fact, i.priority_id, count(*) as count
from ({" union all ".join(_ARMS)}) o
join incidents i on i.tenant_id = $1 and i.id = o.incident_id and i.deleted_at is null
group by 1, 2
"""


async def decided(tx: Tx, since: datetime, until: datetime) -> list[Any]:
    """How many clocks were decided in a stretch of time, by priority and the fact that decided them."""
    await tx.plan("custom")
    return await tx.rows(_DECIDED, tx.tenant_id, since, until)
