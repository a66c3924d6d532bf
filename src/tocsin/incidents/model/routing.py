"""Where new incidents go."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tocsin.access.model import Named


class RoutingRule(msgspec.Struct, frozen=True, kw_only=True):
    """Where a new incident goes when the conditions hold: of each kind any one is enough, a kind left out wants nothing.

    Categories and priorities are slugs. Rules are tried in the order of `position`. With a team and a user the team owns
    it and the user gets it.
    """

    id: UUID
    name: str
    position: int
    is_active: bool
    category: list[str]
    priority: list[str]
    source: list[str]
    organization: list[str]
    keyword: list[str]
    custom: dict[str, list[str]]
    team: Named | None
    user: Named | None
    created_at: datetime
    updated_at: datetime
