"""`python -m benchmarks.engine`: what timers cost by the real worker, and whom they hold up.

Two databases are loaded once and kept (`BENCH_HOME`): 1,000,000 open incidents, and 10,000 of one organisation beside a single
one of another. Part of `make bench`; exit code 1 when a target is missed.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import structlog

from benchmarks.fill import Filled, Plan, fill
from benchmarks.machine import run_alone
from tocsin import wiring, worker
from tocsin.activity import service as activity
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.jobs.sweeps import Sweeper

MANY = Plan("bench_engine", 1, 1_000_000, 1_000_000, open_share=1.0)
FEW = Plan("bench_engine_small", 2, 10_000, 10_001, open_share=1.0)
AT_MOST: dict[str, float] = {
    "sweep_of_100_due_1m_vs_10k": 1.3,
    "timers_10k_seconds": 30,
    "other_tenant_waits_ms": 2000,
}
DUE, ROUNDS = 100, 7
_REST = "2190-01-01"

_ARM = """
update incident_slas s set started_at = $1::timestamptz - make_interval(mins => resolution_target_minutes) * 0.8,
  first_response_at = $1::timestamptz - make_interval(mins => resolution_target_minutes) * 0.79,
  resolution_due_at = $1::timestamptz + make_interval(mins => resolution_target_minutes) * 0.2,
  response_breached_at = null, resolution_breached_at = null, resolution_warned = 0, is_breached = false, breached_at = null,
  next_check_at = $1::timestamptz - make_interval(mins => resolution_target_minutes) * 0.05
from (select tenant_id, incident_id from incident_slas where tenant_id = $2 and is_active
  and resolution_target_minutes is not null offset $3 limit $4) chosen
where s.tenant_id = chosen.tenant_id and s.incident_id = chosen.incident_id and s.is_active
"""
"""A warning of each is due: three quarters of its time are gone since a moment ago."""


async def measure(server: EmbeddedServer, passwords: dict[str, str], folder: Path) -> dict[str, float]:
    """The measures of `AT_MOST`."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    wiring.modules()
    many, few = await fill(server, MANY, passwords), await fill(server, FEW, passwords)
    for filled in (many, few):
        await _put_to_rest(filled)
    settings = Settings(home=folder)
    found = {"sweep_of_100_due_1m_vs_10k": await _compare(many, few, settings)}
    found |= await _storm(few, settings)
    return found


async def _put_to_rest(filled: Filled) -> None:
    """No timer is due but those that a measure arms; what an earlier run has left is taken away."""
    conn = await _admin(filled)
    try:
        changed = await conn.execute(
            f"update incident_slas set next_check_at = '{_REST}' where is_active and next_check_at is distinct from '{_REST}'"
        )
        await conn.execute("delete from pgqueuer")
        await conn.execute("update events set pending = '{}' where pending <> '{}'")
        if changed != "UPDATE 0":
            await conn.execute("vacuum (analyze) incident_slas")
    finally:
        await conn.close()


async def _admin(filled: Filled) -> Any:
    """A connection that row security does not bind."""
    conn = await asyncpg.connect(filled.urls.admin, command_timeout=600)
    await conn.execute("set session_replication_role = replica")
    return conn


async def _arm(filled: Filled, tenant: int, offset: int, count: int) -> None:
    conn = await _admin(filled)
    try:
        await conn.execute(_ARM, datetime.now(UTC), filled.tenants[tenant].id, offset, count)
    finally:
        await conn.close()


@asynccontextmanager
async def _pools(filled: Filled) -> AsyncIterator[tuple[Database, Database]]:
    database = await Database.connect(filled.urls.app, size=8, closer=activity.record)
    sweeper = await Database.connect(filled.urls.sweeper, size=4)
    try:
        yield database, sweeper
    finally:
        await database.close()
        await sweeper.close()


async def _compare(many: Filled, few: Filled, settings: Settings) -> float:
    """How long 100 due timers take of a million open incidents, over how long of ten thousand: medians, taken in turns."""
    taken: dict[str, list[float]] = {many.plan.name: [], few.plan.name: []}
    for number in range(ROUNDS):
        for filled in (few, many):
            await _arm(filled, 0, number * DUE, DUE)
            async with _pools(filled) as (database, sweeper):
                taken[filled.plan.name].append(await _sweep_once(database, sweeper, settings))
    for name, found in taken.items():
        print(f"  {DUE} due timers, {name}: median {statistics.median(found) * 1000:.0f} ms")
    first = slice(1, None)  # the first round warms the caches
    return statistics.median(taken[many.plan.name][first]) / statistics.median(taken[few.plan.name][first])


async def _sweep_once(database: Database, sweeper: Database, settings: Settings) -> float:
    """Seconds until nothing is due any more, by the sweep of clocks alone."""
    sweep = next(sweep for sweep in wiring.sweeps() if sweep.name == "sla.clocks")
    await sweeper.pool.fetch(sweep.due, sweeper.clock(), 10)
    engine = Sweeper(sweep, database, sweeper, settings, worker.may_sweep)
    began = time.perf_counter()
    running = asyncio.create_task(engine.run())
    try:
        while await sweeper.pool.fetch(sweep.due, sweeper.clock(), 1):
            await asyncio.sleep(0.01)
        return time.perf_counter() - began
    finally:
        engine.stop()
        await running


async def _storm(few: Filled, settings: Settings) -> dict[str, float]:
    """One worker, 10,000 due timers of one organisation, and one of another that comes due in the middle."""
    await _put_to_rest(few)
    await _arm(few, 0, 0, FEW.largest)
    sweep = next(sweep for sweep in wiring.sweeps() if sweep.name == "sla.clocks")
    async with _pools(few) as (database, sweeper):
        built = worker.build(settings, few.urls.app, database, sweeper)
        left = len(await sweeper.pool.fetch(sweep.due, sweeper.clock(), 20_000))
        began = time.perf_counter()
        running = asyncio.create_task(built.run())
        try:
            waited = await _wait_of_another(few, sweeper, sweep)
            while await sweeper.pool.fetch(sweep.due, sweeper.clock(), 1):
                await asyncio.sleep(0.1)
            seconds = time.perf_counter() - began
        finally:
            built.stop()
            await running
    print(
        f"  {left:,} due timers by one worker: {seconds:.1f} s; another organisation's one waited {waited * 1000:.0f} ms"
    )
    return {"timers_10k_seconds": seconds * FEW.largest / max(1, left), "other_tenant_waits_ms": waited * 1000}


async def _wait_of_another(few: Filled, sweeper: Database, sweep: Any) -> float:
    """Seconds that the other organisation's timer waits: the longest of three tries."""
    waits = []
    for _ in range(3):
        await asyncio.sleep(0.7)
        await _arm(few, 1, 0, 1)
        began = time.perf_counter()
        while any(
            row["tenant_id"] == few.tenants[1].id for row in await sweeper.pool.fetch(sweep.due, _soon(), 20_000)
        ):
            await asyncio.sleep(0.02)
        waits.append(time.perf_counter() - began)
    return max(waits)


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=1)


if __name__ == "__main__":
    sys.exit(run_alone(measure, AT_MOST))
