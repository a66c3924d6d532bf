"""SQL of `oncall_schedules` and their layers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_SCHEDULES = (
    "select s.*, t.name as team_name from oncall_schedules s left join teams t on t.tenant_id = $1 and t.id = s.team_id"
    " where s.tenant_id = $1 and s.is_active"
)


async def page(tx: Tx, after: tuple[str, UUID] | None, limit: int) -> list[Any]:
    """A page of the schedules at work, by name."""
    name, last = after or (None, None)
    return await tx.rows(
        f"{_SCHEDULES} and ($2::text is null or (s.name, s.id) > ($2, $3::uuid)) order by s.name, s.id limit $4",
        *(tx.tenant_id, name, last, limit),
    )


async def find(tx: Tx, *, schedule_id: UUID | None = None, slug: str | None = None, lock: bool = False) -> Any:
    """A schedule at work by id or slug, or None."""
    tail = " for no key update of s" if lock else ""
    return await tx.row(
        f"{_SCHEDULES} and ($2::uuid is null or s.id = $2) and ($3::text is null or s.slug = $3){tail}",
        *(tx.tenant_id, schedule_id, slug),
    )


async def names(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of schedules, retired ones too."""
    rows = await tx.rows(
        "select id, name from oncall_schedules where tenant_id = $1 and id = any ($2)", tx.tenant_id, list(ids)
    )
    return {row["id"]: row["name"] for row in rows}


async def layers(tx: Tx, schedule_ids: Sequence[UUID], since: datetime) -> list[Any]:
    """The layers of some schedules at work that are valid after a moment, the lowest first, with their people in order."""
    return await tx.rows(
        "select l.*, coalesce(l.time_zone, s.time_zone) as zone, (select coalesce(jsonb_agg(jsonb_build_array(p.user_id, u.name)"
        "   order by p.position), '[]') from oncall_layer_people p join users u on u.tenant_id = $1 and u.id = p.user_id"
        "   where p.tenant_id = $1 and p.layer_id = l.id) as people"
        " from oncall_layers l join oncall_schedules s on s.tenant_id = $1 and s.id = l.schedule_id"
        " where l.tenant_id = $1 and l.schedule_id = any ($2) and s.is_active and (l.valid_until is null or l.valid_until > $3)"
        " order by l.schedule_id, l.position, l.valid_from, l.id",
        *(tx.tenant_id, list(schedule_ids), since),
    )


async def insert(tx: Tx, schedule_id: UUID, values: dict[str, Any]) -> bool:
    """Add a schedule; False when its slug is taken. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = (
        f"insert into oncall_schedules ({', '.join(columns)}) values ({marks}) on conflict (tenant_id, slug) do nothing"
    )
    return await tx.run(sql, tx.tenant_id, schedule_id, *values.values(), tx.now, tx.now) == 1


async def slug_taken(tx: Tx, slug: str, but: UUID) -> bool:
    """Whether another schedule, at work or not, has a slug."""
    sql = "select 1 from oncall_schedules where tenant_id = $1 and slug = $2 and id <> $3"
    return await tx.value(sql, tx.tenant_id, slug, but) is not None


async def update(tx: Tx, schedule_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a schedule. Column names come from the code, never from a client."""
    sets = "".join(f", {name} = ${n + 4}" for n, name in enumerate(values))
    sql = f"update oncall_schedules set updated_at = $3{sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, schedule_id, tx.now, *values.values())


async def end_layers(tx: Tx, layer_ids: Sequence[UUID], at: datetime) -> None:
    """End layers; those that have not begun yet never do."""
    await tx.run(
        "update oncall_layers set valid_until = greatest(valid_from, $3) where tenant_id = $1 and id = any ($2)",
        *(tx.tenant_id, list(layer_ids), at),
    )


async def place_layer(tx: Tx, layer_id: UUID, position: int) -> None:
    """Number a layer that stays."""
    await tx.run(
        "update oncall_layers set position = $3 where tenant_id = $1 and id = $2", tx.tenant_id, layer_id, position
    )


async def add_layer(tx: Tx, layer_id: UUID, values: dict[str, Any], people: Sequence[UUID]) -> None:
    """Add a layer with its people in order. Column names come from the code, never from a client."""
    marks = ", ".join(f"${n + 3}" for n in range(len(values)))
    sql = f"insert into oncall_layers (tenant_id, id, {', '.join(values)}) values ($1, $2, {marks})"
    await tx.run(sql, tx.tenant_id, layer_id, *values.values())
    await tx.run_many(
        "insert into oncall_layer_people (tenant_id, layer_id, position, user_id) values ($1, $2, $3, $4)",
        [(tx.tenant_id, layer_id, place, user_id) for place, user_id in enumerate(people)],
    )
