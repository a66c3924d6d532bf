"""The clocks of an incident as the API shows them and as they stand in their row; calendars and service-level policies."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.sla.rules import (
    AROUND_THE_CLOCK,
    Calendar,
    Case,
    Clock,
    Fired,
    History,
    Hours,
    Policy,
    Span,
    Targets,
    original_due_at,
    read_week,
)

__all__ = ["Case", "Clocks", "Fired", "Targets", "clocks_from", "clocks_of", "history_from"]

Outcome = Literal["met", "met_with_extension", "missed"]


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of an incident: what an incident shows as `sla`. Targets are minutes; a null target is no promise.

    `is_breached` and `breached_at` tell the first breach of response or resolution; a breach once recorded stays.
    `original_due_at` is when the resolution was due before an extension, `update_due_at` when the public hears next.
    """

    started_at: datetime
    response_target_minutes: int | None
    response_due_at: datetime | None
    first_response_at: datetime | None
    response_breached_at: datetime | None
    resolution_target_minutes: int | None
    resolution_due_at: datetime | None
    resolution_at: datetime | None
    resolution_breached_at: datetime | None
    paused_at: datetime | None
    is_breached: bool
    breached_at: datetime | None
    original_due_at: datetime | None = None
    update_target_minutes: int | None = None
    update_due_at: datetime | None = None
    update_breached_at: datetime | None = None

    def _outcome(self, due: datetime | None, ended: datetime | None, breached: datetime | None) -> Outcome | None:
        if breached is not None:
            return "missed"
        if due is None or ended is None:
            return None
        return "met" if ended <= due else "missed"

    @property
    def response_outcome(self) -> Outcome | None:
        """How the response ended; None while it runs."""
        return self._outcome(self.response_due_at, self.first_response_at, self.response_breached_at)

    @property
    def resolution_outcome(self) -> Outcome | None:
        """How the resolution ended; None while it runs."""
        found = self._outcome(self.resolution_due_at, self.resolution_at, self.resolution_breached_at)
        first, ended = self.original_due_at, self.resolution_at
        return "met_with_extension" if found == "met" and first is not None and ended is not None and ended > first else found


def clocks_from(row: Any) -> Clocks:
    """The clocks in a row that holds the columns of `incident_slas` named as in `Clocks` (others may join the table)."""
    return Clocks(**{name: row[name] for name in Clocks.__struct_fields__})


def clocks_of(history: History) -> Clocks:
    """The clocks that a history tells."""
    response, resolution = history.response, history.resolution
    return Clocks(
        started_at=history.started_at,
        response_target_minutes=response.target_minutes,
        response_due_at=response.due_at,
        first_response_at=response.ended_at,
        response_breached_at=response.breached_at,
        resolution_target_minutes=resolution.target_minutes,
        resolution_due_at=resolution.due_at,
        resolution_at=resolution.ended_at,
        resolution_breached_at=resolution.breached_at,
        paused_at=history.paused_at,
        is_breached=history.breached_at is not None,
        breached_at=history.breached_at,
        original_due_at=original_due_at(history),
        update_target_minutes=history.update.target_minutes,
        update_due_at=history.update.due_at,
        update_breached_at=history.update.breached_at,
    )


def history_from(row: Any, calendar: Calendar = AROUND_THE_CLOCK) -> History:
    """The history in a whole row of `incident_slas`; `calendar` is the one its policy names."""
    return History(
        policy=msgspec.convert(row["policy"], Policy),
        started_at=row["started_at"],
        calendar=calendar,
        response=Clock(
            target_minutes=row["response_target_minutes"],
            due_at=row["response_due_at"],
            ended_at=row["first_response_at"],
            warned=row["response_warned"],
            breached_at=row["response_breached_at"],
        ),
        update=Clock(
            target_minutes=row["update_target_minutes"],
            due_at=row["update_due_at"],
            warned=row["update_warned"],
            breached_at=row["update_breached_at"],
        ),
        resolution=Clock(
            target_minutes=row["resolution_target_minutes"],
            due_at=row["resolution_due_at"],
            ended_at=row["resolution_at"],
            warned=row["resolution_warned"],
            breached_at=row["resolution_breached_at"],
        ),
        updated_at=row["publicly_updated_at"],
        fixed_due_at=row["fixed_due_at"],
        extended_at=row["extended_at"],
        extended_due_at=row["extended_due_at"],
        paused_at=row["paused_at"],
        paused=msgspec.convert(row["paused"], tuple[Span, ...]),
        gaps=msgspec.convert(row["stopped"], tuple[Span, ...]),
        stopped_at=row["stopped_at"],
        breached_at=row["breached_at"],
    )


# ------------------------------------------------------------------------------------------------ calendars, explanations

MOST_HOLIDAYS = 3000
Minutes = Annotated[int, Meta(ge=1, le=5_256_000)]
"""A target: one minute to ten years."""
Week = Annotated[dict[str, Annotated[list[list[str]], Meta(max_length=48)]], Meta(max_length=7)]
Zone = Annotated[str, Meta(max_length=64)]
Name = Annotated[str, Meta(max_length=200)]
Slug = Annotated[str, Meta(max_length=64)]
Ref = Annotated[str, Meta(max_length=64)]


class Holiday(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A day on which nothing counts, from midnight to midnight in the calendar's zone."""

    date: date
    name: Annotated[str, Meta(max_length=200)] = ""


Holidays = Annotated[list[Holiday], Meta(max_length=MOST_HOLIDAYS)]


class CalendarView(msgspec.Struct, frozen=True, kw_only=True):
    """Which time counts. `hours` by weekday (`mon` to `sun`), a missing one is closed; an end before its start is of the
    next day, `24:00` a day's end. `version` rises with zone, hours and holidays: clocks that run keep the one they began with.
    """

    id: UUID
    name: str
    slug: str
    time_zone: str
    hours: dict[str, list[list[str]]]
    holidays: list[Holiday]
    is_default: bool
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class NewCalendar(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new calendar. Without a slug it gets one from its name, without a zone the organisation's."""

    name: Name
    hours: Week
    slug: Slug | None = None
    time_zone: Zone | None = None
    holidays: Holidays = []
    is_default: bool = False


class CalendarChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a calendar; what is left out stays. `apply_to_running`: clocks that run by it follow."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    time_zone: Zone | UnsetType = UNSET
    hours: Week | UnsetType = UNSET
    holidays: Holidays | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    apply_to_running: bool = False


def hours_from(row: Any) -> Hours:
    """What a calendar or a version of one is made of."""
    holidays = tuple((date.fromisoformat(one["date"]), one["name"]) for one in row["holidays"])
    return Hours(row["time_zone"], read_week(row["hours"]), holidays)


def calendar_from(row: Any) -> CalendarView:
    """A calendar from its row."""
    names = (name for name in CalendarView.__struct_fields__ if name != "holidays")
    return CalendarView(
        holidays=msgspec.convert(row["holidays"], list[Holiday]), **{name: row[name] for name in names}
    )


class SpanView(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """A stretch of time and its length in minutes. `rule` names what made it so, `reason` says it."""

    since: datetime
    until: datetime
    state: Literal["running", "paused", "closed", "extended"]
    minutes: float
    rule: str
    reason: str


class ExplanationView(msgspec.Struct, frozen=True, kw_only=True):
    """Why a clock is due when it is. `spans` follow each other from its start: to the due time while it runs, else to its
    end or, while paused, to now. `counted_minutes` are those used by now; with `remaining_minutes` they are all there is.
    """

    started_at: datetime
    due_at: datetime
    target_minutes: int | None
    counted_minutes: float
    remaining_minutes: float
    original_due_at: datetime | None
    calendar: str
    policy: str | None
    policy_version: int | None
    spans: list[SpanView]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of an incident, explained; null where nothing is promised."""

    response: ExplanationView | None
    resolution: ExplanationView | None
    update: ExplanationView | None
