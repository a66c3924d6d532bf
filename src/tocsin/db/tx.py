"""The unit of work: one request or job, one transaction, one tenant, one clock."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from tocsin.base.clock import Clock, system_clock
from tocsin.db.connections import LOST, Connections, drop

if TYPE_CHECKING:
    from asyncpg import Connection, Pool, Record
    from asyncpg.pool import PoolConnectionProxy

AfterCommit = Callable[[], Awaitable[None] | None]
Closer = Callable[["Tx"], Awaitable[None]]


class Tx:
    """An open transaction pinned to one tenant (`tenant_id` None: the global tables only).

    `now` is the moment the transaction began, in the tenant's own time: the only clock of the domain. `emit` collects
    events; they are written, with their jobs, just before the commit. `memo` keeps what verbs of one transaction share.
    """

    __slots__ = (
        *(
            "conn",
            "database",
            "emitted",
            "endings",
            "handlers",
            "memo",
            "notices",
            "now",
            "planned",
            "real_now",
            "tenant_id",
            "wrote",
        ),
    )

    def __init__(
        self, database: Database, conn: PoolConnectionProxy[Any], tenant_id: UUID | None, now: datetime
    ) -> None:
        self.database = database
        self.conn = conn
        self.tenant_id: UUID = tenant_id  # type: ignore[assignment]  # None only in global transactions
        self.now = now
        self.real_now = now
        self.emitted: list[Any] = []
        self.endings: list[Callable[[Tx], Awaitable[None]]] = []
        self.memo: dict[str, Any] = {}
        self.handlers: list[AfterCommit] = []
        self.notices: list[str] = []
        self.wrote = False
        self.planned = False

    async def rows(self, sql: str, *args: Any) -> list[Record]:
        """All rows of a query."""
        try:
            return await self.conn.fetch(sql, *args)
        except asyncpg.PostgresError:
            self.wrote = True  # the transaction is aborted: nobody may go on in it
            raise

    async def row(self, sql: str, *args: Any) -> Record | None:
        """The first row of a query, or None."""
        try:
            return await self.conn.fetchrow(sql, *args)
        except asyncpg.PostgresError:
            self.wrote = True
            raise

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        try:
            return await self.conn.fetchval(sql, *args)
        except asyncpg.PostgresError:
            self.wrote = True
            raise

    async def run(self, sql: str, *args: Any) -> int:
        """Execute a statement; the number of rows it touched."""
        self.wrote = True
        status = await self.conn.execute(sql, *args)
        return int(tail) if (tail := status.rsplit(" ", 1)[-1]).isdigit() else 0

    async def plan(self, kind: Literal["custom", "generic"]) -> None:
        """How the statements that follow are planned: for their very parameters, or once for all (until the commit)."""
        self.planned = True
        await self.conn.execute(f"SET LOCAL plan_cache_mode = force_{kind}_plan")

    async def run_many(self, sql: str, args: Sequence[Sequence[Any]]) -> None:
        """Execute a statement once for each tuple of arguments, in one round trip."""
        self.wrote = True
        await self.conn.executemany(sql, args)

    async def batches(self, sql: str, *args: Any, size: int = 5000) -> AsyncIterator[list[Record]]:
        """The rows of a query, some at a time, through a server-side cursor: more of them than memory should hold."""
        cursor = await self.conn.cursor(sql, *args)
        while rows := await cursor.fetch(size):
            yield rows

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """A part that may fail alone: what it did is undone, its error goes on, the transaction stays usable."""
        await self.conn.execute("SAVEPOINT part")
        try:
            yield
        except BaseException:
            if not self.conn.is_closed():
                await self.conn.execute("ROLLBACK TO SAVEPOINT part")
            raise
        await self.conn.execute("RELEASE SAVEPOINT part")

    def emit(self, event: Any) -> None:
        """Record that something happened; written in this transaction or not at all."""
        self.wrote = True
        self.emitted.append(event)

    def notify(self, channel: str, payload: str) -> None:
        """Tell whoever listens on a channel; heard when this transaction commits. Takes no round trip: it travels with COMMIT.

        NOTIFY takes no parameters: a payload is put together from identifiers, and anything else is refused.
        """
        if not _PLAIN.fullmatch(payload):
            raise ValueError("a notice holds identifiers only")
        self.wrote = True
        self.notices.append(f"NOTIFY {channel}, '{payload}'; ")

    def at_end(self, call: Callable[[Tx], Awaitable[None]]) -> None:
        """Call something just before the commit, once the events and what follows from them are written."""
        self.wrote = True
        self.endings.append(call)

    def after_commit(self, call: AfterCommit) -> None:
        """Call something once the transaction is durable (never if it rolls back)."""
        self.handlers.append(call)


_PLAIN = re.compile(r"[0-9a-f -]{1,7999}")

_SESSION = {
    "application_name": "tocsin",
    "timezone": "UTC",  # the server's own may be any; times inside jsonb are written in it
    "datestyle": "ISO",  # and that of a time as a text
    "idle_in_transaction_session_timeout": "60000",
    "statement_timeout": "30000",
}
"""Milliseconds. The server ends what takes too long: a timer for each statement on our side would cost more."""


@lru_cache(maxsize=4096)
def _pin(tenant_id: UUID) -> str:
    return f"BEGIN; SET LOCAL app.tenant_id = '{UUID(int=tenant_id.int)}'"


async def _keep_session(_conn: Connection[Any]) -> None:
    """Replaces asyncpg's RESET on release: our sessions hold no state beyond the transaction (SET LOCAL only)."""


ROLLBACK_SECONDS = 2.0


class Database:
    """The pool of one role, and the ways to open a transaction on it.

    `closer` runs inside every tenant transaction just before its commit: it writes the events (`activity`).
    """

    def __init__(
        self, pool: Pool, *, side: Pool | None = None, clock: Clock = system_clock, closer: Closer | None = None
    ) -> None:
        self.pool = pool
        self.side = side or pool
        self.connections = Connections(self.pool)
        self.side_connections = Connections(self.side)
        self.clock = clock
        self.closer = closer
        self.on_change: list[Callable[[UUID], None]] = []
        """Called with a tenant's id after a commit that changed its rights or settings (`db.signals`)."""

    @classmethod
    async def connect(
        cls, url: str, *, size: int = 16, clock: Clock = system_clock, closer: Closer | None = None, **server: str
    ) -> Database:
        """A database on a fresh pool of at most `size` connections."""
        pool = await _open_pool(url, size, server)
        side = await _open_pool(url, max(1, size // 4), server)
        return cls(pool, side=side, clock=clock, closer=closer)

    async def close(self) -> None:
        """Close the pools once their connections are back."""
        await self.connections.close()
        if self.side is not self.pool:
            await self.side_connections.close()

    def tenant(self, tenant_id: UUID, *, now: datetime | None = None) -> Work:
        """A transaction that sees one tenant. Commits at the end, rolls back on any error.

        The pin stands inside BEGIN's own round trip. Only the UUID's canonical form reaches SQL (SET takes no
        parameters), so text of a client never does.
        """
        return Work(self, self.connections, _pin(tenant_id), tenant_id, now)

    def reading(self, tenant_id: UUID) -> Work:
        """Like `tenant`, for work that is expected to read only: nobody waits for the end of a transaction that did."""
        return Work(self, self.connections, _pin(tenant_id), tenant_id, None, reads=True)

    def aside(self, tenant_id: UUID) -> Work:
        """A short transaction beside an open one, for counters: on connections of its own (so that the two can never
        wait for each other), not waiting for the disk (the open transaction's commit flushes it).
        """
        begin = _pin(tenant_id) + "; SET LOCAL synchronous_commit = off"
        return Work(self, self.side_connections, begin, tenant_id, None)

    def globally(self) -> Work:
        """A transaction without a tenant: it sees the global tables, and no row of any tenant's."""
        return Work(self, self.connections, "BEGIN", None, None)


class Work:
    """`async with` this to work in a transaction: it begins on entry, and commits or rolls back on leaving.

    What was put off until after the commit runs once the connection is back.
    """

    __slots__ = ("begin", "conn", "connections", "database", "held", "now", "reads", "tenant_id", "tx")

    def __init__(
        self,
        database: Database,
        connections: Connections,
        begin: str,
        tenant_id: UUID | None,
        now: datetime | None,
        *,
        reads: bool = False,
    ) -> None:
        self.database = database
        self.connections = connections
        self.begin = begin
        self.tenant_id = tenant_id
        self.now = now
        self.reads = reads

    async def __aenter__(self) -> Tx:
        self.held = await self.connections.take(self.begin, reads=self.reads)
        self.conn = self.held.conn
        self.tx = Tx(self.database, self.conn, self.tenant_id, self.now or self.database.clock())
        return self.tx

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is None and self.reads and not self.tx.wrote:
            await self.connections.park(self.held, reusable=not self.tx.planned)
        else:
            try:
                await self._end(failed=kind is not None)
            finally:
                await self.connections.give_back(self.conn)
        if kind is None:
            for call in self.tx.handlers:
                outcome = call()
                if outcome is not None:
                    await outcome

    async def _end(self, *, failed: bool) -> None:
        if failed:
            await self._roll_back()
            return
        try:
            if self.tx.emitted and self.database.closer is not None:
                await self.database.closer(self.tx)
            for call in self.tx.endings:
                await call(self.tx)
            ended = await self.conn.execute("".join(self.tx.notices) + "COMMIT")
            if ended != "COMMIT":  # PostgreSQL answers ROLLBACK in an aborted transaction
                raise RuntimeError("the transaction was aborted before its commit")
        except BaseException:
            await self._roll_back()
            raise

    async def _roll_back(self) -> None:
        """End a transaction that failed. A server that does not answer loses the connection, and rolls back by itself."""
        try:
            if not self.conn.is_closed():
                await self.conn.execute("ROLLBACK", timeout=ROLLBACK_SECONDS)
        except (asyncpg.PostgresError, *LOST, TimeoutError):
            drop(self.conn)
        except asyncio.CancelledError:  # a cancelled scope (of a stream that nobody reads) refuses to wait for anything
            drop(self.conn)
            raise


async def _open_pool(url: str, size: int, server: dict[str, str]) -> Pool:
    return await asyncpg.create_pool(
        url,
        min_size=min(2, size),
        max_size=size,
        init=_set_codecs,
        reset=_keep_session,
        timeout=5,
        max_inactive_connection_lifetime=0,
        statement_cache_size=512,
        server_settings={**_SESSION, **server},
    )


async def _set_codecs(conn: Connection[Any]) -> None:
    """jsonb travels as msgspec's JSON, both ways."""
    await conn.set_type_codec(
        "jsonb",
        encoder=lambda value: b"\x01" + msgspec.json.encode(value),
        decoder=lambda data: msgspec.json.decode(data[1:]),
        schema="pg_catalog",
        format="binary",
    )
