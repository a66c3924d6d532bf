"""What a list is narrowed to, and what a view of it keeps."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tocsin.access.model import Named
from tocsin.incidents.rules.query import Sought


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A clause of a query, resolved: one of the values, or a time in one of the stretches, or (`unset`) no value at all.

    `is_negated` turns it round, so that what has no value fits as well.
    """

    name: str
    values: list[Any] = []
    spans: list[tuple[Any, Any]] = []
    unset: bool = False
    is_negated: bool = False


class CustomFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a list wants of a custom field: any of some values, a range with open ends, or (`unset`) no value at all."""

    field: UUID
    values: tuple[str, ...] = ()
    low: str | None = None
    high: str | None = None
    is_number: bool = False
    unset: bool = False


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a list is narrowed to, already resolved: ids, not slugs. None means any."""

    statuses: list[UUID] | None = None
    only_open: bool = False
    only_closed: bool = False
    priorities: list[UUID] | None = None
    categories: list[UUID] | None = None
    assigned_to: UUID | Literal["none"] | None = None
    team: UUID | Literal["none"] | None = None
    team_of: UUID | None = None
    """Somebody in the incident's team."""
    watcher: UUID | None = None
    delegated_by: UUID | None = None
    reporter: UUID | None = None
    sources: list[str] | None = None
    reported_via: str | None = None
    tags: list[str] | None = None
    """Any of these."""
    custom: list[CustomFilter] = []
    """All of these."""
    breached: bool | None = None
    overdue: bool | None = None
    major: bool | None = None
    pausing: list[UUID] = []
    due_after: datetime | None = None
    due_before: datetime | None = None
    next_due_before: datetime | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    updated_after: datetime | None = None
    asked: str | None = None
    """The query (`q`) as it was read. What it means stands in `conditions` and `sought`, and in `only_open` and its like."""
    conditions: list[Condition] = []
    sought: list[Sought] = []
    language: str = "english"
    public_words: bool = False
    nothing: bool = False
    """A filter that matches nobody (`me` of a token without a person)."""
    no_category: bool = False
    happened: dict[str, tuple[datetime | None, datetime | None]] = {}
    """What must have happened from when until when: resolved, responded, breached, escalated, reopened."""
    hours: list[tuple[datetime, datetime]] | None = None
    """The stretches of time in which it must have been created."""
    clock: str | None = None
    outcomes: list[str] | None = None
    as_of: datetime | None = None
    """The moment at which the record is looked at; None is now."""
    ceiling: UUID | None = None
    """With `as_of`: the first id made after it."""


COLUMN_NAMES = (
    *("priority", "reference", "title", "category", "team", "reporter", "created", "updated", "due", "status", "owner"),
    "tags",
)
"""The columns that a list may show, in the order in which they stand."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A saved view. `count` (up to 1,001) and `problem` are told where counts are asked for."""

    id: UUID
    name: str
    query: str
    sort: str
    columns: list[str]
    scope: Literal["private", "team", "tenant"]
    team: Named | None
    owner: Named
    is_pinned: bool
    may_change: bool
    count: int | None = None
    problem: str | None = None
    created_at: datetime
    updated_at: datetime
