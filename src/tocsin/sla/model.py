"""The clocks of an incident as the API shows them, and as they stand in their row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from tocsin.sla.rules import Clock, Fired, History, Policy, Span, Targets

__all__ = ["Clocks", "Fired", "Targets", "clocks_from", "clocks_of", "history_from"]


class Clocks(msgspec.Struct, frozen=True, kw_only=True):
    """Both clocks of an incident: what an incident shows as `sla`. Targets are minutes; a null target is no promise.

    `is_breached` and `breached_at` tell the first breach of either clock; a breach once recorded stays.
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
    )


def history_from(row: Any) -> History:
    """The history in a whole row of `incident_slas`."""
    return History(
        policy=msgspec.convert(row["policy"], Policy),
        started_at=row["started_at"],
        response=Clock(
            target_minutes=row["response_target_minutes"],
            due_at=row["response_due_at"],
            ended_at=row["first_response_at"],
            warned=row["response_warned"],
            breached_at=row["response_breached_at"],
        ),
        resolution=Clock(
            target_minutes=row["resolution_target_minutes"],
            due_at=row["resolution_due_at"],
            ended_at=row["resolution_at"],
            warned=row["resolution_warned"],
            breached_at=row["resolution_breached_at"],
        ),
        fixed_due_at=row["fixed_due_at"],
        paused_at=row["paused_at"],
        paused=msgspec.convert(row["paused"], tuple[Span, ...]),
        gaps=msgspec.convert(row["stopped"], tuple[Span, ...]),
        stopped_at=row["stopped_at"],
        breached_at=row["breached_at"],
    )
