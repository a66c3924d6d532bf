"""One organisation of the simulator: its people, its promises, its incidents, and what is known of each without asking."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from tests.conftest import Member, make_member
from tests.simulation import station
from tests.simulation.faults import Aborted, AnswerLost, Fuse, fuse
from tests.simulation.oracle import HALF, RESOLUTION, RESPONSE, UPDATE, Climate, Watch, working
from tests.simulation.oracle_ladder import NEVER, Fact
from tests.simulation.station import Station
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import TocsinError
from tocsin.base.ids import new_id
from tocsin.db.tx import Database, Tx
from tocsin.escalation import service as escalation
from tocsin.escalation.service import Draft
from tocsin.sla import service as sla
from tocsin.sla.model import NewCalendar, NewSlaPolicy, Target
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

_DAY = ((540, 1020),)
CLIMATES = (
    Climate(datetime(2026, 3, 3, 8, tzinfo=UTC)),
    Climate(datetime(2026, 3, 28, 7, tzinfo=UTC)),
    Climate(datetime(2026, 3, 27, 13, tzinfo=UTC), "Europe/Berlin", (_DAY,) * 5 + ((), ((600, 840),))),
    Climate(datetime(2026, 10, 24, 15, tzinfo=UTC), "America/New_York", (((480, 720), (780, 1080)),) * 7),
    Climate(datetime(2026, 4, 4, 20, tzinfo=UTC), "Australia/Lord_Howe", (((1320, 1800),),) * 7),
    Climate(datetime(2028, 2, 28, 9, tzinfo=UTC), "Asia/Kathmandu", (((0, 1440),),) * 5 + ((), ())),
)
"""Where and when stories are set: always open, or across clock changes, over midnight, with two shifts, in a leap year."""
HORIZON = 2880 * 14
"""Halves that are worked out ahead: two weeks."""
PRIORITIES = ("critical", "high", "medium", "low")


@dataclass(slots=True)
class Known:
    """An incident as its people know it."""

    id: UUID
    made_at: int
    watch: Watch
    reporter: UUID
    owner: UUID | None = None
    is_closed: bool = False
    is_deleted: bool = False
    facts: list[Fact] = field(default_factory=list)
    """What was done to it, in order."""
    spans: list[tuple[int, int | None, str]] = field(default_factory=list)
    """From when until when it was paused, resolved, deleted (None: still)."""

    def note(self, at: int, what: str) -> None:
        self.facts.append((at, what))

    def begin(self, at: int, what: str) -> None:
        if not any(until is None and kind == what for _, until, kind in self.spans):
            self.spans.append((at, None, what))

    def end(self, at: int, what: str) -> None:
        self.spans = [
            (since, at if until is None and kind == what else until, kind) for since, until, kind in self.spans
        ]

    def was(self, at: int, *kinds: str) -> bool:
        """Whether it was so at a moment (the edges count as not)."""
        return any(kind in kinds and since < at and (until is None or at < until) for since, until, kind in self.spans)


@dataclass(slots=True)
class Reminder:
    """A reminder for a time."""

    id: UUID
    incident: UUID
    due: int
    cancelled: bool = False


@dataclass(slots=True)
class Series:
    """A reminder that recurs, and its times by the wall's clock."""

    id: UUID
    incident: UUID
    times: list[int]
    cancelled: bool = False


class Broken(AssertionError):
    """Something that must be so is not."""


def must(so: bool, why: str) -> None:
    """Raises `Broken` unless it is so."""
    if not so:
        raise Broken(why)


class World:
    """A story's stage. `at` is the present, in halves since its start. `has_watch`: the story is about who is woken."""

    def __init__(self, database: Database, seed: int, *, has_watch: bool = False) -> None:
        self.database = database
        self.random = random.Random(seed)
        self.climate = self.random.choice(station.CLIMATES if has_watch else CLIMATES)
        self.has_watch = has_watch
        self.station: Station | None = None
        self.away: list[tuple[int, int]] = []
        """From when until when no worker was there; the last may be without an end."""
        self.open = working(self.climate, HORIZON)
        self.at = 0
        self.incidents: dict[UUID, Known] = {}
        self.reminders: dict[UUID, Reminder] = {}
        self.series: dict[UUID, Series] = {}
        self.log: list[str] = []
        self.policy: dict[str, Any] | None = None
        self.percents = [75, 90]
        self.updates: dict[str, int] = {}
        """How often the public is promised a word, in minutes, by priority."""
        self.tenant: Tenant
        self.people: list[Member] = []
        self.first_job = 0

    # ------------------------------------------------------------------------------------------------------- the clock

    def time(self, at: int | None = None) -> datetime:
        return self.climate.start + (self.at if at is None else at) * HALF

    def half(self, moment: datetime) -> int:
        """A moment in halves; it must be one."""
        halves, rest = divmod(moment - self.climate.start, HALF)
        assert not rest, f"{moment} is no half minute of the story"
        return halves

    def at_hand(self, due: int) -> int:
        """When a worker is there for what is due at a moment."""
        return next((until for since, until in self.away if since <= due < until), due)

    def let_pass(self, known: Known) -> None:
        """Bring an incident's clocks to the present. Stories about watches promise nothing: there they stand still."""
        if not self.has_watch:
            known.watch.advance(self.at)

    def in_need(self) -> list[Known]:
        """Mostly the incidents of which somebody is being told."""
        if self.station is None or self.random.random() < 0.3:
            return []
        return [known for known in self.incidents.values() if known.id in self.station.ringing]

    def leave(self) -> None:
        """The worker goes."""
        self.away.append((self.at, NEVER))

    def come_back(self) -> None:
        """The worker is there again."""
        self.away = [(since, min(until, self.at)) for since, until in self.away]

    def tx(self) -> Any:
        return self.database.tenant(self.tenant.id, now=self.time())

    def say(self, text: str) -> None:
        self.log.append(f"{self.time():%m-%d %H:%M:%S} {text}")

    # -------------------------------------------------------------------------------------------------------- the stage

    async def set_up(self) -> None:
        """An organisation with people, promises, a calendar and perhaps a ladder."""
        slug = f"sim-{new_id().hex[-12:]}"
        self.tenant = await tenancy.create(self.database, slug, "Simulated", time_zone=self.climate.zone)
        for role in ("manager", "agent", "agent", *(("agent",) if self.has_watch else ())):
            self.people.append(await make_member(self.database, self.tenant, role))
        chief = system_actor(self.tenant.id)
        async with self.tx() as tx:
            if self.has_watch:
                await tx.run(
                    "update incident_priorities set response_time_minutes = null, resolution_time_minutes = null"
                    " where tenant_id = $1",
                    self.tenant.id,
                )
                await tenancy.configuration_changed(tx)
                self.station = Station(self.climate, self.random, self.people)
                self.policy = await self.station.set_up(tx, chief)
            else:
                await self._promise(tx, chief)
                if self.random.random() < 0.6:
                    await self._ladder(tx, chief)
        async with self.database.globally() as tx:
            self.first_job = await tx.value("select coalesce(max(id), 0) from pgqueuer")

    async def _promise(self, tx: Tx, chief: Actor) -> None:
        for slug in PRIORITIES:
            response, resolution = self.random.choice([1, 2, 3, None]), self.random.choice([3, 6, 12, 24, 72, None])
            await tx.run(
                "update incident_priorities set response_time_minutes = $3, resolution_time_minutes = $4"
                " where tenant_id = $1 and slug = $2",
                *(self.tenant.id, slug, *(None if n is None else n * 20 for n in (response, resolution))),
            )
        await tenancy.configuration_changed(tx)
        if not self.climate.is_always_open:
            hours = {
                station.DAYS[n]: [[_wall(since), _wall(until)] for since, until in day]
                for n, day in enumerate(self.climate.week)
                if day
            }
            given = NewCalendar(name="Desk", hours=hours, time_zone=self.climate.zone, is_default=True)
            await sla.add_calendar(tx, chief, given)
        if self.random.random() < 0.7:
            self.updates = {slug: self.random.choice([20, 60, 180]) for slug in self.random.sample(PRIORITIES, 3)}
            lines = [Target(priority=slug, update_minutes=minutes) for slug, minutes in self.updates.items()]
            await sla.add_policy(tx, chief, NewSlaPolicy(name="Words", targets=lines))

    async def _ladder(self, tx: Tx, chief: Actor) -> None:
        wait = self.random.choice([0, 5, 15])
        count = self.random.randint(1, 3)
        steps = [
            {"after": f"PT{self.random.choice([0, 5, 30])}M", "actions": [self.random.choice(ACTIONS)]}
            for _ in range(count)
        ]
        self.policy = {
            "name": "Ladder",
            "trigger": {"on": self.random.choice(["unassigned", "unacknowledged"]), "after": f"PT{wait}M"},
            "steps": steps,
            "repeat": self.random.choice([0, 0, 1]) if wait else 0,
        }
        await escalation.add_policy(tx, chief, msgspec.convert(self.policy, Draft))

    async def targets(self, tx: Tx, slug: str) -> dict[str, int | None]:
        """What a priority promises, in halves."""
        row = await tx.row(
            "select response_time_minutes, resolution_time_minutes from incident_priorities where tenant_id = $1 and slug = $2",
            *(self.tenant.id, slug),
        )
        assert row is not None
        minutes = {RESPONSE: row["response_time_minutes"], RESOLUTION: row["resolution_time_minutes"]}
        minutes[UPDATE] = self.updates.get(slug)
        return {clock: None if count is None else count * 2 for clock, count in minutes.items()}

    # ---------------------------------------------------------------------------------------------------- doing things

    async def do(self, said: str, call: Callable[[Tx], Awaitable[Any]], *, faults: bool = True) -> tuple[bool, Any]:
        """Run something in a transaction that may go wrong; whether it was committed, and what it answered."""
        burning = None
        if faults and self.random.random() < 0.25:
            burning = Fuse(self.random.randint(0, 16), after_commit=self.random.random() < 0.2)
        answer: Any = None
        try:
            with fuse(burning):
                async with self.tx() as tx:
                    answer = await call(tx)
        except Aborted:
            self.say(f"{said}: aborted")
            return False, None
        except AnswerLost:
            self.say(f"{said}: done, and the answer lost")
            return True, answer
        except TocsinError as error:
            self.say(f"{said}: refused, {error.detail}")
            return False, None
        self.say(said)
        return True, answer

    def person(self) -> Member:
        return self.random.choice(self.people)


ACTIONS: tuple[dict[str, Any], ...] = (
    {"do": "notify", "to": {"role": "manager"}},
    {"do": "notify", "to": {"role": "viewer"}},
    {"do": "notify", "to": {"user": "owner"}},
)
"""What steps do here: nothing that changes an incident, so that what people know of it stays true."""


def _wall(minute: int) -> str:
    """A minute of the day as calendars write it; past midnight it is of the next day."""
    if minute == 1440:
        return "24:00"
    return f"{minute % 1440 // 60:02}:{minute % 60:02}"
