"""The very statements that the application sends for a request, recorded on its own connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx

from benchmarks.fill import Filled, Tenant
from tocsin import asgi
from tocsin.base.settings import Settings

INCIDENTS = "/api/incidents/v1/incidents"
OPEN = "open,triaged,in-progress,waiting"
LISTS = (f"?status={OPEN}&limit=50", f"?status={OPEN}&priority=medium&limit=50")
CREATED = "Bench create"
_POOL = 4
_SETTLE = 0.05  # seconds: asyncpg tells of a query on a later turn of the loop


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request of the benchmark."""

    method: str
    path: str
    token: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its arguments, and PostgreSQL's names for the types of these."""

    sql: str
    args: tuple[Any, ...]
    types: tuple[str, ...]


@dataclass(slots=True)
class Recorder:
    """The application in this process, its connections listened to."""

    client: httpx.AsyncClient
    pool: Any
    heard: list[tuple[int, str, tuple[Any, ...]]] = field(default_factory=list)

    async def statements(self, request: Request, before: Request | None = None) -> list[list[Statement]]:
        """The transactions of a request: those on other connections (counters) first, then its own.

        The request is sent twice and the second one counts: the first fills caches and notes the token's use. What cannot
        be sent twice gives another request to be sent `before` it.
        """
        for sent in (before or request, request):
            await asyncio.sleep(_SETTLE)
            self.heard.clear()
            headers = {"Authorization": f"Bearer {sent.token}", "Content-Type": "application/json"}
            answer = await self.client.request(sent.method, sent.path, headers=headers, content=sent.body or None)
            if answer.status_code not in (200, 201):
                raise SystemExit(f"{sent.method} {sent.path} answers {answer.status_code}: {answer.text[:500]}")
        await asyncio.sleep(_SETTLE)
        heard = [(number, sql, args) for number, text, args in self.heard for sql in _commands(text)]
        last = heard[-1][0]
        order = sorted({number for number, _, _ in heard}, key=lambda number: number == last)
        pin = f"SET LOCAL app.tenant_id = '{UUID(hex=request.token.split('_')[1])}'"
        groups = [[(sql, args) for n, sql, args in heard if n == number] for number in order]
        return [await self._typed(_whole(group, pin)) for group in groups]

    async def _typed(self, heard: list[tuple[str, tuple[Any, ...]]]) -> list[Statement]:
        found = []
        async with self.pool.acquire() as conn:
            for sql, args in heard:
                rows = (
                    args
                    if args and isinstance(args[0], (tuple, list)) and "$1" in sql and _many(sql, args)
                    else (args,)
                )
                types = ()
                if "$1" in sql:
                    types = tuple(t.name for t in (await conn.prepare(sql)).get_parameters())
                found += [Statement(sql, tuple(row), types) for row in rows]
        return found


def _commands(text: str) -> list[str]:
    """The commands of a round trip. Only those that begin and end transactions (notices go with the end) hold several."""
    several = text.startswith(("BEGIN", "COMMIT", "ROLLBACK", "NOTIFY"))
    return [part.strip() for part in text.split(";") if part.strip()] if several else [text.strip().rstrip(";")]


def _whole(heard: list[tuple[str, tuple[Any, ...]]], pin: str) -> list[tuple[str, tuple[Any, ...]]]:
    """A connection's statements as a transaction of their own.

    The application lets a transaction that only read stay open until its connection is taken again, and a reader of the
    same tenant goes on in it: what it saves so, PostgreSQL's limit does not.
    """
    if heard[0][0] in ("COMMIT", "ROLLBACK"):
        heard = heard[1:]
    if heard[0][0] != "BEGIN":
        heard = [("BEGIN", ()), (pin, ()), *heard]
    return heard if heard[-1][0] == "COMMIT" else [*heard, ("COMMIT", ())]


def _many(sql: str, args: tuple[Any, ...]) -> bool:
    """Whether arguments are those of an executemany: a row each, as long as the statement has parameters."""
    highest = max(int(part) for part in _numbers(sql))
    return all(isinstance(row, (tuple, list)) and len(row) == highest for row in args) and len(args) != highest


def _numbers(sql: str) -> list[str]:
    return [digits for part in sql.split("$")[1:] if (digits := "".join(c for c in part[:3] if c.isdigit()))]


@asynccontextmanager
async def recorder(filled: Filled, home: Path) -> AsyncIterator[Recorder]:
    """The application on a loaded database."""
    urls = filled.urls
    settings = Settings(
        home=home,
        database_url=urls.app,
        owner_url=urls.owner,
        sweeper_url=urls.sweeper,
        pool_size=_POOL,
        log_level="error",
    )
    app = asgi.build(settings)
    async with app.lifespan(), AsyncExitStack() as stack:
        database = app.state.services.database
        transport = httpx.ASGITransport(cast("Any", app))
        client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://bench"))
        found = Recorder(client, database.pool)
        for first, pool in ((0, database.pool), (_POOL, database.side)):
            conns = [await pool.acquire() for _ in range(pool.get_max_size())]
            for number, conn in enumerate(conns, first):
                conn.add_query_logger(_listener(found, number))
            for conn in conns:
                await pool.release(conn)
        yield found


def _listener(found: Recorder, number: int) -> Any:
    def hear(record: Any) -> None:
        found.heard.append((number, record.query, tuple(record.args or ())))

    return hear


def get_requests(tenant: Tenant) -> list[Request]:
    """Reads of one incident each."""
    return [Request("GET", f"{INCIDENTS}/{incident}", tenant.token) for incident in tenant.incidents]


def list_requests(tenant: Tenant) -> list[Request]:
    """Filtered pages of 50 of one tenant."""
    return [Request("GET", INCIDENTS + query, tenant.token) for query in LISTS]


def create_requests(filled: Filled) -> list[Request]:
    """New incidents, in each tenant."""
    body = (
        f'{{"title":"{CREATED}","description":"Nobody on the third floor can print since nine.","priority":"medium",'
        '"impact":"one floor","source":"api"}'
    )
    return [Request("POST", INCIDENTS, tenant.token, body) for tenant in filled.tenants]
