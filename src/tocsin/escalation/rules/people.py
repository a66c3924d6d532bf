"""Whom an action meant or means at any moment, and how long until they are told: from data alone."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from tocsin.escalation.rules.ladder import Action

Shift = tuple[datetime, datetime, UUID]
Absence = tuple[datetime, datetime, UUID | None]
"""From, to (not included), and who stands in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The people of a tenant as ladders see them.

    `delays` tells for each person who can be told, by the channel of an action (empty: their own rules), how long that
    takes; who is not in it is reached by nothing. `shifts` are each schedule's, in order.
    """

    roles: Mapping[str, Sequence[UUID]] = field(default_factory=dict)
    teams: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    managers: Mapping[UUID, Sequence[UUID]] = field(default_factory=dict)
    shifts: Mapping[UUID, Sequence[Shift]] = field(default_factory=dict)
    absences: Mapping[UUID, Sequence[Absence]] = field(default_factory=dict)
    delays: Mapping[UUID, Mapping[str, timedelta]] = field(default_factory=dict)
    last_resort: UUID | None = None

    def meant(self, action: Action, owner: UUID | None, at: datetime) -> Sequence[UUID]:
        """The people an action names at a moment; `owner` is the incident's."""
        if action.kind == "role":
            return self.roles.get(action.ref, ())
        if action.kind == "team" and action.target is not None:
            return self.teams.get(action.target, ())
        if action.kind == "manager_of":
            return self.managers.get(owner, ()) if owner is not None else ()
        if action.kind == "schedule" and action.target is not None:
            return self.on_call(action.target, at)
        person = action.target or owner
        return (person,) if person is not None else ()

    def on_call(self, schedule: UUID, at: datetime) -> Sequence[UUID]:
        """Who has the watch at a moment."""
        shifts = self.shifts.get(schedule, ())
        place = bisect_right(shifts, at, key=lambda shift: shift[0]) - 1
        return (shifts[place][2],) if place >= 0 and at < shifts[place][1] else ()

    def stand_in(self, person: UUID, at: datetime) -> UUID | None:
        """The person, or who stands in while they are away; None when nobody does."""
        passed: set[UUID] = set()
        here: UUID | None = person
        while here is not None and here not in passed:
            if here not in self.delays:
                return None
            away = next((one for one in self.absences.get(here, ()) if one[0] <= at < one[1]), None)
            if away is None:
                return here
            passed.add(here)
            here = away[2]
        return None

    def reached(self, action: Action, owner: UUID | None, at: datetime) -> dict[UUID, timedelta]:
        """Who is told by a notice, and how long that takes. Slack is one channel for all: whoever is meant hears of it."""
        found: dict[UUID, timedelta] = {}
        for person in self.meant(action, owner, at):
            if action.channel == "slack":
                found[person] = timedelta()
                continue
            here = self.stand_in(person, at)
            delay = self.delays[here].get(action.channel) if here is not None else None
            if here is not None and delay is not None:
                found.setdefault(here, delay)
        return found
