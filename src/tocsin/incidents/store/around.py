"""SQL of what a page shows beside the record (watchers, assignments, the reporter's contact), and of `incident_presence`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

MOST_ASSIGNMENTS = 200

_WATCHERS = """
select jsonb_agg(jsonb_build_object('id', w.id, 'user', w.user_id, 'team', w.team_id, 'email', w.email::text,
    'name', coalesce(u.name, t.name, w.email::text), 'reason', w.reason, 'is_muted', w.is_muted) order by w.created_at, w.id)
  from incident_watchers w
  left join users u on u.tenant_id = $1 and u.id = w.user_id
  left join teams t on t.tenant_id = $1 and t.id = w.team_id
  where w.tenant_id = $1 and w.incident_id = $2
"""
_HERE = """
select jsonb_agg(jsonb_build_object('id', u.id, 'name', u.name) order by u.name, u.id)
  from incident_presence p join users u on u.tenant_id = $1 and u.id = p.user_id
  where p.tenant_id = $1 and p.incident_id = $2 and p.seen_at > $3 and p.user_id is distinct from $4
"""
_ASSIGNMENTS = f"""
select jsonb_agg(jsonb_build_object('id', a.id, 'who', jsonb_build_object('id', a.assigned_to_id, 'name', u.name),
    'by', case when b.id is not null then jsonb_build_object('id', b.id, 'name', b.name) end, 'capacity', a.capacity,
    'assigned_at', a.assigned_at, 'unassigned_at', a.unassigned_at, 'is_active', a.is_active, 'note', a.note,
    'delegated_from', a.delegated_from_id, 'delegated_from_name', f.name,
    'delegated_until', case when not (a.is_active and a.until_passed) then a.delegated_until end,
    'previous', a.previous_assignment_id) order by a.assigned_at, a.id)
  from (select * from incident_assignments x where x.tenant_id = $1 and x.incident_id = $2
    order by x.assigned_at desc, x.id desc limit {MOST_ASSIGNMENTS}) a
  join users u on u.tenant_id = $1 and u.id = a.assigned_to_id
  left join users b on b.tenant_id = $1 and b.id = a.assigned_by_id
  left join users f on f.tenant_id = $1 and f.id = a.delegated_from_id
"""
_REPORTER = """
select jsonb_build_object('name', r.name, 'email', r.email::text, 'phone', r.phone, 'organization', r.organization)
  from incident_reporters r where r.tenant_id = $1 and r.id = $5::uuid
"""
_AROUND = (
    f"select ({_WATCHERS}) as watchers, ({_HERE}) as here, ({_ASSIGNMENTS}) as assignments, ({_REPORTER}) as reporter"
)


async def around(tx: Tx, incident_id: UUID, since: datetime, but: UUID | None, reporter_id: UUID | None) -> Any:
    """Watchers, who looks (seen after `since`, somebody left out), the latest assignments oldest first, the reporter."""
    return await tx.row(_AROUND, tx.tenant_id, incident_id, since, but, reporter_id)


async def here(tx: Tx, incident_id: UUID, since: datetime, but: UUID | None) -> Any:
    """Who looks at an incident, as JSON."""
    return await tx.value(_HERE, tx.tenant_id, incident_id, since, but)


async def arrive(tx: Tx, incident_id: UUID, user_id: UUID, at: datetime) -> None:
    """Somebody looks at an incident."""
    await tx.run(
        "insert into incident_presence (tenant_id, incident_id, user_id, seen_at) values ($1, $2, $3, $4)"
        " on conflict (tenant_id, incident_id, user_id) do update set seen_at = $4",
        *(tx.tenant_id, incident_id, user_id, at),
    )


async def leave(tx: Tx, incident_id: UUID, user_id: UUID) -> None:
    """Somebody looks no longer."""
    await tx.run(
        "delete from incident_presence where tenant_id = $1 and incident_id = $2 and user_id = $3",
        *(tx.tenant_id, incident_id, user_id),
    )


async def forget(tx: Tx, incident_id: UUID, before: datetime) -> None:
    """Drop rows of who stopped looking without a word."""
    await tx.run(
        "delete from incident_presence where tenant_id = $1 and incident_id = $2 and seen_at < $3",
        *(tx.tenant_id, incident_id, before),
    )
