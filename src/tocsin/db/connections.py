"""Taking connections from a pool and giving them back, with as few round trips as there can be.

A transaction that only read has nothing to make durable, so nobody waits for its end: its connection is *parked* with
the transaction still open. The next taker ends it in the round trip that begins its own; a reader of the very same
tenant goes on in it (each statement of READ COMMITTED sees what is committed by then), until it is `OLDEST_SECONDS` old:
its locks must not keep a migration waiting. Connections that nobody takes are ended and given back within
`PARKED_SECONDS`. What a transaction was pinned to (SET LOCAL) ends with it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    from asyncpg import Pool
    from asyncpg.pool import PoolConnectionProxy

PATIENCE_SECONDS = 5.0
"""How long a request waits for a connection before it is told to come back."""
PARKED_SECONDS = 0.02
OLDEST_SECONDS = 0.5
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What using a connection raises that the server has ended (the third: it noticed only now)."""


def drop(conn: PoolConnectionProxy[Any]) -> None:
    """Close a connection without a word; the pool may have noticed already and let go of it."""
    with suppress(asyncpg.InterfaceError):
        conn.terminate()


def is_lost(conn: PoolConnectionProxy[Any]) -> bool:
    """Whether a connection is closed; the pool may have noticed and taken it back already."""
    try:
        return bool(conn.is_closed())
    except asyncpg.InterfaceError:
        return True


@dataclass(frozen=True, slots=True)
class Held:
    """A connection with its open transaction: how that began, and when (monotonic seconds)."""

    conn: PoolConnectionProxy[Any]
    begin: str
    begun_at: float


class Connections:
    """The connections of one pool. Everything runs in one event loop."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._parked: deque[tuple[float, Held]] = deque()
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None
        self._tidying: asyncio.Task[None] | None = None

    async def take(self, begin: str, *, reads: bool = False) -> Held:
        """A connection on which `begin` has run. Raises `TimeoutError` when none is free for five seconds."""
        if reads and (open_still := self._find(begin)) is not None:
            return open_still
        while self._parked:
            conn = self._parked.pop()[1].conn
            try:
                await conn.execute(f"COMMIT; {begin}")
            except LOST:  # the server ended it meanwhile; it held nothing
                drop(conn)
                await self.pool.release(conn)
            except BaseException:
                await self.pool.release(conn)
                raise
            else:
                return Held(conn, begin, time.monotonic())
        conn = await self._acquire()
        try:
            await conn.execute(begin)
        except BaseException:
            await self.pool.release(conn)
            raise
        return Held(conn, begin, time.monotonic())

    def _find(self, begin: str) -> Held | None:
        """A parked transaction that began with the same words and is young enough to go on in."""
        youngest = time.monotonic() - OLDEST_SECONDS
        for index in range(len(self._parked) - 1, -1, -1):
            held = self._parked[index][1]
            if held.begin == begin and held.begun_at > youngest and not is_lost(held.conn):
                del self._parked[index]
                return held
        return None

    async def _acquire(self) -> PoolConnectionProxy[Any]:
        if self.pool.get_idle_size() > 0:  # at once: no timer is needed
            return await self.pool.acquire()
        self._waiting += 1
        try:
            return await self.pool.acquire(timeout=PATIENCE_SECONDS)
        finally:
            self._waiting -= 1

    async def give_back(self, conn: PoolConnectionProxy[Any]) -> None:
        """Return a connection whose transaction is over."""
        await self.pool.release(conn)

    async def park(self, held: Held, *, reusable: bool) -> None:
        """Put away a connection whose transaction only read and is still open; a reader may go on in a reusable one."""
        if self._waiting:
            await self._end(held.conn)
            return
        self._parked.append((time.monotonic(), held if reusable else Held(held.conn, "", held.begun_at)))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PARKED_SECONDS, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._parked:
            self._tidying = asyncio.create_task(self._tidy())

    async def _tidy(self) -> None:
        oldest = time.monotonic() - PARKED_SECONDS
        while self._parked and (self._waiting or self._parked[0][0] <= oldest):
            await self._end(self._parked.popleft()[1].conn)
        if self._parked and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PARKED_SECONDS, self._look)

    async def _end(self, conn: PoolConnectionProxy[Any]) -> None:
        try:
            if not conn.is_closed():
                await conn.execute("COMMIT")
        except (asyncpg.PostgresError, *LOST):
            drop(conn)  # it only read: nothing is lost, and the pool opens another
        finally:
            await self.pool.release(conn)

    async def close(self) -> None:
        """End what is parked and close the pool once every connection is back."""
        if self._timer is not None:
            self._timer.cancel()
        while self._parked:
            await self._end(self._parked.popleft()[1].conn)
        await self.pool.close()
