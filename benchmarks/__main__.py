"""`python -m benchmarks`: load, measure, print a table, write `benchmarks/latest.json`. Needs Debian's wrk.

`BENCH_SECONDS` (10) and `BENCH_WARM_UP` (3) shorten a run, `BENCH_HOME` (var/bench) holds the databases between runs.
Exit code 0 when every target is met, 1 when one is missed or a measurement failed, 2 without wrk.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import statistics
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from benchmarks import clocks, engine, files, limit, live, queue, record, reports, search, servers, writes
from benchmarks.capture import (
    CREATED,
    Recorder,
    Request,
    Statement,
    create_requests,
    get_requests,
    list_requests,
    recorder,
)
from benchmarks.fill import LARGE, SMALL, Filled, fill
from benchmarks.machine import HOME, machine, passwords
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.programs import find_programs

SECONDS = int(os.environ.get("BENCH_SECONDS", "10"))
WARM_UP = int(os.environ.get("BENCH_WARM_UP", "3"))
LATEST = Path(__file__).with_name("latest.json")
ROUNDS = 3  # of what is compared side by side, alternating: a machine's mood changes within minutes

KINDS = ("get", "list", "create", *writes.NAMES)
FRACTIONS = {
    "get_vs_pgbench": 0.25,
    "list_vs_pgbench": 0.08,
    "create_vs_pgbench": 0.20,
    **{f"{name}_vs_pgbench": 0.20 for name in writes.NAMES},
    "get_vs_bare": 0.6,
    "list_vs_bare": 0.6,
}
RATIOS = {
    "list_p95_500k_vs_5k": 1.3,
    "web_worker_rss_mb": 150,
    **live.AT_MOST,
    reports.NAME: reports.AT_MOST,
    **queue.AT_MOST,
    **search.TARGETS,
    record.NAME: record.AT_MOST,
    **clocks.TARGETS,
    files.NAME: files.AT_MOST,
    **engine.AT_MOST,
}


@dataclass(slots=True)
class Plan:
    """What is asked of the servers, and the same as statements."""

    get: list[Request]
    page: list[Request]
    small_page: list[Request]
    create: list[Request]
    changed: writes.Ground
    scripts: dict[str, list[limit.Script]] = field(default_factory=dict)
    selects: dict[str, list[Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Figures:
    """Requests per second by name, and the measures."""

    rates: dict[str, float] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)


def main() -> int:
    """Run the benchmark."""
    if servers.wrk_program() is None:
        print(
            "wrk is missing: `apt-get install wrk` (Debian), then run `make bench` again. Nothing was measured.",
            file=sys.stderr,
        )
        return 2
    with machine() as (server, folder):
        figures = asyncio.run(_measure(server, folder))
    _show(figures)
    LATEST.write_text(json.dumps(_document(figures), indent=2) + "\n", encoding="utf-8")
    print(f"written: {LATEST.relative_to(Path.cwd()) if LATEST.is_relative_to(Path.cwd()) else LATEST}")
    return 0 if all(_met(name, value) for name, value in figures.measures.items()) else 1


async def _measure(server: EmbeddedServer, folder: Path) -> Figures:
    large = await fill(server, LARGE, passwords())
    small = await fill(server, SMALL, passwords())
    await _tidy(large)
    plan = await _plan(large, small, folder)
    figures = Figures()
    pgbench = find_programs(None, HOME.absolute() / "postgres").directory / "pgbench"
    for name in KINDS:
        figures.rates[f"{name} pgbench"] = await _limit(pgbench, large, plan.scripts[name], folder, name)
    plan.changed = await writes.prepare(large)
    statements = folder / "bare.pickle"
    statements.write_bytes(pickle.dumps(plan.selects))
    await asyncio.to_thread(_loads, figures, plan, large, small, statements, folder)
    for filled in (large, small):
        await _tidy(filled)
    figures.measures |= await clocks.measure()
    for one in (reports, queue, search, files, record, engine):
        figures.measures |= await one.measure(server, passwords(), folder)
    _compare(figures)
    return figures


async def _plan(large: Filled, small: Filled, folder: Path) -> Plan:
    biggest = large.tenants[0]
    few = list_requests(small.tenants[0])
    changed = await writes.prepare(large)
    plan = Plan(get_requests(biggest), list_requests(biggest), few, create_requests(large), changed)
    conn = await asyncpg.connect(large.urls.admin)
    table = await limit.choices(conn, "reads", biggest.incidents)
    await conn.close()
    async with recorder(large, folder) as listening:
        heard = [await listening.statements(request) for request in plan.get[:16]]
        plan.selects["get"] = [_selects(one) for one in heard]
        script = limit.Script()
        script.add(heard[0], script.choose(biggest.incidents[0], table, len(biggest.incidents)))
        plan.scripts["get"] = [script]
        heard = [await listening.statements(request) for request in plan.page]
        plan.selects["list"] = [_selects(one) for one in heard]
        plan.scripts["list"] = [_script(one) for one in heard]
        plan.scripts["create"] = [await _create_script(listening, request) for request in plan.create]
        plan.scripts |= await writes.scripts(listening, plan.changed)
    return plan


def _script(heard: list[list[Statement]]) -> limit.Script:
    script = limit.Script()
    script.add(heard)
    return script


async def _create_script(listening: Recorder, request: Request) -> limit.Script:
    first = await listening.statements(request)
    sets, fresh = limit.made_anew(first, await listening.statements(request))
    script = limit.Script(sets)
    script.add(first, fresh)
    return script


def _selects(heard: list[list[Statement]]) -> list[tuple[str, str, tuple[Any, ...]]]:
    """What the request reads once it is let in: how each statement is planned, its SQL and its arguments."""
    found = []
    for transaction in heard:
        planned = "auto"
        for statement in transaction:
            if statement.sql.startswith("SET LOCAL plan_cache_mode = "):
                planned = statement.sql.rsplit(" ", 1)[-1]
            elif statement.sql.lstrip().lower().startswith(("select", "with")) and "api_tokens" not in statement.sql:
                found.append((planned, statement.sql, statement.args))
    return found


async def _limit(program: Path, filled: Filled, scripts: list[limit.Script], folder: Path, name: str) -> float:
    run = partial(limit.run, program, filled.urls.app, scripts, folder, warm_up=WARM_UP, seconds=SECONDS)
    rate = await asyncio.to_thread(run)
    print(f"  pgbench {name}: {rate:,.0f}/s")
    return rate


def _loads(figures: Figures, plan: Plan, large: Filled, small: Filled, statements: Path, folder: Path) -> None:
    def run(
        name: str, server: servers.Server, requests: list[Request], warming: list[Request] | None = None
    ) -> servers.Load:
        found = servers.load(server, requests, folder, warm_up=WARM_UP, seconds=SECONDS, warming=warming)
        print(f"  {name}: {found.rate:,.0f}/s, p50 {found.p50:.1f} ms, p95 {found.p95:.1f} ms")
        return found

    with servers.tocsin(large.urls, folder, folder / "large.log") as server:
        with servers.bare(large.urls.backup or "", statements, folder / "bare.log") as bare:
            for name, requests in (("get", plan.get), ("list", plan.page)):
                pairs = []
                for _ in range(ROUNDS):
                    least = run(f"bare {name}", bare, [Request("GET", f"/{name}", "")]).rate
                    pairs.append((least, run(f"tocsin {name}", server, requests).rate))
                figures.rates[f"{name} bare"] = statistics.median(one for one, _ in pairs)
                figures.rates[f"{name} tocsin"] = statistics.median(ours for _, ours in pairs)
                figures.measures[f"{name}_vs_bare"] = statistics.median(ours / one for one, ours in pairs)
        figures.measures["list_p95_500k_vs_5k"] = _p95_ratio(server, plan, small, folder)
        figures.rates["create tocsin"] = run("tocsin create", server, plan.create).rate
        for name in writes.NAMES:
            requests, warming = plan.changed.measured(name), plan.changed.warm_up(name)
            figures.rates[f"{name} tocsin"] = run(f"tocsin {name}", server, requests, warming).rate
        figures.measures["web_worker_rss_mb"] = server.resident_mb()
    figures.measures |= live.measure(small, folder)


def _p95_ratio(server: servers.Server, plan: Plan, small: Filled, folder: Path) -> float:
    """The p95 of lists in the large database over that in the small one: the median of alternating rounds."""
    seconds = max(2, SECONDS // 2)
    ratios = []
    with servers.tocsin(small.urls, folder, folder / "small.log") as other:
        for number in range(ROUNDS):
            warm_up = WARM_UP if number == 0 else 0
            few = servers.load(other, plan.small_page, folder, warm_up=warm_up, seconds=seconds)
            many = servers.load(server, plan.page, folder, warm_up=warm_up, seconds=seconds)
            print(f"  list p95: {many.p95:.1f} ms of 500,000, {few.p95:.1f} ms of 5,000")
            ratios.append(many.p95 / few.p95)
    return statistics.median(ratios)


async def _tidy(filled: Filled) -> None:
    """Remove what a run has created, so that the next one meets the same database."""
    conn = await asyncpg.connect(filled.urls.admin, command_timeout=300)
    try:
        await conn.execute("set session_replication_role = replica")
        await conn.execute(
            "create temp table gone as select tenant_id, id from incidents where title = $1".replace(
                "$1", f"'{CREATED}'"
            )
        )
        for table in await _children(conn):
            await conn.execute(
                f"delete from {table} t using gone where t.tenant_id = gone.tenant_id and t.incident_id = gone.id"
            )
        await conn.execute(
            "delete from event_heads t using gone where t.tenant_id = gone.tenant_id and t.stream = gone.id"
        )
        changed = await writes.tidy(conn)
        if (
            await conn.execute(
                "delete from incidents t using gone where t.tenant_id = gone.tenant_id and t.id = gone.id"
            )
            != "DELETE 0"
            or changed
        ):
            await conn.execute("delete from pgqueuer")
            await conn.execute("vacuum (analyze)")
    finally:
        await conn.close()


async def _children(conn: Any) -> list[str]:
    rows = await conn.fetch(
        "select c.relname from pg_attribute a join pg_class c on c.oid = a.attrelid"
        " where a.attname = 'incident_id' and c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
    )
    return [row["relname"] for row in rows]


# --------------------------------------------------------------------------------------------------------------- report


def _compare(figures: Figures) -> None:
    rates = figures.rates
    for name in KINDS:
        figures.measures[f"{name}_vs_pgbench"] = rates[f"{name} tocsin"] / rates[f"{name} pgbench"]


def _met(name: str, value: float) -> bool:
    return value >= FRACTIONS[name] if name in FRACTIONS else value <= RATIOS[name]


def _show(figures: Figures) -> None:
    rates = Table(title="Requests per second, 16 connections, one web worker")
    for column in ("", "pgbench, same SQL", "bare ASGI, same SELECT", "Tocsin"):
        rates.add_column(column, justify="left" if not column else "right")
    for name in KINDS:
        cells = [
            f"{rate:,.0f}" if (rate := figures.rates.get(f"{name} {who}")) else "–"
            for who in ("pgbench", "bare", "tocsin")
        ]
        rates.add_row(name, *cells)
    measures = Table(title="Measures")
    for column in ("measure", "found", "target", ""):
        measures.add_column(column, justify="right" if column in ("found", "target") else "left")
    for name in (*FRACTIONS, *RATIOS):
        value = figures.measures[name]
        target = f"≥ {FRACTIONS[name]}" if name in FRACTIONS else f"≤ {RATIOS[name]}"
        measures.add_row(name, f"{value:.3g}", target, "met" if _met(name, value) else "MISSED")
    console = Console()
    console.print(rates)
    console.print(measures)


def _document(figures: Figures) -> dict[str, dict[str, float]]:
    found = {
        name: {"fraction": round(figures.measures[name], 4), "target": target} for name, target in FRACTIONS.items()
    }
    return found | {name: {"ratio": round(figures.measures[name], 3), "at_most": most} for name, most in RATIOS.items()}


if __name__ == "__main__":
    sys.exit(main())
