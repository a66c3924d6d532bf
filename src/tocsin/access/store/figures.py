"""SQL of what the administration's overview counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tocsin.db.tx import Tx

_PEOPLE = """
select
  count(*) filter (where u.is_active and u.kind = 'person') as active,
  count(*) filter (where not u.is_active and u.kind = 'person') as inactive,
  count(*) filter (where u.is_active and u.kind = 'service') as services,
  count(*) filter (where u.is_active and u.kind = 'person' and not exists
    (select 1 from user_roles r where r.tenant_id = $1 and r.user_id = u.id)) as without_role,
  (select count(*) from teams t where t.tenant_id = $1 and t.is_active) as teams,
  (select count(*) from teams t where t.tenant_id = $1 and t.is_active and not exists
    (select 1 from team_members m join users w on w.tenant_id = $1 and w.id = m.user_id and w.is_active
     where m.tenant_id = $1 and m.team_id = t.id)) as empty_teams
from users u where u.tenant_id = $1
"""

_RIGHTS = """
select
  (select count(*) from roles r where r.tenant_id = $1) as roles,
  count(*) as tokens,
  count(*) filter (where t.expires_at between $2 and $3) as expiring,
  count(*) filter (where coalesce(t.last_used_at, t.created_at) < $4) as unused
from api_tokens t
where t.tenant_id = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $2)
"""


async def people(tx: Tx) -> Any:
    """How many members and teams there are, and how many need care."""
    return await tx.row(_PEOPLE, tx.tenant_id)


async def rights(tx: Tx, soon: datetime, long_ago: datetime) -> Any:
    """How many roles and working tokens there are; tokens that expire until `soon`, and unused since `long_ago`."""
    return await tx.row(_RIGHTS, tx.tenant_id, tx.real_now, soon, long_ago)
