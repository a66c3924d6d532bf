"""The gaps of a ladder, against a look at every minute."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tocsin.escalation.rules import Action, Ladder, Step, reach
from tocsin.escalation.rules.people import People
from tocsin.sla.rules import AROUND_THE_CLOCK, Hours, WorkingTime, read_week

pytestmark = pytest.mark.pure

START = datetime(2026, 3, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PEOPLE = [UUID(int=n) for n in range(1, 5)]
SCHEDULE, TEAM = UUID(int=50), UUID(int=60)


def at(minute: int) -> datetime:
    return START + minute * MINUTE


def people_of(dice: random.Random, minutes: int, *, at_once: bool) -> People:
    cuts = sorted(dice.sample(range(minutes + 300), 6))
    shifts = [(at(a), at(b), dice.choice(PEOPLE)) for a, b in itertools.pairwise(cuts) if dice.random() < 0.7]
    absences = {}
    for person in PEOPLE:
        if dice.random() < 0.5:
            a, b = sorted(dice.sample(range(minutes + 200), 2))
            absences[person] = [(at(a), at(b), dice.choice([None, *(one for one in PEOPLE if one != person)]))]
    delays = {
        one: {"": (0 if at_once else dice.choice((0, 3, 8))) * MINUTE, "email": timedelta()}
        if dice.random() < 0.7
        else {}
        for one in PEOPLE
    }
    return People(
        teams={TEAM: dice.sample(PEOPLE, dice.randint(0, 2))},
        shifts={SCHEDULE: shifts},
        absences=absences,
        delays=delays,
        last_resort=dice.choice((None, PEOPLE[0])),
    )


def ladder_of(dice: random.Random) -> Ladder:
    def action() -> Action:
        return dice.choice(
            [
                Action("notify", kind="schedule", target=SCHEDULE),
                Action("notify", kind="user", target=dice.choice(PEOPLE), channel=dice.choice(("", "email", "sms"))),
                Action("notify", kind="team", target=TEAM),
                Action("raise_priority"),
            ]
        )

    steps = tuple(Step(dice.choice((0, 5, 10)) * MINUTE, (action(),)) for _ in range(dice.randint(1, 3)))
    return Ladder("L", "unassigned", timedelta(), "", steps, 0, ())


OFFICE = WorkingTime(Hours("UTC", read_week({"mon": [["02:00", "04:00"], ["05:00", "08:00"]]})))


@pytest.mark.parametrize("hours", [AROUND_THE_CLOCK, OFFICE], ids=["always", "office"])
@pytest.mark.parametrize("seed", range(40))
def test_gaps_are_those_that_a_look_at_every_minute_finds(seed, hours):
    dice, minutes = random.Random(seed), 500
    ladder, people, within = (
        ladder_of(dice),
        people_of(dice, minutes, at_once=hours is OFFICE),
        dice.choice((10, 20, 45)) * MINUTE,
    )
    found = reach.gaps(ladder, people, hours, START, at(minutes), within)
    for minute in range(minutes):
        is_in = any(gap.since <= at(minute) < gap.until for gap in found)
        is_missed = reach.reached_after(ladder, people, hours, at(minute), within) is None
        assert is_in == is_missed, minute
    assert all(gap.since < gap.until for gap in found)
    assert all(a.until < b.since for a, b in itertools.pairwise(found))


def test_an_empty_rota_is_a_gap_from_end_to_beginning():
    shifts = [(at(0), at(100), PEOPLE[0]), (at(160), at(900), PEOPLE[1])]
    everybody = {one: {"": timedelta()} for one in PEOPLE}
    people = People(shifts={SCHEDULE: shifts}, delays=everybody)
    ladder = Ladder("L", "unassigned", timedelta(), "", (Step(timedelta(), (Action("notify", kind="schedule", target=SCHEDULE),)),), 0, ())  # fmt: skip
    found = reach.gaps(ladder, people, AROUND_THE_CLOCK, START, at(600), 15 * MINUTE)
    assert found == [reach.Gap(at(100), at(160), frozenset({"empty_rota"}))]


def test_a_second_step_closes_the_gap_when_it_comes_in_time():
    shifts = [(at(0), at(100), PEOPLE[0]), (at(160), at(900), PEOPLE[1])]
    people = People(shifts={SCHEDULE: shifts}, delays={one: {"": timedelta()} for one in PEOPLE})
    steps = (
        Step(timedelta(), (Action("notify", kind="schedule", target=SCHEDULE),)),
        Step(30 * MINUTE, (Action("notify", kind="user", target=PEOPLE[2]),)),
    )
    ladder = Ladder("L", "unassigned", timedelta(), "", steps, 0, ())
    assert reach.gaps(ladder, people, AROUND_THE_CLOCK, START, at(600), 15 * MINUTE) == []


@pytest.mark.parametrize(
    ("action", "because"),
    [
        (Action("notify", kind="user", target=PEOPLE[0]), "away"),
        (Action("notify", kind="user", target=PEOPLE[1], channel="sms"), "no_channel"),
        (Action("notify", kind="user", target=PEOPLE[3]), "inactive"),
        (Action("notify", kind="user", target=PEOPLE[2]), "too_late"),
        (Action("notify", kind="team", target=TEAM), "empty_group"),
        (Action("notify", kind="user"), "uncertain"),
        (Action("notify", kind="role", ref="nobody", channel="slack"), "tells_nobody"),
        (Action("raise_priority"), "tells_nobody"),
    ],
)
def test_a_gap_says_why(action, because):
    people = People(
        delays={PEOPLE[0]: {"": timedelta()}, PEOPLE[1]: {"": timedelta()}, PEOPLE[2]: {"": 90 * MINUTE}},
        absences={PEOPLE[0]: [(at(0), at(600), None)]},
    )
    ladder = Ladder("L", "unassigned", timedelta(), "", (Step(timedelta(), (action,)),), 0, ())
    found = reach.gaps(ladder, people, AROUND_THE_CLOCK, START, at(600), 15 * MINUTE)
    assert found == [reach.Gap(START, at(600), frozenset({because}))]
