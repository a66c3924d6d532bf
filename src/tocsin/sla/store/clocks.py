"""SQL of `incident_slas`: one active row per incident holds its clocks, the others are what they were before a change."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.images import put_row_back
from tocsin.db.tx import Tx
from tocsin.sla.rules import ALWAYS, History, original_due_at

_CHANGING = (
    *("policy", "calendar_version_id", "response_target_minutes", "update_target_minutes", "resolution_target_minutes"),
    *("response_due_at", "update_due_at", "resolution_due_at", "fixed_due_at", "extended_at", "extended_due_at"),
    *("original_due_at", "first_response_at", "publicly_updated_at", "resolution_at", "stopped_at", "stopped"),
    *("paused_at", "paused", "response_warned", "update_warned", "resolution_warned", "response_breached_at"),
    *("update_breached_at", "resolution_breached_at", "is_breached", "breached_at", "next_check_at", "updated_at"),
)
_FIRST = ("tenant_id", "incident_id", *_CHANGING, "id", "started_at", "created_at", "is_active")
_INSERT = (
    f"insert into incident_slas ({', '.join(_FIRST)}) values ({', '.join(f'${n + 1}' for n in range(len(_FIRST)))})"
)
_UPDATE = (
    f"update incident_slas set {', '.join(f'{name} = ${n + 3}' for n, name in enumerate(_CHANGING))}"
    " where tenant_id = $1 and incident_id = $2 and is_active"
)


def _values(history: History, next_check_at: datetime | None, now: datetime) -> tuple[Any, ...]:
    """The values of `_CHANGING`."""
    response, update, resolution = history.response, history.update, history.resolution
    calendar = None if history.policy.calendar == ALWAYS else UUID(history.policy.calendar)
    return (
        *(history.policy, calendar, response.target_minutes, update.target_minutes, resolution.target_minutes),
        *(response.due_at, update.due_at, resolution.due_at, history.fixed_due_at, history.extended_at),
        *(history.extended_due_at, original_due_at(history), response.ended_at, history.updated_at),
        *(resolution.ended_at, history.stopped_at, history.gaps, history.paused_at, history.paused),
        *(response.warned, update.warned, resolution.warned, response.breached_at, update.breached_at),
        *(resolution.breached_at, history.breached_at is not None, history.breached_at, next_check_at, now),
    )


async def insert(tx: Tx, row_id: UUID, incident_id: UUID, history: History, next_check_at: datetime | None) -> None:
    """Begin the clocks of an incident."""
    values = _values(history, next_check_at, tx.now)
    await tx.run(_INSERT, tx.tenant_id, incident_id, *values, row_id, history.started_at, tx.now, True)


async def keep(tx: Tx, row_id: UUID, incident_id: UUID, history: History, begun_at: datetime) -> None:
    """Keep the clocks as they were under a promise that has just been replaced; nothing is due of them any more."""
    values = _values(history, None, tx.now)
    await tx.run(_INSERT, tx.tenant_id, incident_id, *values, row_id, history.started_at, begun_at, False)


async def history(tx: Tx, incident_id: UUID) -> list[Any]:
    """All rows of an incident's clocks, the first first; the active one is the last."""
    return await tx.rows(
        "select * from incident_slas where tenant_id = $1 and incident_id = $2 order by is_active, updated_at, id",
        tx.tenant_id,
        incident_id,
    )


async def update(tx: Tx, incident_id: UUID, history: History, next_check_at: datetime | None) -> None:
    """Write the clocks of an incident whose row this transaction has locked."""
    await tx.run(_UPDATE, tx.tenant_id, incident_id, *_values(history, next_check_at, tx.now))


async def update_many(tx: Tx, changed: list[tuple[UUID, History, datetime | None]]) -> None:
    """As `update`, for the clocks of some incidents (id, clocks, next check), in one round trip."""
    await tx.run_many(_UPDATE, [(tx.tenant_id, one, *_values(clocks, at, tx.now)) for one, clocks, at in changed])


async def lock_many(tx: Tx, incident_ids: list[UUID]) -> list[Any]:
    """As `lock`, for some incidents: in order of their ids."""
    return await tx.rows(
        "select * from incident_slas where tenant_id = $1 and incident_id = any ($2) and is_active"
        " order by incident_id for update",
        *(tx.tenant_id, incident_ids),
    )


async def lock(tx: Tx, incident_id: UUID) -> Any:
    """The row of an incident's clocks, locked until the commit, or None. The incident is locked before."""
    return await tx.row(
        "select * from incident_slas where tenant_id = $1 and incident_id = $2 and is_active for update",
        tx.tenant_id,
        incident_id,
    )


async def get(tx: Tx, incident_id: UUID) -> Any:
    """The row of an incident's clocks, or None."""
    return await tx.row(
        "select * from incident_slas where tenant_id = $1 and incident_id = $2 and is_active", tx.tenant_id, incident_id
    )


IMAGE = "(select to_jsonb(s) from incident_slas s where s.tenant_id = $1 and s.incident_id = $2 and s.is_active)"
"""The clocks of incident $2 as they stand, for whoever may put them back."""


async def put_back(tx: Tx, row_id: UUID, image: dict[str, Any]) -> None:
    """Set the clocks of an incident to an earlier image of their row."""
    await put_row_back(tx, "incident_slas", row_id, image)


DUE = """
select s.tenant_id, s.incident_id as id, s.next_check_at as due_at
from incident_slas s join tenants t on t.id = s.tenant_id
where s.next_check_at <= $1 and t.state = 'active' and t.kind = 'live' and not 'sla' = any (t.disabled_modules)
order by s.next_check_at, s.tenant_id, s.incident_id limit $2
"""

NEXT_DUE = """
select incident_id as id, next_check_at as due_at from incident_slas
where tenant_id = $1 and next_check_at is not null order by next_check_at, incident_id limit $2
"""
