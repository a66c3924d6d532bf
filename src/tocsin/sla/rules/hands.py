"""The clock of a team: how long an incident may be in its hands, and how long it has been.

Only stretches in which the team has the incident and works on it count: not while it is paused, resolved, or with another
team. What was used stays used when it comes back. A warning or a breach is reached when that part of the target is used; one
whose part was used before (the target is another by now) is reached as soon as the team has the incident again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tocsin.sla.rules.calendar import AROUND_THE_CLOCK, Calendar
from tocsin.sla.rules.history import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """`held` are the stretches that are over, in order; `running_since` is when the one began that isn't."""

    target_minutes: int
    warning_percents: tuple[int, ...]
    calendar: Calendar = AROUND_THE_CLOCK
    held: tuple[Span, ...] = ()
    running_since: datetime | None = None
    warned: int = 0
    breached_at: datetime | None = None


def taken(hands: Hands, at: datetime) -> Hands:
    """The team has it from now on."""
    return hands if hands.running_since is not None else replace(hands, running_since=at)


def left(hands: Hands, at: datetime) -> Hands:
    """The team has it no more."""
    since = hands.running_since
    if since is None:
        return hands
    over = ((since, at),) if at > since else ()
    return replace(hands, running_since=None, held=(*hands.held, *over))


def held_for(hands: Hands, now: datetime) -> timedelta:
    """The working time that the team has had it."""
    running = [] if hands.running_since is None else [(hands.running_since, max(now, hands.running_since))]
    spans = (*hands.held, *running)
    return sum((hands.calendar.working_between(since, until) for since, until in spans), timedelta())


def hands_due_at(hands: Hands) -> datetime | None:
    """When the team has had it for as long as it may, as things stand; None while it hasn't got it."""
    return _reached_at(hands, 100)


def look_at_hands(hands: Hands, now: datetime) -> tuple[Hands, list[tuple[datetime, int | None]]]:
    """What was reached by `now` and not told yet, in order (the moment and the percentage, None for the breach)."""
    told = []
    for at, percent in _ahead(hands):
        if at > now:
            break
        hands = replace(hands, breached_at=at) if percent is None else replace(hands, warned=percent)
        told.append((at, percent))
    return hands, told


def next_look_at_hands(hands: Hands) -> datetime | None:
    """When the next warning or breach is reached as things stand, or None."""
    return next((at for at, _ in _ahead(hands)), None)


def _reached_at(hands: Hands, percent: int) -> datetime | None:
    if hands.running_since is None:
        return None
    used = held_for(hands, hands.running_since)
    amount = timedelta(minutes=hands.target_minutes) * percent / 100 - used
    return hands.calendar.add_working(hands.running_since, max(amount, timedelta()))


def _ahead(hands: Hands) -> Iterator[tuple[datetime, int | None]]:
    if hands.breached_at is not None or hands.running_since is None:
        return
    for percent in hands.warning_percents:
        if percent > hands.warned and (at := _reached_at(hands, percent)) is not None:
            yield at, percent
    due = _reached_at(hands, 100)
    assert due is not None
    yield due, None
