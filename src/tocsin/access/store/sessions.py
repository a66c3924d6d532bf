"""SQL of `sessions`: browsers that are logged in. Their times are real time, in sandboxes too."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx


async def insert(
    tx: Tx,
    session_id: UUID,
    *,
    secret_hash: bytes,
    csrf_token: str,
    user_id: UUID,
    address: str | None,
    user_agent: str | None,
    expires_at: datetime,
) -> None:
    """Begin a session."""
    await tx.run(
        "insert into sessions (tenant_id, id, secret_hash, csrf_token, user_id, address, user_agent, created_at,"
        " last_seen_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
        *(tx.tenant_id, session_id, secret_hash, csrf_token, user_id, address, user_agent, tx.real_now, expires_at),
    )


async def of_member(tx: Tx, user_id: UUID) -> list[Any]:
    """A member's sessions that still work, the last used first."""
    return await tx.rows(
        "select id, created_at, last_seen_at, expires_at, address, user_agent from sessions"
        " where tenant_id = $1 and user_id = $2 and expires_at > $3 order by last_seen_at desc, id",
        tx.tenant_id,
        user_id,
        tx.real_now,
    )


async def csrf_token(tx: Tx, session_id: UUID) -> str | None:
    """A session's token against forged requests."""
    sql = "select csrf_token from sessions where tenant_id = $1 and id = $2"
    found: str | None = await tx.value(sql, tx.tenant_id, session_id)
    return found


async def end(tx: Tx, user_id: UUID, session_id: UUID) -> bool:
    """End one of a member's sessions; False when there is none."""
    sql = "delete from sessions where tenant_id = $1 and user_id = $2 and id = $3"
    return await tx.run(sql, tx.tenant_id, user_id, session_id) == 1


async def end_all(tx: Tx, user_id: UUID, besides: UUID | None = None) -> int:
    """End a member's sessions, but one; how many."""
    sql = "delete from sessions where tenant_id = $1 and user_id = $2 and ($3::uuid is null or id <> $3)"
    return await tx.run(sql, tx.tenant_id, user_id, besides)


async def forget_expired(tx: Tx, user_id: UUID) -> int:
    """Drop a member's sessions that ended by themselves; how many."""
    sql = "delete from sessions where tenant_id = $1 and user_id = $2 and expires_at <= $3"
    return await tx.run(sql, tx.tenant_id, user_id, tx.real_now)
