"""The part of a stage that wakes people: a rota, a ladder that calls on it, how each wants to be told, and who is away."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tests.conftest import Member
from tests.simulation.oracle import Climate
from tests.simulation.oracle_ladder import Order, Plan, Rule
from tests.simulation.oracle_rota import EVERY_DAY, Layers, RotaOracle, Turns
from tocsin.base.actor import Actor
from tocsin.db.tx import Tx
from tocsin.escalation import service as escalation
from tocsin.escalation.service import Draft, PersonalRule
from tocsin.oncall import service as oncall
from tocsin.oncall.model import NewLayer, NewSchedule

CLIMATES = (
    Climate(datetime(2026, 3, 28, 16, tzinfo=UTC), "Europe/Berlin"),
    Climate(datetime(2026, 10, 24, 15, tzinfo=UTC), "Europe/Berlin"),
    Climate(datetime(2026, 3, 7, 22, tzinfo=UTC), "America/New_York"),
    Climate(datetime(2026, 10, 31, 20, tzinfo=UTC), "America/New_York"),
    Climate(datetime(2026, 4, 4, 6, tzinfo=UTC), "Australia/Lord_Howe"),
    Climate(datetime(2026, 10, 3, 6, tzinfo=UTC), "Australia/Lord_Howe"),
    Climate(datetime(2028, 2, 28, 9, tzinfo=UTC), "Asia/Kathmandu"),
)
"""Where watches change hands: in nights of a clock change, once of half an hour, and in a leap year without any."""
WATCH = "watch"
"""The slug of the rota."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Notice:
    """Whom a step tells: who is on call, a role (`manager` or one that nobody has), or a person; maybe by one channel."""

    to: str | UUID
    channel: str = ""

    def draft(self) -> dict[str, Any]:
        """The action as a client writes it."""
        kind = "user" if isinstance(self.to, UUID) else "schedule" if self.to == WATCH else "role"
        return {"do": "notify", "to": {kind: str(self.to)}, **({"channel": self.channel} if self.channel else {})}


@dataclass(slots=True)
class Station:
    """What is known of it without asking. Times are halves since the story's start."""

    climate: Climate
    random: random.Random
    people: list[Member]
    rota: RotaOracle = field(init=False)
    phones: dict[UUID, str] = field(default_factory=dict)
    rules: dict[UUID, list[tuple[int, tuple[Rule, ...]]]] = field(default_factory=dict)
    steps: list[list[Notice]] = field(default_factory=list)
    ringing: set[UUID] = field(default_factory=set)
    """Incidents of which somebody is still to be told: there what people do matters most."""
    plan: Plan = field(init=False)
    schedule: UUID = field(init=False)

    def __post_init__(self) -> None:
        self.rota = RotaOracle(self.climate)

    # -------------------------------------------------------------------------------------------------------- the stage

    async def set_up(self, tx: Tx, chief: Actor) -> dict[str, Any]:
        """Write down a rota, telephones, rules and a ladder; the policy's draft."""
        for number, person in enumerate(self.people):
            if self.random.random() < 0.6:
                self.phones[person.id] = f"+49 30 90182{number}0"
                await tx.run(
                    "update users set phone = $3 where tenant_id = $1 and id = $2",
                    *(tx.tenant_id, person.id, self.phones[person.id]),
                )
        layers = self.layers()
        made = NewSchedule(name="Watch", slug=WATCH, time_zone=self.climate.zone, layers=drafts(layers))
        self.schedule = (await oncall.add_schedule(tx, chief, made)).id
        self.rota.layers.append(Layers(self.schedule, 0, turns=layers))
        for person in self.people:
            if self.random.random() < 0.7:
                rules = self.preferences(person)
                await escalation.set_rules(tx, person.actor, "me", rule_drafts(rules))
                self.prefer(person.id, 0, rules)
        return await self._ladder(tx, chief)

    async def _ladder(self, tx: Tx, chief: Actor) -> dict[str, Any]:
        on = self.random.choice(["unassigned", "unacknowledged"])
        after, waits = self.random.choice([0, 5, 15, 60]), [self.random.choice([0, 5, 30, 180])]
        waits += [self.random.choice([5, 10, 30, 180]) for _ in range(self.random.randint(0, 3))]
        stops = self.random.choice([None, [], ["acknowledged", "assigned", "resolved"]])
        repeat = self.random.choice([0, 0, 1]) if after else 0
        self.steps = [self._notices() for _ in waits]
        usual = {"unassigned": ["assigned", "resolved"], "unacknowledged": ["acknowledged", "resolved"]}[on]
        self.plan = Plan(
            on, 2 * after, tuple(2 * n for n in waits), repeat, frozenset(usual if stops is None else stops)
        )
        draft: dict[str, Any] = {
            "name": "Ladder",
            "trigger": {"on": on, "after": f"PT{after}M"},
            "steps": [
                {"after": f"PT{wait}M", "actions": [notice.draft() for notice in notices]}
                for wait, notices in zip(waits, self.steps, strict=True)
            ],
            "repeat": repeat,
            **({} if stops is None else {"stop_on": stops}),
        }
        await escalation.add_policy(tx, chief, msgspec.convert(draft, Draft))
        return draft

    def _notices(self) -> list[Notice]:
        to: list[str | UUID] = [WATCH] if self.random.random() < 0.7 else []
        if not to or self.random.random() < 0.3:
            somebody: list[str | UUID] = ["manager", "viewer", self.random.choice(self.people).id]
            to.append(self.random.choice(somebody))
        return [Notice(each, self.random.choice(["", "", "", "sms", "email"])) for each in to]

    def layers(self) -> tuple[Turns, ...]:
        """One layer or two, at random."""
        return tuple(self._turns(is_upper=n > 0) for n in range(self.random.randint(1, 2)))

    def _turns(self, *, is_upper: bool) -> Turns:
        count = self.random.randint(1, 3)
        people = tuple(one.id for one in self.random.sample(self.people, count))
        day = (self.climate.start - timedelta(days=self.random.randint(0, 3))).date()
        begins = datetime.combine(day, time(*self.random.choice([(0, 0), (2, 30), (9, 0), (17, 45), (22, 0)])))
        every = self.random.choice([1, 3, 5, 8, 12, 24, 25, 48, 168])
        hours, days = None, EVERY_DAY
        if is_upper and self.random.random() < 0.7:
            hours = self.random.choice([(480, 1080), (1320, 360), (90, 150), (0, 720)])
            days = frozenset(self.random.sample(range(7), self.random.randint(3, 7)))
        return Turns(people, begins, every, hours, days)

    def preferences(self, person: Member) -> tuple[Rule, ...]:
        """How somebody may want to be told. Whom they call stands before them in the list, so that no call goes round."""
        mail, phone = person.email, self.phones.get(person.id)
        before = self.people[: self.people.index(person)]
        rules = [Rule(2 * self.random.choice([0, 0, 2]), "email", mail)]
        if self.random.random() < 0.6:
            rules.append(Rule(2 * self.random.choice([0, 5, 30]), "sms", phone))
        if self.random.random() < 0.6:
            rules.append(Rule(2 * self.random.choice([3, 7, 60]), "email", mail))
        if before and self.random.random() < 0.5:
            rules.append(Rule(2 * self.random.choice([0, 10, 45]), call=self.random.choice(before).id))
        return tuple(sorted(rules, key=lambda rule: rule.after))

    def prefer(self, who: UUID, at: int, rules: tuple[Rule, ...]) -> None:
        """Somebody has said how they want to be told."""
        self.rules.setdefault(who, []).append((at, rules))

    # --------------------------------------------------------------------------------------------------- what is so when

    def member(self, who: UUID) -> Member:
        return next(one for one in self.people if one.id == who)

    def _address(self, who: UUID, channel: str) -> str | None:
        return self.member(who).email if channel == "email" else self.phones.get(who)

    def rules_at(self, who: UUID, at: int) -> tuple[Rule, ...]:
        """By which rules somebody is told at a moment."""
        said = [rules for since, rules in self.rules.get(who, ()) if since <= at]
        return said[-1] if said else (Rule(0, "email", self.member(who).email),)

    def called(self, who: UUID, at: int) -> tuple[UUID, tuple[Rule, ...]] | None:
        """Who is told when somebody is called, and how."""
        here = self.rota.present(who, at)
        return (here, self.rules_at(here, at)) if here is not None else None

    def told(self, step: int, at: int) -> tuple[tuple[UUID, tuple[Rule, ...]], ...]:
        """Whom a step must tell at a moment, and how."""
        found = []
        for notice in self.steps[step]:
            here = self.rota.present(meant, at) if (meant := self._meant(notice, at)) is not None else None
            if here is not None:
                own = (Rule(0, notice.channel, self._address(here, notice.channel)),)
                found.append((here, own if notice.channel else self.rules_at(here, at)))
        return tuple((who, rules) for who, rules in found if any(rule.works for rule in rules))

    def _meant(self, notice: Notice, at: int) -> UUID | None:
        if isinstance(notice.to, UUID):
            return notice.to
        if notice.to == WATCH:
            return self.rota.on_call(at)
        return self.people[0].id if notice.to == "manager" else None

    def order(self, at: int, run: UUID, round_: int, step: int) -> Order:
        """What a step that was taken asks for."""
        return Order(at, (run, round_, step), self.told(step, at))


def drafts(layers: tuple[Turns, ...]) -> list[NewLayer]:
    """Layers as a client writes them."""
    found = []
    for turns in layers:
        rotation, every = ("custom", turns.every) if turns.every % 24 else ("daily", turns.every // 24)
        hours = {DAYS[day]: [[_wall(minute) for minute in turns.hours]] for day in turns.days} if turns.hours else {}
        draft = {
            "rotation": "weekly" if every == 7 and rotation == "daily" else rotation,
            "every": 1 if every == 7 and rotation == "daily" else every,
            "start": f"{turns.start:%Y-%m-%d}",
            "handover": f"{turns.start:%H:%M}",
            "users": [str(who) for who in turns.people],
            "hours": hours,
        }
        found.append(msgspec.convert(draft, NewLayer))
    return found


def rule_drafts(rules: tuple[Rule, ...]) -> list[PersonalRule]:
    """Rules as a client writes them."""
    return [
        PersonalRule(after=f"PT{rule.after // 2}M", user=str(rule.call))
        if rule.call is not None
        else PersonalRule(after=f"PT{rule.after // 2}M", channel=rule.channel)  # type: ignore[arg-type]
        for rule in rules
    ]


def _wall(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
