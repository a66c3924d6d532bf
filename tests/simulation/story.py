"""One story of the simulator: a seed, and all that follows from it."""

from __future__ import annotations

import traceback
from dataclasses import dataclass

from tests.simulation import acts, checks, engine, faults
from tests.simulation.acts_watch import WATCH_ACTS
from tests.simulation.engine import Engine
from tests.simulation.world import World
from tocsin.db.tx import Database

KILLED_EVERY, KILLED = 59, 7
"""Of so many stories one has a worker process that is killed: those whose seed leaves this rest."""


def has_watch(seed: int) -> bool:
    """Whether a story is about who is woken: every other one; the rest are about clocks and reminders."""
    return seed % 2 == 1


MOMENTS = 8
"""Things that happen in one story."""
GAPS = (1, 3, 10, 30, 60, 120, 240, 700)
GAPS_OF_RINGING = (1, 2, 3, 4, 6, 20)
"""Minutes between them, and while somebody is being told."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A story that went wrong: what was broken, and what had happened."""

    seed: int
    why: str
    log: list[str]

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.why}\n"
            + "\n".join(f"    {line}" for line in self.log)
            + f"\nReplay it with: make simulate SEED={self.seed}"
        )


async def tell(
    database: Database, seed: int, url: str | None = None, *, moments: int = MOMENTS, log: list[str] | None = None
) -> Failure | None:
    """Run a story; None when everything was as it must be. `faults.installed()` must be open.

    With the `url` of the database some stories have a worker process of their own, which is killed. What happens is written
    into `log`.
    """
    world = World(database, seed, has_watch=has_watch(seed))
    world.log = log if log is not None else world.log
    await world.set_up()
    try:
        await _run(world, moments, url if seed % KILLED_EVERY == KILLED else None)
    except AssertionError as error:
        return Failure(seed, str(error) or traceback.format_exc(), world.log)
    except Exception:  # noqa: BLE001  whatever a verb raises that is no refusal is a finding
        return Failure(seed, traceback.format_exc(), world.log)
    finally:
        await engine.clean_up(database, world.first_job, world.tenant.id)
    return None


async def first_failure(database: Database, first: int = 1000, most: int = 30) -> Failure | None:
    """What goes wrong first in so many stories of one kind, which the first seed decides."""
    with faults.installed():
        for seed in range(first, first + 2 * most, 2):
            found = await tell(database, seed)
            if found is not None:
                return found
    return None


async def _run(world: World, moments: int, url: str | None) -> None:
    worker = Engine(world)
    deadly = world.random.randrange(moments) if url is not None else None
    for _ in range(world.random.randint(1, 2)):
        await acts.report(world)
    for moment in range(moments):
        chance = world.random.random()
        if chance < 0.08:
            worker.toggle()
        gap = await _gap(world, worker)
        if moment == deadly and url is not None:
            worker.leave()
            world.at += gap - world.at % 2  # nobody is there meanwhile, then one who dies
            worker.come_back()
            await engine.killed(world, url)
        await worker.sit(world.at + gap - world.at % 2)
        await worker.work_queue()
        await checks.check(world, drained=not worker.is_down)
        if not world.incidents or world.random.random() < 0.1:
            await acts.report(world)  # at an even half: so its timers come due at even ones
            await worker.sit(world.at)
            world.at += 1
        else:
            world.at += 1  # people act between the moments of timers
            await acts.act(world, WATCH_ACTS if world.has_watch else acts.ACTS)
        if world.random.random() < 0.3:
            await checks.check(world, drained=False)
    await _end(world, worker)


async def _gap(world: World, worker: Engine) -> int:
    """How many halves pass, an even number. Where somebody may be woken often just so many that the next timer comes."""
    if world.has_watch and world.random.random() < 0.4:
        found = await worker.due()
        ahead = found[2] - world.at if found is not None else 0
        if ahead > 0:
            return ahead + ahead % 2
    return 2 * world.random.choice(GAPS_OF_RINGING if world.in_need() else GAPS)


async def _end(world: World, worker: Engine) -> None:
    """The worker comes back, no faults any more: everything that was due is done, all that was said is heard."""
    worker.come_back()
    await worker.sit(world.at + 2880 + 1 - world.at % 2, faults=False)
    for _ in range(3):
        await worker.work_queue(faults=False)
        await worker.sweep_pending()
        await worker.sit(world.at, faults=False)
    await checks.check(world, drained=True)
    await checks.check_end(world)
