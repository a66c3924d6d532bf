"""The order of changes: events get their places when somebody reads them (docs/decisions/0025).

A sequence would number an event before its commit, and a reader would pass by whatever commits late. Here who wants to
read gives places to all that is committed by then, alone under the lock of the tenant's feed.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from tocsin.activity import rules, store
from tocsin.db.tx import Tx

BATCH = 5000
"""How many events get their places in one statement."""


async def seed(tx: Tx, tenant: Any) -> None:
    """A new tenant's feed; its first anchor is made in its first night."""
    await store.feed.add_feed(tx, rules.next_night(tx.real_now, ZoneInfo(tenant.time_zone)))


async def number(tx: Tx) -> int:
    """Give places to committed events that have none, in the order of their recording; how many, at most `BATCH`.

    The order within a stream is that of the stream. Nothing is locked where nothing is to do.
    """
    if not await store.feed.has_unnumbered(tx):
        return 0
    last = await store.feed.lock_feed(tx)
    count = await store.feed.number(tx, last, BATCH)
    if count:
        await store.feed.move_feed(tx, last + count)
    return count
