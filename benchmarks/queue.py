"""`python -m benchmarks.queue`: the console's queue of one tenant with 1,000,000 incidents, through the real server.

What is measured: how long the server takes for the page as agents narrow it (the median of the slowest), its size on the
wire, and that of the first visit with all that the page loads. Part of `make bench`; exit code 1 when a target is missed.
"""

from __future__ import annotations

import asyncio
import http.client
import re
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks import servers
from benchmarks.fill import fill
from benchmarks.machine import run_alone
from benchmarks.reports import TENANT
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.urls import DatabaseUrls

AT_MOST = {"queue_ms": 30.0, "queue_kb": 30.0, "queue_first_visit_kb": 150.0}
ROUNDS, WARM_UP = 40, 10
PAGES = (
    "/queue",
    "/queue?sort=-created_at",
    "/queue?status=any&sort=-updated_at",
    "/queue?priority=high,critical",
    "/queue?assigned_to=none",
    "/queue?assigned_to=me&sort=time_left",
    "/queue?breached=true",
)


async def measure(server: EmbeddedServer, passwords: dict[str, str], folder: Path) -> dict[str, float]:
    """Milliseconds of the slowest page (its median), and kilobytes on the wire."""
    filled = await fill(server, TENANT, passwords)
    return await asyncio.to_thread(_ask, filled.urls, filled.tenants[0].token, folder)


def _ask(urls: DatabaseUrls, token: str, folder: Path) -> dict[str, float]:
    slowest, largest = 0.0, 0
    with servers.tocsin(urls, folder, folder / "queue.log") as server:
        conn = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        for path in PAGES:
            taken, size = list[float](), 0
            for _ in range(ROUNDS + WARM_UP):
                began = time.perf_counter()
                size = len(_get(conn, path, token))
                taken.append((time.perf_counter() - began) * 1000)
            median, p95 = statistics.median(taken[WARM_UP:]), sorted(taken[WARM_UP:])[int(ROUNDS * 0.95)]
            print(f"  {path}: p50 {median:.1f} ms, p95 {p95:.1f}, {size / 1000:.1f} KB")
            slowest, largest = max(slowest, median), max(largest, size)
        first = _first_visit(conn, token)
        conn.close()
    return {"queue_ms": slowest, "queue_kb": largest / 1000, "queue_first_visit_kb": first / 1000}


def _first_visit(conn: http.client.HTTPConnection, token: str) -> int:
    """Bytes of the page and of every style sheet, script, icon and font that it and its sheets name."""
    page = _get(conn, PAGES[0], token, packed=False).decode()
    total, wanted, seen = len(_get(conn, PAGES[0], token)), set(re.findall(r'/static/[^"#\s)]+', page)), set[str]()
    while wanted - seen:
        path = (wanted - seen).pop()
        seen.add(path)
        if "-ext-" in path or "charts" in path:  # loaded only for letters of other languages, and with charts
            continue
        total += len(_get(conn, path, token))
        if path.partition("?")[0].endswith(".css"):
            wanted |= set(re.findall(r"url\((/static/[^)]+)\)", _get(conn, path, token, packed=False).decode()))
    return total


def _get(conn: http.client.HTTPConnection, path: str, token: str, *, packed: bool = True) -> bytes:
    """The body as it is on the wire, compressed as browsers ask for it over TLS and on this machine."""
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "gzip, br" if packed else "identity"}
    conn.request("GET", path, headers=headers)
    answer = conn.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"GET {path} answers {answer.status}: {body[:300]!r}")
    return body


if __name__ == "__main__":
    sys.exit(run_alone(measure, AT_MOST))
