"""SQL of `events` and `event_heads`: writing the record, reading it, and going through its chains."""

from __future__ import annotations

from collections.abc import Sequence
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


async def lock_heads(tx: Tx, streams: Sequence[UUID]) -> dict[UUID, Any]:
    """The heads of those streams that have begun, locked in order until the commit."""
    rows = await tx.rows(
        "select * from event_heads where tenant_id = $1 and stream = any ($2) order by stream for update",
        tx.tenant_id,
        list(streams),
    )
    return {row["stream"]: row for row in rows}


async def move_heads(tx: Tx, moves: Sequence[tuple[UUID, int, bytes, datetime]]) -> None:
    """Set locked heads to the last of some events (stream, number, hash, when recorded)."""
    last = {move[0]: move for move in sorted(moves, key=lambda move: move[1])}
    streams, numbers, hashes, times = zip(*last.values(), strict=True)
    await tx.run(
        "update event_heads h set seq = n.seq, hash = n.hash, recorded_at = n.at"
        " from unnest($2::uuid[], $3::bigint[], $4::bytea[], $5::timestamptz[]) as n (stream, seq, hash, at)"
        " where h.tenant_id = $1 and h.stream = n.stream",
        *(tx.tenant_id, list(streams), list(numbers), list(hashes), list(times)),
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


async def story(
    tx: Tx,
    stream: UUID,
    *,
    before: int | None,
    since: int | None,
    limit: int,
    types: list[str] | None,
    without: list[str],
    facts: dict[str, Any],
    parts: list[str],
    whole: str,
) -> list[Any]:
    """A page of a stream, newest first, narrowed to some types, without others, and to those that hold some facts.

    Events of the types in `parts` are left out where the fact named by `whole` says that they belong to something else.
    """
    return await tx.rows(
        "select * from events where tenant_id = $1 and stream = $2 and ($3::bigint is null or seq < $3)"
        " and ($4::bigint is null or seq >= $4) and ($6::text[] is null or type = any ($6)) and type <> all ($7::text[])"
        " and ($8::jsonb = '{}' or facts @> $8::jsonb) and (type <> all ($9::text[]) or facts ->> $10::text is null)"
        " order by seq desc limit $5",
        *(tx.tenant_id, stream, before, since, limit, types, without, facts, parts, whole),
    )


async def tally(tx: Tx, stream: UUID, fact: str, parts: list[str], whole: str) -> list[Any]:
    """How many events of each type a stream holds, by the value of a fact; `parts` and `whole` as in `story`."""
    return await tx.rows(
        "select type, facts ->> $3::text as value, count(*) as count from events where tenant_id = $1 and stream = $2"
        " and (type <> all ($4::text[]) or facts ->> $5::text is null) group by 1, 2",
        *(tx.tenant_id, stream, fact, parts, whole),
    )


async def get_events(tx: Tx, ids: Sequence[UUID]) -> list[Any]:
    """Some events, in the order in which they were recorded."""
    return await tx.rows(
        "select * from events where tenant_id = $1 and id = any ($2) order by recorded_at, id", tx.tenant_id, list(ids)
    )


async def of_streams(tx: Tx, streams: Sequence[UUID], types: Sequence[str]) -> list[Any]:
    """The events of some types in some streams, stream by stream, each in its order; no texts."""
    return await tx.rows(
        "select stream, type, actor_id, at, source, facts, recorded_at from events"
        " where tenant_id = $1 and stream = any ($2) and type = any ($3) order by stream, seq",
        *(tx.tenant_id, list(streams), list(types)),
    )


async def browse(
    tx: Tx,
    *,
    before: UUID | None,
    first: UUID | None,
    types: list[str] | None,
    actor_id: UUID | None,
    stream: UUID | None,
    limit: int,
) -> list[Any]:
    """A page of all the tenant's events, newest first: those with ids below `before`, and from `first` on.

    Only what is asked for is said, and planned for its very values: rare ones are read through an index of theirs, common ones
    found by walking back through the record.
    """
    args: list[Any] = [tx.tenant_id]
    parts = ["tenant_id = $1"]
    for condition, value in (
        ("id < ${}", before),
        ("id >= ${}", first),
        ("type = any (${})", types),
        ("actor_id = ${}", actor_id),
        ("stream = ${}", stream),
    ):
        if value is not None:
            args.append(value)
            parts.append(condition.format(len(args)))
    await tx.plan("custom")
    return await tx.rows(f"select * from events where {' and '.join(parts)} order by id desc limit {limit:d}", *args)


async def chain(tx: Tx, stream: str, seq: int, limit: int) -> list[Any]:
    """Events stream by stream in order, from a number of a stream on, each with its stream's head (null: none).

    Ids, times and JSON are texts, as the hashes take them: objects of them would cost more than all the hashing. One statement,
    so one moment: what is written meanwhile looks like no broken chain.
    """
    return await tx.rows(
        "select e.stream::text, e.seq, e.hash, h.seq as head_seq, h.hash as head_hash, e.id::text, e.type,"
        " e.incident_id::text, e.actor_id::text, e.at::text, e.source, e.facts::text, e.commitments::text, e.data::text"
        " from events e left join event_heads h on h.tenant_id = $1 and h.stream = e.stream and h.stream >= $2"
        " where e.tenant_id = $1 and (e.stream, e.seq) >= ($2, $3) order by e.stream, e.seq limit $4",
        tx.tenant_id,
        stream,
        seq,
        limit,
    )


async def bare_head(tx: Tx, after: str, until: str) -> Any:
    """The first stream behind `after`, up to `until`, that has a head and no event; None for none."""
    return await tx.row(
        "select h.stream::text, h.seq from event_heads h where h.tenant_id = $1 and h.stream > $2"
        " and h.stream <= $3"
        " and not exists (select 1 from events e where e.tenant_id = $1 and e.stream = h.stream)"
        " order by h.stream limit 1",
        tx.tenant_id,
        after,
        until,
    )


async def count(tx: Tx) -> int:
    """How many events the heads say there are."""
    found: int = await tx.value(
        "select coalesce(sum(seq), 0)::bigint from event_heads where tenant_id = $1", tx.tenant_id
    )
    return found


async def freeze(tx: Tx) -> None:
    """Show the whole transaction one and the same moment: what is written meanwhile must not look like a broken chain."""
    await tx.run("set transaction isolation level repeatable read, read only")


async def tenant_id(tx: Tx, slug: str) -> UUID | None:
    """The tenant of a slug, or None."""
    found: UUID | None = await tx.value("select id from tenants where slug = $1", slug)
    return found


DUE = """
select e.tenant_id, e.id, e.recorded_at as due_at from events e join tenants t on t.id = e.tenant_id
where e.pending <> '{}' and e.recorded_at < $1::timestamptz - interval '5 seconds' and t.state = 'active' and t.kind = 'live'
order by e.recorded_at, e.tenant_id, e.id limit $2
"""

NEXT_DUE = "select id, recorded_at as due_at from events where tenant_id = $1 and pending <> '{}' order by recorded_at, id limit $2"
