"""The worker process: `tocsin worker`, or `python -m tocsin.worker`. Hands every feature's work to `jobs.worker`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from datetime import timedelta

import structlog

from tocsin import wiring
from tocsin.activity import service as activity
from tocsin.base import logs
from tocsin.base.errors import NotFound, SettingError
from tocsin.base.processes import end_with_parent
from tocsin.base.settings import Settings, load_settings
from tocsin.db.session import close, connect, database_urls
from tocsin.db.tx import Database, Tx
from tocsin.db.urls import DatabaseUrls
from tocsin.incidents import service as incidents
from tocsin.jobs import queue
from tocsin.jobs.worker import Chore, Job, Worker
from tocsin.notifications import service as notifications
from tocsin.tenancy import service as tenancy
from tocsin.web import store as web_store

log = structlog.get_logger()

STOP_SECONDS = 8.0
HOUR = 3600.0
KEEP_ANSWERS = timedelta(hours=24)
KEEP_QUEUE_LOG = timedelta(days=1)


async def may_work(tx: Tx, module: str) -> bool:
    """Pin the tenant; whether its jobs run: not while it is suspended, nor those of a module it has switched off."""
    try:
        tenant = await tenancy.current(tx)
    except NotFound:
        return False
    return tenant.state == "active" and module not in tenant.disabled_modules


async def may_sweep(tx: Tx, module: str) -> bool:
    """As `may_work`, and the tenant's time is the real one: a sandbox's timers move with its own clock only."""
    return await may_work(tx, module) and tx.memo["tenant"].kind == "live"


async def tidy_counters(database: Database) -> None:
    """Forget rate-limit windows that are over."""
    async with database.globally() as tx:
        await web_store.forget_hits(tx, tx.real_now - timedelta(hours=1))


async def tidy_queue_log(database: Database) -> None:
    """Forget what the queue noted about jobs of yesterday."""
    async with database.globally() as tx:
        await queue.forget_log(tx, tx.real_now - KEEP_QUEUE_LOG)


async def tidy_answers(database: Database) -> None:
    """Forget answers kept for idempotency keys that are too old to be asked for; tenant by tenant."""
    for tenant in await tenancy.all_tenants(database):
        async with database.tenant(tenant.id) as tx:
            await web_store.forget_answers(tx, tx.real_now - KEEP_ANSWERS)


CHORES = (
    Chore("rate counters", HOUR, tidy_counters),
    Chore("queue log", HOUR, tidy_queue_log),
    Chore("idempotency keys", HOUR, tidy_answers),
    Chore("operations", HOUR, incidents.forget_operations),
)


def build(settings: Settings, url: str, database: Database, sweeper: Database) -> Worker:
    """The worker with the work of every feature. `url` is the application's."""
    modules = wiring.modules()
    jobs = {activity.RUN_HANDLER: Job("activity", activity.handle)}
    jobs |= {name: Job(module.name, run) for module in modules for name, run in module.jobs}
    return Worker(
        url,
        database,
        sweeper,
        settings,
        jobs=jobs,
        sweeps=wiring.sweeps(),
        may_work=may_work,
        may_sweep=may_sweep,
        chores=CHORES,
    )


async def run(settings: Settings, urls: DatabaseUrls, stop: asyncio.Event) -> None:
    """Work until `stop` is set; then at most eight seconds more. Raises `SettingError` when it cannot begin."""
    database = await connect(urls.app, size=settings.pool_size, closer=activity.record, name="tocsin worker")
    try:
        sweeper = await connect(urls.sweeper, size=4, name="tocsin sweeper")
        try:
            await _work(build(settings, urls.app, database, sweeper), stop)
        finally:
            await close(sweeper, 1)
    finally:
        await close(database, 1)


async def _work(worker: Worker, stop: asyncio.Event) -> None:
    log.info("worker started")
    working = asyncio.create_task(worker.run())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    worker.stop()
    done, _ = await asyncio.wait((working,), timeout=STOP_SECONDS)
    if not done:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working
        log.warning("worker stopped with work unfinished; it will be taken up again")
        return
    working.result()
    log.info("worker stopped")


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(sign, stop.set)
    with database_urls(settings) as urls:
        await run(settings, urls, stop)


def main(parent: int | None = None) -> int:
    """Run the worker in the foreground; the exit code. With `parent` it ends when that process does."""
    if parent is not None:
        end_with_parent(parent)
    try:
        settings = load_settings(os.environ)
        logs.configure(settings.log_level, settings.log_format)
        notifications.check_settings(settings)
        asyncio.run(_main(settings))
    except SettingError as error:
        sys.stderr.write(f"tocsin: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else None))
