"""Timers are rows: each sweep lists what is due across tenants and handles every row inside its tenant.

Fair by tenant: a backlog is taken in turns, one row of each tenant after the other. A row that fails rests for a while,
longer each time, and holds up nobody.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from tocsin.base.manifest import Sweep
from tocsin.base.settings import Settings
from tocsin.db.tx import Database, Tx

log = structlog.get_logger()

TICK_SECONDS = 1.0
LIMIT = 500
TOGETHER = 25
"""So many rows of a tenant share a transaction, where a sweep can."""
BACKLOG_LIMIT = 20_000
"""How far a listing looks when more than `LIMIT` rows are due, so that nobody waits behind one tenant's thousands."""
BEHIND = 20
"""With more rows than this waiting a sweep is behind."""
BREATH_SECONDS = 0.02
"""While timers are behind, what gives way to them pauses this long after each row or job."""
REST_SECONDS = 1.0
"""A row that was just handled is left alone this long, should it still be listed."""
FIRST_PENALTY_SECONDS, LONGEST_PENALTY_SECONDS = 5.0, 300.0

Admit = Callable[[Tx, str], Awaitable[bool]]
"""Pins the tenant to the transaction; tells whether a module may work in it now."""
Key = tuple[UUID, UUID]

AWAY = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.OperatorInterventionError,
    TimeoutError,
)
"""What a database that is away, restarting or overloaded makes of any statement."""


def in_turns(keys: Iterable[Key], together: int = 1) -> list[list[Key]]:
    """The keys so that tenants take turns, each with so many at a time; the order within each tenant stays."""
    by_tenant: dict[UUID, list[Key]] = {}
    for key in keys:
        by_tenant.setdefault(key[0], []).append(key)
    queues = [deque(found[n : n + together] for n in range(0, len(found), together)) for found in by_tenant.values()]
    ordered: list[list[Key]] = []
    while queues:
        ordered.extend(queue.popleft() for queue in queues)
        queues = [queue for queue in queues if queue]
    return ordered


class Sweeper:
    """One sweep at work. `sweeper` is the pool of the role that lists, `database` that of the application; `hurried` tells
    whether timers of any sweep are behind.
    """

    def __init__(
        self,
        sweep: Sweep,
        database: Database,
        sweeper: Database,
        settings: Settings,
        admit: Admit,
        hurried: Callable[[], bool] = lambda: False,
    ) -> None:
        self.sweep = sweep
        self._hurried = hurried
        self._database = database
        self._sweeper = sweeper
        self._settings = settings
        self._admit = admit
        self._backlog: deque[list[Key]] = deque()
        self._waiting = 0
        self._running: set[Key] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._resting: dict[Key, tuple[float, int]] = {}
        self._changed = asyncio.Event()
        self._stopping = False
        self._stale = True
        self._listed_at = 0.0
        self._more = False

    @property
    def is_behind(self) -> bool:
        """Whether timers wait here: then whatever only follows up on timers gives way."""
        return not self.sweep.yields and self._waiting > BEHIND

    def _gives_way(self) -> bool:
        return self.sweep.yields and self._hurried()

    def wake(self) -> None:
        """Look at once instead of at the next tick."""
        self._stale = True
        self._changed.set()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is running has ended."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Sweep until stopped."""
        try:
            while not self._stopping:
                self._changed.clear()
                await self._look()
                self._begin()
                pause = max(0.01, TICK_SECONDS - (time.monotonic() - self._listed_at))
                await _wait(self._changed, pause)
            if self._tasks:
                await asyncio.wait(list(self._tasks))
        finally:
            for task in self._tasks:
                task.cancel()

    async def _look(self) -> None:
        """List what is due, when the last list is too old, used up, or somebody woke us."""
        now = time.monotonic()
        if not (self._stale or now - self._listed_at >= TICK_SECONDS or (self._more and not self._backlog)):
            return
        if self._backlog and self._gives_way():  # a long list is not asked for again and again
            return
        self._stale, self._listed_at = False, now
        self._resting = {key: rest for key, rest in self._resting.items() if rest[0] > now or rest[1]}
        for key in [key for key, (until, _) in self._resting.items() if now - until > LONGEST_PENALTY_SECONDS]:
            del self._resting[key]
        try:
            keys = await self._list()
        except (*AWAY, asyncpg.PostgresError) as error:
            log.warning("cannot list what is due", sweep=self.sweep.name, error=type(error).__name__, detail=str(error))
            return
        self._backlog = deque(self._in_turns([key for key in keys if self._may_begin(key, now)]))
        self._waiting = sum(map(len, self._backlog))

    def _in_turns(self, keys: list[Key]) -> list[list[Key]]:
        """What is handled together: a row that has failed is handled alone."""
        if self.sweep.handle_many is None:
            return in_turns(keys)
        alone = {key for key in keys if self._resting.get(key, (0.0, 0))[1]}
        return in_turns([key for key in keys if key not in alone], TOGETHER) + in_turns(alone)

    async def _list(self) -> list[Key]:
        now, limit = self._sweeper.clock(), LIMIT + len(self._resting) + len(self._running)
        rows: Sequence[Any] = await self._sweeper.pool.fetch(self.sweep.due, now, limit)
        self._more = len(rows) == limit
        if self._more:
            rows = await self._sweeper.pool.fetch(self.sweep.due, now, limit + BACKLOG_LIMIT)
        return [(row["tenant_id"], row["id"]) for row in rows]

    def _may_begin(self, key: Key, now: float) -> bool:
        return key not in self._running and self._resting.get(key, (0.0, 0))[0] <= now

    def _begin(self) -> None:
        at_once = 1 if self._gives_way() else self.sweep.concurrency
        while self._backlog and len(self._tasks) < at_once:
            found = self._backlog.popleft()
            self._waiting -= len(found)
            keys = [key for key in found if key not in self._running]
            if keys:
                self._running.update(keys)
                task = asyncio.create_task(self._handle(keys))
                self._tasks.add(task)
                task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()

    async def _handle(self, keys: list[Key]) -> None:
        """Handle some rows of one tenant together; should that fail, each alone, so that one holds up no other."""
        try:
            if len(keys) == 1 or not await self._succeeds_together(keys):
                for key in keys:
                    await self._handle_one(key)
            if self._gives_way():
                await asyncio.sleep(BREATH_SECONDS)
        finally:
            self._running.difference_update(keys)

    async def _succeeds_together(self, keys: list[Key]) -> bool:
        try:
            await self._act(keys[0][0], [row_id for _, row_id in keys])
        except AWAY as error:
            log.warning("the database is away", sweep=self.sweep.name, error=type(error).__name__)
        except Exception:  # each is tried alone then
            log.exception("some due rows failed together", sweep=self.sweep.name, rows=len(keys))
            return False
        for key in keys:
            self._rest(key, REST_SECONDS, 0)
        return True

    async def _handle_one(self, key: Key) -> None:
        failures = self._resting.get(key, (0.0, 0))[1]
        rest = REST_SECONDS
        try:
            await self._act(key[0], [key[1]])
            failures = 0
        except AWAY as error:
            log.warning("the database is away", sweep=self.sweep.name, error=type(error).__name__)
        except Exception:  # one bad row must not hold up the others
            failures += 1
            rest = min(FIRST_PENALTY_SECONDS * 2 ** (failures - 1), LONGEST_PENALTY_SECONDS)
            log.exception(
                "a due row failed",
                sweep=self.sweep.name,
                tenant=str(key[0]),
                id=str(key[1]),
                failures=failures,
                again_in_seconds=rest,
            )
        finally:
            self._rest(key, rest, failures)

    def _rest(self, key: Key, seconds: float, failures: int) -> None:
        self._resting[key] = (time.monotonic() + seconds, failures)

    async def _act(self, tenant_id: UUID, row_ids: list[UUID]) -> None:
        if self.sweep.own_transactions:
            await self.sweep.handle(self._database, self._settings, tenant_id, row_ids[0])
            return
        async with self._database.tenant(tenant_id) as tx:
            if not await self._admit(tx, self.sweep.module):
                return
            if len(row_ids) > 1 and self.sweep.handle_many is not None:
                await self.sweep.handle_many(tx, row_ids)
            else:
                await self.sweep.handle(tx, row_ids[0])


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
