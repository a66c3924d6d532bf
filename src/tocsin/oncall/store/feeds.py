"""SQL of `oncall_feeds`: secrets of calendar addresses, as hashes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.base.ids import new_id
from tocsin.db.tx import Tx


async def put(tx: Tx, user_id: UUID, schedule_id: UUID | None, secret_hash: bytes) -> None:
    """Give a person an address for a schedule (None: for all their watches); one from before is void from now on."""
    await tx.run(
        "insert into oncall_feeds (tenant_id, id, user_id, schedule_id, secret_hash, created_at) values ($1, $2, $3, $4, $5, $6)"
        " on conflict (tenant_id, user_id, schedule_id) do update set secret_hash = $5, created_at = $6",
        *(tx.tenant_id, new_id(), user_id, schedule_id, secret_hash, tx.now),
    )


async def delete(tx: Tx, user_id: UUID, schedule_id: UUID | None) -> bool:
    """Make an address void; False when there was none."""
    sql = "delete from oncall_feeds where tenant_id = $1 and user_id = $2 and schedule_id is not distinct from $3::uuid"
    return await tx.run(sql, tx.tenant_id, user_id, schedule_id) == 1


async def find(tx: Tx, secret_hash: bytes) -> Any:
    """Whose address a secret opens, with the rights that their roles give; None for none or somebody inactive."""
    return await tx.row(
        "select f.user_id, f.schedule_id, u.name, u.time_zone, n.state, n.disabled_modules,"
        " (select coalesce(array_agg(distinct p), '{}') from user_roles ur"
        "   join roles r on r.tenant_id = $1 and r.id = ur.role_id cross join unnest(r.permissions) p"
        "   where ur.tenant_id = $1 and ur.user_id = f.user_id) as held"
        " from oncall_feeds f join users u on u.tenant_id = $1 and u.id = f.user_id and u.is_active"
        " join tenants n on n.id = $1 where f.tenant_id = $1 and f.secret_hash = $2",
        *(tx.tenant_id, secret_hash),
    )
