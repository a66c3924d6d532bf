"""SQL of `users` (members of the tenant) and their roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_SHAPE = """
select u.id, u.account_id, u.name, u.email, u.phone, u.is_active, u.kind, u.time_zone, u.locale, u.manager_id,
  u.created_at,
  (select coalesce(array_agg(r.slug order by r.slug), '{}') from user_roles ur
    join roles r on r.tenant_id = $1 and r.id = ur.role_id where ur.tenant_id = $1 and ur.user_id = u.id) as roles,
  (select coalesce(array_agg(t.slug order by t.slug), '{}') from team_members tm
    join teams t on t.tenant_id = $1 and t.id = tm.team_id where tm.tenant_id = $1 and tm.user_id = u.id) as teams
from users u where u.tenant_id = $1
"""

_PAGE = f"""{_SHAPE}
  and ($2::boolean is null or u.is_active = $2)
  and ($3::text is null or u.kind = $3)
  and ($4::text is null or u.name ilike $4 or u.email ilike $4)
  and ($5::uuid is null or exists (select 1 from user_roles f where f.tenant_id = $1 and f.user_id = u.id and f.role_id = $5))
  and ($6::uuid is null or exists (select 1 from team_members f where f.tenant_id = $1 and f.user_id = u.id and f.team_id = $6))
  and ($7::text is null or (u.name, u.id) > ($7, $8::uuid))
  and (not $10 or not exists (select 1 from user_roles f where f.tenant_id = $1 and f.user_id = u.id))
order by u.name, u.id limit $9
"""


async def page(
    tx: Tx,
    *,
    active: bool | None,
    kind: str | None,
    like: str | None,
    role_id: UUID | None,
    without_role: bool,
    team_id: UUID | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[Any]:
    """A page of members by name, behind the name and id in `after`."""
    name, last = after or (None, None)
    return await tx.rows(_PAGE, tx.tenant_id, active, kind, like, role_id, team_id, name, last, limit, without_role)


async def get(tx: Tx, user_id: UUID) -> Any:
    """A member as shown, or None."""
    return await tx.row(f"{_SHAPE} and u.id = $2", tx.tenant_id, user_id)


async def lock(tx: Tx, user_id: UUID) -> bool:
    """Lock a member's row until the commit; False when there is none."""
    sql = "select 1 from users where tenant_id = $1 and id = $2 for no key update"
    return await tx.value(sql, tx.tenant_id, user_id) is not None


async def find(tx: Tx, *, ids: list[UUID] | None = None, email: str | None = None) -> list[Any]:
    """Members by id or by e-mail, active or not."""
    return await tx.rows(
        "select id, name, email, phone, kind, is_active from users where tenant_id = $1"
        " and ($2::uuid[] is null or id = any ($2)) and ($3::text is null or email = $3)",
        tx.tenant_id,
        ids,
        email,
    )


async def labels(tx: Tx, ids: list[UUID]) -> list[Any]:
    """Ids and names of members and teams."""
    return await tx.rows(
        "select id, name from users where tenant_id = $1 and id = any ($2)"
        " union all select id, name from teams where tenant_id = $1 and id = any ($2)",
        *(tx.tenant_id, ids),
    )


async def insert(tx: Tx, user_id: UUID, values: dict[str, Any]) -> bool:
    """Add a member; False when the e-mail has one here. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at", "updated_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into users ({', '.join(columns)}) values ({marks}) on conflict do nothing"
    return await tx.run(sql, tx.tenant_id, user_id, *values.values(), tx.now, tx.now) == 1


async def update(tx: Tx, user_id: UUID, values: dict[str, Any]) -> None:
    """Set columns of a member. Column names come from the code, never from a client."""
    sets = "".join(f", {column} = ${n + 4}" for n, column in enumerate(values))
    sql = f"update users set updated_at = $3{sets} where tenant_id = $1 and id = $2"
    await tx.run(sql, tx.tenant_id, user_id, tx.now, *values.values())


async def set_preferences(tx: Tx, user_id: UUID, values: dict[str, Any], dropped: list[str]) -> dict[str, Any]:
    """Put some preferences of a member over the others and drop some; all of them as they are then."""
    found: dict[str, Any] = await tx.value(
        "update users set preferences = (preferences || $3) - $4::text[] where tenant_id = $1 and id = $2"
        " returning preferences",
        *(tx.tenant_id, user_id, values, dropped),
    )
    tx.wrote = True
    return found


async def set_roles(tx: Tx, user_id: UUID, role_ids: list[UUID]) -> None:
    """Replace a member's roles."""
    await tx.run("delete from user_roles where tenant_id = $1 and user_id = $2", tx.tenant_id, user_id)
    await tx.run_many(
        "insert into user_roles (tenant_id, user_id, role_id) values ($1, $2, $3) on conflict do nothing",
        [(tx.tenant_id, user_id, role_id) for role_id in role_ids],
    )


async def role_ids(tx: Tx, user_id: UUID) -> set[UUID]:
    """The roles a member has."""
    rows = await tx.rows("select role_id from user_roles where tenant_id = $1 and user_id = $2", tx.tenant_id, user_id)
    return {row["role_id"] for row in rows}


async def held(tx: Tx, user_id: UUID) -> list[str]:
    """The permissions a member's roles give."""
    found: list[str] = await tx.value(
        "select coalesce(array_agg(distinct p), '{}') from user_roles ur"
        " join roles r on r.tenant_id = $1 and r.id = ur.role_id cross join unnest(r.permissions) p"
        " where ur.tenant_id = $1 and ur.user_id = $2",
        tx.tenant_id,
        user_id,
    )
    return found


async def with_role(tx: Tx, slug: str) -> list[UUID]:
    """The active persons who have a role."""
    rows = await tx.rows(
        "select ur.user_id from user_roles ur join roles r on r.tenant_id = $1 and r.id = ur.role_id"
        " join users u on u.tenant_id = $1 and u.id = ur.user_id"
        " where ur.tenant_id = $1 and r.slug = $2 and u.is_active and u.kind = 'person'",
        tx.tenant_id,
        slug,
    )
    return [row["user_id"] for row in rows]


async def managers(tx: Tx, user_id: UUID) -> list[UUID]:
    """Whom a member reports to, if that is an active person; else the active leads of their teams, but for themselves."""
    rows = await tx.rows(
        "select m.id, 1 as rank from users u join users m on m.tenant_id = $1 and m.id = u.manager_id"
        " where u.tenant_id = $1 and u.id = $2 and m.is_active and m.kind = 'person'"
        " union all select m.id, 2 from team_members own join team_members led on led.tenant_id = $1"
        " and led.team_id = own.team_id and led.is_lead and led.user_id <> own.user_id"
        " join teams t on t.tenant_id = $1 and t.id = own.team_id and t.is_active"
        " join users m on m.tenant_id = $1 and m.id = led.user_id"
        " where own.tenant_id = $1 and own.user_id = $2 and m.is_active and m.kind = 'person' order by rank, id",
        *(tx.tenant_id, user_id),
    )
    first = [row["id"] for row in rows if row["rank"] == 1]
    return first or list(dict.fromkeys(row["id"] for row in rows))


async def active_persons(tx: Tx) -> list[Any]:
    """Every active person: id, name, e-mail."""
    sql = "select id, name, email from users where tenant_id = $1 and is_active and kind = 'person'"
    return await tx.rows(sql, tx.tenant_id)


async def all_managers(tx: Tx) -> list[Any]:
    """For every member whom they report to (rank 1), and the leads of their teams (rank 2): active persons, in order."""
    return await tx.rows(
        "select u.id as user_id, m.id, 1 as rank from users u join users m on m.tenant_id = $1 and m.id = u.manager_id"
        " where u.tenant_id = $1 and m.is_active and m.kind = 'person'"
        " union all select own.user_id, m.id, 2 from team_members own join team_members led on led.tenant_id = $1"
        " and led.team_id = own.team_id and led.is_lead and led.user_id <> own.user_id"
        " join teams t on t.tenant_id = $1 and t.id = own.team_id and t.is_active"
        " join users m on m.tenant_id = $1 and m.id = led.user_id"
        " where own.tenant_id = $1 and m.is_active and m.kind = 'person' order by user_id, rank, id",
        tx.tenant_id,
    )


async def has_administrator(tx: Tx, permissions: list[str]) -> bool:
    """Whether an active person holds all of these permissions, through whichever roles."""
    sql = (
        "select 1 from users u where u.tenant_id = $1 and u.is_active and u.kind = 'person' and $2::text[] <@"
        " (select coalesce(array_agg(p), '{}') from user_roles ur"
        " join roles r on r.tenant_id = $1 and r.id = ur.role_id cross join unnest(r.permissions) p"
        " where ur.tenant_id = $1 and ur.user_id = u.id) limit 1"
    )
    return await tx.value(sql, tx.tenant_id, permissions) is not None


async def by_account(tx: Tx, account_id: UUID) -> Any:
    """The active person of an account in this tenant, or None."""
    return await tx.row(
        "select id, name, locale from users where tenant_id = $1 and account_id = $2 and is_active and kind = 'person'",
        tx.tenant_id,
        account_id,
    )
