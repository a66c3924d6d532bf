"""The worker of the simulator: it sweeps and runs jobs as the real one does, from the same rows, and is struck by faults."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from tests.simulation.faults import Aborted, AnswerLost, Fuse, fuse
from tests.simulation.world import World
from tocsin import wiring
from tocsin.activity import service as activity
from tocsin.base.manifest import Sweep
from tocsin.db.tx import Database, Tx
from tocsin.jobs.queue import Payload
from tocsin.worker import may_sweep

MOST_ROUNDS = 400
"""So often one sitting of the worker may find something due: more, and a timer spins."""
_ELSEWHERE = ("reports.days", activity.ANCHORING.name, activity.PENDING.name)
"""Sweeps that the story is not about."""


_NIGHTLY = "escalation.reach"
"""Proves every night whom a policy reaches: dear where there is a rota, so stories about watches leave it to the others."""


def sweeps(*, nightly: bool = True) -> dict[str, Sweep]:
    """The sweeps of every feature that needs no network."""
    found = [sweep for module in wiring.modules() for sweep in module.sweeps if not sweep.own_transactions]
    return {one.name: one for one in found if one.name not in _ELSEWHERE and (nightly or one.name != _NIGHTLY)}


def listing(known: Mapping[str, Sweep]) -> str:
    """What is due next of each sweep, in one statement ($1: the tenant, $2: so many of each)."""
    parts = [
        f"select '{name}' as sweep, due.id, due.due_at from ({sweep.next_due}) due" for name, sweep in known.items()
    ]
    return " union all ".join(parts) + " order by due_at, sweep, id"


class Spinning(AssertionError):
    """A timer came due again and again."""


class Engine:
    """A worker. `is_down`: it does nothing, as a process that is not there."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.sweeps = sweeps(nightly=not world.has_watch)
        self.listing = listing(self.sweeps)
        self.is_down = False

    def leave(self) -> None:
        """From now on nobody is there."""
        if not self.is_down:
            self.is_down = True
            self.world.leave()

    def come_back(self) -> None:
        """Somebody is there again."""
        if self.is_down:
            self.is_down = False
            self.world.come_back()

    def toggle(self) -> None:
        """Leave, or come back."""
        self.world.say("  the worker is back" if self.is_down else "  the worker is down")
        (self.come_back if self.is_down else self.leave)()

    async def due(self) -> tuple[str, UUID, int] | None:
        """The sweep, row and half of what is due next."""
        async with self.world.database.reading(self.world.tenant.id) as tx:
            rows = await tx.rows(self.listing, self.world.tenant.id, 1)
        if not rows:
            return None
        first = rows[0]
        halves = -(-(first["due_at"] - self.world.climate.start) // (self.world.time(1) - self.world.time(0)))
        return first["sweep"], first["id"], int(halves)

    async def sit(self, until: int, *, faults: bool = True) -> None:
        """Let time pass until then: each timer is handled when it is due, or now if it was due before."""
        world = self.world
        if self.is_down:
            world.at = max(world.at, until)
            return
        name, row_id = "", world.tenant.id
        for _ in range(MOST_ROUNDS):
            found = await self.due()
            if found is None or found[2] > until:
                world.at = max(world.at, until)
                return
            name, row_id, due = found
            world.at = max(world.at, due)
            await self.handle(name, row_id, faults=faults)
        raise Spinning(f"{name} finds {row_id} due again and again")

    async def handle(self, name: str, row_id: UUID, *, faults: bool) -> None:
        """Handle a due row: alone, or twice at once; it may be struck."""
        world = self.world
        twice = faults and world.random.random() < 0.3
        struck = faults and world.random.random() < 0.2
        burning = Fuse(world.random.randint(0, 14), world.random.random() < 0.2) if struck else None
        world.say(f"  {name} {str(row_id)[-4:]}{' by two workers' if twice else ''}{' struck' if struck else ''}")
        await asyncio.gather(*(self._once(name, row_id, burning if n == 0 else None) for n in range(1 + twice)))

    async def _once(self, name: str, row_id: UUID, burning: Fuse | None) -> None:
        with fuse(burning), contextlib.suppress(Aborted, AnswerLost):
            async with self.world.tx() as tx:
                if await may_sweep(tx, self.sweeps[name].module):
                    await self._act(tx, self.sweeps[name], row_id)

    async def _act(self, tx: Tx, sweep: Sweep, row_id: UUID) -> None:
        """Handle a row: by itself, or with all that is due beside it where the sweep can."""
        if sweep.handle_many is None or row_id.int % 2:
            await sweep.handle(tx, row_id)
            return
        due = await tx.rows(f"select id from ({sweep.next_due}) due where due_at <= $3", tx.tenant_id, 20, tx.now)
        await sweep.handle_many(tx, [row["id"] for row in due])

    # --------------------------------------------------------------------------------------------------------- the queue

    async def work_queue(self, *, faults: bool = True) -> None:
        """Take what stands on the queue: in another order, some twice, some later; or find that it was emptied."""
        world = self.world
        if self.is_down:
            return
        jobs = await self._jobs()
        if faults and world.random.random() < 0.15:
            await self._forget([number for number, _ in jobs])
            world.say(f"  the queue is emptied: {len(jobs)} jobs are gone")
            return
        world.random.shuffle(jobs)
        for number, payload in jobs:
            chance = world.random.random() if faults else 1.0
            if chance < 0.1:
                continue  # delayed
            for _ in range(2 if chance < 0.25 else 1):
                await self._run_job(payload, struck=faults and world.random.random() < 0.1)
            await self._forget([number])

    async def sweep_pending(self) -> None:
        """Run what is still to be run of events whose jobs were lost: the sweep that heals the queue."""
        world = self.world
        for _ in range(MOST_ROUNDS):
            async with world.database.reading(world.tenant.id) as tx:
                row = await tx.row(activity.PENDING.next_due, world.tenant.id, 1)
            if row is None:
                return
            async with world.tx() as tx:
                await activity.PENDING.handle(tx, row["id"])
        raise Spinning("an event has handlers to run again and again")

    async def _jobs(self) -> list[tuple[int, dict[str, Any]]]:
        async with self.world.database.globally() as tx:
            rows = await tx.rows(
                "select id, payload from pgqueuer where id > $1 and entrypoint = $2 and position($3::bytea in payload) > 0"
                " order by id",
                *(self.world.first_job, activity.RUN_HANDLER, str(self.world.tenant.id).encode()),
            )
        return [(row["id"], msgspec.json.decode(row["payload"], type=Payload).args) for row in rows]

    async def _forget(self, numbers: list[int]) -> None:
        async with self.world.database.globally() as tx:
            await tx.run("delete from pgqueuer where id = any ($1)", numbers)

    async def _run_job(self, payload: dict[str, Any], *, struck: bool) -> None:
        burning = Fuse(self.world.random.randint(0, 8), self.world.random.random() < 0.3) if struck else None
        with fuse(burning), contextlib.suppress(Aborted, AnswerLost):
            async with self.world.tx() as tx:
                if await may_sweep(tx, "activity"):
                    await activity.handle(tx, payload)


async def killed(world: World, url: str) -> None:
    """A worker process does what is due, and is killed (SIGKILL) between two steps of its, or in the middle of one."""
    lines, moment = world.random.randint(0, 6), world.random.random() * 0.02
    command = [sys.executable, "-m", "tests.simulation.victim", url, str(world.tenant.id), world.time().isoformat()]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    said: list[str] = []
    while len(said) <= lines and (line := await process.stdout.readline()):
        said.append(line.decode().strip())
    if process.returncode is None and said:
        await asyncio.sleep(moment)
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    _, problems = await process.communicate()
    if not said:
        raise AssertionError(f"the worker process did not come up: {problems.decode()[-2000:]}")
    world.say(f"  a worker was killed after {', '.join(said)}")


async def clean_up(database: Database, first_job: int, tenant_id: UUID) -> None:
    """Take a story's jobs off the queue."""
    async with database.globally() as tx:
        await tx.run(
            "delete from pgqueuer where id > $1 and position($2::bytea in payload) > 0",
            first_job,
            str(tenant_id).encode(),
        )
