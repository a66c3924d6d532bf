"""`python -m benchmarks.record`: verifying a record of a million events with its anchors, by the command an operator uses.

The record is made once and kept (`BENCH_HOME`). Part of `make bench`; exit code 1 when the target is missed.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import asyncpg

from benchmarks.fill import _WORDS, NOW, SEED, Filled, Plan, _uuid7, fill
from benchmarks.machine import HOME, run_alone
from tocsin.activity import service as activity, store
from tocsin.activity.adapters import load_keys
from tocsin.activity.model import Event
from tocsin.activity.service.anchors import number_all
from tocsin.base.actor import Actor
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database, _set_codecs

TENANT = Plan("bench_record", 1, 100, 100)
EVENTS, EACH, NIGHTS, BATCH = 1_000_000, 5, 20, 10_000
NAME, AT_MOST = "record_verified_seconds", 30


class IncidentCreated(Event):
    """What an incident's record begins with."""


class IncidentAssigned(Event):
    """Somebody owns it."""


class IncidentTransitioned(Event):
    """It went to another status."""


class CommentAdded(Event):
    """Somebody said something."""


class IncidentResolved(Event):
    """It is solved."""


async def measure(server: EmbeddedServer, passwords: dict[str, str], _folder: Path) -> dict[str, float]:
    """Seconds that verifying takes, the start of the command included. The keys of the anchors are kept beside the databases."""
    home = HOME.absolute() / "record"
    filled = await fill(server, TENANT, passwords)
    await _make(filled, home)
    return {NAME: await asyncio.to_thread(_verify, filled, home)}


async def _make(filled: Filled, home: Path) -> None:
    """The events of many nights, each anchored, unless an earlier run has made them."""
    tenant_id, began = filled.tenants[0].id, time.monotonic()
    conn = await asyncpg.connect(filled.urls.admin, command_timeout=600)
    await _set_codecs(conn)
    database = await Database.connect(filled.urls.app, size=2, closer=activity.record)
    keys = load_keys(Settings(home=home))
    rng = random.Random(SEED)
    try:
        if await conn.fetchval("select count(*) from audit_anchors") == NIGHTS:
            return
        for table in ("audit_anchors", "event_heads", "events"):
            await conn.execute(f"delete from {table}")
        await conn.execute("update event_feeds set last_pos = 0")
        for night in range(NIGHTS):
            for _ in range(EVENTS // NIGHTS // BATCH):
                await _load(conn, list(_streams(rng, tenant_id, night)))
            # As on a server where changes come and get their places all day: the planner knows what is there
            await conn.execute("analyze events, event_heads")
            await number_all(partial(database.tenant, tenant_id))
            await conn.execute("analyze events, event_heads")
            await activity.anchor(partial(database.tenant, tenant_id), keys)
        await conn.execute("vacuum (analyze)")
    finally:
        await database.close()
        await conn.close()
    print(f"{TENANT.name}: {EVENTS:,} events in {NIGHTS} anchors made in {time.monotonic() - began:.0f} s")


def _streams(rng: random.Random, tenant_id: UUID, night: int) -> Iterator[tuple[UUID, list[tuple[Any, ...]], Any]]:
    """The events of some incidents of a night, and their heads."""
    at = NOW + timedelta(days=night)
    tx: Any = SimpleNamespace(tenant_id=tenant_id, now=at, real_now=at, memo={})
    for _ in range(BATCH // EACH):
        stream = _uuid7(rng, at)
        rows, *head = activity._rows(  # noqa: SLF001  the load follows the service
            tx, stream, 0, bytes(32), list(_events(rng, tenant_id, stream)), at
        )
        yield stream, rows, head


def _events(rng: random.Random, tenant_id: UUID, stream: UUID) -> Iterator[Event]:
    actor = Actor(tenant_id, _uuid7(rng, NOW), "Bench", "person", frozenset(), "import")
    words = " ".join(rng.choices(_WORDS, k=6))
    people = [str(_uuid7(rng, NOW)) for _ in range(2)]
    told: tuple[tuple[type[Event], dict[str, Any], dict[str, Any]], ...] = (
        (IncidentCreated, {"reference_code": "INC-000001", "priority": "medium", "status": "open"}, {"title": words}),
        (IncidentAssigned, {"from": None, "to": people[0], "as": "owner"}, {"note": words}),
        (IncidentTransitioned, {"from": "open", "to": "in-progress"}, {}),
        (CommentAdded, {"comment": people[1], "is_internal": False, "author": people[0]}, {}),
        (IncidentResolved, {"from": "in-progress", "to": "resolved", "at": NOW}, {"note": words}),
    )
    for kind, facts, texts in told:
        yield kind(actor=actor, incident_id=stream, facts=facts, texts=texts)


async def _load(conn: Any, streams: list[tuple[UUID, list[tuple[Any, ...]], Any]]) -> None:
    columns = store.record._COLUMNS.split(", ")  # noqa: SLF001  the load follows the store
    rows = [row for _, rows, _ in streams for row in rows]
    await conn.copy_records_to_table("events", records=rows, columns=columns)
    heads = [(rows[0][0], stream, *head, rows[-1][-1]) for stream, rows, head in streams]
    await conn.copy_records_to_table(
        "event_heads", records=heads, columns=("tenant_id", "stream", "seq", "hash", "recorded_at")
    )


def _verify(filled: Filled, home: Path) -> float:
    program = str(Path(sys.executable).with_name("tocsin"))
    urls = filled.urls
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
        "TOCSIN_HOME": str(home),
        "TOCSIN_DATABASE_URL": urls.app,
        "TOCSIN_OWNER_URL": urls.owner,
        "TOCSIN_SWEEPER_URL": urls.sweeper,
    }
    began = time.monotonic()
    done = subprocess.run(
        [program, "audit", "verify", "--tenant", "bench-000"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    taken = time.monotonic() - began
    if done.returncode != 0:
        raise SystemExit(f"the record does not verify:\n{done.stdout}{done.stderr}")
    print(f"  {done.stdout.strip()} ({taken:.1f} s)")
    return taken


if __name__ == "__main__":
    sys.exit(run_alone(measure, {NAME: AT_MOST}))
