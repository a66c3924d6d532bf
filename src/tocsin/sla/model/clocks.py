"""The clocks of an incident as the API shows them and as they stand in their row."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from tocsin.sla.rules import (
    AROUND_THE_CLOCK,
    Calendar,
    Clock,
    History,
    Policy,
    Span,
    original_due_at,
)

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
    response_outcome: Outcome | None = None
    """How the response ended; null while it runs."""
    resolution_outcome: Outcome | None = None
    """How the resolution ended: `met_with_extension` when it came after the time that was due before more was granted."""


def _outcome(
    due_at: datetime | None,
    ended_at: datetime | None,
    breached_at: datetime | None,
    first_due_at: datetime | None = None,
) -> Outcome | None:
    if breached_at is not None:
        return "missed"
    if due_at is None or ended_at is None:
        return None
    if ended_at > due_at:
        return "missed"
    return "met_with_extension" if first_due_at is not None and ended_at > first_due_at else "met"


def clocks_from(row: Any) -> Clocks:
    """The clocks in a row that holds the columns of `incident_slas` named as in `Clocks` (others may join the table)."""
    return _with_outcomes({name: row[name] for name in _COLUMNS})


_COLUMNS = tuple(name for name in Clocks.__struct_fields__ if not name.endswith("_outcome"))


def _with_outcomes(values: dict[str, Any]) -> Clocks:
    response = (values["response_due_at"], values["first_response_at"], values["response_breached_at"])
    resolution = (values["resolution_due_at"], values["resolution_at"], values["resolution_breached_at"])
    return Clocks(
        **values,
        response_outcome=_outcome(*response),
        resolution_outcome=_outcome(*resolution, values["original_due_at"]),
    )


def clocks_of(history: History) -> Clocks:
    """The clocks that a history tells."""
    response, resolution = history.response, history.resolution
    return _with_outcomes(
        dict(  # noqa: C408  names that stay in step with the Struct's
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
