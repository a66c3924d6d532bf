"""SQL of `user_absences`: who is away when, and who stands in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx

_ABSENCES = (
    "select a.id, a.user_id, u.name as user_name, a.deputy_id, d.name as deputy_name, a.starts_at, a.ends_at, a.created_at"
    " from user_absences a join users u on u.tenant_id = $1 and u.id = a.user_id"
    " left join users d on d.tenant_id = $1 and d.id = a.deputy_id"
)

_STAND_INS = """
with recursive c as (
  select $2::uuid as user_id, 0 as depth, array[$2::uuid] as path
  union all
  select a.deputy_id, c.depth + 1, c.path || a.deputy_id from c
    join user_absences a on a.tenant_id = $1 and a.user_id = c.user_id and a.starts_at <= $3 and a.ends_at > $3
    where a.deputy_id is not null and a.deputy_id <> all (c.path) and c.depth < 20
)
select c.user_id, u.name, u.is_active and u.kind = 'person' as is_assignable,
  (select max(a.ends_at) from user_absences a
    where a.tenant_id = $1 and a.user_id = c.user_id and a.starts_at <= $3 and a.ends_at > $3) as away_until
from c join users u on u.tenant_id = $1 and u.id = c.user_id order by c.depth
"""


async def of(tx: Tx, user_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Any]:
    """A page of a member's absences, the latest first."""
    at, last = after or (None, None)
    return await tx.rows(
        f"{_ABSENCES} where a.tenant_id = $1 and a.user_id = $2"
        " and ($3::timestamptz is null or (a.starts_at, a.id) < ($3, $4::uuid)) order by a.starts_at desc, a.id desc limit $5",
        *(tx.tenant_id, user_id, at, last, limit),
    )


async def ahead(tx: Tx, now: datetime, limit: int) -> list[Any]:
    """The tenant's absences that are not over yet, the soonest first."""
    return await tx.rows(
        f"{_ABSENCES} where a.tenant_id = $1 and a.ends_at > $2 order by a.starts_at, a.id limit $3",
        *(tx.tenant_id, now, limit),
    )


async def get(tx: Tx, user_id: UUID, absence_id: UUID) -> Any:
    """An absence of a member, or None."""
    return await tx.row(
        f"{_ABSENCES} where a.tenant_id = $1 and a.user_id = $2 and a.id = $3", tx.tenant_id, user_id, absence_id
    )


async def between(tx: Tx, user_ids: list[UUID] | None, since: datetime, until: datetime) -> list[Any]:
    """The absences of some members (None: of all) that touch a stretch of time, in order."""
    return await tx.rows(
        f"{_ABSENCES} where a.tenant_id = $1 and ($2::uuid[] is null or a.user_id = any ($2)) and a.starts_at < $4 and a.ends_at > $3"
        " order by a.starts_at, a.id",
        *(tx.tenant_id, user_ids, since, until),
    )


async def deputies_between(tx: Tx, since: datetime, until: datetime) -> list[Any]:
    """Who stands in for whom at any time of a stretch."""
    return await tx.rows(
        "select user_id, deputy_id, starts_at, ends_at from user_absences where tenant_id = $1"
        " and deputy_id is not null and starts_at < $3 and ends_at > $2",
        *(tx.tenant_id, since, until),
    )


async def stand_ins(tx: Tx, user_id: UUID, at: datetime) -> list[Any]:
    """A member, their deputy, the deputy's deputy and so on at a moment, each with until when they are away."""
    return await tx.rows(_STAND_INS, tx.tenant_id, user_id, at)


async def add(
    tx: Tx, user_id: UUID, starts_at: datetime, ends_at: datetime, deputy_id: UUID | None, by: UUID | None
) -> UUID:
    """Note an absence; its id."""
    absence_id = new_id()
    await tx.run(
        "insert into user_absences (tenant_id, id, user_id, deputy_id, starts_at, ends_at, created_by_id, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        *(tx.tenant_id, absence_id, user_id, deputy_id, starts_at, ends_at, by, tx.now),
    )
    return absence_id


async def delete(tx: Tx, absence_id: UUID) -> None:
    """Take an absence back."""
    await tx.run("delete from user_absences where tenant_id = $1 and id = $2", tx.tenant_id, absence_id)


async def lock(tx: Tx) -> None:
    """Let one absence at a time be noted in the tenant, until the commit: of two that make a circle one must see the other."""
    await tx.rows(
        "select pg_advisory_xact_lock(hashtextextended('access.absences:' || $1::text, 0))", str(tx.tenant_id)
    )
