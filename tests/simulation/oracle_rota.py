"""Who has the watch, worked out the slow and obvious way: by a clock on the wall that is read every minute and never turned
back, so that a hand-over that has happened stays so. It knows nothing of the code it judges.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from tests.simulation.oracle import Climate

LEAD, AHEAD = 1440 * 8, 1440 * 10
"""Minutes for which the clock is read: before a story begins, and after."""
EVERY_DAY = frozenset(range(7))


@lru_cache(maxsize=16)
def walls(start: datetime, zone: str) -> tuple[datetime, ...]:
    """The latest time that the wall's clock has shown by each minute, from `LEAD` before `start` on."""
    found: list[datetime] = []
    place = ZoneInfo(zone)
    for minute in range(-LEAD, AHEAD):
        shown = (start + timedelta(minutes=minute)).astimezone(place).replace(tzinfo=None)
        found.append(max(found[-1], shown) if found else shown)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Turns:
    """A layer: who follow each other every so many hours of the wall's clock, from a wall time on, maybe only in some hours
    of some days (Monday is 0; minutes of the day, an end before the beginning is of the next day).
    """

    people: tuple[UUID, ...]
    start: datetime
    every: int
    hours: tuple[int, int] | None = None
    days: frozenset[int] = EVERY_DAY

    def holder(self, wall: datetime) -> UUID | None:
        """Whose turn it is."""
        turn = (wall - self.start) // timedelta(hours=self.every)
        return self.people[turn % len(self.people)] if turn >= 0 and self._is_open(wall) else None

    def _is_open(self, wall: datetime) -> bool:
        if self.hours is None:
            return True
        (begin, end), minute = self.hours, wall.hour * 60 + wall.minute
        today, before = wall.weekday() in self.days, (wall.weekday() - 1) % 7 in self.days
        if begin < end:
            return today and begin <= minute < end
        return (today and minute >= begin) or (before and minute < end)


@dataclass(slots=True)
class Entry:
    """Something that was said at a time, and maybe taken back at a later one. What a swap brought about has no id."""

    id: UUID | None
    made: int
    gone: int | None = field(default=None, kw_only=True)

    def stands(self, known: int) -> bool:
        """Whether it was said and not taken back at a moment."""
        return self.made <= known and (self.gone is None or known < self.gone)


@dataclass(slots=True)
class Layers(Entry):
    """All layers, the lowest first."""

    turns: tuple[Turns, ...]


@dataclass(slots=True)
class Override(Entry):
    """Somebody who has the watch whatever the layers say (the end belongs no more to it)."""

    who: UUID
    since: int
    until: int


@dataclass(slots=True)
class Absence(Entry):
    """When somebody is away, and who stands in."""

    who: UUID
    since: int
    until: int
    deputy: UUID | None


@dataclass(slots=True)
class RotaOracle:
    """A rota, and who is away. Times are halves since the story's start."""

    climate: Climate
    layers: list[Layers] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)

    def on_call(self, at: int, known: int | None = None) -> UUID | None:
        """Who has the watch at a moment, by what was known at another (the same when left out)."""
        known = at if known is None else known
        for one in reversed(self.overrides):
            if one.stands(known) and one.since <= at < one.until and (found := self.present(one.who, at, known)):
                return found
        wall = walls(self.climate.start, self.climate.zone)[at // 2 + LEAD]
        for layers in self.layers:
            if layers.stands(known):
                for turns in reversed(layers.turns):
                    holder = turns.holder(wall)
                    if holder is not None and (found := self.present(holder, at, known)):
                        return found
        return None

    def present(self, who: UUID, at: int, known: int | None = None) -> UUID | None:
        """Somebody, or who stands in for them; None when nobody does."""
        known = at if known is None else known
        passed: set[UUID] = set()
        here: UUID | None = who
        while here is not None and here not in passed:
            passed.add(here)
            away = next(
                (a for a in self.absences if a.who == here and a.stands(known) and a.since <= at < a.until), None
            )
            if away is None:
                return here
            here = away.deputy
        return None

    def has_whole(self, who: UUID, since: int, until: int, known: int) -> bool:
        """Whether somebody has the watch in every half of a stretch."""
        return all(self.on_call(at, known) == who for at in range(since, until))
