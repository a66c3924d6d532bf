"""On call, from data alone: no double cover in a layer, no hole that is not reported, hand-overs at wall time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from tocsin.base.zones import wall_moment
from tocsin.oncall import rules
from tocsin.oncall.rules import Absence, Layer, Override, People, Rota, Shift

A, B, C, D = (UUID(int=n) for n in range(1, 5))
BERLIN, LORD_HOWE, APIA = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")
ZONES = [BERLIN, LORD_HOWE, APIA, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kolkata"), ZoneInfo("UTC")]
EVER = datetime(1990, 1, 1, tzinfo=UTC)
NOBODY = People()


def layer(
    number: int = 100, people: tuple[UUID, ...] = (A, B), start: str = "2026-03-23T09:00", **more: object
) -> Layer:
    about = {"rotation": "weekly", "every": 1, "zone": BERLIN, "valid_from": EVER} | more
    return Layer(id=UUID(int=number), people=people, start=datetime.fromisoformat(start), **about)  # type: ignore[arg-type]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(shifts: list[Shift]) -> list[tuple[int, str, str]]:
    return [(s.user_id.int, f"{s.since:%m-%dT%H:%M}", f"{s.until:%m-%dT%H:%M}") for s in shifts]


def test_a_week_over_a_clock_change_hands_over_at_the_same_wall_time() -> None:
    found = rules.turns(layer(), utc("2026-03-22T00:00"), utc("2026-04-07T00:00"))
    assert told(found) == [
        (1, "03-23T08:00", "03-30T07:00"),
        (2, "03-30T07:00", "04-06T07:00"),
        (1, "04-06T07:00", "04-07T00:00"),
    ]


@pytest.mark.parametrize(
    "zone, local, moment",
    [
        (BERLIN, "2026-03-29T02:30", "2026-03-29T01:00"),  # leapt over: the leap
        (BERLIN, "2026-10-25T02:30", "2026-10-25T00:30"),  # twice: the first
        (LORD_HOWE, "2026-10-04T02:15", "2026-10-03T15:30"),  # half an hour
        (APIA, "2011-12-30T12:00", "2011-12-30T10:00"),  # a day that was not
    ],
)
def test_hand_overs_that_the_clock_leaps_over_or_shows_twice(zone: ZoneInfo, local: str, moment: str) -> None:
    assert wall_moment(datetime.fromisoformat(local), zone) == utc(moment)


def test_custom_hours_and_restrictions() -> None:
    halves = layer(rotation="custom", every=12, start="2026-03-28T08:00")
    found = rules.turns(halves, utc("2026-03-28T07:00"), utc("2026-03-29T18:00"))
    assert told(found) == [
        (1, "03-28T07:00", "03-28T19:00"),
        (2, "03-28T19:00", "03-29T06:00"),
        (1, "03-29T06:00", "03-29T18:00"),
    ]
    nights = layer(hours={"mon": [(22 * 60, 6 * 60)], "tue": [(1380, 1440)]})
    found = rules.layer_shifts(nights, NOBODY, utc("2026-03-22T00:00"), utc("2026-03-26T00:00"))
    assert told(found) == [(1, "03-23T21:00", "03-24T05:00"), (1, "03-24T22:00", "03-24T23:00")]


def test_higher_layers_win_and_overrides_win_over_all() -> None:
    low, high = layer(1, (C,)), layer(2, (A, B), hours={"mon": [(9 * 60, 17 * 60)]})
    overrides = [
        Override(UUID(int=8), D, utc("2026-03-23T10:00"), utc("2026-03-23T20:00")),
        Override(UUID(int=9), B, utc("2026-03-23T12:00"), utc("2026-03-23T13:00")),
    ]
    found = rules.rota([low, high], overrides, NOBODY, utc("2026-03-23T00:00"), utc("2026-03-24T00:00"))
    assert told(list(found.final)) == [
        (1, "03-23T08:00", "03-23T10:00"),
        (4, "03-23T10:00", "03-23T12:00"),
        (2, "03-23T12:00", "03-23T13:00"),
        (4, "03-23T13:00", "03-23T20:00"),
        (3, "03-23T20:00", "03-24T00:00"),
    ]
    assert found.gaps == [(utc("2026-03-23T00:00"), utc("2026-03-23T08:00"))]


def test_who_is_away_is_stood_in_for_over_a_chain_else_the_layer_below_shows() -> None:
    days = {
        A: [Absence(utc("2026-03-24T00:00"), utc("2026-03-27T00:00"), B)],
        B: [Absence(utc("2026-03-25T00:00"), utc("2026-03-26T00:00"), A)],
    }
    people = People(days, frozenset({D}))
    found = rules.rota([layer(1, (D,)), layer(2, (A,))], [], people, utc("2026-03-23T12:00"), utc("2026-03-28T00:00"))
    assert told(list(found.final)) == [
        (1, "03-23T12:00", "03-24T00:00"),
        (2, "03-24T00:00", "03-25T00:00"),
        (2, "03-26T00:00", "03-27T00:00"),
        (1, "03-27T00:00", "03-28T00:00"),
    ]
    assert [s.stands_in_for for s in found.final] == [None, A, A, None]
    assert found.gaps == [(utc("2026-03-25T00:00"), utc("2026-03-26T00:00"))]


# ---------------------------------------------------------------------------------------------------------- properties

WHEN = st.integers(0, 24 * 60 * 40).map(lambda n: datetime(2026, 3, 10, tzinfo=UTC) + timedelta(minutes=n))
USERS = st.sampled_from([A, B, C, D])
MINUTES = st.integers(0, 48).map(lambda n: n * 30)
HOURS = st.dictionaries(
    st.sampled_from(rules.WEEKDAYS),
    st.lists(st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] != pair[1] and pair[0] < 1440), max_size=2),
    max_size=7,
)


@st.composite
def layers(draw: st.DrawFn) -> list[Layer]:
    found = []
    for number in range(draw(st.integers(1, 3))):
        rotation = draw(st.sampled_from(get_args(rules.Rotation)))
        found.append(
            Layer(
                id=UUID(int=100 + number),
                people=tuple(draw(st.lists(USERS, min_size=1, max_size=4))),
                rotation=rotation,
                every=draw(st.integers(1, 40 if rotation == "custom" else 3)),
                start=datetime(2026, 3, 1) + timedelta(minutes=draw(st.integers(0, 4000)) * 15),
                zone=draw(st.sampled_from(ZONES)),
                hours=draw(HOURS),
                valid_from=draw(st.one_of(st.just(EVER), WHEN)),
                valid_until=draw(st.one_of(st.none(), WHEN)),
            )
        )
    return found


STRETCHES = st.tuples(WHEN, st.integers(1, 6000)).map(lambda pair: (pair[0], pair[0] + timedelta(minutes=pair[1])))
OVERRIDES = st.lists(
    st.builds(lambda n, who, s: Override(UUID(int=n), who, *s), st.integers(1, 99), USERS, STRETCHES), max_size=3
)
ABSENCES = st.dictionaries(
    USERS, st.lists(st.builds(lambda s, d: Absence(s[0], s[1], d), STRETCHES, st.none() | USERS), max_size=2)
)


def whole(found: Rota, since: datetime, until: datetime) -> None:
    """Shifts and gaps, in order, make up the time from `since` to `until`: no double cover, no hole unreported."""
    parts = sorted([(s.since, s.until) for s in found.final] + list(found.gaps))
    assert parts[0][0] == since
    assert parts[-1][1] == until
    assert all(one[1] == two[0] for one, two in pairwise(parts))
    assert all(one[0] < one[1] for one in parts)


@settings(max_examples=150)
@given(layers(), OVERRIDES, ABSENCES, st.frozensets(USERS, max_size=1), WHEN, st.integers(1, 30))
def test_shifts_and_gaps_make_up_the_whole(
    some: list[Layer],
    overrides: list[Override],
    absences: dict[UUID, list[Absence]],
    gone: frozenset[UUID],
    since: datetime,
    days: int,
) -> None:
    people, until = People(absences, gone), since + timedelta(days=days)
    found = rules.rota(some, overrides, people, since, until)
    whole(found, since, until)
    for each in found.layers.values():
        assert all(one.until <= two.since for one, two in pairwise(each)), "double cover in a layer"
    for shift in found.final:
        assert shift.user_id not in gone
        away = [a for a in absences.get(shift.user_id, []) if a.since < shift.until and shift.since < a.until]
        assert not away, "somebody who is away has the watch"


@settings(max_examples=60)
@given(layers(), OVERRIDES, ABSENCES, WHEN, st.lists(st.integers(0, 20 * 24 * 60 - 1), min_size=1, max_size=15))
def test_a_moment_says_what_the_rota_says(
    some: list[Layer],
    overrides: list[Override],
    absences: dict[UUID, list[Absence]],
    since: datetime,
    minutes: list[int],
) -> None:
    """However the time is cut, the same person has the watch: what is drawn is what is woken."""
    people, until = People(absences), since + timedelta(days=20)
    found = rules.rota(some, overrides, people, since, until)
    for n in minutes:
        moment = since + timedelta(minutes=n)
        drawn = next((s.user_id for s in found.final if s.since <= moment < s.until), None)
        now = rules.at(some, overrides, people, moment)
        assert (now.user_id if now is not None else None) == drawn


@settings(max_examples=100)
@given(layers(), WHEN)
def test_every_hand_over_is_at_wall_time(some: list[Layer], since: datetime) -> None:
    for one in some:
        for before, after in pairwise(rules.turns(one, since, since + timedelta(days=25))):
            assert before.until == after.since
            local = after.since.astimezone(one.zone).replace(tzinfo=None)
            near = round((local - one.start) / one.period)
            planned = [one.start + one.period * number for number in (near - 1, near, near + 1)]
            assert after.since in [wall_moment(each, one.zone) for each in planned]
