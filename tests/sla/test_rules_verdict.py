"""Verdicts under other promises, and the first thing without which one would agree with somebody else's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from tocsin.sla import rules
from tocsin.sla.rules import History, Policy, Targets

pytestmark = pytest.mark.pure

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
WEEK = rules.read_week({day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")})
OFFICE = rules.WorkingTime(rules.Hours("UTC", WEEK))


def policy(minutes: int | None) -> Policy:
    return Policy(targets=Targets(None, minutes, "high"), warning_percents=(75,))


def life(target: int | None = 600, end: int | None = 500, pauses: tuple[tuple[int, int], ...] = ()) -> History:
    history = rules.begin(policy(target), START)
    for since, until in pauses:
        history = rules.resumed(rules.paused(history, at(since)), at(until))
    return history if end is None else rules.resolved(history, at(end))


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


@given(st.integers(1, 5000), st.integers(1, 5000), st.lists(st.integers(0, 4000), max_size=6, unique=True))
def test_judging_by_its_own_promise_says_what_its_clocks_say(target, end, edges):
    ordered = sorted(edge for edge in edges if edge < end)
    pauses = tuple(zip(ordered[::2], ordered[1::2], strict=False))
    history = life(target, end, pauses)
    found = rules.judge(history, history.policy, history.calendar)
    assert found is not None
    assert found.due_at == history.resolution.due_at
    assert found.met == (
        rules.look(history, at(10_000))[0].resolution.breached_at is None or found.ended_at <= found.due_at
    )
    standing = sum(until - since for since, until in pauses)
    assert found.used == timedelta(minutes=end - standing)


def test_nothing_is_judged_without_target_or_end():
    assert rules.judge(life(None), policy(None), rules.AROUND_THE_CLOCK) is None
    assert rules.judge(life(end=None), policy(600), rules.AROUND_THE_CLOCK) is None


def met(history: History, minutes: int, calendar: rules.Calendar) -> bool:
    found = rules.judge(history, policy(minutes), calendar)
    assert found is not None
    return found.met


def test_why_the_two_differ():
    around = rules.AROUND_THE_CLOCK
    paused = life(300, 500, ((10, 300),))
    assert met(paused, 300, around)
    assert rules.why_not(paused, policy(300), around, said=False) == "pauses"
    again = rules.resolved(rules.reopened(life(300, 100), at(400)), at(450))
    assert met(again, 300, around)
    assert rules.why_not(again, policy(300), around, said=False) == "reopening"
    slow = life(300, 500)
    assert rules.why_not(slow, policy(300), around, True, [(policy(900), around)]) == "first_priority"
    assert rules.why_not(slow, policy(300), around, said=True) == "target"
    overnight = life(300, 24 * 60)
    assert met(overnight, 500, OFFICE)
    assert rules.why_not(overnight, policy(500), OFFICE, said=False) == "calendar"
