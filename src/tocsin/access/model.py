"""Records of members, roles, teams, tokens and sessions, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

MemberKind = Literal["person", "service"]
Spread = Literal["none", "round_robin", "least_work", "sticky"]
"""How a team hands new work to its members: it waits in the queue; in turn; to who has the least open work, weighted by
priority; to whoever had the last one of the same reporter, else to who has least."""


class Named(msgspec.Struct, frozen=True):
    """An id with the name people read."""

    id: UUID
    name: str


class Person(Named, frozen=True):
    """An active person as lists of people to choose from name them."""

    email: str | None


class UserView(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the organisation; `roles` and `teams` are slugs. A service is a token without a person."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    is_active: bool
    kind: MemberKind
    roles: list[str]
    teams: list[str]
    time_zone: str | None
    locale: str | None
    manager_id: UUID | None
    created_at: datetime


class RoleView(msgspec.Struct, frozen=True, kw_only=True):
    """A set of permissions with a name."""

    id: UUID
    slug: str
    name: str
    permissions: list[str]
    is_seeded: bool
    created_at: datetime


class PermissionView(msgspec.Struct, frozen=True):
    """A permission and what it allows to."""

    name: str
    description: str


class TeamMember(msgspec.Struct, frozen=True):
    """Somebody in a team."""

    id: UUID
    name: str
    is_lead: bool
    is_active: bool


class TeamView(msgspec.Struct, frozen=True, kw_only=True):
    """A team with its members, by name."""

    id: UUID
    slug: str
    name: str
    description: str | None
    is_active: bool
    spread: Spread
    members: list[TeamMember]
    created_at: datetime


class AbsenceView(msgspec.Struct, frozen=True, kw_only=True, rename={"starts_at": "from", "ends_at": "to"}):
    """When somebody is away; what is meant for them then goes to the deputy, and falls back at the end."""

    id: UUID
    user: Named
    starts_at: datetime
    ends_at: datetime
    deputy: Named | None
    created_at: datetime


class TokenOwner(msgspec.Struct, frozen=True):
    """The member a token acts for."""

    id: UUID
    name: str
    kind: MemberKind


class TokenView(msgspec.Struct, frozen=True, kw_only=True):
    """A token without its secret. `role` is a slug; `permissions` narrows what the owner or the role holds."""

    id: UUID
    name: str
    user: TokenOwner
    role: str | None
    permissions: list[str] | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    created_by_id: UUID | None
    created_at: datetime


class NewTokenView(TokenView, frozen=True, kw_only=True):
    """A fresh token: the only answer that ever shows `token` itself."""

    token: str


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """A browser that is logged in."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    is_current: bool


class TenantBrief(msgspec.Struct, frozen=True):
    """An organisation as its members see it named."""

    slug: str
    name: str


class Me(msgspec.Struct, frozen=True, kw_only=True):
    """Who is calling, and what they may. `csrf_token` is set for browsers' sessions."""

    user: UserView
    permissions: list[str]
    tenant: TenantBrief
    csrf_token: str | None
