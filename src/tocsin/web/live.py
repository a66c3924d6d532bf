"""Live updates: the hub through which one web process tells all of its browsers what was committed anywhere.

It hears of events by `db.signals.Listener` (one connection a process), reads each batch once, and hands the same bytes to
every stream of the tenant that may hear them. A waiting browser costs a few objects: no task of its own works for it, and
it holds no connection to the database. What news say, and who may hear them, is decided above (`incidents.service.live`).
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from litestar.types import Receive, Scope, Send

from tocsin.base.ids import new_id
from tocsin.web.reply import Reply

BEAT_SECONDS = 15.0
OVER = b"event: over\ndata:\n\n"
"""The session ended, or the tenant was suspended: there is nothing to come back for."""
RETRY_MILLISECONDS = 1000, 4000
"""How soon a browser comes back: a number between, so that not all come at once after a restart."""
MOST_WAITING = 128
"""Chunks that may wait for a browser that reads too slowly; then it is dropped, and resumes when it comes back."""
MOST_AT_ONCE = 100
"""Events of one tenant told one by one; more at once become a single `refresh`."""
CHECK_SECONDS = 300.0
"""How often each stream is asked anew whether it may go on, besides whenever rights change."""
PAUSE_SECONDS = 2.0
"""Between two rounds of asking all streams of a tenant."""
TROUBLE_SECONDS = 1.0
EVENT_STREAM = (b"content-type", b"text/event-stream")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class News:
    """One event as browsers hear it. Beside those who hear everything `reporter` does, or everybody."""

    id: UUID
    data: bytes
    reporter: UUID | None = None
    is_for_all: bool = False

    @property
    def wire(self) -> bytes:
        """As server-sent event."""
        return b"id: %s\ndata: %s\n\n" % (str(self.id).encode(), self.data)


def beat() -> bytes:
    """Keeps proxies from closing the connection, tells the page (a comment alone would not) that it still stands, and says
    until when nothing was missed.
    """
    return b": beat\nid: %s\nevent: beat\ndata:\n\n" % str(new_id()).encode()


def refresh() -> News:
    """News that say: too much happened to tell, look for yourself. To be resumed from like any other."""
    return News(new_id(), b'{"type":"refresh"}', is_for_all=True)


Told = Callable[[UUID, list[UUID]], Awaitable[list[News]]]
"""`told(tenant_id, event_ids)`: the news of committed events, in order."""
Since = Callable[[UUID, datetime], Awaitable[list[News] | None]]
"""`since(tenant_id, moment)`: the news from a moment on, None for too many."""


class Stream:
    """One browser. `only` is the member whose own reports are all it hears of; `check` says whether it may go on."""

    __slots__ = ("_chunks", "_hub", "_waiter", "check", "checked_at", "is_open", "only", "sent_at", "task", "tenant_id")

    def __init__(self, hub: Hub, tenant_id: UUID, only: UUID | None, check: Callable[[], Awaitable[bool]]) -> None:
        self._hub = hub
        self._chunks: list[bytes] = []  # emptied at once: a deque costs half a kilobyte
        self._waiter: asyncio.Future[None] | None = None
        self.tenant_id = tenant_id
        self.only = only
        self.check = check
        self.is_open = True
        self.task: asyncio.Task[Any] | None = None
        self.sent_at = self.checked_at = time.monotonic()

    def hears(self, news: News) -> bool:
        """Whether these news are for this browser."""
        return self.only is None or news.is_for_all or news.reporter == self.only

    def put(self, chunk: bytes) -> None:
        """Send something; a browser that has not read the last hundred is dropped instead."""
        if not self.is_open:
            return
        if len(self._chunks) >= MOST_WAITING:
            self._chunks.clear()
            self.end()
            if self.task is not None:
                self.task.cancel()  # it waits for a reader that does not read
            return
        self.sent_at = time.monotonic()
        self._chunks.append(chunk)
        self._wake()

    def end(self, last: bytes = b"") -> None:
        """Send nothing more after `last`."""
        if self.is_open:
            self.is_open = False
            self._hub.leave(self)
            if last:
                self._chunks.append(last)
            self._wake()

    async def next(self) -> bytes | None:
        """What there is to send, all in one piece; None at the end."""
        while not self._chunks:
            if not self.is_open:
                return None
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        found = b"".join(self._chunks)
        self._chunks.clear()
        return found

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Hub:
    """All streams of this process. `db.signals.Listener` tells it of news."""

    def __init__(self, told: Told, since: Since) -> None:
        self._told = told
        self._since = since
        self._streams: defaultdict[UUID, set[Stream]] = defaultdict(set)
        self._news: dict[UUID, list[UUID]] = {}
        self._working: dict[tuple[str, UUID], asyncio.Task[None]] = {}
        self._again: set[UUID] = set()
        self._is_closed = False

    def join(self, tenant_id: UUID, only: UUID | None, check: Callable[[], Awaitable[bool]]) -> Stream | None:
        """A stream for one more browser; None while the process is ending."""
        if self._is_closed:
            return None
        stream = Stream(self, tenant_id, only, check)
        self._streams[tenant_id].add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        """A stream has ended."""
        found = self._streams.get(stream.tenant_id)
        if found is not None:
            found.discard(stream)
            if not found:
                del self._streams[stream.tenant_id]

    def __len__(self) -> int:
        """How many browsers there are."""
        return sum(map(len, self._streams.values()))

    # ------------------------------------------------------------------------------------------- what it is told of

    def hears(self, tenant_id: UUID) -> bool:
        """Whether anybody here listens to a tenant."""
        return tenant_id in self._streams

    def heard(self, tenant_id: UUID, event_ids: list[UUID]) -> None:
        """These events of a tenant were committed. Nothing is read for a tenant that nobody here listens to."""
        if tenant_id in self._streams:
            self._news.setdefault(tenant_id, []).extend(event_ids)
            self._start("tell", tenant_id, self._tell)

    def missed(self, since: datetime) -> None:
        """News may have been missed since then: every tenant's are read anew. Browsers drop what they know."""
        for tenant_id in list(self._streams):
            self._start("catch up", tenant_id, lambda tenant_id: self._catch_up(tenant_id, since))

    def changed(self, tenant_id: UUID) -> None:
        """Rights of a tenant changed: ask each of its streams whether it may go on, within seconds."""
        if tenant_id in self._streams:
            self._again.add(tenant_id)
            self._start("check", tenant_id, self._check)

    def changed_all(self) -> None:
        """Changes of rights may have been missed."""
        for tenant_id in list(self._streams):
            self.changed(tenant_id)

    def _start(self, what: str, tenant_id: UUID, work: Callable[[UUID], Awaitable[None]]) -> None:
        key = (what, tenant_id)
        if key in self._working or self._is_closed:
            return

        async def run() -> None:
            try:
                await work(tenant_id)
            finally:
                del self._working[key]

        self._working[key] = asyncio.create_task(run())

    async def _tell(self, tenant_id: UUID) -> None:
        while (ids := self._news.pop(tenant_id, None)) is not None and tenant_id in self._streams:
            if len(ids) > MOST_AT_ONCE:
                self._hand_out(tenant_id, [refresh()])
                continue
            try:
                self._hand_out(tenant_id, await self._told(tenant_id, ids))
            except Exception as error:  # noqa: BLE001  the database is away or busy: the news wait
                log.info("news cannot be read; trying again", error=repr(error))
                self._news[tenant_id] = ids + self._news.get(tenant_id, [])
                await asyncio.sleep(TROUBLE_SECONDS)

    async def _catch_up(self, tenant_id: UUID, since: datetime) -> None:
        while tenant_id in self._streams:
            try:
                found = await self._since(tenant_id, since)
            except Exception as error:  # noqa: BLE001  as above
                log.info("missed news cannot be read; trying again", error=repr(error))
                await asyncio.sleep(TROUBLE_SECONDS)
            else:
                self._hand_out(tenant_id, [refresh()] if found is None else found)
                return

    def _hand_out(self, tenant_id: UUID, news: Iterable[News]) -> None:
        for item in news:
            wire = item.wire
            for stream in list(self._streams.get(tenant_id, ())):
                if stream.hears(item):
                    stream.put(wire)

    # ---------------------------------------------------------------------------------------------------- upkeep

    async def _check(self, tenant_id: UUID) -> None:
        while tenant_id in self._again:
            self._again.discard(tenant_id)
            for stream in list(self._streams.get(tenant_id, ())):
                await self._check_one(stream)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _check_one(self, stream: Stream) -> None:
        stream.checked_at = time.monotonic()
        if not stream.is_open:
            return
        try:
            may_go_on = await stream.check()
        except Exception as error:  # noqa: BLE001  nobody can say at the moment: ask in the next round
            log.info("a stream cannot be checked", error=repr(error))
            self._again.add(stream.tenant_id)
        else:
            if not may_go_on:
                stream.end(OVER)

    async def run(self) -> None:
        """Send heartbeats, and ask streams now and then whether they may go on, until cancelled."""
        while True:
            await asyncio.sleep(1)
            now = time.monotonic()
            for tenant_id, streams in list(self._streams.items()):
                for stream in list(streams):
                    if now - stream.sent_at >= BEAT_SECONDS:
                        stream.put(beat())
                if any(now - stream.checked_at >= CHECK_SECONDS for stream in streams):
                    self._start("round", tenant_id, self._check_oldest)

    async def _check_oldest(self, tenant_id: UUID) -> None:
        for stream in list(self._streams.get(tenant_id, ())):
            if time.monotonic() - stream.checked_at >= CHECK_SECONDS:
                await self._check_one(stream)

    def close(self) -> None:
        """End all streams: the process is about to end. Browsers come back to another one, or to the next."""
        self._is_closed = True
        for task in self._working.values():
            task.cancel()
        for streams in list(self._streams.values()):
            for stream in list(streams):
                stream.end()


class EventStream(Reply):
    """The answer that goes on: what was missed, then whatever its stream is given, until that ends or the browser goes."""

    __slots__ = ("_stream",)

    def __init__(self, stream: Stream | None, news: Iterable[News]) -> None:
        soonest, latest = RETRY_MILLISECONDS
        retry = b"retry: %d\n\n" % (soonest + secrets.randbelow(latest - soonest))
        first = b"".join((retry, *(item.wire for item in news), beat()))
        super().__init__(first, 200, {"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        kept = [pair for pair in self.headers if pair[0] not in (b"content-type", b"content-length")]
        self.headers = [EVENT_STREAM, *kept]
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it. Without a stream what was missed is all: the browser comes back by itself for more."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": self._stream is not None})
        stream = self._stream
        if stream is None:
            return
        stream.task = asyncio.current_task()
        watching = asyncio.ensure_future(_end_when_gone(stream, receive))
        try:
            while (chunk := await stream.next()) is not None:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except asyncio.CancelledError:
            if stream.is_open or stream.task is None:
                raise
            stream.task.uncancel()  # dropped, for reading too slowly
            return
        finally:
            stream.task = None
            stream.end()
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _end_when_gone(stream: Stream, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def cursor_time(event_id: UUID) -> datetime | None:
    """When an id of ours (UUIDv7) was made; None for any other."""
    if event_id.version != 7:
        return None
    with suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp((event_id.int >> 80) / 1000, UTC)
    return None


def first_id(moment: datetime) -> UUID:
    """The lowest UUIDv7 of a moment: ids from then on are not below it."""
    milliseconds = max(0, int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1)))
    return UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62))
