"""`python -m tests.simulation --seeds 10000`: stories on a PostgreSQL of their own; exit code 1 when one goes wrong."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog
from rich.progress import Progress

from tests.simulation import faults
from tests.simulation.story import Failure, tell
from tocsin import wiring
from tocsin.activity import service as activity
from tocsin.db.embedded import ensure_running
from tocsin.db.migrate import migrate
from tocsin.db.tx import Database

MOST_FAILURES = 3


def main() -> int:
    """Run the stories that the command line asks for."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, help="how many stories")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="this story alone, with all that happens in it")
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    seeds = range(asked.first, asked.first + asked.seeds) if asked.seed is None else range(asked.seed, asked.seed + 1)
    with tempfile.TemporaryDirectory(prefix="tocsin-simulation-") as home, ensure_running(Path(home)) as server:
        return asyncio.run(_run(str(server.urls.owner), str(server.urls.app), seeds))


async def _run(owner: str, app: str, seeds: range) -> int:
    await migrate(owner)
    wiring.modules()
    database = await Database.connect(app, size=8, closer=activity.record)
    failures: list[Failure] = []
    began = time.monotonic()
    try:
        with faults.installed(), Progress(disable=not sys.stderr.isatty()) as progress:
            bar = progress.add_task("stories", total=len(seeds))
            for seed in seeds:
                log: list[str] = []
                found = await tell(database, seed, app, log=log)
                if len(seeds) == 1 and found is None:
                    print("\n".join(log))
                progress.advance(bar)
                if found is not None:
                    failures.append(found)
                    print(found, flush=True)
                if len(failures) == MOST_FAILURES:
                    break
    finally:
        await database.close()
    print(f"{len(seeds)} stories in {time.monotonic() - began:.0f} s, {len(failures)} went wrong")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
