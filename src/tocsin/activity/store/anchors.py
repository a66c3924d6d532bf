"""SQL of `audit_anchors`, and of when the next one is made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from tocsin.activity.rules import Anchor
from tocsin.activity.store.feed import PLACE
from tocsin.db.tx import Tx


async def time_zone(tx: Tx) -> str:
    """The tenant's zone."""
    found: str = await tx.value("select time_zone from tenants where id = $1", tx.tenant_id)
    return found


async def take(tx: Tx, now: datetime, until: datetime) -> bool:
    """Take on the anchoring that is due, until a time; False when it is not due any more, or somebody else is at it."""
    row = await tx.row(
        "select 1 from event_feeds where tenant_id = $1 and next_anchor_at <= $2 for update skip locked",
        tx.tenant_id,
        now,
    )
    if row is None:
        return False
    await set_next(tx, until)
    return True


async def set_next(tx: Tx, at: datetime) -> None:
    """When the heads are anchored next."""
    await tx.run("update event_feeds set next_anchor_at = $2 where tenant_id = $1", tx.tenant_id, at)


async def heads_at(tx: Tx, position: int) -> AsyncIterator[list[Any]]:
    """The heads as they were after the events up to a place, by stream, batch by batch.

    Most stand in `event_heads`; of the streams that went on since then the last event by then is looked up.
    """
    sql = (
        "with moved as materialized (select stream from events where tenant_id = $1 and pos is null"
        " union select stream from events where tenant_id = $1 and pos > $2)"
        " select stream, seq, hash from (select h.stream, h.seq, h.hash from event_heads h where h.tenant_id = $1"
        " and not exists (select 1 from moved m where m.stream = h.stream) union all"
        " select m.stream, e.seq, e.hash from moved m cross join lateral (select seq, hash from events"
        f" where tenant_id = $1 and stream = m.stream and {PLACE} <= $2 order by seq desc limit 1) e) heads order by stream"
    )
    # Just after many events were added the planner does not know of them: it would compare each head with each
    await tx.run("SET LOCAL enable_nestloop = off")
    async for rows in tx.batches(sql, tx.tenant_id, position):
        yield rows
    await tx.run("SET LOCAL enable_nestloop = on")


async def every(tx: Tx) -> list[Any]:
    """All anchors of the tenant, the first first."""
    return await tx.rows("select * from audit_anchors where tenant_id = $1 order by number", tx.tenant_id)


async def newest(tx: Tx, before: int | None, limit: int) -> list[Any]:
    """A page of anchors, newest first."""
    return await tx.rows(
        "select * from audit_anchors where tenant_id = $1 and ($2::bigint is null or number < $2)"
        " order by number desc limit $3",
        tx.tenant_id,
        before,
        limit,
    )


async def insert(tx: Tx, anchor: Anchor) -> bool:
    """Keep an anchor; False when somebody made the one of this number at the same moment."""
    return (
        await tx.run(
            "insert into audit_anchors (tenant_id, number, at, position, size, root, previous, key_id, signature)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
            *(tx.tenant_id, anchor.number, anchor.at, anchor.position, anchor.size, anchor.root),
            *(anchor.previous, anchor.key_id, anchor.signature),
        )
        == 1
    )


DUE = """
select f.tenant_id, f.tenant_id as id, f.next_anchor_at as due_at from event_feeds f join tenants t on t.id = f.tenant_id
where f.next_anchor_at <= $1 and t.state = 'active' and t.kind = 'live' order by f.next_anchor_at, f.tenant_id limit $2
"""

NEXT_DUE = "select tenant_id as id, next_anchor_at as due_at from event_feeds where tenant_id = $1"
