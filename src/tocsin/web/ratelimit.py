"""Fixed-window counters in the database, so that a limit holds across every process."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from tocsin.base.errors import RateLimited
from tocsin.db.tx import Database
from tocsin.web import store

WINDOW = timedelta(minutes=1)


def _window(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def _key(parts: tuple[str, ...]) -> bytes:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).digest()


async def hit(database: Database, *parts: str, limit: int) -> None:
    """Count a request under a name. Raises `RateLimited` from the one after `limit` in a minute on.

    Counted in a transaction of its own: a request that fails counts too.
    """
    async with database.globally() as tx:
        hits = await store.count_hit(tx, _key(parts), _window(tx.real_now))
        _refuse(hits > limit, tx.real_now)


async def check(database: Database, *parts: str, limit: int) -> None:
    """Raises `RateLimited` when `limit` hits are already counted; counts nothing."""
    async with database.globally() as tx:
        hits = await store.read_hits(tx, _key(parts), _window(tx.real_now))
        _refuse(hits >= limit, tx.real_now)


def _refuse(over: bool, now: datetime) -> None:
    if over:
        wait = int((_window(now) + WINDOW - now).total_seconds()) + 1
        raise RateLimited("Too many requests; try again in {wait} seconds.", wait, wait=wait)
