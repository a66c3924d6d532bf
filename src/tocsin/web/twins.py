"""Requests under one Idempotency-Key at the same time: the first works, its twins wait for its answer.

They wait here, before they take a connection of the database: twins of a slow request would else hold them all. Those of
other processes wait in the database, for the row of the key (`store.claim_key`): one a process at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

from tocsin.base.errors import N_, Refused

WAIT_SECONDS = 20.0
"""How long a twin waits: shorter than a request may take."""
STILL_RUNNING = N_("A request with this Idempotency-Key is still running; ask again in a moment.")


class Twins:
    """The keys at work in this process, and who waits for each."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[asyncio.Lock, list[None]]] = {}

    @asynccontextmanager
    async def turn(self, mark: Hashable) -> AsyncIterator[None]:
        """One's turn among the requests of a mark. Raises `Refused` when it does not come in time."""
        lock, holders = self._locks.setdefault(mark, (asyncio.Lock(), []))
        holders.append(None)
        try:
            try:
                async with asyncio.timeout(WAIT_SECONDS):
                    await lock.acquire()
            except TimeoutError:
                raise Refused(STILL_RUNNING) from None
            try:
                yield
            finally:
                lock.release()
        finally:
            holders.pop()
            if not holders:
                del self._locks[mark]
