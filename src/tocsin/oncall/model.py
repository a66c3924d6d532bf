"""Schedules as the API shows them, and what making one takes. Wall times are of the layer's zone, moments UTC."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access.model import Named
from tocsin.oncall.rules import Rotation

Name = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
WallTime = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
HourRows = Annotated[list[tuple[str, str]], Meta(max_length=24)]
Hours = dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], HourRows]
"""By weekday the stretches that count; one that ends before it begins runs into the next day. Empty: around the clock."""
SwapState = Literal["asked", "accepted", "declined", "withdrawn"]


class NewLayer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rotation: `users` follow each other every so many days, weeks or (`custom`) hours of the wall's clock, from `start` on.

    They hand over at `handover`; a week's hand-over falls on the weekday of `start`. With `id` a layer that is there stays.
    """

    name: Name = ""
    rotation: Rotation = "weekly"
    every: Annotated[int, Meta(ge=1, le=10_000)] = 1
    start: date
    handover: WallTime = "09:00"
    users: Annotated[list[str], Meta(max_length=100)]
    time_zone: str | None = None
    hours: Hours = {}


class NewSchedule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new schedule. Layers stand above each other, the lowest first; the highest that has somebody says who has the watch."""

    name: Name
    slug: str | None = None
    description: Text | None = None
    time_zone: str | None = None
    team: str | None = None
    layers: Annotated[list[NewLayer], Meta(max_length=20)] = []


class ScheduleChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; `layers` replaces them all, from now on: what was stays as it was."""

    name: Name | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    time_zone: str | UnsetType = UNSET
    team: str | UnsetType | None = UNSET
    layers: Annotated[list[NewLayer], Meta(max_length=20)] | UnsetType = UNSET


class LayerView(msgspec.Struct, frozen=True, kw_only=True):
    """A layer of a schedule, as it is valid now."""

    id: UUID
    name: str
    rotation: Rotation
    every: int
    start: date
    handover: str
    users: list[Named]
    time_zone: str | None
    hours: Hours
    valid_from: datetime


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule with its layers, the lowest first."""

    id: UUID
    slug: str
    name: str
    description: str | None
    time_zone: str
    team: Named | None
    layers: list[LayerView]
    created_at: datetime
    updated_at: datetime


class ShiftView(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """A stretch of time that somebody has the watch, and why: a layer, an override, or in place of somebody who is away."""

    user: Named
    since: datetime
    until: datetime
    layer: UUID | None
    override: UUID | None
    stands_in_for: Named | None


class Gap(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """A stretch of time that nobody covers."""

    since: datetime
    until: datetime


class LayerShifts(msgspec.Struct, frozen=True, kw_only=True):
    """What a layer covers."""

    layer: UUID
    name: str
    shifts: list[ShiftView]


class RotaView(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """A schedule between two moments: the final shifts, the gaps, and the layers they are made of."""

    since: datetime
    until: datetime
    final: list[ShiftView]
    gaps: list[Gap]
    layers: list[LayerShifts]


class Next(msgspec.Struct, frozen=True):
    """Who follows, and when."""

    user: Named
    at: datetime


class OnCall(msgspec.Struct, frozen=True, kw_only=True):
    """Who has the watch by a schedule at a moment: nobody is an empty list. `until` is when that changes (within 30 days)."""

    schedule: Named
    slug: str
    users: list[Named]
    stands_in_for: Named | None
    until: datetime | None
    next: Next | None


class OverrideView(msgspec.Struct, frozen=True, kw_only=True, rename={"starts_at": "from", "ends_at": "to"}):
    """Somebody who has the watch instead for a while."""

    id: UUID
    user: Named
    starts_at: datetime
    ends_at: datetime
    reason: str | None
    swap: UUID | None
    created_at: datetime


class SwapView(msgspec.Struct, frozen=True, kw_only=True, rename={"starts_at": "from", "ends_at": "to"}):
    """Somebody's wish that another takes their watch, maybe for one of theirs in return."""

    id: UUID
    user: Named
    to_user: Named
    starts_at: datetime
    ends_at: datetime
    return_from: datetime | None
    return_to: datetime | None
    note: str | None
    state: SwapState
    created_at: datetime
    decided_at: datetime | None


class Feed(msgspec.Struct, frozen=True):
    """The secret address of a calendar feed: shown once."""

    url: str
