"""SQL of `idempotency_keys` and `rate_counters`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx


async def claim_key(tx: Tx, actor_id: UUID, key: str, request_hash: bytes) -> bool:
    """Take an idempotency key for this request; waits for a twin in flight. False when it was used in the last 24 hours."""
    return (
        await tx.run(
            "insert into idempotency_keys as k (tenant_id, actor_id, key, request_hash, created_at)"
            " values ($1, $2, $3, $4, $5)"
            " on conflict (tenant_id, actor_id, key) do update"
            " set request_hash = excluded.request_hash, created_at = excluded.created_at, status = null, headers = null, body = null"
            " where k.tenant_id = $1 and k.created_at < $6",
            tx.tenant_id,
            actor_id,
            key,
            request_hash,
            tx.real_now,
            tx.real_now - timedelta(hours=24),
        )
        == 1
    )


async def get_answer(tx: Tx, actor_id: UUID, key: str) -> Any:
    """The request and the answer kept under a key."""
    return await tx.row(
        "select request_hash, status, headers, body from idempotency_keys where tenant_id = $1 and actor_id = $2 and key = $3",
        tx.tenant_id,
        actor_id,
        key,
    )


async def keep_answer(tx: Tx, actor_id: UUID, key: str, status: int, headers: dict[str, str], body: bytes) -> None:
    """Keep the answer of a request under its key."""
    await tx.run(
        "update idempotency_keys set status = $4, headers = $5, body = $6 where tenant_id = $1 and actor_id = $2 and key = $3",
        tx.tenant_id,
        actor_id,
        key,
        status,
        headers,
        body,
    )


async def count_hit(tx: Tx, key: bytes, window_start: datetime) -> int:
    """Count one more hit in a window; the hits so far."""
    hits = await tx.value(
        "insert into rate_counters as c (key, window_start, hits) values ($1, $2, 1)"
        " on conflict (key, window_start) do update set hits = c.hits + 1 returning hits",
        key,
        window_start,
    )
    return int(hits)


async def read_hits(tx: Tx, key: bytes, window_start: datetime) -> int:
    """The hits of a window so far."""
    return int(
        await tx.value("select hits from rate_counters where key = $1 and window_start = $2", key, window_start) or 0
    )


async def forget_hits(tx: Tx, before: datetime) -> int:
    """Drop windows that ended long ago."""
    return await tx.run("delete from rate_counters where window_start < $1", before)


async def forget_answers(tx: Tx, before: datetime) -> int:
    """Drop the tenant's keys, and the answers kept under them, that are older."""
    return await tx.run("delete from idempotency_keys where tenant_id = $1 and created_at < $2", tx.tenant_id, before)
