"""Live updates: 1,000 browsers on two web workers; how soon each hears of a change, and what each costs in memory."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from benchmarks import servers
from benchmarks.capture import CREATED, INCIDENTS
from benchmarks.fill import Filled

CLIENTS, WORKERS = 1000, 2
CHANGES = 40
PAUSE_SECONDS = 0.1
AT_ONCE = 50  # of those that connect
PATIENCE_SECONDS = 30
AT_MOST = {"live_p95_ms": 250.0, "live_kb_per_client": 40.0}


@dataclass(slots=True)
class Heard:
    """When each browser heard of which incident (monotonic seconds)."""

    connected: int = 0
    lost: int = 0
    at: dict[bytes, list[float]] = field(default_factory=dict)


class Browser(asyncio.Protocol):
    """A browser with a stream open. It reads as little as it must: the load shall be the server's."""

    def __init__(self, heard: Heard, request: bytes) -> None:
        self.heard = heard
        self.request = request
        self.answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if not self.answered:
            self.answered = True
            self.heard.connected += data.startswith(b"HTTP/1.1 200")
        for part in data.split(b'"incident":"')[1:]:
            if (times := self.heard.at.get(part[:36])) is not None:
                times.append(now)

    def connection_lost(self, exc: Exception | None) -> None:
        self.heard.lost += 1


def measure(filled: Filled, folder: Path) -> dict[str, float]:
    """The p95 from sending a change to hearing of it, in milliseconds, and kilobytes of resident memory for a client."""
    with servers.tocsin(filled.urls, folder, folder / "live.log", workers=WORKERS) as server:
        return asyncio.run(_measure(server, filled.tenants[0].token))


async def _measure(server: servers.Server, token: str) -> dict[str, float]:
    heard = Heard()
    sent: dict[bytes, float] = {}
    parts = urlsplit(server.url)
    request = f"GET /live HTTP/1.1\r\nhost: {parts.netloc}\r\nauthorization: Bearer {token}\r\n\r\n".encode()
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {token}"}) as api:
        incidents = [await _create(api) for _ in range(CHANGES)]
        connect = partial(_connect, request=request, host=str(parts.hostname), port=parts.port or 80)
        for _ in range(4):  # what the workers do once (connections to the database, statements), they have done
            await _leave(await connect(Heard()))
        before = _resident(server)
        transports = [one for _ in range(CLIENTS // AT_ONCE) for one in await connect(heard)]
        for incident in incidents:
            heard.at[incident], sent[incident] = [], time.monotonic()
            answer = await api.put(f"{INCIDENTS}/{incident.decode()}", json={"impact": "More than before"})
            answer.raise_for_status()
            await asyncio.sleep(PAUSE_SECONDS)
        await _until(
            lambda: all(len(heard.at[one]) >= CLIENTS for one in sent), "all browsers have heard of all changes"
        )
        after = _resident(server)
    if heard.lost:
        raise SystemExit(f"{heard.lost} of {CLIENTS} streams were lost")
    await _leave(transports)
    waits = [at - began for incident, began in sent.items() for at in heard.at[incident]]
    p95 = statistics.quantiles(waits, n=20)[-1] * 1000
    found = {"live_p95_ms": p95, "live_kb_per_client": (after - before) / 1000 / CLIENTS}
    print(
        f"  live: p50 {statistics.median(waits) * 1000:.1f} ms, p95 {p95:.1f} ms, {found['live_kb_per_client']:.1f} KB a client"
    )
    return found


async def _leave(transports: list[asyncio.Transport]) -> None:
    for transport in transports:
        transport.abort()
    await asyncio.sleep(1)


async def _connect(heard: Heard, *, request: bytes, host: str, port: int) -> list[asyncio.Transport]:
    loop = asyncio.get_running_loop()
    wanted = heard.connected + AT_ONCE
    made = await asyncio.gather(
        *(loop.create_connection(lambda: Browser(heard, request), host, port) for _ in range(AT_ONCE))
    )
    await _until(lambda: heard.connected >= wanted, "the streams are answered")
    return [transport for transport, _ in made]


async def _create(api: httpx.AsyncClient) -> bytes:
    """An incident to change, which goes when the benchmark tidies up; its id."""
    answer = await api.post(INCIDENTS, json={"title": CREATED})
    answer.raise_for_status()
    return str(answer.json()["id"]).encode()


def _resident(server: servers.Server) -> float:
    return float(sum(process.memory_info().rss for process in server.process.children(recursive=True)))


async def _until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit(f"waited {PATIENCE_SECONDS} s in vain until {what}")
        await asyncio.sleep(0.02)
