"""What a change of what is promised does to the clocks that run."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.sla.model.calendars import Minutes, Ref


class IncidentName(msgspec.Struct, frozen=True):
    """An incident as other things name it."""

    id: UUID
    reference_code: str


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """A due time that moves, by how many minutes of the clock on the wall; null where one begins or ends to be.

    `is_overdue`: it would be past already.
    """

    incident: IncidentName
    title: str
    clock: str
    due_at: datetime | None
    new_due_at: datetime | None
    minutes: float | None
    is_overdue: bool


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a change would do if the clocks that run followed it: of so many open incidents with clocks that were looked at,
    so many would follow, and so many due times move. `items` are these, the first thousand.
    """

    checked: int
    following: int
    moved: int
    items: list[Move]


class PriorityTargets(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other targets of a priority. `apply_to_running`: clocks that run follow."""

    response_time_minutes: Minutes | UnsetType | None = UNSET
    resolution_time_minutes: Minutes | UnsetType | None = UNSET
    apply_to_running: bool = False


class WhatIf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change to look at before it is made: of a `calendar`, a `policy` or a `priority` (id or slug), or a new policy when
    none of them is named. `change` is what `PUT` (or `POST` for a new policy) would take.
    """

    change: dict[str, Any]
    calendar: Ref | None = None
    policy: Ref | None = None
    priority: Ref | None = None
