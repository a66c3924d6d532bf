"""What the clocks of an incident say, from their history alone.

The decisions this page takes (docs of the domain: "SLA clocks"):

- The **response** clock runs from the start to the first response, and stands still while the incident is resolved. The
  **resolution** clock runs from the start to the resolution, and stands still while paused or between a resolution and
  the reopening. The **update** clock, where one is promised, runs from the last public update (at first from the start)
  and begins anew with the next; it stands still while the incident is resolved. A clock that has ended (answered,
  resolved) keeps its target and due time whatever is changed later.
- A *moment* (a warning's fraction, the due time) is **reached** when it has come and the clock runs: a clock that ends
  at or before its due time is met, one that still runs at its due time is breached at that time. A moment that falls
  into a standstill is reached when the clock runs on. So what is reached follows from the history, not from when
  somebody looked: a late look finds the same, in the same order, each once. A breach is found even after the clock has
  ended; a warning isn't, there is nothing left to warn of.
- A breached clock warns no more and breaches no more, also when its due time moves.
- A **fixed due** time replaces the target of the resolution clock: neither a pause nor a new policy moves it; its
  warnings are fractions of the time from the start to it. While paused it isn't overdue either.
- An **extension** lets the resolution be due later, never earlier: what the clock would be due without it stays known. A
  pause after it was granted moves it as it moves any due time. It arms the warnings anew, as fractions of the whole.
- While an incident is deleted its clocks go on, unheard: what was reached by the restoration is recorded then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from tocsin.sla.rules.calendar import AROUND_THE_CLOCK, Calendar
from tocsin.sla.rules.history import CLOCKS, Clock, ClockName, Fired, History, Policy, Span

# ------------------------------------------------------------------------------------------------ what happens to them


def begin(
    policy: Policy,
    started_at: datetime,
    *,
    calendar: Calendar = AROUND_THE_CLOCK,
    fixed_due_at: datetime | None = None,
    paused: bool = False,
) -> History:
    """Fresh clocks, running from `started_at` (`paused`: the incident began in a status that pauses)."""
    fresh = History(
        policy=policy,
        started_at=started_at,
        calendar=calendar,
        response=Clock(target_minutes=policy.targets.response_minutes),
        update=Clock(target_minutes=policy.targets.update_minutes),
        resolution=Clock(target_minutes=policy.targets.resolution_minutes),
        fixed_due_at=fixed_due_at,
        paused_at=started_at if paused else None,
    )
    return _with_dues(fresh)


def responded(history: History, at: datetime) -> History:
    """The first response came; later ones change nothing."""
    if history.response.ended_at is not None:
        return history
    return replace(history, response=replace(history.response, ended_at=at))


def updated(history: History, at: datetime) -> History:
    """The public was told how it stands: the next update is due so much later."""
    return _with_dues(replace(history, updated_at=at, update=Clock()))


def resolved(history: History, at: datetime) -> History:
    """The incident was resolved, which also ends a pause; an unanswered response clock stands still from here."""
    if history.resolution.ended_at is not None:
        return history
    awake = resumed(history, at)
    return replace(awake, resolution=replace(awake.resolution, ended_at=at))


def reopened(history: History, at: datetime) -> History:
    """Work goes on with what was used before; clocks that run again do so under the present policy."""
    ended_at = history.resolution.ended_at
    if ended_at is None:
        return history
    gaps = (*history.gaps, *_span(ended_at, at))
    running = replace(history, resolution=replace(history.resolution, ended_at=None), gaps=gaps)
    return _with_dues(running)


def paused(history: History, at: datetime) -> History:
    """The resolution clock stands still; its due time stays where it is until it runs on."""
    return history if history.paused_at is not None else replace(history, paused_at=at)


def resumed(history: History, at: datetime) -> History:
    """The resolution clock runs on: what was left is what is left."""
    if history.paused_at is None:
        return history
    closed = (*history.paused, *_span(history.paused_at, at))
    return _with_dues(replace(history, paused_at=None, paused=closed))


def retargeted(history: History, policy: Policy, calendar: Calendar | None = None) -> History:
    """Another policy from the original start, with the pauses and gaps there were; clocks that ended stay.

    `calendar` is the one that the policy names; left out, it is the same as before.
    """
    return _with_dues(replace(history, policy=policy, calendar=calendar or history.calendar))


def extended(history: History, at: datetime, due_at: datetime) -> History:
    """The resolution may come later. Warnings whose moment is past by then are not given again, the others are."""
    granted = replace(history, extended_at=at, extended_due_at=due_at)
    granted = _with_dues(replace(granted, resolution=replace(granted.resolution, warned=0)))
    clock = granted.resolution
    passed = [
        percent
        for percent in history.policy.warning_percents
        if (moment := _warning_at(granted, "resolution", clock, percent)) is not None and moment <= at
    ]
    return replace(granted, resolution=replace(clock, warned=max(passed, default=0)))


def due_fixed(history: History, due_at: datetime | None) -> History:
    """Promise a due time for the resolution; None returns to the policy. A resolved clock takes it when reopened."""
    return _with_dues(replace(history, fixed_due_at=due_at))


def stopped(history: History, at: datetime) -> History:
    """The incident was deleted: nothing is looked at until it is restored."""
    return history if history.stopped_at is not None else replace(history, stopped_at=at)


def restarted(history: History, at: datetime) -> History:
    """The incident was restored: time went on, what was reached meanwhile is recorded and not told."""
    return history if history.stopped_at is None else look(replace(history, stopped_at=None), at)[0]


def with_findings(history: History, found: History) -> History:
    """A history with the breaches and warnings that another one of the same clocks knows: once found they stay."""
    for name in CLOCKS:
        mine, other = history.clock(name), found.clock(name)
        breached_at = min((at for at in (mine.breached_at, other.breached_at) if at is not None), default=None)
        history = history.with_clock(
            name, replace(mine, breached_at=breached_at, warned=max(mine.warned, other.warned))
        )
    moments = [at for at in (history.breached_at, found.breached_at) if at is not None]
    return replace(history, breached_at=min(moments, default=None))


# ------------------------------------------------------------------------------------------------------ what they say


def look(history: History, now: datetime) -> tuple[History, list[Fired]]:
    """What was reached by `now` and not told yet, in the order in which it was reached, and the history that knows it."""
    told: list[Fired] = []
    for at, name, percent in sorted(_ahead(history), key=_in_order):
        if at > now:
            break
        clock = history.clock(name)
        if percent is None:
            clock = replace(clock, breached_at=at)
            if name != "update":
                history = replace(history, breached_at=history.breached_at or at)
        else:
            clock = replace(clock, warned=percent)
        history = history.with_clock(name, clock)
        told.append(_fired(clock, name, percent, at, now))
    return history, told


def next_check_at(history: History) -> datetime | None:
    """When the next warning or breach is reached as things stand (in the past: it is to be told now), or None."""
    return min((at for at, _, _ in _ahead(history)), default=None)


def warnings(history: History, name: ClockName) -> list[tuple[int, datetime]]:
    """When a clock warns as things stand, by percentage of its time: warnings that were given and those to come."""
    clock = history.clock(name)
    if clock.due_at is None:
        return []
    reached_at = _reached_at(history, name)
    found = []
    for percent in sorted(history.policy.warning_percents):
        moment = _warning_at(history, name, clock, percent)
        at = reached_at(moment) if moment is not None else None
        if at is not None:
            found.append((percent, min(at, clock.due_at)))
    return found


def used(history: History, name: ClockName, now: datetime) -> timedelta:
    """The working time a clock has used by `now`."""
    held = (history.paused_at,) if name == "resolution" and history.paused_at is not None else ()
    return _worked(history, name, min((now, *ends(history, name), *held)))


def original_due_at(history: History) -> datetime | None:
    """When the resolution would be due without its extension; None where it has none that moves it."""
    clock = history.resolution
    if history.extended_due_at is None or clock.due_at is None:
        return None
    plain = _plain_due(history)
    return plain if plain is not None and plain < clock.due_at else None


def _is_extended(history: History) -> bool:
    """Whether an extension says when the resolution is due: past what the policy says, or where it says nothing."""
    return original_due_at(history) is not None or (history.extended_due_at is not None and _plain_due(history) is None)


def remaining(history: History, name: ClockName, now: datetime) -> timedelta | None:
    """The working time left to the due time, negative when overdue; None without one.

    Before a fixed due time that is the time until it (for an ended clock: from its end).
    """
    clock = history.clock(name)
    if clock.due_at is None:
        return None
    if name == "resolution" and history.fixed_due_at is not None:
        end, calendar = min((now, *ends(history, name))), history.calendar
        return calendar.working_between(end, clock.due_at) - calendar.working_between(clock.due_at, end)
    if name == "resolution" and original_due_at(history) is not None:
        return _worked(history, name, clock.due_at) - used(history, name, now)
    if clock.target_minutes is None:
        return None
    return timedelta(minutes=clock.target_minutes) - used(history, name, now)


# ------------------------------------------------------------------------------------------------------------- inside


def _fired(clock: Clock, name: ClockName, percent: int | None, at: datetime, now: datetime) -> Fired:
    assert clock.due_at is not None
    return Fired(
        kind="breach" if percent is None else "warning",
        clock=name,
        percent=percent,
        due_at=clock.due_at,
        at=at,
        late_seconds=int((now - at).total_seconds()),
    )


def _in_order(item: tuple[datetime, ClockName, int | None]) -> tuple[datetime, int, int]:
    at, name, percent = item
    return at, CLOCKS.index(name), 100 if percent is None else percent


def _span(start: datetime, end: datetime) -> tuple[Span, ...]:
    """A stretch, or nothing where an imported log puts the end before the start."""
    return ((start, end),) if end > start else ()


def begins_at(history: History, name: ClockName) -> datetime:
    """When a clock began to run."""
    return history.updated_at or history.started_at if name == "update" else history.started_at


def standstills(history: History, name: ClockName) -> list[Span]:
    """The closed stretches in which a clock stood still: in order, apart from each other."""
    spans = (*history.gaps, *history.paused) if name == "resolution" else history.gaps
    if not spans:
        return []
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def ends(history: History, name: ClockName) -> list[datetime]:
    """What has ended a clock, or holds it while the incident is resolved."""
    clocks = (history.response, history.resolution) if name == "response" else (history.resolution,)
    return [clock.ended_at for clock in clocks if clock.ended_at is not None]


def _worked(history: History, name: ClockName, end: datetime) -> timedelta:
    """The working time from a clock's start to a moment, without the standstills that are over."""
    calendar, at, total = history.calendar, begins_at(history, name), timedelta()
    for gap_from, gap_to in standstills(history, name):
        total += calendar.working_between(at, min(gap_from, end))
        at = max(at, gap_to)
    return total + calendar.working_between(at, end)


def _after(history: History, name: ClockName, amount: timedelta) -> datetime:
    """When a clock has used `amount`, as things stand: standstills that are over count, an open one doesn't yet."""
    calendar, at = history.calendar, begins_at(history, name)
    for gap_from, gap_to in standstills(history, name):
        before = calendar.working_between(at, gap_from)
        if before >= amount:
            break
        amount -= before
        at = max(at, gap_to)
    return calendar.add_working(at, amount)


def _plain_due(history: History) -> datetime | None:
    """When the resolution is due, any extension left aside."""
    if history.fixed_due_at is not None:
        return history.fixed_due_at
    minutes = history.policy.targets.resolution_minutes
    return None if minutes is None else _after(history, "resolution", timedelta(minutes=minutes))


def _extended_due(history: History) -> datetime | None:
    """The due time of an extension, moved by what has stood still since it was granted."""
    due, granted, calendar = history.extended_due_at, history.extended_at, history.calendar
    if due is None or granted is None:
        return due
    for gap_from, gap_to in standstills(history, "resolution"):
        since = max(gap_from, granted)
        if since < gap_to and since < due:
            due = calendar.add_working(due, calendar.working_between(since, gap_to))
    return due


def _due(history: History, name: ClockName) -> datetime | None:
    if name == "resolution":
        found = [due for due in (_plain_due(history), _extended_due(history)) if due is not None]
        return max(found, default=None)
    minutes = history.policy.minutes(name)
    return None if minutes is None else _after(history, name, timedelta(minutes=minutes))


def _with_dues(history: History) -> History:
    """Targets and due times anew, of clocks that haven't ended."""
    if history.resolution.ended_at is not None:
        return history
    resolution, update = _with_due(history, "resolution"), _with_due(history, "update")
    response = _with_due(history, "response") if history.response.ended_at is None else history.response
    return replace(history, response=response, update=update, resolution=resolution)


def _with_due(history: History, name: ClockName) -> Clock:
    clock = history.clock(name)
    return Clock(
        target_minutes=history.policy.minutes(name),
        due_at=_due(history, name),
        warned=clock.warned,
        breached_at=clock.breached_at,
    )


def _warning_at(history: History, name: ClockName, clock: Clock, percent: int) -> datetime | None:
    if name == "resolution" and clock.due_at is not None and _is_extended(history):
        return _after(history, name, _worked(history, name, clock.due_at) * percent / 100)
    if name == "resolution" and history.fixed_due_at is not None:
        calendar, start = history.calendar, history.started_at
        return calendar.add_working(start, calendar.working_between(start, history.fixed_due_at) * percent / 100)
    if clock.target_minutes is None:
        return None
    return _after(history, name, timedelta(minutes=clock.target_minutes) * percent / 100)


def _reached_at(history: History, name: ClockName) -> Callable[[datetime], datetime | None]:
    """For a clock: when a moment is reached, or None when it isn't as things stand."""
    stops, end = standstills(history, name), min(ends(history, name), default=None)
    held = history.paused_at if name == "resolution" else None

    def reached_at(moment: datetime) -> datetime | None:
        for start, over in stops:
            if start <= moment < over:
                moment = over
        is_held = held is not None and moment >= held
        return None if is_held or (end is not None and moment >= end) else moment

    return reached_at


def _ahead(history: History) -> Iterator[tuple[datetime, ClockName, int | None]]:
    """All that is still to be told as things stand: when it is reached, of which clock, the percentage (None: due)."""
    if history.stopped_at is not None:
        return
    for name in CLOCKS:
        clock = history.clock(name)
        if clock.due_at is None or clock.breached_at is not None:
            continue
        reached_at = _reached_at(history, name)
        due = reached_at(clock.due_at)
        for percent in () if ends(history, name) else history.policy.warning_percents:
            moment = _warning_at(history, name, clock, percent) if percent > clock.warned else None
            at = reached_at(moment) if moment is not None else None
            if at is not None:
                yield (at if due is None else min(at, due)), name, percent
        if due is not None:
            yield due, name, None
