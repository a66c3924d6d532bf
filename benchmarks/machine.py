"""The machine a benchmark has to itself: its PostgreSQL, its databases' passwords, a folder; and how one measure runs alone."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tocsin.db.embedded import EmbeddedServer, ensure_running

HOME = Path(os.environ.get("BENCH_HOME", "var/bench"))

Measure = Callable[[EmbeddedServer, dict[str, str], Path], Coroutine[Any, Any, dict[str, float]]]


@contextmanager
def machine() -> Iterator[tuple[EmbeddedServer, Path]]:
    """The server, and a folder that its user may enter."""
    with _alone(), ensure_running(HOME) as server, tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        Path(folder).chmod(0o755)
        yield server, Path(folder)


@contextmanager
def _alone() -> Iterator[None]:
    """One benchmark at a time: a second one would spoil both, and load the first one's databases anew."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "benchmark.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"Another benchmark is running in {HOME}.") from None
        yield


def passwords() -> dict[str, str]:
    """The passwords of the roles of the machine's databases."""
    return dict(json.loads((HOME.absolute() / "secrets.json").read_text()))


def run_alone(measure: Measure, at_most: Mapping[str, float]) -> int:
    """Run one measure by itself, print what it finds; 0 when every target is met, else 1."""
    with machine() as (server, folder):
        found = asyncio.run(measure(server, passwords(), folder))
    for name, value in found.items():
        print(f"{name}: {value:.4g} (at most {at_most[name]:g})")
    return 0 if all(value <= at_most[name] for name, value in found.items()) else 1
