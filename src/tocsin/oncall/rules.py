"""Who is on call at any moment, from data alone: rotations in wall time, layers, overrides, absences.

The decisions this page takes:

- A layer's people follow each other; a hand-over happens when the clock on the wall of the layer's zone shows its time, on a
  day of a clock change too: then a shift is an hour shorter or longer. A hand-over time that the clocks leap over happens at
  the leap, one that comes twice at its first coming.
- A layer can be restricted to hours of the week, again in wall time; outside of them it covers nothing, and whose turn it is
  goes on meanwhile.
- Where a layer has nobody, the one below it shows. What stands higher wins; overrides win over all layers, a later one over
  an earlier.
- Who is away on their shift is stood in for by their deputy, that one by theirs, and so on; without anybody the place is
  empty and the layer below shows. So is the place of somebody who is no active member any more.
- Layers have a time from which and until which they are valid: a change begins a new one, so that what was stays as it was.
- A **gap** is time that nobody covers. Shifts and gaps together make up the whole time that was asked for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from tocsin.base.zones import DAY, local_day, wall_moment

Rotation = Literal["daily", "weekly", "custom"]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Hours = Mapping[str, Sequence[tuple[int, int]]]
"""By weekday the stretches of the day in minutes, 0 to 1440; one that ends before it begins runs into the next day."""
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A rotation. `start` is the wall time of the first person's first shift; every shift takes `every` days, weeks or hours.

    `valid_from` and `valid_until` (None: for good) bound what it covers.
    """

    id: UUID
    people: tuple[UUID, ...]
    rotation: Rotation
    every: int
    start: datetime
    zone: ZoneInfo
    hours: Hours = field(default_factory=dict)
    valid_from: datetime
    valid_until: datetime | None = None

    @property
    def period(self) -> timedelta:
        """How long a shift is on the wall's clock."""
        if self.rotation == "custom":
            return timedelta(hours=self.every)
        return timedelta(days=self.every * (7 if self.rotation == "weekly" else 1))


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody who has the watch instead, whatever the layers say. Later ones (in the order given) win."""

    id: UUID
    user_id: UUID
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """When somebody is away, and who stands in."""

    since: datetime
    until: datetime
    deputy_id: UUID | None


@dataclass(frozen=True, slots=True)
class People:
    """What must be known of people: when who is away, and who is no active member."""

    absences: Mapping[UUID, Sequence[Absence]] = field(default_factory=dict)
    inactive: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of time that somebody has the watch. `layer` or `override` is where it comes from; `stands_in_for` whose
    shift it is when they are away.
    """

    user_id: UUID
    since: datetime
    until: datetime
    layer: UUID | None = None
    override: UUID | None = None
    stands_in_for: UUID | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """What was asked for, whole: each layer's shifts, the final shifts, and the time that nobody covers."""

    layers: Mapping[UUID, Sequence[Shift]]
    final: Sequence[Shift]
    gaps: Sequence[Stretch]


# ---------------------------------------------------------------------------------------------------------- rotations


def handover(layer: Layer, number: int) -> datetime:
    """The moment of a layer's hand-over; number 0 begins the first shift."""
    return wall_moment(layer.start + layer.period * number, layer.zone)


def _turn_at(layer: Layer, at: datetime) -> int:
    """The number of the shift that runs at a moment; negative before the first."""
    local = at.astimezone(layer.zone).replace(tzinfo=None)
    number = (local - layer.start) // layer.period
    while handover(layer, number) > at:
        number -= 1
    while handover(layer, number + 1) <= at:
        number += 1
    return number


def turns(layer: Layer, since: datetime, until: datetime) -> list[Shift]:
    """Whose turn it is in a layer, whatever the hours: shifts in order, of people as they are planned."""
    since = max(since, layer.valid_from, handover(layer, 0))
    until = min(until, layer.valid_until) if layer.valid_until is not None else until
    found: list[Shift] = []
    number = _turn_at(layer, since) if since < until and layer.people else 0
    while since < until and layer.people:
        ends = min(handover(layer, number + 1), until)
        if since < ends:
            found.append(Shift(layer.people[number % len(layer.people)], since, ends, layer=layer.id))
            since = ends
        number += 1
    return found


def open_hours(hours: Hours, zone: ZoneInfo, since: datetime, until: datetime) -> list[Stretch]:
    """The stretches of time in which hours of the week hold, in order, joined where they touch."""
    found: list[Stretch] = []
    day, last = local_day(since, zone) - DAY, local_day(until, zone)
    while day <= last:
        midnight = datetime.combine(day, time())
        for begin, end in hours.get(WEEKDAYS[day.weekday()], ()):
            starts = wall_moment(midnight + timedelta(minutes=begin), zone)
            ends = wall_moment(midnight + timedelta(minutes=end if end > begin else end + 1440), zone)
            if max(starts, since) < min(ends, until):
                found.append((max(starts, since), min(ends, until)))
        day += DAY
    return joined(found)


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order, those that touch or overlap made one."""
    found: list[Stretch] = []
    for since, until in sorted(stretches):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        elif since < until:
            found.append((since, until))
    return found


def layer_shifts(layer: Layer, people: People, since: datetime, until: datetime) -> list[Shift]:
    """What a layer covers: its turns within its hours, by people who are there."""
    planned = turns(layer, since, until)
    if layer.hours:
        windows = open_hours(layer.hours, layer.zone, since, until)
        planned = [part for shift in planned for part in _within(shift, windows)]
    return merged(part for shift in planned for part in manned(shift, people))


def _within(shift: Shift, windows: Sequence[Stretch]) -> list[Shift]:
    found = []
    for begin, end in windows[max(0, bisect_right(windows, (shift.since, shift.since)) - 1) :]:
        if begin >= shift.until:
            break
        if max(begin, shift.since) < min(end, shift.until):
            found.append(replace(shift, since=max(begin, shift.since), until=min(end, shift.until)))
    return found


# ------------------------------------------------------------------------------------------------------------- people


def manned(shift: Shift, people: People) -> list[Shift]:
    """A shift with whoever is there: who is away is stood in for; time without anybody is left out."""
    return _manned(shift, people, (shift.user_id,))


def _manned(shift: Shift, people: People, path: tuple[UUID, ...]) -> list[Shift]:
    if shift.user_id in people.inactive:
        return []
    found: list[Shift] = []
    at = shift.since
    for absence in sorted(people.absences.get(shift.user_id, ()), key=lambda one: one.since):
        begin, end = max(absence.since, at), min(absence.until, shift.until)
        if begin >= end:
            continue
        if at < begin:
            found.append(replace(shift, since=at, until=begin))
        deputy = absence.deputy_id
        if deputy is not None and deputy not in path:
            origin = shift.stands_in_for or shift.user_id
            stand_in = replace(shift, user_id=deputy, since=begin, until=end, stands_in_for=origin)
            found += _manned(stand_in, people, (*path, deputy))
        at = end
    if at < shift.until:
        found.append(replace(shift, since=at))
    return found


def merged(shifts: Iterable[Shift]) -> list[Shift]:
    """Shifts in order; neighbours that differ in nothing but their time made one."""
    found: list[Shift] = []
    for shift in shifts:
        last = found[-1] if found else None
        if (
            last is not None
            and last.until == shift.since
            and replace(shift, since=last.since) == replace(last, until=shift.until)
        ):
            found[-1] = replace(last, until=shift.until)
        else:
            found.append(shift)
    return found


# -------------------------------------------------------------------------------------------------------------- final


def over(above: Sequence[Shift], below: Sequence[Shift]) -> list[Shift]:
    """Two sequences of shifts made one: where the upper has nobody, the lower shows."""
    found, place = list(above), 0
    for shift in below:
        at = shift.since
        while place > 0 and above[place - 1].until > at:
            place -= 1
        while place < len(above) and above[place].since < shift.until:
            if at < above[place].since:
                found.append(replace(shift, since=at, until=above[place].since))
            at = max(at, above[place].until)
            place += 1
        if at < shift.until:
            found.append(replace(shift, since=at))
    return sorted(found, key=lambda one: one.since)


def missing(shifts: Sequence[Shift], since: datetime, until: datetime) -> list[Stretch]:
    """The time between two moments that none of the shifts, which are in order, covers."""
    found, at = [], since
    for shift in shifts:
        if at < shift.since:
            found.append((at, min(shift.since, until)))
        at = max(at, shift.until)
    if at < until:
        found.append((at, until))
    return found


def rota(
    layers: Sequence[Layer], overrides: Sequence[Override], people: People, since: datetime, until: datetime
) -> Rota:
    """Everything between two moments. Layers come lowest first, overrides earliest made first."""
    each = {layer.id: layer_shifts(layer, people, since, until) for layer in layers}
    final: list[Shift] = []
    for layer in layers:
        final = over(each[layer.id], final)
    for one in overrides:
        begin, end = max(one.since, since), min(one.until, until)
        if begin < end:
            final = over(manned(Shift(one.user_id, begin, end, override=one.id), people), final)
    final = merged(final)
    return Rota(each, final, missing(final, since, until))


def at(layers: Sequence[Layer], overrides: Sequence[Override], people: People, moment: datetime) -> Shift | None:
    """Who has the watch at a moment, None for nobody. The shift's end is not looked for beyond the next second."""
    found = rota(layers, overrides, people, moment, moment + timedelta(seconds=1)).final
    return found[0] if found and found[0].since <= moment else None
