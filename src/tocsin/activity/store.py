"""SQL of `events`, `event_heads`, `event_feeds` and `audit_anchors`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

_COLUMNS = "tenant_id, id, stream, seq, type, incident_id, actor_id, at, source, facts, commitments, data, hash, pending, recorded_at"
_WIDTH = 15
_INSERTS: dict[int, str] = {}


async def lock_head(tx: Tx, stream: UUID) -> Any:
    """The last number, hash and time of recording of a stream, locked until the commit; None for a new stream."""
    return await tx.row(
        "select seq, hash, recorded_at from event_heads where tenant_id = $1 and stream = $2 for update",
        tx.tenant_id,
        stream,
    )


async def insert_head(tx: Tx, stream: UUID, seq: int, hash_: bytes, recorded_at: datetime) -> bool:
    """Begin a stream; False when somebody began it at the same moment."""
    return (
        await tx.run(
            "insert into event_heads (tenant_id, stream, seq, hash, recorded_at) values ($1, $2, $3, $4, $5)"
            " on conflict do nothing",
            tx.tenant_id,
            stream,
            seq,
            hash_,
            recorded_at,
        )
        == 1
    )


async def move_head(tx: Tx, stream: UUID, seq: int, hash_: bytes, recorded_at: datetime) -> None:
    """Set the last number, hash and time of a stream whose head this transaction has locked."""
    await tx.run(
        "update event_heads set seq = $3, hash = $4, recorded_at = $5 where tenant_id = $1 and stream = $2",
        tx.tenant_id,
        stream,
        seq,
        hash_,
        recorded_at,
    )


async def insert_events(tx: Tx, rows: Sequence[Sequence[Any]]) -> None:
    """Append events (tuples in the order of the columns); up to eight in one statement."""
    for start in range(0, len(rows), 8):
        chunk = rows[start : start + 8]
        sql = _INSERTS.get(len(chunk)) or _INSERTS.setdefault(len(chunk), _insert_sql(len(chunk)))
        await tx.run(sql, *(value for row in chunk for value in row))


def _insert_sql(count: int) -> str:
    rows = (", ".join(f"${r * _WIDTH + c + 1}" for c in range(_WIDTH)) for r in range(count))
    return f"insert into events ({_COLUMNS}) values " + ", ".join(f"({row})" for row in rows)


async def finish(tx: Tx, event_id: UUID, handler: str) -> bool:
    """Strike a handler off an event's list; False when it has run before. This is what makes a handler run once."""
    return (
        await tx.run(
            "update events set pending = array_remove(pending, $3)"
            " where tenant_id = $1 and id = $2 and $3 = any (pending)",
            tx.tenant_id,
            event_id,
            handler,
        )
        == 1
    )


async def get_event(tx: Tx, event_id: UUID) -> Any:
    """One event, or None."""
    return await tx.row("select * from events where tenant_id = $1 and id = $2", tx.tenant_id, event_id)


async def page(
    tx: Tx, stream: UUID, *, before: int | None, after: int | None, limit: int, types: list[str] | None
) -> list[Any]:
    """A page of a stream, newest first (`before` a number) or oldest first (`after` one)."""
    order = "asc" if after is not None else "desc"
    return await tx.rows(
        "select * from events where tenant_id = $1 and stream = $2 and ($3::bigint is null or seq < $3)"
        " and ($4::bigint is null or seq > $4) and ($6::text[] is null or type = any ($6))"
        f" order by seq {order} limit $5",
        tx.tenant_id,
        stream,
        before,
        after,
        limit,
        types,
    )


async def between(tx: Tx, since: datetime, until: datetime, limit: int) -> list[Any]:
    """What was recorded in an interval, oldest first, of all streams."""
    return await tx.rows(
        "select * from events where tenant_id = $1 and recorded_at >= $2 and recorded_at < $3 order by recorded_at, id limit $4",
        tx.tenant_id,
        since,
        until,
        limit,
    )


async def freeze(tx: Tx) -> None:
    """Show the whole transaction one and the same moment: what is written meanwhile must not look like a broken chain."""
    await tx.run("set transaction isolation level repeatable read, read only")


async def tenant_id(tx: Tx, slug: str) -> UUID | None:
    """The tenant of a slug, or None."""
    found: UUID | None = await tx.value("select id from tenants where slug = $1", slug)
    return found


async def heads(tx: Tx) -> list[Any]:
    """All heads of the tenant, and streams that have events but no head (seq null)."""
    return await tx.rows(
        "select coalesce(h.stream, e.stream) as stream, h.seq, h.hash from event_heads h"
        " full join (select distinct tenant_id, stream from events where tenant_id = $1) e"
        " on e.tenant_id = h.tenant_id and e.stream = h.stream"
        " where coalesce(h.tenant_id, e.tenant_id) = $1 order by 1",
        tx.tenant_id,
    )


async def streams_in_order(tx: Tx) -> AsyncIterator[Any]:
    """Every event of the tenant, stream by stream in order, through a server-side cursor."""
    async for row in tx.conn.cursor(
        "select * from events where tenant_id = $1 order by stream, seq", tx.tenant_id, prefetch=1000
    ):
        yield row


DUE = """
select e.tenant_id, e.id, e.recorded_at as due_at from events e join tenants t on t.id = e.tenant_id
where e.pending <> '{}' and e.recorded_at < $1::timestamptz - interval '5 seconds' and t.state = 'active' and t.kind = 'live'
order by e.recorded_at, e.tenant_id, e.id limit $2
"""

NEXT_DUE = "select id, recorded_at as due_at from events where tenant_id = $1 and pending <> '{}' order by recorded_at, id limit 1"


# ------------------------------------------------------------------------------------------- the order of changes


async def has_unnumbered(tx: Tx) -> bool:
    """Whether an event has no place yet in the order of changes."""
    found: bool = await tx.value(
        "select exists (select 1 from events where tenant_id = $1 and pos is null)", tx.tenant_id
    )
    return found


async def add_feed(tx: Tx, next_anchor_at: datetime) -> None:
    """Begin a tenant's order of changes."""
    await tx.run(
        "insert into event_feeds (tenant_id, next_anchor_at) values ($1, $2) on conflict do nothing",
        tx.tenant_id,
        next_anchor_at,
    )


async def lock_feed(tx: Tx) -> int:
    """The last place given to an event, locked until the commit: who numbers does so alone."""
    found: int = await tx.value("select last_pos from event_feeds where tenant_id = $1 for update", tx.tenant_id)
    return found


async def number(tx: Tx, last: int, limit: int) -> int:
    """Give the places after `last` to events without one; how many. A statement of its own after the lock, so that it
    sees what the holder before has numbered.
    """
    return await tx.run(
        "update events e set pos = $2 + n.place from (select id, row_number() over (order by recorded_at, seq, id) as place"
        " from events where tenant_id = $1 and pos is null order by recorded_at, seq, id limit $3) n"
        " where e.tenant_id = $1 and e.id = n.id",
        tx.tenant_id,
        last,
        limit,
    )


async def move_feed(tx: Tx, last: int) -> None:
    """Remember the last place given."""
    await tx.run("update event_feeds set last_pos = $2 where tenant_id = $1", tx.tenant_id, last)


async def last_position(tx: Tx) -> int:
    """The last place given to an event; 0 for none."""
    found: int = await tx.value("select last_pos from event_feeds where tenant_id = $1", tx.tenant_id)
    return found
