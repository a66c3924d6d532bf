from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, settings, strategies as st

from tests.sla.walls import MINUTE, counts, weeks
from tocsin.sla import rules
from tocsin.sla.rules import Explanation, History, Hours, Policy, Targets, WorkingTime

START = datetime(2026, 3, 27, 20, 0, tzinfo=UTC)
ACTS = ("pause", "resume", "resolve", "reopen", "respond", "extend", "fix", "retarget", "update")
ALL_WEEK = (((0, 1440),),) * 7
story = st.lists(st.tuples(st.integers(0, 300), st.sampled_from(ACTS), st.integers(1, 400)), max_size=10)


def at(minute: int) -> datetime:
    return START + MINUTE * minute


def act(history: History, verb: str, minute: int, given_minutes: int) -> History:
    plain = {
        "pause": rules.paused,
        "resume": rules.resumed,
        "resolve": rules.resolved,
        "reopen": rules.reopened,
        "respond": rules.responded,
        "update": rules.updated,
    }
    if verb in plain:
        return plain[verb](history, at(minute))
    if verb == "extend":
        due = history.resolution.due_at
        later = None if due is None or history.resolution.ended_at else max(due, at(minute)) + MINUTE * given_minutes
        return history if later is None else rules.extended(history, at(minute), later)
    if verb == "fix":
        return rules.due_fixed(history, None if given_minutes % 2 else at(minute + given_minutes))
    targets = Targets(given_minutes, given_minutes * 2, "high", given_minutes // 2 + 1)
    return rules.retargeted(history, Policy(targets=targets, warning_percents=(75,)))


def check_sums(found: Explanation, history: History, name: str) -> Counter[str]:
    """Each stretch begins where the one before it ended; minutes are exact, also as sums of floats."""
    sums: Counter[str] = Counter()
    edge = found.started_at
    for part in found.parts:
        assert part.since == edge
        assert part.until > part.since
        assert abs(part.minutes - (part.until - part.since) / MINUTE) < 0.0001
        edge = part.until
        sums[part.state] += part.minutes  # type: ignore[assignment]
    if found.target_minutes is not None and rules.original_due_at(history) is None:
        assert found.counted_minutes + found.remaining_minutes == found.target_minutes
    return sums


@settings(max_examples=250, deadline=None)
@given(weeks(), st.sampled_from(["Europe/Berlin", "UTC", "America/New_York"]), story, st.integers(0, 59))
@example(ALL_WEEK, "UTC", [(0, "pause", 1), (239, "update", 1)], 0)  # looked at, paused, at the very time it was due
def test_the_numbers_add_up(week: rules.Week, zone: str, acts: list[tuple[int, str, int]], second: int) -> None:
    hours = Hours(zone, week)
    policy = Policy(targets=Targets(60, 240, "high", 90), warning_percents=(75,))
    started = START + timedelta(seconds=second, microseconds=second * 7)
    history = rules.begin(policy, started, calendar=WorkingTime(hours))
    minute = 1
    for wait, verb, amount in acts:
        minute += wait
        history = act(history, verb, minute, amount)
        for name in rules.CLOCKS:
            found = rules.explain(history, name, at(minute))
            assert (found is None) == (history.clock(name).due_at is None)
            if found is None:
                continue
            sums = check_sums(found, history, name)
            ended = history.resolution.ended_at is not None or history.clock(name).ended_at is not None
            held = name == "resolution" and history.paused_at is not None and history.fixed_due_at is None
            if ended or held:
                assert sums["running"] + sums["extended"] == found.counted_minutes
            elif found.due_at > found.started_at:
                assert found.parts[-1].until == found.due_at
                assert sums["running"] + sums["extended"] == found.counted_minutes + found.remaining_minutes


@settings(max_examples=60, deadline=None)
@given(weeks(), st.lists(st.tuples(st.integers(1, 400), st.integers(1, 600)), max_size=3))
def test_every_minute_has_its_state(week: rules.Week, pauses: list[tuple[int, int]]) -> None:
    hours = Hours("Europe/Berlin", week)
    calendar = WorkingTime(hours)
    history = rules.begin(Policy(targets=Targets(None, 300, "high"), warning_percents=()), START, calendar=calendar)
    minute, still = 0, set()
    for wait, length in pauses:
        history = rules.resumed(rules.paused(history, at(minute + wait)), at(minute + wait + length))
        still |= set(range(minute + wait, minute + wait + length))
        minute += wait + length
    found = rules.explain(history, "resolution", at(minute))
    assert found is not None
    zone = calendar._zone
    for part in found.parts:
        for number in range(0, int((part.until - part.since) / MINUTE), 7):
            moment = part.since + MINUTE * number
            is_open = counts(hours, moment, zone)
            paused = int((moment - START) / MINUTE) in still
            assert part.state == ("closed" if not is_open else "paused" if paused else "running")


def test_an_extension_keeps_what_was_due_and_arms_the_warnings_anew() -> None:
    policy = Policy(targets=Targets(None, 100, "high"), warning_percents=(75, 90))
    history = rules.begin(policy, START)
    history, told = rules.look(history, at(80))
    assert [one.percent for one in told] == [75]
    history = rules.extended(history, at(85), at(200))
    assert (history.resolution.due_at, rules.original_due_at(history)) == (at(200), at(100))
    assert rules.next_check_at(history) == at(150)
    history = rules.resumed(rules.paused(history, at(90)), at(120))
    assert (history.resolution.due_at, rules.original_due_at(history)) == (at(230), at(130))
    found = rules.explain(history, "resolution", at(140))
    assert found is not None
    assert [(part.state, part.minutes) for part in found.parts] == [
        ("running", 90.0),
        ("paused", 30.0),
        ("running", 10.0),
        ("extended", 100.0),
    ]
    history = rules.resolved(history, at(220))
    history, told = rules.look(history, at(500))
    assert [one.kind for one in told] == []


def test_the_update_clock_begins_anew_with_each_public_word() -> None:
    policy = Policy(targets=Targets(None, None, "high", 60), warning_percents=(50,))
    history = rules.begin(policy, START)
    history, told = rules.look(history, at(70))
    assert [(one.clock, one.percent) for one in told] == [("update", 50), ("update", None)]
    assert history.breached_at is None
    history = rules.updated(history, at(80))
    assert history.update.due_at == at(140)
    history, told = rules.look(history, at(140))
    assert [(one.clock, one.percent) for one in told] == [("update", 50), ("update", None)]
    assert rules.next_check_at(rules.resolved(rules.updated(history, at(150)), at(151))) is None
