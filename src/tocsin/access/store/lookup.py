"""SQL for finding people and teams by a part of their name."""

from __future__ import annotations

from typing import Any

from tocsin.db.tx import Tx


async def people_and_teams(tx: Tx, like: str, limit: int) -> list[Any]:
    """Active persons (`kind` user) and teams whose name is like a pattern, by name; a few of each."""
    return await tx.rows(
        "(select 'user' as kind, u.id, u.name from users u where u.tenant_id = $1 and u.is_active and u.kind = 'person'"
        "  and (u.name ilike $2 or u.email ilike $2) order by u.name, u.id limit $3)"
        " union all"
        " (select 'team', t.id, t.name from teams t where t.tenant_id = $1 and t.is_active"
        "  and (t.name ilike $2 or t.slug ilike $2) order by t.name, t.id limit $3)",
        *(tx.tenant_id, like, limit),
    )
