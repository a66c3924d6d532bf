"""SQL for finding people and teams by a part of their name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_BY_NAME = "order by (u.name ilike substr($2, 2) or u.name ilike '% ' || substr($2, 2)) desc, u.name, u.id limit $3"
"""Those first one of whose names begins so: a pattern begins with a per cent sign."""


async def people(tx: Tx, like: str, limit: int) -> list[Any]:
    """Active persons whose name or e-mail is like a pattern."""
    return await tx.rows(
        "select u.id, u.name, u.email from users u where u.tenant_id = $1 and u.is_active and u.kind = 'person'"
        f" and (u.name ilike $2 or u.email ilike $2) {_BY_NAME}",
        *(tx.tenant_id, like, limit),
    )


async def people_and_teams(tx: Tx, like: str, limit: int) -> list[Any]:
    """Active persons (`kind` user) and teams whose name is like a pattern; a few of each."""
    return await tx.rows(
        "(select 'user' as kind, u.id, u.name from users u where u.tenant_id = $1 and u.is_active and u.kind = 'person'"
        f"  and (u.name ilike $2 or u.email ilike $2) {_BY_NAME})"
        " union all"
        " (select 'team', t.id, t.name from teams t where t.tenant_id = $1 and t.is_active"
        "  and (t.name ilike $2 or t.slug ilike $2) order by t.name, t.id limit $3)",
        *(tx.tenant_id, like, limit),
    )


async def holders(tx: Tx, ids: list[UUID], permission: str) -> set[UUID]:
    """Those among some members who hold a permission."""
    rows = await tx.rows(
        "select distinct ur.user_id from user_roles ur join roles r on r.tenant_id = $1 and r.id = ur.role_id"
        " where ur.tenant_id = $1 and ur.user_id = any ($2) and $3 = any (r.permissions)",
        *(tx.tenant_id, ids, permission),
    )
    return {row["user_id"] for row in rows}


async def called(tx: Tx, names: list[str], ids: list[UUID], permission: str) -> list[Any]:
    """Active persons by what they may be called in a text (in lower case), or by id; `may`: whether they hold a permission."""
    return await tx.rows(
        "select u.id, u.name, u.email, exists (select 1 from user_roles ur join roles r on r.tenant_id = $1 and r.id = ur.role_id"
        "   where ur.tenant_id = $1 and ur.user_id = u.id and $4 = any (r.permissions)) as may"
        " from users u where u.tenant_id = $1 and u.is_active and u.kind = 'person' and (u.id = any ($3)"
        "   or array[lower(u.name), split_part(lower(u.name), ' ', 1), replace(lower(u.name), ' ', '.'),"
        "     replace(lower(u.name), ' ', '-'), replace(lower(u.name), ' ', '_'), replace(lower(u.name), ' ', ''),"
        "     lower(u.email), split_part(lower(u.email), '@', 1)] && $2::text[])",
        *(tx.tenant_id, names, ids, permission),
    )
