"""Service-level policies as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.sla.model.calendars import Minutes, Name, Ref, Slug

Percents = Annotated[list[Annotated[int, Meta(ge=1, le=99)]], Meta(max_length=5)]
Organisation = Annotated[str, Meta(max_length=200)]
Count = Annotated[int, Meta(ge=0, le=100)]


class Entry(msgspec.Struct, frozen=True):
    """An entry that a policy names."""

    id: UUID
    slug: str
    name: str


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of a policy: what it promises at a priority, in minutes of the calendar; null leaves it to others."""

    priority: Ref
    response_minutes: Minutes | None = None
    update_minutes: Minutes | None = None
    resolution_minutes: Minutes | None = None
    calendar: Ref | None = None


Lines = Annotated[list[Target], Meta(max_length=100)]


class TargetView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a policy as it is shown."""

    priority: Entry
    response_minutes: int | None
    update_minutes: int | None
    resolution_minutes: int | None
    calendar: Entry | None


class PolicyView(msgspec.Struct, frozen=True, kw_only=True):
    """A service-level policy: whom it is about (null: all), and what it refines of the priorities' own promise (null: nothing).

    `maximum_extensions`: how many later due times an incident may be granted. `hands_minutes`: how long an incident may be
    in the hands of the policy's team. `version` rises with every change: clocks tell by which one they run.
    """

    id: UUID
    name: str
    slug: str
    category: Entry | None
    team: Entry | None
    organisation: str | None
    calendar: Entry | None
    targets: list[TargetView]
    warning_percents: list[int] | None
    maximum_extensions: int | None
    hands_minutes: int | None
    is_active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class NewSlaPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new policy. `apply_to_running`: clocks that run already take its promise."""

    name: Name
    slug: Slug | None = None
    category: Ref | None = None
    team: Ref | None = None
    organisation: Organisation | None = None
    calendar: Ref | None = None
    targets: Lines = []
    warning_percents: Percents | None = None
    maximum_extensions: Count | None = None
    hands_minutes: Minutes | None = None
    is_active: bool = True
    apply_to_running: bool = False


class SlaPolicyChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a policy; what is left out stays, null clears. `targets` replaces all its lines."""

    name: Name | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    category: Ref | UnsetType | None = UNSET
    team: Ref | UnsetType | None = UNSET
    organisation: Organisation | UnsetType | None = UNSET
    calendar: Ref | UnsetType | None = UNSET
    targets: Lines | UnsetType = UNSET
    warning_percents: Percents | UnsetType | None = UNSET
    maximum_extensions: Count | UnsetType | None = UNSET
    hands_minutes: Minutes | UnsetType | None = UNSET
    is_active: bool | UnsetType = UNSET
    apply_to_running: bool = False
