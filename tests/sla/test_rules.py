from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings, strategies as st

from tests.sla.ticker import RESOLUTION, RESPONSE, Ticker
from tocsin.sla import rules
from tocsin.sla.rules import ClockName, History, Policy, Stretch, Targets

CLOCKS: tuple[ClockName, ...] = (RESPONSE, RESOLUTION)
START = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)
SPAN = 400


def at(minute: int) -> datetime:
    return START + timedelta(minutes=minute)


def minute_of(moment: datetime | None) -> int | None:
    if moment is None:
        return None
    minutes = (moment - START) / timedelta(minutes=1)
    assert minutes == int(minutes)
    return int(minutes)


# Everything falls on whole minutes: targets are multiples of 20, percentages of 5.
minutes = st.none() | st.sampled_from([20, 40, 60, 100, 200])
percents = st.lists(st.sampled_from([5, 25, 50, 75, 80, 90, 95]), unique=True, max_size=5)
fixed = st.none() | st.sampled_from([20, 40, 100, 160, 240])
policies = st.tuples(st.fixed_dictionaries({RESPONSE: minutes, RESOLUTION: minutes}), percents)
plain_acts = st.tuples(st.sampled_from(["respond", "resolve", "reopen", "reopen", "pause", "resume"]), st.none())
gone_acts = st.tuples(st.sampled_from(["delete", "restore"]), st.none())
policy_acts = st.tuples(st.just("retarget"), policies)
fix_acts = st.tuples(st.just("fix"), fixed)


def stories(acts: st.SearchStrategy[tuple[str, Any]]) -> st.SearchStrategy[list[tuple[int, tuple[str, Any]]]]:
    """Acts with the minutes between them."""
    return st.lists(st.tuples(st.integers(0, 45), acts), max_size=14)


def policy_of(given_policy: tuple[dict[str, int | None], list[int]]) -> Policy:
    target, warnings = given_policy
    return Policy(
        targets=Targets(target[RESPONSE], target[RESOLUTION], "high"), warning_percents=tuple(sorted(warnings))
    )


def apply(history: History, verb: str, argument: Any, minute: int) -> History:
    moment = at(minute)
    if verb == "retarget":
        return rules.retargeted(history, policy_of(argument))
    if verb == "fix":
        return rules.due_fixed(history, None if argument is None else at(argument))
    plain = {
        "respond": rules.responded,
        "resolve": rules.resolved,
        "reopen": rules.reopened,
        "pause": rules.paused,
        "resume": rules.resumed,
        "delete": rules.stopped,
        "restore": rules.restarted,
    }
    return plain[verb](history, moment)


def by_minute(story: list[tuple[int, tuple[str, Any]]]) -> dict[int, list[tuple[str, Any]]]:
    acts: dict[int, list[tuple[str, Any]]] = {}
    minute = 0
    for wait, act in story:
        minute += wait
        acts.setdefault(minute, []).append(act)
    return acts


def begin(policy: tuple[dict[str, int | None], list[int]], fix: int | None, paused: bool) -> tuple[History, Ticker]:
    history = rules.begin(policy_of(policy), START, fixed_due_at=None if fix is None else at(fix), paused=paused)
    return history, Ticker(dict(policy[0]), list(policy[1]), fixed=fix, paused=paused)


@settings(max_examples=300, deadline=None)
@given(policies, fixed, st.booleans(), stories(plain_acts | gone_acts | policy_acts | fix_acts))
def test_looked_at_every_minute(
    policy: tuple[dict[str, int | None], list[int]],
    fix: int | None,
    paused: bool,
    story: list[tuple[int, tuple[str, Any]]],
) -> None:
    history, ticker = begin(policy, fix, paused)
    acts = by_minute(story)
    expected_next: datetime | None = rules.next_check_at(history)
    for minute in range(SPAN):
        for verb, argument in acts.get(minute, []):
            if ticker.deleted and verb != "restore":
                continue  # nobody sees a deleted incident
            history = apply(history, verb, argument, minute)
            ticker.act(verb, argument)
        history, told = rules.look(history, at(minute))
        assert sorted((minute, f.clock, f.percent or 100) for f in told) == sorted(
            (m, clock, percent or 100) for m, clock, percent in ticker.look()
        )
        if minute not in acts:
            assert bool(told) == (expected_next == at(minute))
        expected_next = rules.next_check_at(history)
        assert expected_next is None or expected_next > at(minute)
        assert not (ticker.deleted and expected_next)
        check_figures(history, ticker, minute)
        ticker.tick()


def check_figures(history: History, ticker: Ticker, minute: int) -> None:
    """What is used, what is left, and where the due time therefore lies."""
    for name in CLOCKS:
        target, clock = ticker.targets[name], history.clock(name)
        spent = timedelta(minutes=ticker.used(name))
        assert rules.used(history, name, at(minute)) == spent
        if name == RESOLUTION and ticker.fixed_in_force is not None:
            assert minute_of(clock.due_at) == ticker.fixed_in_force
            continue
        assert clock.target_minutes == target
        if target is None:
            assert clock.due_at is None
            continue
        if name != RESOLUTION or history.fixed_due_at is None:
            left = rules.remaining(history, name, at(minute))
            assert left == timedelta(minutes=target) - spent
            if ticker.runs(name) and left >= timedelta():
                assert clock.due_at == at(minute) + left
    if not ticker.deleted:
        assert {name for name in CLOCKS if history.clock(name).breached_at} == set(ticker.breached)
        first = min(ticker.breached.values(), default=None)
        assert (history.breached_at is None) == (first is None)


@settings(max_examples=300, deadline=None)
@given(policies, fixed, st.booleans(), stories(plain_acts), st.sets(st.integers(0, SPAN), max_size=6))
def test_a_late_look_finds_the_same_in_the_same_order(
    policy: tuple[dict[str, int | None], list[int]],
    fix: int | None,
    paused: bool,
    story: list[tuple[int, tuple[str, Any]]],
    looks: set[int],
) -> None:
    history, ticker = begin(policy, fix, paused)
    acts = by_minute(story)
    told: list[tuple[int | None, str, int | None]] = []
    found: list[rules.Fired] = []
    for minute in range(SPAN + 1):
        if any(verb in {"respond", "resolve"} for verb, _ in acts.get(minute, [])):
            history, found = rules.look(history, at(minute - 1))  # warnings end with their clock
            told += [(minute_of(f.at), f.clock, f.percent) for f in found]
        for verb, argument in acts.get(minute, []):
            history = apply(history, verb, argument, minute)
            ticker.act(verb, argument)
        ticker.look()
        if minute in looks or minute == SPAN:
            history, found = rules.look(history, at(minute))
            assert all(f.late_seconds == 60 * (minute - (minute_of(f.at) or 0)) for f in found)
            told += [(minute_of(f.at), f.clock, f.percent) for f in found]
        ticker.tick()
    assert told == ticker.told
    assert minute_of(history.breached_at) == min(ticker.breached.values(), default=None)
    for name in CLOCKS:
        assert minute_of(history.clock(name).breached_at) == ticker.breached.get(name)


# ------------------------------------------------------------------------------------------------ the domain, by name

POLICY = Policy(targets=Targets(20, 100, "high"), warning_percents=(75, 90))


def fires(history: History, minute: int) -> tuple[History, list[tuple[str, int | None]]]:
    history, told = rules.look(history, at(minute))
    return history, [(f.clock, f.percent) for f in told]


def test_ended_exactly_when_due_is_met() -> None:
    history = rules.resolved(rules.responded(rules.begin(POLICY, START), at(20)), at(100))
    assert all(clock != "breach" for clock, _ in fires(history, 1000)[1])
    assert history.breached_at is None
    assert rules.next_check_at(history) is None


def test_still_running_when_due_is_breached_at_its_due_time() -> None:
    history, told = rules.look(rules.begin(POLICY, START), at(100))
    assert [(f.clock, f.percent, minute_of(f.at)) for f in told] == [
        (RESPONSE, 75, 15),
        (RESPONSE, 90, 18),
        (RESPONSE, None, 20),
        (RESOLUTION, 75, 75),
        (RESOLUTION, 90, 90),
        (RESOLUTION, None, 100),
    ]
    assert [f.late_seconds for f in told][-1] == 0
    assert minute_of(history.breached_at) == 20
    assert rules.next_check_at(history) is None


def test_ended_late_is_breached_though_nobody_looked() -> None:
    history = rules.resolved(rules.begin(POLICY, START), at(130))
    assert rules.next_check_at(history) == at(20)
    history, told = fires(history, 131)
    assert told == [(RESPONSE, None), (RESOLUTION, None)]
    assert fires(history, 132)[1] == []


def test_a_pause_moves_the_resolution_only() -> None:
    history = rules.paused(rules.begin(POLICY, START), at(10))
    assert minute_of(history.resolution.due_at) == 100
    history, told = fires(history, 500)
    assert told == [(RESPONSE, 75), (RESPONSE, 90), (RESPONSE, None)]
    assert rules.next_check_at(history) is None
    assert rules.remaining(history, RESOLUTION, at(500)) == timedelta(minutes=90)
    history = rules.resumed(history, at(500))
    assert minute_of(history.resolution.due_at) == 590
    assert minute_of(history.response.due_at) == 20
    assert minute_of(rules.next_check_at(history)) == 565


def test_used_up_exactly_at_the_pause_is_breached_when_it_runs_on() -> None:
    held = rules.paused(rules.begin(Policy(targets=Targets(None, 100, "high"), warning_percents=()), START), at(100))
    assert fires(held, 200)[1] == []
    assert fires(rules.resolved(held, at(200)), 300)[1] == []
    history, told = fires(rules.resumed(held, at(200)), 200)
    assert told == [(RESOLUTION, None)]
    assert minute_of(history.breached_at) == 200


def test_a_shorter_target_while_paused_is_breached_if_it_was_used_before() -> None:
    history = rules.paused(rules.begin(POLICY, START), at(60))
    shorter = rules.retargeted(history, Policy(targets=Targets(20, 40, "critical"), warning_percents=(75, 90)))
    assert (RESOLUTION, None) in fires(shorter, 61)[1]
    longer = rules.retargeted(history, Policy(targets=Targets(20, 80, "critical"), warning_percents=(75, 90)))
    assert RESOLUTION not in {clock for clock, _ in fires(longer, 500)[1]}


def test_a_breach_stays_and_comes_once_though_the_target_moves() -> None:
    history, _ = fires(rules.begin(POLICY, START), 100)
    history = rules.retargeted(history, Policy(targets=Targets(60, 2000, "low"), warning_percents=(50, 95)))
    assert (minute_of(history.response.due_at), minute_of(history.resolution.due_at)) == (60, 2000)
    assert fires(history, 5000)[1] == []
    assert minute_of(history.breached_at) == 20


def test_reopening_goes_on_with_what_was_used_and_what_was_told() -> None:
    history, _ = fires(rules.responded(rules.begin(POLICY, START), at(5)), 80)
    history = rules.reopened(rules.resolved(history, at(80)), at(1080))
    assert minute_of(history.resolution.due_at) == 1100
    assert minute_of(history.response.due_at) == 20
    assert [fires(history, m)[1] for m in (1089, 1090)] == [[], [(RESOLUTION, 90)]]


def test_resolving_holds_an_unanswered_response_clock() -> None:
    history = rules.resolved(rules.begin(POLICY, START), at(10))
    assert fires(history, 500)[1] == []
    history = rules.reopened(history, at(500))
    assert minute_of(history.response.due_at) == 510


def test_what_ended_keeps_its_target() -> None:
    history = rules.responded(rules.begin(POLICY, START), at(5))
    history = rules.retargeted(history, Policy(targets=Targets(1, 40, "critical"), warning_percents=(5,)))
    assert (history.response.target_minutes, minute_of(history.response.due_at)) == (20, 20)
    assert (history.resolution.target_minutes, minute_of(history.resolution.due_at)) == (40, 40)
    assert fires(history, 10)[1] == [(RESOLUTION, 5)]


def test_a_fixed_due_is_moved_by_nothing() -> None:
    history = rules.due_fixed(rules.begin(POLICY, START), at(40))
    history = rules.resumed(rules.paused(history, at(10)), at(35))
    history = rules.retargeted(history, Policy(targets=Targets(None, 500, "low"), warning_percents=(75, 90)))
    assert minute_of(history.resolution.due_at) == 40
    assert rules.remaining(history, RESOLUTION, at(35)) == timedelta(minutes=5)
    assert rules.remaining(history, RESOLUTION, at(50)) == timedelta(minutes=-10)
    assert fires(history, 35)[1] == [(RESOLUTION, 75)]
    back = rules.due_fixed(history, None)
    assert minute_of(back.resolution.due_at) == 525


def test_deleted_time_counts_and_is_recorded_in_silence() -> None:
    history = rules.stopped(rules.begin(POLICY, START), at(10))
    assert rules.next_check_at(history) is None
    assert fires(history, 50)[1] == []
    history = rules.restarted(history, at(80))
    assert minute_of(history.breached_at) == 20
    assert (history.response.warned, history.resolution.warned) == (90, 75)
    assert fires(history, 89)[1] == []
    assert fires(history, 90)[1] == [(RESOLUTION, 90)]


def test_without_targets_there_is_nothing_to_look_for() -> None:
    history = rules.begin(Policy(targets=Targets(None, None, "low"), warning_percents=(75,)), START)
    assert (history.response.due_at, history.resolution.due_at, rules.next_check_at(history)) == (None, None, None)
    assert rules.remaining(history, RESOLUTION, at(5)) is None
    assert rules.used(history, RESOLUTION, at(5)) == timedelta(minutes=5)


def test_a_log_with_times_out_of_order_gives_no_negative_stretch() -> None:
    history = rules.resumed(rules.paused(rules.begin(POLICY, START), at(30)), at(20))
    assert history.paused == ()
    assert minute_of(history.resolution.due_at) == 100
    history = rules.reopened(rules.resolved(history, at(30)), at(25))
    assert (history.gaps, minute_of(history.resolution.due_at)) == ((), 100)


class OddHours:
    """A calendar in which only minutes of odd hours count: any calendar may take this place."""

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        while amount > timedelta():
            if start.hour % 2:
                amount -= timedelta(minutes=1)
            start += timedelta(minutes=1)
        return start

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        total = timedelta()
        while start < end:
            total += timedelta(minutes=start.hour % 2)
            start += timedelta(minutes=1)
        return total

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        while start < end:
            yield Stretch(start, start + timedelta(minutes=1), is_open=bool(start.hour % 2))
            start += timedelta(minutes=1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), max_size=4), st.sampled_from([20, 60, 100]))
def test_another_calendar_counts_its_own_minutes(pauses: list[tuple[int, int]], target: int) -> None:
    name: ClockName = "resolution"
    policy = Policy(targets=Targets(None, target, "high"), warning_percents=(75,), calendar="odd")
    history = rules.begin(policy, START, calendar=OddHours())
    minute, still = 0, set()
    for wait, length in pauses:
        history = rules.resumed(rules.paused(history, at(minute + wait)), at(minute + wait + length))
        still |= set(range(minute + wait, minute + wait + length))
        minute += wait + length
    ran = [m for m in range(2000) if at(m).hour % 2 and m not in still]
    assert minute_of(history.resolution.due_at) == ran[target - 1] + 1
    assert rules.used(history, name, at(minute)) == timedelta(minutes=sum(m < minute for m in ran))
    told = rules.look(history, at(2000))[1]
    assert [f.percent for f in told] == [75, None]


def test_an_extension_warns_also_where_the_policy_promises_nothing_more() -> None:
    promised = Policy(targets=Targets(None, 60, "high"), warning_percents=(75, 90))
    history = rules.extended(rules.begin(promised, START), at(10), at(200))
    history = rules.retargeted(history, Policy(targets=Targets(None, None, "low"), warning_percents=(75, 90)))
    _, told = rules.look(history, at(300))
    assert [(fired.percent, minute_of(fired.at)) for fired in told] == [(75, 150), (90, 180), (None, 200)]
