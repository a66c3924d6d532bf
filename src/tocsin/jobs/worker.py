"""The worker: takes jobs off PgQueuer's queue, sweeps timers, tidies up. What to run is given to it from above.

"Exactly once" lives in the domain's rows, never in the queue: a job that fails is logged and gone, its event's list of
handlers still to run brings it back through a sweep. So nothing of a tenant's is ever written to the queue's log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Job as QueuedJob

from tocsin.base.manifest import Sweep
from tocsin.base.settings import Settings
from tocsin.db.tx import Database, Tx
from tocsin.jobs.queue import Payload
from tocsin.jobs.sweeps import AWAY, BREATH_SECONDS, Admit, Sweeper

log = structlog.get_logger()

HEARTBEAT = timedelta(seconds=5)
"""A job whose worker has been silent this long is taken by another."""
POLL = timedelta(seconds=2)
"""The queue is looked at this often, should a notification get lost."""
BATCH = 20
AT_ONCE = 8
"""Jobs that run at the same time in one worker."""
CHORE_RETRY_SECONDS = 60.0

Run = Callable[[Tx, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """A named job: whose module it belongs to, and what it does inside the tenant's transaction."""

    module: str
    run: Run


@dataclass(frozen=True, slots=True)
class Chore:
    """Tidying up, every so many seconds. Running it twice must do no harm: every worker does."""

    name: str
    every: float
    run: Callable[[Database], Awaitable[None]]


class Worker:
    """All that one worker process does. `url` is the application's: the queue is listened to on a connection of its own."""

    def __init__(
        self,
        url: str,
        database: Database,
        sweeper: Database,
        settings: Settings,
        *,
        jobs: Mapping[str, Job],
        sweeps: Sequence[Sweep],
        may_work: Admit,
        may_sweep: Admit,
        chores: Sequence[Chore] = (),
    ) -> None:
        self._url = url
        self._database = database
        self._jobs = jobs
        self._may_work = may_work
        self._chores = chores
        self._sweepers = [Sweeper(sweep, database, sweeper, settings, may_sweep, self._is_hurried) for sweep in sweeps]
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._one = asyncio.Lock()
        self._manager: QueueManager | None = None
        self._stopping = asyncio.Event()

    def _is_hurried(self) -> bool:
        """Whether timers are behind: then jobs, which follow up on them, run one at a time."""
        return any(sweeper.is_behind for sweeper in self._sweepers)

    def stop(self) -> None:
        """Begin nothing new; `run` returns when what is running has ended."""
        self._stopping.set()
        for sweeper in self._sweepers:
            sweeper.stop()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def run(self) -> None:
        """Work until stopped."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._consume())
            for sweeper in self._sweepers:
                group.create_task(sweeper.run())
            for chore in self._chores:
                group.create_task(self._tidy(chore))

    async def _consume(self) -> None:
        """Take jobs off the queue; connect anew whenever the database was away."""
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                await self._take_jobs()
            except (*AWAY, asyncpg.PostgresError, FailingListenerError) as error:
                log.warning("the queue is away", error=type(error).__name__, detail=str(error))
            if time.monotonic() - began < 1:
                await self._pause(0.5)

    async def _take_jobs(self) -> None:
        conn = await asyncpg.connect(
            self._url, timeout=5, command_timeout=10, server_settings={"application_name": "tocsin worker"}
        )
        try:
            manager = QueueManager(Queries(AsyncpgDriver(conn)))
            for name, job in self._jobs.items():
                manager.entrypoint(name, accepts_context=False)(self._runner(job))
            for sweeper in self._sweepers:
                manager.entrypoint(sweeper.sweep.name, accepts_context=False)(_waker(sweeper))
            self._manager = manager
            if self._stopping.is_set():
                return
            await manager.run(
                dequeue_timeout=POLL,
                batch_size=BATCH,
                max_concurrent_tasks=2 * BATCH,
                heartbeat_timeout=HEARTBEAT,
                shutdown_on_listener_failure=True,
                log_aggregation_interval=timedelta(0),
            )
        finally:
            self._manager = None
            conn.terminate()

    def _runner(self, job: Job) -> Callable[[QueuedJob], Awaitable[None]]:
        async def run(queued: QueuedJob) -> None:
            async with self._slots, self._one if self._is_hurried() else nullcontext():
                await self._run_job(job, queued)
                if self._is_hurried():
                    await asyncio.sleep(BREATH_SECONDS)

        return run

    async def _run_job(self, job: Job, queued: QueuedJob) -> None:
        tenant = "unknown"
        try:
            payload = msgspec.json.decode(queued.payload or b"", type=Payload)
            tenant = payload.tenant
            async with self._database.tenant(UUID(payload.tenant)) as tx:
                if await self._may_work(tx, job.module):
                    await job.run(tx, payload.args)
        except Exception:  # the rows say what is still to do; the queue's log must stay empty of data
            log.exception("a job failed", job=queued.entrypoint, number=int(queued.id), tenant=tenant)

    async def _tidy(self, chore: Chore) -> None:
        while not self._stopping.is_set():
            wait = chore.every
            try:
                await chore.run(self._database)
            except Exception:  # it is tried again, the other work goes on
                log.warning("tidying up failed", chore=chore.name, exc_info=True)
                wait = min(wait, CHORE_RETRY_SECONDS)
            await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


def _waker(sweeper: Sweeper) -> Callable[[QueuedJob], Awaitable[None]]:
    async def wake(_queued: QueuedJob) -> None:
        sweeper.wake()

    return wake
