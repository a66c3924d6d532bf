"""Whether a ladder reaches somebody at every instant of a stretch of time, and where it doesn't: the exact gaps.

An instant is when a ladder starts. Somebody is reached when they are told by a channel that is known to be theirs, within
the promised time, which is counted in the ladder's own hours. The incident's owner and whom they report to are nobody for
certain, so nothing is promised by them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from tocsin.escalation.rules.ladder import Action, Hours, Ladder, tells, wait_for
from tocsin.escalation.rules.people import People

Why = Literal["empty_rota", "empty_group", "away", "inactive", "no_channel", "too_late", "uncertain", "tells_nobody"]
"""Why nobody is reached: nobody has the watch, holds the role or is in the team; whoever is meant is away without a deputy,
not active, without a known channel, or told too late; it depends on the incident's owner; the ladder tells nobody at all."""
MOST_OFFSETS = 400
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """Ladders that start in this stretch (the end belongs no more to it) reach nobody in time."""

    since: datetime
    until: datetime
    because: frozenset[Why]


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
        because = frozenset(why_not(ladder, people, hours, start, within))
        if found and found[-1].until == start:
            found[-1] = Gap(found[-1].since, end, found[-1].because | because)
        else:
            found.append(Gap(start, end, because))
    return found


def reached_after(ladder: Ladder, people: People, hours: Hours, start: datetime, within: timedelta) -> timedelta | None:
    """How long a ladder that starts at an instant takes to reach the first, or None for not in time."""
    best: datetime | None = None
    number, at, reached = 0, start, False
    for number, at, notices in _climb(ladder, people, hours, start, within):  # noqa: B007  where it ended is asked below
        delays = [delay for action in notices for delay in _certain(people, action, at)]
        reached = reached or bool(delays)
        if delays:
            best = min(best or datetime.max.replace(tzinfo=at.tzinfo), at + min(delays))
    if tells(ladder) and number == len(ladder.steps) and not reached and people.last_resort is not None:
        late = _certain(people, Action("notify", kind="user", ref="", target=people.last_resort), at)
        best = at + min(late) if late else best
    if best is None or hours.working_between(start, best) > within:
        return None
    return best - start


def why_not(ladder: Ladder, people: People, hours: Hours, start: datetime, within: timedelta) -> set[Why]:
    """Why a ladder that starts at an instant reaches nobody in time, as far as it is that of each notice."""
    found: set[Why] = set()
    for _, at, notices in _climb(ladder, people, hours, start, within):
        for action in notices:
            found |= _failings(people, action, at)
    if not found:
        tells = any(
            action.do == "notify" and action.channel != "slack" for step in ladder.steps for action in step.actions
        )
        found.add("too_late" if tells else "tells_nobody")
    return found


def _climb(
    ladder: Ladder, people: People, hours: Hours, start: datetime, within: timedelta
) -> Iterator[tuple[int, datetime, list[Action]]]:
    """The steps that come in time: the number of each, when it comes, and its notices to people."""
    at, idle = start, False
    for number, step in enumerate(ladder.steps, 1):
        at = at if idle else hours.add_working(at, step.after)
        if hours.working_between(start, at) > within:
            return
        notices = [action for action in step.actions if action.do == "notify" and action.channel != "slack"]
        yield number, at, notices
        idle = any(action.do == "notify" for action in step.actions) and not any(
            _certain(people, action, at) for action in notices
        )


def _failings(people: People, action: Action, at: datetime) -> set[Why]:
    if action.kind == "manager_of" or (action.kind == "user" and action.target is None):
        return {"uncertain"}
    meant = people.meant(action, None, at)
    if not meant:
        return {"empty_rota" if action.kind == "schedule" else "empty_group"}
    found: set[Why] = set()
    for person in meant:
        here = people.stand_in(person, at)
        if here is not None:
            found.add("no_channel" if action.channel not in people.delays[here] else "too_late")
        else:
            found.add("away" if person in people.delays else "inactive")
    return found


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
