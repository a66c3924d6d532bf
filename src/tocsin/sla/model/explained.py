"""Why a clock is due when it is, as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec


class SpanView(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """A stretch of time and its length in minutes. `rule` names what made it so, `reason` says it. `status` names the one that paused."""

    since: datetime
    until: datetime
    state: Literal["running", "paused", "closed", "extended"]
    minutes: float
    rule: str
    reason: str
    holiday: str | None = None
    status: str | None = None


class WarningView(msgspec.Struct, frozen=True, kw_only=True):
    """A warning of a clock: at which share of its time it comes, when that is, and whether it was given."""

    percent: int
    at: datetime
    is_given: bool


class ExplanationView(msgspec.Struct, frozen=True, kw_only=True):
    """Why a clock is due when it is. `spans` follow each other from its start: to the due time while it runs, else to its
    end or, while paused, to now. `counted_minutes` are those used by now; with `remaining_minutes` they are all there is. `warnings` are
    those that the clock gives as things stand.
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
    warnings: list[WarningView] = []


class HandsView(msgspec.Struct, frozen=True, kw_only=True):
    """How long a team has had an incident, against what it has promised. `due_at` is null while it has not got it."""

    team: UUID
    policy: str
    policy_version: int
    target_minutes: int
    held_minutes: float
    is_running: bool
    due_at: datetime | None
    breached_at: datetime | None


class PromiseView(msgspec.Struct, frozen=True, kw_only=True):
    """What an incident was promised for a time; `until` is null for what it is promised now. Targets are minutes."""

    id: UUID
    is_active: bool
    since: datetime
    until: datetime | None
    priority: str
    calendar: str
    policy: str | None
    policy_version: int | None
    response_target_minutes: int | None
    update_target_minutes: int | None
    resolution_target_minutes: int | None
    response_due_at: datetime | None
    resolution_due_at: datetime | None


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of an incident, explained; null where nothing is promised."""

    response: ExplanationView | None
    resolution: ExplanationView | None
    update: ExplanationView | None
    teams: list[HandsView] = []
