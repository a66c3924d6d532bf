"""SQL of `oncall_overrides` and `oncall_swaps`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx

_OVERRIDES = (
    "select o.*, u.name as user_name from oncall_overrides o join users u on u.tenant_id = $1 and u.id = o.user_id"
    " where o.tenant_id = $1"
)
_SWAPS = (
    "select w.*, f.name as from_name, t.name as to_name from oncall_swaps w"
    " join users f on f.tenant_id = $1 and f.id = w.from_user_id join users t on t.tenant_id = $1 and t.id = w.to_user_id"
    " where w.tenant_id = $1"
)


async def overrides(tx: Tx, schedule_ids: Sequence[UUID], since: datetime, until: datetime) -> list[Any]:
    """The overrides of some schedules that touch a stretch of time, the earliest made first."""
    return await tx.rows(
        f"{_OVERRIDES} and o.schedule_id = any ($2) and o.ends_at > $3 and o.starts_at < $4 order by o.created_at, o.id",
        *(tx.tenant_id, list(schedule_ids), since, until),
    )


async def override_page(tx: Tx, schedule_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of a schedule's overrides, the latest first."""
    at, last = after or (None, None)
    return await tx.rows(
        f"{_OVERRIDES} and o.schedule_id = $2 and ($3::timestamptz is null or (o.starts_at, o.id) < ($3, $4::uuid))"
        " order by o.starts_at desc, o.id desc limit $5",
        *(tx.tenant_id, schedule_id, at, last, limit),
    )


async def get_override(tx: Tx, schedule_id: UUID, override_id: UUID) -> Any:
    """An override of a schedule, or None."""
    return await tx.row(f"{_OVERRIDES} and o.schedule_id = $2 and o.id = $3", tx.tenant_id, schedule_id, override_id)


async def add_override(tx: Tx, schedule_id: UUID, values: dict[str, Any]) -> UUID:
    """Add an override; its id. Column names come from the code, never from a client."""
    override_id = new_id()
    marks = ", ".join(f"${n + 5}" for n in range(len(values)))
    sql = (
        f"insert into oncall_overrides (tenant_id, id, schedule_id, created_at, {', '.join(values)})"
        f" values ($1, $2, $3, $4, {marks})"
    )
    await tx.run(sql, tx.tenant_id, override_id, schedule_id, tx.now, *values.values())
    return override_id


async def end_override(tx: Tx, override_id: UUID, at: datetime) -> None:
    """End an override that has begun."""
    await tx.run(
        "update oncall_overrides set ends_at = $3 where tenant_id = $1 and id = $2", tx.tenant_id, override_id, at
    )


async def delete_override(tx: Tx, override_id: UUID) -> None:
    """Take an override back that has not begun."""
    await tx.run("delete from oncall_overrides where tenant_id = $1 and id = $2", tx.tenant_id, override_id)


async def swap_page(tx: Tx, schedule_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of a schedule's swaps, the latest asked first."""
    at, last = after or (None, None)
    return await tx.rows(
        f"{_SWAPS} and w.schedule_id = $2 and ($3::timestamptz is null or (w.created_at, w.id) < ($3, $4::uuid))"
        " order by w.created_at desc, w.id desc limit $5",
        *(tx.tenant_id, schedule_id, at, last, limit),
    )


async def get_swap(tx: Tx, schedule_id: UUID, swap_id: UUID, *, lock: bool = False) -> Any:
    """A swap of a schedule, or None."""
    tail = " for update of w" if lock else ""
    return await tx.row(f"{_SWAPS} and w.schedule_id = $2 and w.id = $3{tail}", tx.tenant_id, schedule_id, swap_id)


async def add_swap(tx: Tx, schedule_id: UUID, values: dict[str, Any]) -> UUID:
    """Add a swap that is asked for; its id. Column names come from the code, never from a client."""
    swap_id = new_id()
    marks = ", ".join(f"${n + 5}" for n in range(len(values)))
    sql = (
        f"insert into oncall_swaps (tenant_id, id, schedule_id, created_at, {', '.join(values)})"
        f" values ($1, $2, $3, $4, {marks})"
    )
    await tx.run(sql, tx.tenant_id, swap_id, schedule_id, tx.now, *values.values())
    return swap_id


async def decide_swap(tx: Tx, swap_id: UUID, state: str) -> None:
    """Write down how a swap ended."""
    await tx.run(
        "update oncall_swaps set state = $3, decided_at = $4 where tenant_id = $1 and id = $2",
        *(tx.tenant_id, swap_id, state, tx.now),
    )
