"""`python -m benchmarks.files`: how much a web worker grows while 200 MB go in and come out. Part of `make bench`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from benchmarks import servers
from benchmarks.capture import INCIDENTS
from benchmarks.fill import SMALL, Filled, fill
from benchmarks.machine import run_alone
from tocsin.db.embedded import EmbeddedServer

NAME, AT_MOST = "files_200mb_growth_mb", 30
SIZE, PART = 200_000_000, 256 * 1024
_END = b"\r\n--XX--\r\n"


async def measure(server: EmbeddedServer, passwords: dict[str, str], folder: Path) -> dict[str, float]:
    """Megabytes by which the worker's resident memory grows at most, on the way in and out."""
    small = await fill(server, SMALL, passwords)
    conn = await asyncpg.connect(small.urls.admin)
    try:
        await conn.execute("update tenants set settings = settings || '{\"attachment_limit\": 300000000}'")
    finally:
        await conn.close()
    return {NAME: await asyncio.to_thread(_measure, small, folder)}


def _measure(small: Filled, folder: Path) -> float:
    tenant = small.tenants[0]
    path = f"{INCIDENTS}/{tenant.incidents[0]}/attachments"
    with servers.tocsin(small.urls, folder, folder / "files.log") as server:
        _through(server, path, tenant.token, 8_000)
        before = server.resident_mb()
        grown, (up, down) = _watched(server, lambda: _through(server, path, tenant.token, SIZE))
    growth = max(0.0, grown - before)
    print(f"  200 MB in {up:.1f} s, out {down:.1f} s: the worker grows by {growth:.1f} MB from {before:.0f}")
    return growth


def _watched(server: servers.Server, work: Callable[[], Any]) -> tuple[float, Any]:
    """The most memory that the worker has while work is done, and what came of that."""
    done, most = threading.Event(), [0.0]

    def watch() -> None:
        while not done.wait(0.01):
            most[0] = max(most[0], server.resident_mb())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return_value = work()
    finally:
        done.set()
        watcher.join()
    return most[0], return_value


def _through(server: servers.Server, path: str, token: str, size: int) -> tuple[float, float]:
    """Send a file, fetch it, take it away again; the seconds of the first two."""
    began, digest = time.monotonic(), hashlib.sha256()
    host = urlsplit(server.url).netloc
    connection = HTTPConnection(host, timeout=300)
    head = b'--XX\r\nContent-Disposition: form-data; name="file"; filename="large.bin"\r\n\r\n'

    def body() -> Iterator[bytes]:
        yield head
        for at in range(0, size, PART):
            part = at.to_bytes(8, "big") * (min(PART, size - at) // 8)
            digest.update(part)
            yield part
        yield _END

    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "multipart/form-data; boundary=XX",
        "Content-Length": str(len(head) + size + len(_END)),
    }
    connection.request("POST", path, body=body(), headers=headers)
    answer = connection.getresponse()
    shown = json.loads(answer.read())
    if answer.status != 201 or shown["sha256"] != digest.hexdigest():
        raise SystemExit(f"the file was not taken: {answer.status} {shown}")
    sent = time.monotonic()
    request = urllib.request.Request(server.url + shown["content_url"], headers={"Authorization": f"Bearer {token}"})
    fetched = hashlib.sha256()
    with urllib.request.urlopen(request, timeout=300) as got:
        while part := got.read(PART):
            fetched.update(part)
    if fetched.hexdigest() != shown["sha256"]:
        raise SystemExit("the file came out as another one")
    out = time.monotonic()
    connection.request("DELETE", f"{path}/{shown['id']}", headers={"Authorization": f"Bearer {token}"})
    connection.getresponse().read()
    connection.close()
    return sent - began, out - sent


if __name__ == "__main__":
    sys.exit(run_alone(measure, {NAME: AT_MOST}))
