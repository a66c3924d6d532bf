"""What a list says of the clocks: which one, in which state, in which words, and where that puts an incident in a queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from tocsin.incidents.rules import ASLEEP, AWAKE_UNTIL, NextDue, next_due, queue_time, read_clock, short_time

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
moments = st.integers(-100_000, 100_000).map(lambda minutes: NOON + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0:00"),
        (9, "0:09"),
        (252.9, "4:12"),
        (599, "9:59"),
        (600, "10m"),
        (47 * 60, "47m"),
        (3600, "1h 00m"),
        (82 * 60, "1h 22m"),
        (86_399, "23h 59m"),
        (86_400, "1d 0h"),
        (2 * 86_400 + 7 * 3600, "2d 7h"),
        (-0.5, "−0:00"),
        (-59, "−0:59"),
        (-60, "−1m"),
        (-38 * 60, "−38m"),
        (-90_000, "−1d 1h"),
    ],
)
def test_time_left_is_said_shortly(seconds: float, said: str) -> None:
    assert short_time(seconds) == said


@pytest.mark.parametrize(
    ("now", "paused", "state"),
    [
        *((0, None, "ok"), (74, None, "ok"), (75, None, "warn"), (90, None, "urgent"), (100, None, "urgent")),
        *((100.5, None, "breach"), (500, 40, "pause"), (500, 140, "pause")),
    ],
)
def test_the_state_follows_from_what_is_used(now: float, paused: float | None, state: str) -> None:
    assert read_clock(now, 0, 100, [0.75, 0.9], paused).state == state


def test_a_single_warning_is_never_the_last_and_without_any_all_is_well() -> None:
    assert read_clock(99, 0, 100, [0.5], None).state == "warn"
    assert read_clock(99, 0, 100, [], None).state == "ok"


@given(start=st.floats(0, 1e6), due=st.floats(0, 1e6), now=st.floats(0, 2e6), paused=st.none() | st.floats(0, 2e6))
def test_a_reading_is_a_fraction_and_a_pause_stands_still(
    start: float, due: float, now: float, paused: float | None
) -> None:
    found = read_clock(now, start, due, [0.75, 0.9], paused)
    assert 0 <= found.used <= 1
    if paused is not None:
        assert found == read_clock(now + 1000, start, due, [0.75, 0.9], paused)
    else:
        assert (found.state == "breach") == (found.left < 0)


def test_the_clock_that_is_due_first_is_shown() -> None:
    reply, solve = NOON, NOON + timedelta(hours=4)
    assert next_due(reply, None, solve, None, None) == NextDue("reply", reply)
    assert next_due(solve, None, reply, None, None) == NextDue("resolve", reply)
    assert next_due(reply, NOON, solve, None, None) == NextDue("resolve", solve)
    assert next_due(None, None, None, None, None) is None
    assert next_due(reply, None, solve, NOON, None) is None, "a resolved one has nothing to meet"


def test_a_pause_holds_the_resolution_but_not_the_reply() -> None:
    late, soon = NOON + timedelta(days=2), NOON + timedelta(hours=1)
    assert next_due(late, None, soon, None, NOON) == NextDue("reply", late)
    assert next_due(late, NOON, soon, None, NOON) == NextDue("resolve", soon, NOON)


@given(at=moments, other=moments, paused=moments)
def test_queues_keep_running_and_paused_clocks_apart_each_in_order(
    at: datetime, other: datetime, paused: datetime
) -> None:
    found = [queue_time(NextDue("resolve", due, since)) for since in (None, paused) for due in (at, other)]
    running, second, asleep, sleeper = [moment or NOON for moment in found]
    assert running < AWAKE_UNTIL <= asleep
    assert (running < second) == (asleep < sleeper) == (at < other)
    assert asleep - ASLEEP == at - paused
