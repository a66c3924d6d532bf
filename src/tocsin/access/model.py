"""Records of members, roles, teams, tokens and sessions, as stored and as shown."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec


class Named(msgspec.Struct, frozen=True):
    """An id with the name people read."""

    id: UUID
    name: str


class Admission(msgspec.Struct, frozen=True):
    """What one look-up of a credential answers: who it is, what they may, and the tenant's state."""

    user_id: UUID
    name: str
    kind: Literal["person", "service"]
    is_active: bool
    permissions: list[str]
    narrowed: list[str] | None
    via: UUID
    expires_at: datetime | None
    last_used_at: datetime | None
    csrf_token: str | None
