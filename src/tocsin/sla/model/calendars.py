"""Calendars as the API takes and shows them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.sla.rules import Hours, read_week

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
    return CalendarView(holidays=msgspec.convert(row["holidays"], list[Holiday]), **{name: row[name] for name in names})
