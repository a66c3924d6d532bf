"""SQL of `event_feeds` and of the places that events have in the order of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx

PLACE = "coalesce(pos, 9223372036854775807)"
"""An event's place where some of a stream are asked for. By this no index of places can be taken: where the planner last looked
when no event had one it takes such an index for empty, and would look for each stream's events among those of all.
"""


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


async def first_gap(tx: Tx) -> int | None:
    """The first place in the order of changes whose event is gone, or that was never given; None where there is none."""
    last = await last_position(tx)
    found = await tx.row(
        "select count(*) as given, coalesce(max(pos), 0) as highest from events where tenant_id = $1 and pos is not null",
        tx.tenant_id,
    )
    assert found is not None  # an aggregate has one row
    if found["given"] == found["highest"] == last:
        return None
    gap = await tx.value(
        "select min(place) from (select pos, row_number() over (order by pos) as place from events"
        " where tenant_id = $1 and pos is not null) n where pos <> place",
        tx.tenant_id,
    )
    return int(gap) if gap is not None else min(int(found["given"]), last) + 1


async def in_order_of_places(tx: Tx, last: int) -> AsyncIterator[list[Any]]:
    """Where every event up to a place stands in its stream (its 16 bytes), in the order of changes, batch by batch."""
    sql = "select pos, uuid_send(stream), seq, hash from events where tenant_id = $1 and pos <= $2 order by pos"
    async for rows in tx.batches(sql, tx.tenant_id, last):
        yield rows


async def went_on(tx: Tx, stream: UUID, position: int) -> bool:
    """Whether something happened in a stream after a place."""
    found: bool = await tx.value(
        f"select exists (select 1 from events where tenant_id = $1 and stream = $2 and {PLACE} > $3)",
        tx.tenant_id,
        stream,
        position,
    )
    return found


async def until(tx: Tx, stream: UUID, position: int) -> list[Any]:
    """A stream's events up to a place, in order."""
    return await tx.rows(
        f"select * from events where tenant_id = $1 and stream = $2 and {PLACE} <= $3 order by seq",
        tx.tenant_id,
        stream,
        position,
    )


async def places(tx: Tx, after: int, until: int, limit: int) -> list[Any]:
    """Events between two places, in the order of changes."""
    return await tx.rows(
        "select * from events where tenant_id = $1 and pos > $2 and pos <= $3 order by pos limit $4",
        tx.tenant_id,
        after,
        until,
        limit,
    )
