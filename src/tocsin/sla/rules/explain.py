"""Why a clock is due when it is: every stretch from its start to its due time, what it counts, and by which rule.

The stretches follow each other without a hole, and the start and all their minutes together give the due time. Those that
run give the target, those that are extended what an extension added. Of a clock that has ended, or is paused at present, they
reach to that end or to now, and those that run give what was counted. *Closed* outranks *paused*: paused minutes are those
that moved the due time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from tocsin.sla.rules.calendar import Stretch
from tocsin.sla.rules.clocks import begins_at, ends, original_due_at, remaining, standstills, used
from tocsin.sla.rules.history import ClockName, History

State = Literal["running", "paused", "closed", "extended"]
Rule = Literal["target", "fixed", "pause", "gap", "hours", "holiday", "extension"]
"""Which rule made a stretch what it is: `gap` is the time from a resolution to the reopening."""
_GRAIN = 1 << 20
"""Minutes are told in parts of this fineness (60 millionths of a second): such numbers add up to the last digit as floats."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of time, its length in minutes, and why; `holiday` names the one that closes it."""

    since: datetime
    until: datetime
    state: State
    rule: Rule
    minutes: float
    holiday: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock as it stands at a moment. `counted` and `remaining` minutes together are all that it may use.

    `target_minutes` is None where a time given by hand takes the target's place.
    """

    started_at: datetime
    due_at: datetime
    target_minutes: int | None
    counted_minutes: float
    remaining_minutes: float
    parts: tuple[Part, ...]


def explain(history: History, name: ClockName, now: datetime) -> Explanation | None:
    """The explanation of a clock at a moment, None for one that promises nothing."""
    clock = history.clock(name)
    left = remaining(history, name, now)
    if clock.due_at is None or left is None:
        return None
    fixed = name == "resolution" and history.fixed_due_at is not None
    counted = _fixed_used(history, now) if fixed else used(history, name, now)
    whole = counted + left
    shown = _minutes(whole)
    told = _minutes(counted)
    return Explanation(
        started_at=begins_at(history, name),
        due_at=clock.due_at,
        target_minutes=None if fixed else clock.target_minutes,
        counted_minutes=told,
        remaining_minutes=shown - told,
        parts=tuple(_parts(history, name, now, fixed=fixed)),
    )


def _fixed_used(history: History, now: datetime) -> timedelta:
    """Towards a time given by hand all working time counts: no pause moves it."""
    return history.calendar.working_between(history.started_at, min((now, *ends(history, "resolution"))))


def _minutes(amount: timedelta) -> float:
    return round(Fraction(amount // timedelta(microseconds=1) * _GRAIN, 60_000_000)) / _GRAIN


def _last(history: History, name: ClockName, now: datetime, due_at: datetime) -> datetime:
    """How far it is explained: to the due time, or to where the clock stands still for good or for now."""
    ended = ends(history, name)
    if ended:
        return min(ended)
    is_held = name == "resolution" and history.paused_at is not None and history.fixed_due_at is None
    return max(now, begins_at(history, name)) if is_held else due_at


def _parts(history: History, name: ClockName, now: datetime, *, fixed: bool) -> Iterator[Part]:
    due_at = history.clock(name).due_at
    assert due_at is not None
    start, last = begins_at(history, name), _last(history, name, now, due_at)
    marks = _marks(history, name, now, fixed=fixed)
    first_due = original_due_at(history) if name == "resolution" else None
    found: list[tuple[datetime, datetime, State, Rule, str | None]] = []
    for stretch in history.calendar.stretches(start, last):
        for since, until, state, rule in _cut(stretch, marks, first_due, fixed=fixed):
            if found and found[-1][1] == since and found[-1][2:] == (state, rule, stretch.holiday):
                found[-1] = (found[-1][0], until, *found[-1][2:])
            else:
                found.append((since, until, state, rule, stretch.holiday))
    sums: dict[State, timedelta] = {}
    for since, until, state, rule, holiday in found:
        before = sums.get(state, timedelta())
        sums[state] = before + (until - since)
        yield Part(since, until, state, rule, _minutes(sums[state]) - _minutes(before), holiday)


def _marks(history: History, name: ClockName, now: datetime, *, fixed: bool) -> list[tuple[datetime, datetime, Rule]]:
    """Where the clock stood still, and why; gaps outrank pauses."""
    if fixed:
        return []
    gaps: list[tuple[datetime, datetime, Rule]] = [(since, until, "gap") for since, until in history.gaps]
    if name != "resolution":
        return gaps
    open_pause = [] if history.paused_at is None else [(history.paused_at, max(now, history.paused_at))]
    whole = sorted([*standstills(history, name), *open_pause])
    for since, until in whole:
        at = since
        for gap_from, gap_to in sorted(history.gaps):
            if gap_from < until and gap_to > at:
                if gap_from > at:
                    gaps.append((at, gap_from, "pause"))
                at = max(at, gap_to)
        if at < until:
            gaps.append((at, until, "pause"))
    return sorted(gaps)


def _cut(
    stretch: Stretch, marks: Sequence[tuple[datetime, datetime, Rule]], first_due: datetime | None, *, fixed: bool
) -> Iterator[tuple[datetime, datetime, State, Rule]]:
    """The parts of an open stretch that stand still, run, or run into an extension; a closed one is one part."""
    if not stretch.is_open:
        yield stretch.since, stretch.until, "closed", "hours" if stretch.holiday is None else "holiday"
        return
    edges = {stretch.since, stretch.until}
    edges |= {at for since, until, _ in marks for at in (since, until) if stretch.since < at < stretch.until}
    if first_due is not None and stretch.since < first_due < stretch.until:
        edges.add(first_due)
    ordered = sorted(edges)
    for since, until in pairwise(ordered):
        held = next((rule for begun, over, rule in marks if begun <= since < over), None)
        if held is not None:
            yield since, until, "paused", held
        elif first_due is not None and since >= first_due:
            yield since, until, "extended", "extension"
        else:
            yield since, until, "running", "fixed" if fixed else "target"
