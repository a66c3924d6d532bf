"""SQL of what admits a request: one statement by token, one by session cookie."""

from __future__ import annotations

from datetime import datetime
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
select {_TENANT}, u.id as user_id, u.name as user_name, u.kind as user_kind, u.is_active,
  u.locale as person_locale, u.time_zone as person_zone, u.preferences, t.id as via, t.expires_at,
  t.last_used_at, t.permissions as narrowed, null::text as csrf_token,
  case when t.role_id is null then {_HELD}
    else (select r.permissions from roles r where r.tenant_id = $1 and r.id = t.role_id) end as held
from api_tokens t
join users u on u.tenant_id = $1 and u.id = t.user_id
join tenants n on n.id = $1
where t.tenant_id = $1 and t.secret_hash = $2 and t.revoked_at is null
"""

_BY_SESSION = f"""
select {_TENANT}, u.id as user_id, u.name as user_name, u.kind as user_kind, u.is_active,
  u.locale as person_locale, u.time_zone as person_zone, u.preferences, s.id as via, s.expires_at,
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


_ACTING = f"""
select u.id, u.name, u.kind, u.is_active, case when u.kind <> 'service' then {_HELD}
    else (select coalesce(array_agg(distinct p), '{{}}') from api_tokens t
      join roles r on r.tenant_id = $1 and r.id = t.role_id cross join unnest(r.permissions) p
      where t.tenant_id = $1 and t.user_id = u.id and t.revoked_at is null) end as held
from users u where u.tenant_id = $1 and u.id = $2
"""


async def acting(tx: Tx, user_id: UUID) -> Any:
    """A member and what they may now, for work that goes on after their request; None for nobody."""
    return await tx.row(_ACTING, tx.tenant_id, user_id)


async def touch_token(tx: Tx, token_id: UUID) -> None:
    """Note that a token was used now (real time), unless another request is about to: it may take its time."""
    sql = (
        "update api_tokens set last_used_at = $3 where tenant_id = $1 and id in"
        " (select id from api_tokens where tenant_id = $1 and id = $2 for update skip locked)"
    )
    await tx.run(sql, tx.tenant_id, token_id, tx.real_now)


async def touch_session(tx: Tx, session_id: UUID, expires_at: datetime) -> None:
    """Note that a session was used now, and move its end, unless another request is about to: it may take its time."""
    sql = (
        "update sessions set last_seen_at = $3, expires_at = $4 where tenant_id = $1 and id in"
        " (select id from sessions where tenant_id = $1 and id = $2 for update skip locked)"
    )
    await tx.run(sql, tx.tenant_id, session_id, tx.real_now, expires_at)
