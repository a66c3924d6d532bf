"""The incident as stored (`Incident`), as the API shows it (`IncidentView`), and what creating one takes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.access.model import Named
from tocsin.base.paging import Page
from tocsin.classification.model import Catalogue, Category, Priority, Status
from tocsin.sla.model import Clocks

Capacity = Literal["owner", "collaborator"]


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `incidents` with its catalogue entries: what rules and verbs decide on."""

    id: UUID
    reference_code: str
    title: str
    description: str | None
    status: Status
    priority: Priority
    category: Category | None
    source: str
    reported_via: str
    reported_by_user_id: UUID | None
    reported_by_reporter_id: UUID | None
    assigned_to_id: UUID | None
    team_id: UUID | None
    due_at: datetime | None
    due_source: str
    acknowledged_at: datetime | None
    acknowledged_by_id: UUID | None
    resolved_at: datetime | None
    closed_at: datetime | None
    impact: str | None
    metadata: dict[str, Any]
    custom: dict[str, Any]
    tags: list[str]
    progress_percent: int | None
    is_breached: bool
    reopen_count: int
    merged_into_id: UUID | None
    version: int
    deleted_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_open(self) -> bool:
        """Still work to do: neither resolved nor terminal."""
        return self.status.is_open


def incident_from(row: Any, catalogue: Catalogue) -> Incident:
    """An incident from its row."""
    return Incident(
        status=catalogue.statuses[row["status_id"]],
        priority=catalogue.priorities[row["priority_id"]],
        category=catalogue.categories[row["category_id"]] if row["category_id"] else None,
        **{name: row[name] for name in _PLAIN},
    )


_PLAIN = tuple(name for name in Incident.__struct_fields__ if name not in ("status", "priority", "category"))


class IncidentName(msgspec.Struct, frozen=True):
    """Another incident, by its names."""

    id: UUID
    reference_code: str


class StatusRef(msgspec.Struct, frozen=True):
    """The status inside an incident."""

    id: UUID
    slug: str
    name: str
    is_terminal: bool


class PriorityRef(msgspec.Struct, frozen=True):
    """The priority inside an incident."""

    id: UUID
    slug: str
    name: str
    level: int


class CategoryRef(msgspec.Struct, frozen=True):
    """The category inside an incident."""

    id: UUID
    slug: str
    name: str


class ReporterRef(msgspec.Struct, frozen=True):
    """Who reported: a member (`user`) or somebody outside (`reporter`)."""

    type: Literal["user", "reporter"]
    id: UUID
    name: str


class Assignee(msgspec.Struct, frozen=True, rename={"capacity": "as"}):
    """Somebody who works on the incident now."""

    id: UUID
    name: str
    capacity: Capacity
    assigned_at: datetime
    delegated_from: UUID | None
    delegated_until: datetime | None


class IncidentView(msgspec.Struct, frozen=True, kw_only=True):
    """An incident as the API shows it. Times are UTC."""

    id: UUID
    reference_code: str
    title: str
    description: str | None
    status: StatusRef
    priority: PriorityRef
    category: CategoryRef | None
    reported_via: str
    source: str
    reporter: ReporterRef | None
    assigned_to: Named | None
    assignees: list[Assignee]
    team: Named | None
    due_at: datetime | None
    due_source: str
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    impact: str | None
    metadata: dict[str, Any]
    custom: dict[str, Any]
    tags: list[str]
    progress_percent: int | None
    sla: Clocks | None
    merged_into: IncidentName | None
    version: int
    created_at: datetime
    updated_at: datetime
    snippet: str | UnsetType = UNSET
    """In a list whose `q` looks for words: the text around what they hit. Safe HTML that holds `mark` elements only."""


class Found(Page[IncidentView], frozen=True):
    """A page of incidents. `corrected` is the query that was asked instead, when nobody ever wrote a word of the given one."""

    corrected: str | UnsetType = UNSET


class Similar(msgspec.Struct, frozen=True):
    """An incident that resembles something, and how much: 1 is the same title."""

    incident: IncidentView
    similarity: float


class NewIncident(msgspec.Struct, frozen=True, kw_only=True):
    """What creating an incident takes. References are ids or slugs; times UTC.

    `custom` holds values by the slug of their field. With `by_machine` nobody is there to be asked for required ones.
    """

    title: str
    description: str | None = None
    category: str | None = None
    priority: str | None = None
    status: str | None = None
    assigned_to: str | None = None
    team: str | None = None
    impact: str | None = None
    metadata: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    tags: list[str] = []
    by_machine: bool = False
    due_at: datetime | None = None
    source: str = "api"
    reported_via: str = "internal"
    reporter_id: UUID | None = None
    organization: str | None = None
    """The reporter's, where it is known already."""
    tracking_hash: bytes | None = None
