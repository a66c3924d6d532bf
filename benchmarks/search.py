"""`python -m benchmarks.search`: words, queries and likely duplicates in one tenant with 1,000,000 incidents.

Each shape of a query is asked with words of every frequency, through the real server, and its plan is written to
`benchmarks/search-plans.txt`. The tenant is that of `benchmarks.reports`. Part of `make bench`; exit code 1 when a target is
missed.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import servers
from benchmarks.fill import _WORDS, SEED, Filled, Vocabulary, fill
from benchmarks.machine import run_alone
from benchmarks.reports import TENANT
from tocsin.base.actor import system_actor
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database, Tx
from tocsin.incidents import service
from tocsin.incidents.service.listing import ListQuery

TARGETS = {"search_p95_ms": 60, "similar_p95_ms": 30}
ROUNDS = 20
WARM_UP = 3
PLANS = Path(__file__).with_name("search-plans.txt")
INCIDENTS = "/api/incidents/v1/incidents"
Make = Callable[[random.Random], dict[str, str]]


def _word(rng: random.Random, first: int, last: int) -> str:
    """A word of the vocabulary between two ranks: about one in `rank` incidents holds it."""
    return _VOCABULARY.words[rng.randrange(first, last)]


_VOCABULARY = Vocabulary(TENANT.vocabulary)
SHAPES: dict[str, Make] = {
    "rare word": lambda rng: {"q": _word(rng, 2000, 20_000)},
    "middling word": lambda rng: {"q": _word(rng, 50, 500)},
    "common word": lambda rng: {"q": rng.choice(_WORDS)},
    "two words": lambda rng: {"q": f"{_word(rng, 20, 500)} {_word(rng, 20, 500)}"},
    "rare and common": lambda rng: {"q": f"{_word(rng, 2000, 20_000)} {rng.choice(_WORDS)}"},
    "phrase": lambda rng: {"q": f'"{rng.choice(_WORDS)} {rng.choice(_WORDS)}"'},
    "beginning": lambda rng: {"q": f"{_word(rng, 0, 20_000)[:5]}*"},
    "either of two": lambda rng: {"q": f"{_word(rng, 50, 500)} OR {_word(rng, 500, 5000)}"},
    "word in titles": lambda rng: {"q": f"title:{_word(rng, 0, 300)}"},
    "one without other": lambda rng: {"q": f"{rng.choice(_WORDS)} -{_word(rng, 0, 50)}"},
    "open and rare": lambda rng: {"q": f"is:open {_word(rng, 2000, 20_000)}"},
    "open and middling": lambda rng: {"q": f"is:open {_word(rng, 50, 500)}"},
    "open by time left": lambda rng: {"q": f"is:open {_word(rng, 50, 500)}", "sort": "time_left"},
    "by change": lambda rng: {"q": _word(rng, 50, 500), "sort": "-updated_at"},
    "mistyped": lambda rng: {"q": _mistyped(_word(rng, 0, 2000))},
    "nothing": lambda _rng: {"q": "unheardofword"},
    "reference": lambda rng: {"q": f"INC-{rng.randrange(1, TENANT.total):06}"},
    "clauses alone": lambda _rng: {"q": "status:open priority:high,critical assignee:none created:>-600d"},
}


def _mistyped(word: str) -> str:
    return word[:2] + word[3] + word[2] + word[4:]


async def measure(server: EmbeddedServer, passwords: dict[str, str], folder: Path) -> dict[str, float]:
    """The p95 of all searches and of likely duplicates, in milliseconds; the plans are written beside."""
    filled = await fill(server, TENANT, passwords)
    await _warm(filled.urls.admin or server.admin_url)
    await _write_plans(filled)
    return await asyncio.to_thread(_ask, filled, folder)


async def _warm(admin_url: str) -> None:
    """Have what is searched in memory, as on a server that has run for a while: else this would measure the disk."""
    conn = await asyncpg.connect(admin_url)
    try:
        await conn.execute("create extension if not exists pg_prewarm")
        await conn.execute(
            "select pg_prewarm(c.oid::regclass, 'read') from pg_class c left join pg_index x on x.indexrelid = c.oid"
            " where coalesce(x.indrelid, c.oid) = any (array['incidents', 'incident_search']::regclass[])"
        )
    finally:
        await conn.close()


def _ask(filled: Filled, folder: Path) -> dict[str, float]:
    rng = random.Random(SEED)
    everything: list[float] = []
    with servers.tocsin(filled.urls, folder, folder / "search.log") as server:
        for name, make in SHAPES.items():
            taken = _timed(server.url, filled.tenants[0].token, [make(rng) for _ in range(ROUNDS + WARM_UP)])
            print(f"  {name}: p50 {statistics.median(taken):.0f} ms, p95 {_p95(taken):.0f}")
            everything += taken
        titles = [" ".join([*rng.choices(_WORDS, k=5), _word(rng, 0, 1000)]) for _ in range(ROUNDS + WARM_UP)]
        alike = _timed(server.url, filled.tenants[0].token, [{"title": title} for title in titles])
        print(f"  likely duplicates: p50 {statistics.median(alike):.0f} ms, p95 {_p95(alike):.0f}")
    return {"search_p95_ms": _p95(everything), "similar_p95_ms": _p95(alike)}


def _p95(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _timed(url: str, token: str, asked: list[dict[str, str]]) -> list[float]:
    """Milliseconds of each request but the first few."""
    taken = []
    for one in asked:
        request = urllib.request.Request(f"{url}{INCIDENTS}?{urllib.parse.urlencode(one)}")
        if "title" in one:
            body = f'{{"title": "{one["title"]}"}}'.encode()
            request = urllib.request.Request(f"{url}{INCIDENTS}/similar", data=body, method="POST")
            request.add_header("Content-Type", "application/json")
        request.add_header("Authorization", f"Bearer {token}")
        began = time.perf_counter()
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
        taken.append((time.perf_counter() - began) * 1000)
    return taken[WARM_UP:]


async def _write_plans(filled: Filled) -> None:
    """The plan of each shape's first statement, as it ran."""
    database = await Database.connect(filled.urls.app, size=1)
    told = ["How PostgreSQL finds a page of 51 among 1,000,000 incidents of one tenant (benchmarks/search.py).\n"]
    rng = random.Random(SEED)
    try:
        for name, make in SHAPES.items():
            asked = make(rng)
            lines = await _plan(database, filled, asked)
            told += [f"\n{name}: {asked['q']}{' by ' + asked['sort'] if 'sort' in asked else ''}\n", *lines]
    finally:
        await database.close()
    PLANS.write_text("".join(told))


async def _plan(database: Database, filled: Filled, asked: dict[str, str]) -> list[str]:
    tenant_id = filled.tenants[0].id
    async with database.tenant(tenant_id) as tx:
        heard: list[tuple[str, tuple[Any, ...]]] = []
        listening = _Listening(tx, heard)
        await service.list_incidents(listening, system_actor(tenant_id), ListQuery(**asked))  # type: ignore[arg-type]  # passes everything on
        sql, args = heard[0]
        await tx.plan("custom")
        rows = await tx.rows(f"explain (analyze, costs off, timing off, summary off, buffers off) {sql}", *args)
        return [f"    {str(row[0]).replace(str(tenant_id), '…')[:160]}\n" for row in rows]


class _Listening:
    """A transaction that remembers the statements that it is asked for."""

    def __init__(self, tx: Tx, heard: list[tuple[str, tuple[Any, ...]]]) -> None:
        self._tx, self._heard = tx, heard

    async def rows(self, sql: str, *args: Any) -> Any:
        """All rows of a query, which is remembered when it finds the ids of a list."""
        if " as key from " in sql:
            self._heard.append((sql, args))
        return await self._tx.rows(sql, *args)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


if __name__ == "__main__":
    sys.exit(run_alone(measure, TARGETS))
