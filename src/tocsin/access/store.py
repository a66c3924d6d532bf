"""SQL of accounts, users, roles, teams, tokens and sessions: what admits a request."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_TENANT = "n.id, n.slug, n.name, n.host, n.time_zone, n.locale, n.kind, n.state, n.clock_at, n.settings, n.disabled_modules, n.revision"
_HELD = (
    "(select coalesce(array_agg(distinct p), '{}') from user_roles ur"
    " join roles r on r.tenant_id = $1 and r.id = ur.role_id cross join unnest(r.permissions) p"
    " where ur.tenant_id = $1 and ur.user_id = u.id)"
)

_BY_TOKEN = f"""
select {_TENANT}, u.id as user_id, u.name as user_name, u.kind as user_kind, u.is_active, t.id as via, t.expires_at,
  t.last_used_at, t.permissions as narrowed, null::text as csrf_token, null::text as host_name,
  case when t.role_id is null then {_HELD}
    else (select r.permissions from roles r where r.tenant_id = $1 and r.id = t.role_id) end as held
from api_tokens t
join users u on u.tenant_id = $1 and u.id = t.user_id
join tenants n on n.id = $1
where t.tenant_id = $1 and t.secret_hash = $2 and t.revoked_at is null
"""

_BY_SESSION = f"""
select {_TENANT}, u.id as user_id, u.name as user_name, u.kind as user_kind, u.is_active, s.id as via, s.expires_at,
  s.last_seen_at as last_used_at, null::text[] as narrowed, s.csrf_token, {_HELD} as held
from sessions s
join users u on u.tenant_id = $1 and u.id = s.user_id
join tenants n on n.id = $1
where s.tenant_id = $1 and s.secret_hash = $2
"""


async def by_token(tx: Tx, secret_hash: bytes) -> Any:
    """Everything a request with a token needs to know, in one statement."""
    return await tx.row(_BY_TOKEN, tx.tenant_id, secret_hash)


async def by_session(tx: Tx, secret_hash: bytes) -> Any:
    """Everything a request with a session cookie needs to know, in one statement."""
    return await tx.row(_BY_SESSION, tx.tenant_id, secret_hash)


async def touch_token(tx: Tx, token_id: UUID) -> None:
    """Note that a token was used now (real time)."""
    await tx.run(
        "update api_tokens set last_used_at = $3 where tenant_id = $1 and id = $2", tx.tenant_id, token_id, tx.real_now
    )


async def touch_session(tx: Tx, session_id: UUID, expires_at: Any) -> None:
    """Note that a session was used now, and move its end."""
    await tx.run(
        "update sessions set last_seen_at = $3, expires_at = $4 where tenant_id = $1 and id = $2",
        tx.tenant_id,
        session_id,
        tx.real_now,
        expires_at,
    )


async def role_permissions(tx: Tx, slug: str) -> list[str] | None:
    """The permissions of a role by slug, or None."""
    permissions: list[str] | None = await tx.value(
        "select permissions from roles where tenant_id = $1 and slug = $2", tx.tenant_id, slug
    )
    return permissions


async def find_members(tx: Tx, *, ids: list[UUID] | None = None, email: str | None = None) -> list[Any]:
    """Members by id or by e-mail, active or not."""
    return await tx.rows(
        "select id, name, email, phone, kind, is_active from users where tenant_id = $1"
        " and ($2::uuid[] is null or id = any ($2)) and ($3::text is null or email = $3)",
        tx.tenant_id,
        ids,
        email,
    )


async def find_teams(tx: Tx, *, team_id: UUID | None = None, slug: str | None = None) -> list[Any]:
    """Teams by id or slug, active or not."""
    return await tx.rows(
        "select id, slug, name, is_active from teams where tenant_id = $1"
        " and ($2::uuid is null or id = $2) and ($3::text is null or slug = $3)",
        tx.tenant_id,
        team_id,
        slug,
    )


async def team_members(tx: Tx, team_ids: list[UUID]) -> list[UUID]:
    """The active persons in some teams."""
    rows = await tx.rows(
        "select distinct m.user_id from team_members m join users u on u.tenant_id = $1 and u.id = m.user_id"
        " where m.tenant_id = $1 and m.team_id = any ($2) and u.is_active and u.kind = 'person'",
        tx.tenant_id,
        team_ids,
    )
    return [row["user_id"] for row in rows]


async def users_with_role(tx: Tx, slug: str) -> list[UUID]:
    """The active persons who hold a role."""
    rows = await tx.rows(
        "select ur.user_id from user_roles ur join roles r on r.tenant_id = $1 and r.id = ur.role_id"
        " join users u on u.tenant_id = $1 and u.id = ur.user_id"
        " where ur.tenant_id = $1 and r.slug = $2 and u.is_active and u.kind = 'person'",
        tx.tenant_id,
        slug,
    )
    return [row["user_id"] for row in rows]


async def insert_role(
    tx: Tx, role_id: UUID, slug: str, name: str, permissions: list[str], *, is_seeded: bool = False
) -> bool:
    """Add a role; False when its slug is taken."""
    return (
        await tx.run(
            "insert into roles (tenant_id, id, slug, name, permissions, is_seeded, created_at, updated_at)"
            " values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict (tenant_id, slug) do nothing",
            *(tx.tenant_id, role_id, slug, name, permissions, is_seeded, tx.now),
        )
        == 1
    )
