"""SQL of `incident_reminders`."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx

DUE = """
select r.tenant_id, r.id, r.scheduled_for as due_at
from incident_reminders r join tenants t on t.id = r.tenant_id
where r.state = 'scheduled' and r.scheduled_for <= $1 and t.state = 'active' and t.kind = 'live'
  and not 'reminders' = any (t.disabled_modules)
order by r.scheduled_for, r.tenant_id, r.id limit $2
"""

NEXT_DUE = """
select id, scheduled_for as due_at from incident_reminders
where tenant_id = $1 and state = 'scheduled' and scheduled_for is not null order by scheduled_for, id limit $2
"""

_SHOWN = (
    "select r.*, u.name as created_by_name from incident_reminders r"
    " left join users u on u.tenant_id = $1 and u.id = r.created_by_id"
)


async def insert(tx: Tx, incident_id: UUID, values: dict[str, Any]) -> UUID:
    """Add a reminder. Column names come from the code, never from a client."""
    reminder_id = new_id()
    columns = ["tenant_id", "id", "incident_id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into incident_reminders ({', '.join(columns)}) values ({marks})"
    await tx.run(sql, tx.tenant_id, reminder_id, incident_id, *values.values(), tx.now, tx.now)
    return reminder_id


async def update(tx: Tx, reminder_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a reminder. Column names come from the code, never from a client."""
    sets = ", ".join(f"{column} = ${n + 4}" for n, column in enumerate(values))
    sql = f"update incident_reminders set updated_at = $3, {sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, reminder_id, tx.now, *values.values())


async def get(tx: Tx, incident_id: UUID, reminder_id: UUID) -> Any:
    """One reminder of an incident, or None. Who changes it has locked the incident."""
    return await tx.row(
        f"{_SHOWN} where r.tenant_id = $1 and r.incident_id = $2 and r.id = $3", tx.tenant_id, incident_id, reminder_id
    )


async def page(
    tx: Tx, incident_id: UUID, *, state: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Any]:
    """A page of an incident's reminders, the first made first."""
    where, args = "", [tx.tenant_id, incident_id, limit]
    if state is not None:
        args.append(state)
        where += f" and r.state = ${len(args)}"
    if after is not None:
        args += after
        where += f" and (r.created_at, r.id) > (${len(args) - 1}, ${len(args)})"
    return await tx.rows(
        f"{_SHOWN} where r.tenant_id = $1 and r.incident_id = $2{where} order by r.created_at, r.id limit $3", *args
    )


async def incident_of(tx: Tx, reminder_id: UUID) -> UUID | None:
    """The incident of a reminder, or None."""
    found: UUID | None = await tx.value(
        "select incident_id from incident_reminders where tenant_id = $1 and id = $2", tx.tenant_id, reminder_id
    )
    return found


async def lock_due(tx: Tx, reminder_id: UUID) -> Any:
    """A reminder that is due, locked until the commit; None when it isn't any more or somebody else has it."""
    return await tx.row(
        "select * from incident_reminders where tenant_id = $1 and id = $2 and state = 'scheduled' and scheduled_for <= $3"
        " for update skip locked",
        *(tx.tenant_id, reminder_id, tx.now),
    )


async def cancel_all(tx: Tx, incident_id: UUID) -> list[UUID]:
    """Cancel what is scheduled for an incident; the ids."""
    rows = await tx.rows(
        "update incident_reminders set state = 'cancelled', cancelled_at = $3, updated_at = $3"
        " where tenant_id = $1 and incident_id = $2 and state = 'scheduled' returning id",
        *(tx.tenant_id, incident_id, tx.now),
    )
    return sorted(row["id"] for row in rows)


SCHEDULED_IMAGE = (
    "(select jsonb_agg(jsonb_build_object('id', r.id) order by r.id) from incident_reminders r"
    " where r.tenant_id = $1 and r.incident_id = $2 and r.state = 'scheduled')"
)
"""The reminders of incident $2 that are still to come."""


async def reschedule(tx: Tx, reminders: list[UUID], cancelled_at: datetime) -> None:
    """Schedule those of some reminders again that were cancelled at a moment."""
    await tx.run(
        "update incident_reminders set state = 'scheduled', cancelled_at = null, updated_at = $4"
        " where tenant_id = $1 and id = any ($2::uuid[]) and state = 'cancelled' and cancelled_at = $3",
        *(tx.tenant_id, reminders, cancelled_at, tx.now),
    )


async def follow_due(tx: Tx, incident_id: UUID) -> None:
    """Move the reminders that go by an incident's due time to where it stands now."""
    await tx.run(
        "update incident_reminders r set scheduled_for = i.due_at - make_interval(mins => r.before_due_minutes), updated_at = $3"
        " from incidents i where i.tenant_id = $1 and i.id = $2 and r.tenant_id = $1 and r.incident_id = $2"
        " and r.state = 'scheduled' and r.before_due_minutes is not null and r.snoozed_until is null"
        " and r.scheduled_for is distinct from i.due_at - make_interval(mins => r.before_due_minutes)",
        *(tx.tenant_id, incident_id, tx.now),
    )


async def reporter(tx: Tx, reporter_id: UUID) -> Any:
    """Somebody outside who reported."""
    return await tx.row(
        "select id, name, email, phone from incident_reporters where tenant_id = $1 and id = $2",
        tx.tenant_id,
        reporter_id,
    )


async def watchers(tx: Tx, incident_id: UUID) -> list[Any]:
    """Who watches an incident: each row a user_id, a team_id or an e-mail."""
    return await tx.rows(
        "select user_id, team_id, email from incident_watchers where tenant_id = $1 and incident_id = $2 order by created_at, id",
        tx.tenant_id,
        incident_id,
    )


_COMING = f"""
select s.*, i.reference_code, i.title from ({_SHOWN} where r.tenant_id = $1 and r.state = 'scheduled') s
join incidents i on i.tenant_id = $1 and i.id = s.incident_id and i.deleted_at is null
where s.scheduled_for is not null
  and (s.created_by_id = $2 or s.recipients @> $3
    or (i.assigned_to_id = $2 and (s.recipients = '[]' or s.recipients ? 'owner')))
  and ($4::timestamptz is null or (s.scheduled_for, s.id) > ($4, $5::uuid))
order by s.scheduled_for, s.id limit $6
"""


async def coming(tx: Tx, user_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """What is to come of a member's reminders, the next first: those they made, and those that go to them by name or as owner."""
    named = [{"user": str(user_id)}]
    return await tx.rows(_COMING, tx.tenant_id, user_id, named, *(after or (None, None)), limit)
