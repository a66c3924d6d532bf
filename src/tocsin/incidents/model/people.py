"""Who watches, works on and has reported an incident."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tocsin.access.model import Named
from tocsin.incidents.model.record import Capacity


class WatcherView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who watches an incident, as the API shows it."""

    id: UUID
    type: Literal["user", "team", "email"]
    user: Named | None
    team: Named | None
    email: str | None
    reason: str
    is_muted: bool
    created_at: datetime


def watcher_from(row: Any) -> WatcherView:
    """A watcher from its row."""
    kind: Literal["user", "team", "email"] = "user" if row["user_id"] else "team" if row["team_id"] else "email"
    return WatcherView(
        id=row["id"],
        type=kind,
        user=Named(row["user_id"], row["user_name"]) if row["user_id"] else None,
        team=Named(row["team_id"], row["team_name"]) if row["team_id"] else None,
        email=row["email"],
        reason=row["reason"],
        is_muted=row["is_muted"],
        created_at=row["created_at"],
    )


class Watcher(msgspec.Struct, frozen=True):
    """Who watches, as a page shows it: a member, a team, or an address outside."""

    id: UUID
    user: UUID | None
    team: UUID | None
    email: str | None
    name: str
    reason: str
    is_muted: bool = False


class Stint(msgspec.Struct, frozen=True, kw_only=True):
    """One assignment of the history, with the names of who took part."""

    id: UUID
    who: Named
    by: Named | None
    capacity: Capacity
    assigned_at: datetime
    unassigned_at: datetime | None
    is_active: bool
    note: str | None
    delegated_from: UUID | None
    delegated_from_name: str | None
    delegated_until: datetime | None
    previous: UUID | None


class Contact(msgspec.Struct, frozen=True):
    """How somebody outside can be reached."""

    name: str
    email: str | None
    phone: str | None
    organization: str | None
