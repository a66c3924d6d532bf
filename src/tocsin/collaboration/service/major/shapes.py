"""A major incident as the API shows it, and what leading one takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access.model import Named
from tocsin.collaboration.model import Author
from tocsin.incidents.service.links import Link

Stage = Literal["investigating", "identified", "monitoring", "resolved"]
Text = Annotated[str, Meta(max_length=20_000)]
ROLES = ("commander", "communications", "scribe")
TEXTS = ("summary", "impact", "root_cause", "went_well", "went_wrong")


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """Who leads it, who speaks for it, who writes down what happens."""

    commander: Named | None
    communications: Named | None
    scribe: Named | None


class Review(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt afterwards; what came of it are tasks of the incident (`…/review/actions`)."""

    summary: str | None = None
    impact: str | None = None
    root_cause: str | None = None
    went_well: str | None = None
    went_wrong: str | None = None
    reviewed_by: Named | None = None
    reviewed_at: datetime | None = None


class Major(msgspec.Struct, frozen=True, kw_only=True):
    """A major incident: its state, its roles, its parts with their states, and its review."""

    id: UUID
    state: Literal["active", "ended"]
    stage: Stage
    reason: str
    roles: Roles
    declared_at: datetime
    declared_by: Named | None
    ended_at: datetime | None
    ended_by: Named | None
    children: list[Link]
    review: Review


class MajorUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of it at a time; a public one goes to the reporter and to all watchers."""

    id: UUID
    stage: Stage
    body: str
    body_html: str
    is_internal: bool
    author: Author
    created_at: datetime


class NewRoles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who takes which role; what is left out stays, null leaves it to nobody."""

    commander: str | UnsetType | None = UNSET
    communications: str | UnsetType | None = UNSET
    scribe: str | UnsetType | None = UNSET


class Declaration(NewRoles, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why it is a major incident, and who takes which role (by default who declares it leads)."""

    reason: Annotated[str, Meta(max_length=10_000)]


class NewUpdate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An update in Markdown; without a stage it stays as it is."""

    body: str
    is_internal: bool = False
    stage: Stage | None = None


class ReviewChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays, null clears."""

    summary: Text | UnsetType | None = UNSET
    impact: Text | UnsetType | None = UNSET
    root_cause: Text | UnsetType | None = UNSET
    went_well: Text | UnsetType | None = UNSET
    went_wrong: Text | UnsetType | None = UNSET


def _named(row: Any, name: str) -> Named | None:
    return Named(row[f"{name}_id"], row[f"{name}_name"]) if row[f"{name}_id"] is not None else None


def major_from(row: Any, children: list[Link]) -> Major:
    """A major incident from its row."""
    review = {name: row["review"].get(name) for name in TEXTS}
    return Major(
        id=row["id"],
        state="ended" if row["ended_at"] is not None else "active",
        stage=row["stage"],
        reason=row["reason"],
        roles=Roles(**{name: _named(row, name) for name in ROLES}),
        declared_at=row["declared_at"],
        declared_by=_named(row, "declared_by"),
        ended_at=row["ended_at"],
        ended_by=_named(row, "ended_by"),
        children=children,
        review=Review(**review, reviewed_by=_named(row, "reviewed_by"), reviewed_at=row["reviewed_at"]),
    )


def update_from(row: Any) -> MajorUpdate:
    """An update from its row."""
    author = (
        Author("user", row["user_id"], row["author_name"])
        if row["user_id"] is not None
        else Author("system", None, "Tocsin")
    )
    same = ("id", "stage", "body", "body_html", "is_internal", "created_at")
    return MajorUpdate(author=author, **{name: row[name] for name in same})
