"""Later due times that were asked for, as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access.model import Named
from tocsin.sla.model.moves import IncidentName

ExtensionState = Literal["pending", "approved", "rejected", "withdrawn", "expired"]
EXTENSION_STATES: tuple[ExtensionState, ...] = ("pending", "approved", "rejected", "withdrawn", "expired")


class ExtensionView(msgspec.Struct, frozen=True, kw_only=True):
    """A later due time that somebody asked for. `original_due_at` is when the incident was due as it was asked for."""

    id: UUID
    incident: IncidentName
    title: str
    due_at: datetime
    original_due_at: datetime
    reason: str
    state: ExtensionState
    requested_by: Named
    decided_by: Named | None
    decided_at: datetime | None
    note: str | None
    created_at: datetime


class AskForTime(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the incident shall be due instead, and why."""

    due_at: datetime
    reason: Annotated[str, Meta(max_length=2000)]


class Decide(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on why."""

    note: Annotated[str, Meta(max_length=2000)] | None = None


def extension_from(row: Any) -> ExtensionView:
    """One from its row, with the names of who took part."""
    same = ("id", "title", "due_at", "original_due_at", "reason", "state", "decided_at", "note", "created_at")
    by = Named(row["decided_by_id"], row["decided_by_name"]) if row["decided_by_id"] is not None else None
    return ExtensionView(
        incident=IncidentName(row["incident_id"], row["reference_code"]),
        requested_by=Named(row["requested_by_id"], row["requested_by_name"]),
        decided_by=by,
        **{name: row[name] for name in same},
    )
