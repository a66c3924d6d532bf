"""Which promise an incident gets: the priority's own minutes, refined by the service-level policies that fit it.

Of the policies that fit, the one about the reporter's organisation outranks one about the team, that one about the category,
that one about none of them; of equals the first made. Each part of the promise (a target, the calendar, the warnings, how
many extensions) comes from the first that says something of it, so that a policy may refine just one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tocsin.sla.rules.history import ALWAYS, Policy, Source, Targets


@dataclass(frozen=True, slots=True)
class Case:
    """What decides on an incident's promise. The minutes are its priority's own, `priority` the slug."""

    response_minutes: int | None
    resolution_minutes: int | None
    priority: str
    priority_id: UUID | None = None
    category_id: UUID | None = None
    team_id: UUID | None = None
    organisation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A line of a policy, for one priority. Minutes that are None are not refined."""

    priority_id: UUID
    response_minutes: int | None = None
    update_minutes: int | None = None
    resolution_minutes: int | None = None
    calendar_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """A service-level policy. What it is about is None where it is about all of them."""

    id: UUID
    name: str
    version: int
    category_id: UUID | None = None
    team_id: UUID | None = None
    organisation: str | None = None
    calendar_id: UUID | None = None
    warning_percents: tuple[int, ...] | None = None
    extensions: int | None = None
    hands_minutes: int | None = None
    lines: tuple[Promise, ...] = ()

    def fits(self, case: Case) -> bool:
        """Whether it is about an incident."""
        return (
            self.category_id in (None, case.category_id)
            and self.team_id in (None, case.team_id)
            and (self.organisation is None or self.organisation == as_organisation(case.organisation))
        )

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """The lower, the more it is about."""
        return self.organisation is None, self.team_id is None, self.category_id is None

    def line(self, case: Case) -> Promise | None:
        """Its line for an incident's priority."""
        return next((line for line in self.lines if line.priority_id == case.priority_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All that a tenant has set. `calendars` tells the present version of each (`24x7` for one that is always open)."""

    warning_percents: tuple[int, ...]
    default_calendar: str = ALWAYS
    calendars: Mapping[UUID, str] = field(default_factory=dict)
    promises: tuple[Promises, ...] = ()

    @property
    def asks_for_organisation(self) -> bool:
        """Whether it matters who reported an incident."""
        return any(one.organisation is not None for one in self.promises)

    @property
    def asks_for_team(self) -> bool:
        """Whether it matters who has an incident."""
        return any(one.team_id is not None for one in self.promises)


def as_organisation(name: str | None) -> str:
    """An organisation's name as policies compare it: case and space don't matter."""
    return " ".join((name or "").split()).casefold()


def choose(configuration: Configuration, case: Case) -> Policy:
    """The promise for an incident as things are set now."""
    fitting = sorted((one for one in configuration.promises if one.fits(case)), key=lambda one: one.rank)
    sources: list[Source] = []

    def first(what: str, ask: Callable[[Promises], Any]) -> Any:
        for one in fitting:
            if (found := ask(one)) is not None:
                sources.append(Source(what, str(one.id), one.name, one.version))
                return found
        return None

    def minutes(what: str, own: int | None) -> int | None:
        given = first(what, lambda one: getattr(one.line(case), f"{what}_minutes", None))
        return own if given is None else int(given)

    targets = Targets(
        minutes("response", case.response_minutes),
        minutes("resolution", case.resolution_minutes),
        case.priority,
        minutes("update", None),
    )
    calendar = first("calendar", lambda one: getattr(one.line(case), "calendar_id", None) or one.calendar_id)
    percents = first("warnings", lambda one: one.warning_percents)
    return Policy(
        targets=targets,
        warning_percents=_ascending(configuration.warning_percents if percents is None else percents),
        calendar=configuration.default_calendar if calendar is None else configuration.calendars.get(calendar, ALWAYS),
        extensions=first("extensions", lambda one: one.extensions),
        sources=tuple(sources),
    )


def _ascending(percents: Sequence[int]) -> tuple[int, ...]:
    return tuple(sorted(set(percents)))


def followed(
    snapshot: Policy, before: Policy, after: Policy, *, calendar: str | None = None, was: str | None = None
) -> Policy | None:
    """What a clock that runs under a `snapshot` is promised when it follows a change; None where the change is not about it.

    `before` and `after` are what its incident would be promised anew before and after the change. Of a change of a calendar
    (`was` and `calendar` are its versions before and now) only the calendar is taken, and by all clocks that it is meant
    for: those that kept an older version of it too.
    """
    if calendar is None:
        return None if before == after else after
    if calendar != after.calendar and was != before.calendar:
        return None
    return replace(snapshot, calendar=after.calendar)
