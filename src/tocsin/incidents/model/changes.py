"""What the changes feed tells."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class ChangedIncident(msgspec.Struct, frozen=True):
    """Which incident a change is of."""

    id: UUID
    reference_code: str | None


class ChangeTold(msgspec.Struct, frozen=True):
    """Something that happened to an incident. `type` is the event's name, `cursor` leads to what came after it."""

    cursor: str
    incident: ChangedIncident
    type: str
    at: datetime


class Changes(msgspec.Struct, frozen=True):
    """A part of the changes feed. `next_cursor` is always there: ask with it for what happens from here on."""

    items: list[ChangeTold]
    next_cursor: str
