"""`python -m benchmarks.reports`: the year's dashboard of one tenant with 1,000,000 incidents, through the real server.

The tenant is loaded once and kept (`BENCH_HOME`). Its days are counted as the worker does; the last two are left marked, so
that each request counts them from the records, as it does with the present day. Part of `make bench`; exit code 1 when the
target is missed.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import servers
from benchmarks.fill import NOW, Filled, Plan, fill
from benchmarks.machine import run_alone
from tocsin.activity import service as activity
from tocsin.base.ids import new_id
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.reports import service as reports

TENANT = Plan("bench_reports", 1, 1_000_000, 1_000_000, vocabulary=20_000)
NAME, AT_MOST = "reports_year_ms", 1000
ROUNDS = 15
PATH = "/api/reports/v1/measures?period=custom&from={first}&to={last}&unit=week"


async def measure(server: EmbeddedServer, passwords: dict[str, str], folder: Path) -> dict[str, float]:
    """Milliseconds of the year's measures: the median of some requests."""
    filled = await fill(server, TENANT, passwords)
    await _count_days(filled)
    return {NAME: await asyncio.to_thread(_ask, filled, folder)}


async def _count_days(filled: Filled) -> None:
    """Count the days that have not been, as the worker does."""
    database = await Database.connect(filled.urls.app, size=2, closer=activity.record)
    try:
        async with database.tenant(filled.tenants[0].id) as tx:
            known = await tx.value("select count(*) from report_days where tenant_id = $1", tx.tenant_id)
        if known < 700:
            began = time.monotonic()
            found = await reports.rebuild(database, "bench-000", lambda _done, _all: None)
            print(f"  {found.days} days counted in {time.monotonic() - began:.0f} s")
        async with database.tenant(filled.tenants[0].id) as tx:
            await tx.run("delete from report_marks where tenant_id = $1", tx.tenant_id)
            for days in (0, 1):
                mark = "insert into report_marks (tenant_id, id, day, due_at) values ($1, $2, $3, '2199-01-01')"
                await tx.run(mark, tx.tenant_id, new_id(), NOW.date() - timedelta(days=days))
    finally:
        await database.close()


def _ask(filled: Filled, folder: Path) -> float:
    last = min(NOW, datetime.now(UTC)).date()
    path = PATH.format(first=last - timedelta(days=364), last=last)
    taken = []
    with servers.tocsin(filled.urls, folder, folder / "reports.log") as server:
        for _ in range(ROUNDS):
            request = urllib.request.Request(
                server.url + path, headers={"Authorization": f"Bearer {filled.tenants[0].token}"}
            )
            began = time.perf_counter()
            with urllib.request.urlopen(request, timeout=30) as answer:
                shown = json.load(answer)
            taken.append((time.perf_counter() - began) * 1000)
            if shown["figures"]["created"]["value"] < 100_000:
                raise SystemExit(f"the year has only {shown['figures']['created']['value']} incidents")
    print(f"  year of 1,000,000 incidents: median {statistics.median(taken):.0f} ms, slowest {max(taken):.0f} ms")
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(run_alone(measure, {NAME: AT_MOST}))
