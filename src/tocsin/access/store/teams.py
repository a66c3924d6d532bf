"""SQL of `teams` and `team_members`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_COLUMNS = "id, slug, name, description, is_active, spread, created_at"


async def page(
    tx: Tx, *, active: bool | None, like: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[Any]:
    """A page of teams by name."""
    name, last = after or (None, None)
    return await tx.rows(
        f"select {_COLUMNS} from teams where tenant_id = $1 and ($2::boolean is null or is_active = $2)"
        " and ($3::text is null or name ilike $3) and ($4::text is null or (name, id) > ($4, $5::uuid))"
        " order by name, id limit $6",
        tx.tenant_id,
        active,
        like,
        name,
        last,
        limit,
    )


async def find(tx: Tx, *, team_id: UUID | None = None, slug: str | None = None) -> Any:
    """A team by id or by slug, active or not, or None."""
    return await tx.row(
        f"select {_COLUMNS} from teams where tenant_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or slug = $3)",
        tx.tenant_id,
        team_id,
        slug,
    )


async def names(tx: Tx, ids: list[UUID]) -> dict[UUID, str]:
    """The names of teams by id."""
    rows = await tx.rows("select id, name from teams where tenant_id = $1 and id = any ($2)", tx.tenant_id, ids)
    return {row["id"]: row["name"] for row in rows}


async def lock(tx: Tx, team_id: UUID) -> None:
    """Lock a team's row until the commit."""
    sql = "select 1 from teams where tenant_id = $1 and id = $2 for no key update"
    await tx.value(sql, tx.tenant_id, team_id)


async def insert(tx: Tx, team_id: UUID, values: dict[str, Any]) -> bool:
    """Add a team; False when its slug is taken. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into teams ({', '.join(columns)}) values ({marks}) on conflict (tenant_id, slug) do nothing"
    return await tx.run(sql, tx.tenant_id, team_id, *values.values(), tx.now, tx.now) == 1


async def update(tx: Tx, team_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a team. Column names come from the code, never from a client."""
    sets = "".join(f", {column} = ${n + 4}" for n, column in enumerate(values))
    sql = f"update teams set updated_at = $3{sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, team_id, tx.now, *values.values())


async def members(tx: Tx, team_ids: list[UUID]) -> list[Any]:
    """The members of some teams with their mark of a lead, active or not, by name."""
    return await tx.rows(
        "select m.team_id, m.user_id, m.is_lead, u.name, u.is_active from team_members m"
        " join users u on u.tenant_id = $1 and u.id = m.user_id"
        " where m.tenant_id = $1 and m.team_id = any ($2) order by u.name, u.id",
        tx.tenant_id,
        team_ids,
    )


async def set_members(tx: Tx, team_id: UUID, leads: dict[UUID, bool]) -> None:
    """Replace a team's members; each with whether they lead it."""
    await tx.run("delete from team_members where tenant_id = $1 and team_id = $2", tx.tenant_id, team_id)
    await tx.run_many(
        "insert into team_members (tenant_id, team_id, user_id, is_lead) values ($1, $2, $3, $4)",
        [(tx.tenant_id, team_id, user_id, is_lead) for user_id, is_lead in leads.items()],
    )


async def set_teams(tx: Tx, user_id: UUID, team_ids: list[UUID]) -> None:
    """Replace the teams a member is in; where they stay, they keep the mark of a lead."""
    await tx.run(
        "delete from team_members where tenant_id = $1 and user_id = $2 and not team_id = any ($3)",
        tx.tenant_id,
        user_id,
        team_ids,
    )
    await tx.run_many(
        "insert into team_members (tenant_id, team_id, user_id) values ($1, $2, $3) on conflict do nothing",
        [(tx.tenant_id, team_id, user_id) for team_id in team_ids],
    )


async def active_members(tx: Tx, team_ids: list[UUID]) -> list[UUID]:
    """The active persons in some teams."""
    rows = await tx.rows(
        "select distinct m.user_id from team_members m join users u on u.tenant_id = $1 and u.id = m.user_id"
        " where m.tenant_id = $1 and m.team_id = any ($2) and u.is_active and u.kind = 'person'",
        tx.tenant_id,
        team_ids,
    )
    return [row["user_id"] for row in rows]
