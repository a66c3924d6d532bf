"""Whether a ladder reaches somebody at every instant of a stretch of time, and where it doesn't: the exact gaps.

An instant is when a ladder starts. Somebody is reached when they are told by a channel that is known to be theirs, within
the promised time, which is counted in the ladder's own hours. The incident's owner and whom they report to are nobody for
certain, so nothing is promised by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tocsin.escalation.rules.ladder import Action, Hours, Ladder, wait_for
from tocsin.escalation.rules.people import People

MOST_OFFSETS = 400
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Ladders that start in this stretch (the end belongs no more to it) reach nobody in time."""

    since: datetime
    until: datetime


def gaps(
    ladder: Ladder, people: People, hours: Hours, since: datetime, until: datetime, within: timedelta
) -> list[Gap]:
    """The stretches in which nobody is reached in time, in order, joined where they touch."""
    points = sorted(
        {since, *(one for one in _points(ladder, people, hours, since, until, within) if since < one < until)}
    )
    found: list[Gap] = []
    for place, start in enumerate(points):
        end = points[place + 1] if place + 1 < len(points) else until
        if reached_after(ladder, people, hours, start, within) is not None:
            continue
        if found and found[-1].until == start:
            found[-1] = Gap(found[-1].since, end)
        else:
            found.append(Gap(start, end))
    return found


def reached_after(ladder: Ladder, people: People, hours: Hours, start: datetime, within: timedelta) -> timedelta | None:
    """How long a ladder that starts at an instant takes to reach the first, or None for not in time."""
    best: datetime | None = None
    at, idle, reached = start, False, False
    for number, step in enumerate(ladder.steps):
        at = at if idle else hours.add_working(at, step.after)
        if hours.working_between(start, at) > within:
            break
        notices = [action for action in step.actions if action.do == "notify" and action.channel != "slack"]
        delays = [delay for action in notices for delay in _certain(people, action, at)]
        reached = reached or bool(delays)
        idle = not delays and any(action.do == "notify" for action in step.actions)
        if delays:
            best = min(best or datetime.max.replace(tzinfo=at.tzinfo), at + min(delays))
        if number + 1 == len(ladder.steps) and not reached and people.last_resort is not None:
            resort = Action("notify", kind="user", ref="", target=people.last_resort)
            late = _certain(people, resort, at)
            best = at + min(late) if late else best
    if best is None or hours.working_between(start, best) > within:
        return None
    return best - start


def _certain(people: People, action: Action, at: datetime) -> list[timedelta]:
    return list(people.reached(action, None, at).values())


def _points(
    ladder: Ladder, people: People, hours: Hours, since: datetime, until: datetime, within: timedelta
) -> Iterator[datetime]:
    """Every instant at which what is reached may change: a change of people or watch, less the time until a step."""
    changes = {moment for shifts in people.shifts.values() for shift in shifts for moment in shift[:2]}
    changes |= {moment for away in people.absences.values() for one in away for moment in one[:2]}
    for offset in _offsets(ladder, within):
        last = hours.add_working(until, offset) + _TICK
        for change in changes:
            if since <= change <= last:
                yield _back(hours, change, offset, since)


def _offsets(ladder: Ladder, within: timedelta) -> set[timedelta]:
    """How long after its start a ladder may come to a step: with and without the waiting that idle steps are spared."""
    found: set[timedelta] = set()
    here = {ladder.steps[0].after}
    for number in range(len(ladder.steps)):
        found |= here
        if number + 1 < len(ladder.steps):
            wait = wait_for(ladder, number + 1)
            here = {one for each in here for one in (each, each + wait) if one <= within}
        if len(found) > MOST_OFFSETS:
            break
    return found


def _back(hours: Hours, moment: datetime, offset: timedelta, earliest: datetime) -> datetime:
    """The first instant from which `offset` later is at or behind a moment."""
    if (
        hours.add_working(moment - offset, offset) == moment
        and hours.working_between(moment - offset, moment) == offset
    ):
        return moment - offset
    low, high = earliest, moment
    while high - low > _TICK:
        middle = low + (high - low) / 2
        if hours.add_working(middle, offset) >= moment:
            high = middle
        else:
            low = middle
    return high
