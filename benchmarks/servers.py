"""The servers under load, and the load: Granian processes of ours, and wrk."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.capture import Request
from tocsin.db.urls import DatabaseUrls

CONNECTIONS, THREADS = 16, 2
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk measured: requests per second, latencies in milliseconds."""

    rate: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address and process."""

    url: str
    process: psutil.Process

    def resident_mb(self) -> float:
        """Resident memory of its web worker, in MB (the largest process below the one that was started)."""
        below = self.process.children(recursive=True) or [self.process]
        return float(max(process.memory_info().rss for process in below)) / 1e6


def free_port() -> int:
    """A port that is free at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def tocsin(urls: DatabaseUrls, home: Path, log: Path, workers: int = 1) -> Iterator[Server]:
    """The real server with some web workers, as `tocsin serve` runs it."""
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
        "TOCSIN_HOME": str(home),
        "TOCSIN_DATABASE_URL": urls.app,
        "TOCSIN_OWNER_URL": urls.owner,
        "TOCSIN_SWEEPER_URL": urls.sweeper,
        "TOCSIN_LOG_LEVEL": "error",
    }
    command = [
        str(Path(sys.executable).with_name("tocsin")),
        "serve",
        "--no-worker",
        "--workers",
        str(workers),
        "--port",
        str(port),
    ]
    with _running(command, environment, log) as process:
        yield _ready(f"http://127.0.0.1:{port}", "/health/ready", process, log)


@contextmanager
def bare(url: str, statements: Path, log: Path) -> Iterator[Server]:
    """The bare application with one worker."""
    port = free_port()
    environment = {**os.environ, "BENCH_BARE": str(statements), "BENCH_BARE_URL": url, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--loop", "uvloop"]
    command += [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-access-log",
        "--log-level",
        "error",
        "benchmarks.bare:app",
    ]
    with _running(command, environment, log) as process:
        yield _ready(f"http://127.0.0.1:{port}", "/get", process, log)


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[psutil.Process]:
    with log.open("w") as output:
        started = subprocess.Popen(command, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
        process = psutil.Process(started.pid)
        try:
            yield process
        finally:
            started.send_signal(signal.SIGTERM)
            try:
                started.wait(15)
            except subprocess.TimeoutExpired:
                for child in process.children(recursive=True):
                    child.kill()
                started.kill()
                started.wait()


def _ready(url: str, path: str, process: psutil.Process, log: Path) -> Server:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url + path, timeout=2) as answer:
                if answer.status == 200:
                    return Server(url, process)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"the server at {url} did not get ready:\n{log.read_text()[-3000:]}")


def wrk_program() -> str | None:
    """Where wrk is, or None."""
    return shutil.which("wrk")


def load(
    server: Server,
    requests: Sequence[Request],
    folder: Path,
    *,
    warm_up: int,
    seconds: int,
    warming: Sequence[Request] | None = None,
) -> Load:
    """Load a server with 16 connections, after a warm-up (by the same requests or by others). Every answer must be a success."""
    tells = requests[0].method != "GET"
    path = folder / "requests.tsv"
    if warm_up:
        _write(path, warming or requests)
        _wrk(server.url, path, warm_up, tells=tells)
    _write(path, requests)
    return _wrk(server.url, path, seconds, tells=tells)


def _write(path: Path, requests: Sequence[Request]) -> None:
    path.write_text("".join(f"{r.method}\t{r.path}\t{r.token}\t{r.body}\n" for r in requests), encoding="utf-8")


def _wrk(url: str, requests: Path, seconds: int, *, tells: bool) -> Load:
    script = Path(__file__).with_name("wrk.lua")
    command = [
        wrk_program() or "wrk",
        "-t",
        str(THREADS),
        "-c",
        str(CONNECTIONS),
        "-d",
        f"{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
        url,
    ]
    environment = {**os.environ, "BENCH_REQUESTS": str(requests), "BENCH_THREADS": str(THREADS)}
    if tells:
        environment["BENCH_TELL"] = "yes"
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=seconds + 60, check=False)
    line = next((part for part in done.stdout.splitlines() if part.startswith("RESULT ")), None)
    if line is None:
        raise SystemExit(f"wrk failed:\n{done.stdout}\n{done.stderr}")
    found = json.loads(line.removeprefix("RESULT "))
    if found["refused"] or found["failed"]:
        why = next((part for part in done.stdout.splitlines() if part.startswith("REFUSED ")), "")
        raise SystemExit(
            f"{found['refused']} requests were refused and {found['failed']} failed under load: {url} {why}"
        )
    return Load(found["requests"] / found["microseconds"] * 1e6, found["p50"] / 1000, found["p95"] / 1000)
