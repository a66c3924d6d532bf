"""`python -m benchmarks.clocks`: working time over a year's span, and a sandbox's month with 1,000 open incidents.

The month runs on a database of its own. Part of `make bench`; exit code 1 when a target is missed.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from tocsin import wiring
from tocsin.activity import service as activity
from tocsin.base.actor import system_actor
from tocsin.base.ids import new_id
from tocsin.db.embedded import ensure_running
from tocsin.db.migrate import migrate
from tocsin.db.tx import Database
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.sla import service as sla
from tocsin.sla.model import NewCalendar
from tocsin.sla.rules import Hours, WorkingTime, read_week
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.service.clock import advance

TARGETS: dict[str, float] = {"calendar_year_us": 50, "sandbox_month_s": 20}
OFFICE = {day: [["08:00", "12:00"], ["13:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
OPEN = 1000
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ROUNDS = 5


def calendar() -> float:
    """Microseconds of one question over a year: half of them add, half of them measure."""
    holidays = tuple((date(year, month, 1), "Holiday") for year in (2026, 2027) for month in range(1, 13))
    office = WorkingTime(Hours("Europe/Berlin", read_week(OFFICE), holidays))
    amount, found = timedelta(hours=1900), []
    office.add_working(START, amount)
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for minute in range(5000):
            start = START + timedelta(minutes=minute)
            office.working_between(start, office.add_working(start, amount))
        found.append((time.perf_counter() - began) / 10_000 * 1e6)
    return statistics.median(found)


async def month() -> float:
    """Seconds that a sandbox's month takes, with so many incidents that nobody touches."""
    with tempfile.TemporaryDirectory(prefix="tocsin-clock-") as folder:
        Path(folder).chmod(0o755)
        with ensure_running(Path(folder)) as server:
            await migrate(server.urls.owner)
            wiring.modules()
            database = await Database.connect(server.urls.app, closer=activity.record)
            try:
                return await _month(database)
            finally:
                await database.close()


async def _month(database: Database) -> float:
    tenant = await tenancy.create(database, f"bench-{new_id().hex[-8:]}", "Bench", sandbox=True, clock_at=START)
    actor = system_actor(tenant.id)
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        await sla.add_calendar(tx, actor, NewCalendar(name="Office", hours=OFFICE, is_default=True))
        for number in range(OPEN):
            priority = ("critical", "high", "medium", "low")[number % 4]
            await incidents.create(tx, actor, NewIncident(title=f"Printer {number}", priority=priority))

    began = time.perf_counter()
    async with database.tenant(tenant.id) as guard:
        await tenancy.current(guard)
        found = await advance(guard, actor, "P30D")
    assert len(found.happened) >= OPEN * 6
    return time.perf_counter() - began


async def measure() -> dict[str, float]:
    """Both figures by name."""
    return {"calendar_year_us": round(calendar(), 2), "sandbox_month_s": round(await month(), 1)}


def main() -> int:
    """Measure, print, and tell whether the targets are met."""
    figures = asyncio.run(measure())
    for name, value in figures.items():
        print(f"{name}: {value} (at most {TARGETS[name]})")
    return 0 if all(value <= TARGETS[name] for name, value in figures.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
