"""SQL of `api_tokens`. The secret itself is nowhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_SHAPE = """
select t.id, t.name, t.user_id, u.name as user_name, u.kind as user_kind, r.slug as role, t.permissions, t.expires_at,
  t.last_used_at, t.revoked_at, t.created_by_id, t.created_at
from api_tokens t
join users u on u.tenant_id = $1 and u.id = t.user_id
left join roles r on r.tenant_id = $1 and r.id = t.role_id
where t.tenant_id = $1
"""


async def page(tx: Tx, *, user_id: UUID | None, revoked: bool | None, before: UUID | None, limit: int) -> list[Any]:
    """A page of tokens, newest first; of one member when `user_id` is given."""
    return await tx.rows(
        f"{_SHAPE} and ($2::uuid is null or t.user_id = $2) and ($3::boolean is null or (t.revoked_at is not null) = $3)"
        " and ($4::uuid is null or t.id < $4) order by t.id desc limit $5",
        tx.tenant_id,
        user_id,
        revoked,
        before,
        limit,
    )


async def get(tx: Tx, token_id: UUID) -> Any:
    """A token as shown, or None."""
    return await tx.row(f"{_SHAPE} and t.id = $2", tx.tenant_id, token_id)


async def insert(tx: Tx, token_id: UUID, values: dict[str, Any]) -> None:
    """Add a token. Column names come from the code, never from a client."""
    columns = ["tenant_id", "id", *values, "created_at"]
    marks = ", ".join(f"${n + 1}" for n in range(len(columns)))
    sql = f"insert into api_tokens ({', '.join(columns)}) values ({marks})"
    await tx.run(sql, tx.tenant_id, token_id, *values.values(), tx.real_now)


async def revoke(tx: Tx, token_id: UUID) -> bool:
    """End a token (real time); False when it is revoked already."""
    sql = "update api_tokens set revoked_at = $3 where tenant_id = $1 and id = $2 and revoked_at is null"
    return await tx.run(sql, tx.tenant_id, token_id, tx.real_now) == 1
