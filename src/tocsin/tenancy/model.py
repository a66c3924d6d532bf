"""A tenant, and the settings it may change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

PublicField = Literal["description", "category", "name", "phone", "organization", "file"]
PUBLIC_FIELDS: tuple[PublicField, ...] = ("description", "category", "name", "phone", "organization", "file")


Clock = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day, `HH:MM`."""


class TenantSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tenant decides for itself. Days and fractions as named; kept in `tenants.settings`."""

    reference_prefix: Annotated[str, Meta(pattern=r"^[A-Z][A-Z0-9]{0,7}-$")] = "INC-"
    reopen_days: Annotated[int, Meta(ge=0, le=3650)] = 7
    reopen_on_reply: bool = True
    """Whether an answer of the one who reported reopens what is resolved, or closed within `reopen_days`."""
    auto_close_days: Annotated[int, Meta(ge=0, le=3650)] = 0
    """After how many days a resolved incident closes by itself; 0 for never."""
    resolve_with_open_tasks: bool = True
    quiet_hours: tuple[Clock, Clock] | None = None
    """From when until when, in the tenant's zone, reminders that aren't urgent wait; also over midnight."""
    warning_percents: Annotated[list[Annotated[int, Meta(ge=1, le=99)]], Meta(max_length=5)] = msgspec.field(
        default_factory=lambda: [75, 90]
    )
    comment_edit_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 15
    """For how long who wrote a comment may rewrite it; 0: never."""
    attachment_limit: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    attachment_types: Annotated[
        list[Annotated[str, Meta(max_length=201, pattern=r"^[a-z0-9][a-z0-9.+-]*/(\*|[a-z0-9][a-z0-9.+-]*)$")]],
        Meta(max_length=50),
    ] = []
    """The media types of attachments that are taken, such as `image/*` and `application/pdf`; empty: all."""
    public_intro: Annotated[str, Meta(max_length=2000)] = ""
    public_fields: list[PublicField] = msgspec.field(default_factory=lambda: list(PUBLIC_FIELDS))
    """What the public form asks beside the title and the e-mail address."""
    brand_color: Annotated[str, Meta(max_length=7)] = ""
    """The colour of the public pages, `#rrggbb`; empty for ours. They shade it until every text can be read."""


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as the server sees it. `now` is set for sandboxes only: their clock stands still between advances."""

    id: UUID
    slug: str
    name: str
    host: str | None
    time_zone: str
    locale: str
    kind: Literal["live", "sandbox"]
    state: Literal["active", "suspended"]
    clock_at: datetime | None
    settings: TenantSettings
    disabled_modules: list[str]
    revision: int


def tenant_from(row: Any) -> Tenant:
    """A tenant from its row."""
    return Tenant(
        id=row["id"],
        slug=row["slug"],
        name=row["name"],
        host=row["host"],
        time_zone=row["time_zone"],
        locale=row["locale"],
        kind=row["kind"],
        state=row["state"],
        clock_at=row["clock_at"],
        settings=msgspec.convert(row["settings"], TenantSettings),
        disabled_modules=row["disabled_modules"],
        revision=row["revision"],
    )


class HappenedTo(msgspec.Struct, frozen=True):
    """The incident that something happened to."""

    id: UUID
    reference_code: str


class Happened(msgspec.Struct, frozen=True):
    """Something that happened while a sandbox's clock was moved: `what` is the event's name, `detail` what it tells."""

    at: datetime
    what: str
    incident: HappenedTo | None
    detail: dict[str, Any]


class Advanced(msgspec.Struct, frozen=True):
    """Where the clock stands now, and what happened on the way, in order."""

    now: datetime
    happened: list[Happened]
