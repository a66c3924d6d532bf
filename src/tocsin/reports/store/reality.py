"""SQL of imported incidents with what the other system said of them, and of clocks decided in a stretch of time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

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


_PERIOD = "{0} >= $2 and {0} < $3"
_RESOLVED = (
    "incident_slas s join incidents e on e.tenant_id = $1 and e.id = s.incident_id",
    f"{_PERIOD.format('s.resolution_at')} and {_PERIOD.format('e.resolved_at')}",
)
"""Where clocks that end with the resolution come from: through the index of resolutions."""
_EXTENDED = "s.extended_due_at is not null and s.original_due_at is not null and s.resolution_at > s.original_due_at"


def _arm(clock: str, source: str, condition: str, *, missed: bool = False, extended: str = "false") -> str:
    promised = f"s.tenant_id = $1 and s.is_active and s.{clock}_target_minutes is not null"
    return (
        f"select s.incident_id, '{clock}' as clock, {missed} as missed, {extended} as extended"
        f" from {source} where {promised} and {condition}"
    )


def _in_time(clock: str, source: str, within: str, **more: str) -> str:
    return _arm(clock, source, f"s.{clock}_breached_at is null and {within}", **more)  # type: ignore[arg-type]  # `extended` alone


_ARMS = (
    *(
        _arm(clock, "incident_slas s", _PERIOD.format(f"s.{clock}_breached_at"), missed=True)
        for clock in ("response", "update", "resolution")
    ),
    _in_time("response", "incident_slas s", _PERIOD.format("s.first_response_at")),
    _in_time("response", _RESOLVED[0], f"s.first_response_at is null and {_RESOLVED[1]}"),
    _in_time("update", *_RESOLVED),
    _in_time("resolution", *_RESOLVED, extended=_EXTENDED),
)
"""Clocks that missed their time within the stretch, and those that ended in time within it: a reply that nobody gave is
not owed any more once the incident is resolved.
"""
_DECIDED = f"""
select d.clock, i.priority_id, d.missed, d.extended, count(*) as count
from ({" union all ".join(_ARMS)}) d
join incidents i on i.tenant_id = $1 and i.id = d.incident_id and i.deleted_at is null
group by 1, 2, 3, 4
"""


async def decided(tx: Tx, since: datetime, until: datetime) -> list[Any]:
    """How many clocks were decided in a stretch of time, by clock, priority and outcome."""
    await tx.plan("custom")
    return await tx.rows(_DECIDED, tx.tenant_id, since, until)


def priority_of(row: Any) -> UUID:
    """The priority of a counted row."""
    found: UUID = row["priority_id"]
    return found
