"""The incident as stored (`Incident`), as the API shows it (`IncidentView`), and what creating one takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.access.model import Named
from tocsin.base.paging import Page
from tocsin.classification.model import Catalogue, Category, Priority, Status
from tocsin.incidents.rules.query import Sought
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


StepKind = Literal["owner", "team", "priority", "category", "status", "resolve", "close", "reopen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastStep:
    """One thing that happened to an imported incident, done by the person whom the other system names.

    `to` is what the step led to: a person or team (None: nobody), a priority, a category (None: none) or a status.
    """

    what: StepKind
    at: datetime
    by: str | None
    to: Named | Priority | Category | Status | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """An incident with its past, for import: how it began (in the default status) and, in order, what happened to it.

    `import_key` names it for ever: an incident of the same key is never written twice. `updated_at` is the time of the
    last change that the other system knows.
    """

    import_key: str
    title: str
    description: str | None
    impact: str | None
    metadata: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    by: str | None
    reporter_id: UUID | None
    priority: Priority
    category: Category | None
    team: Named | None
    owner: Named | None
    first_response_at: datetime | None
    steps: tuple[PastStep, ...]


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
    as_of: datetime | None = None
    """The moment at which the record is looked at; None is now."""
    ceiling: UUID | None = None
    """With `as_of`: the first id made after it."""


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


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column of the board: a status and its first page. `count` is exact up to `most`, and `most + 1` for more."""

    status: Status
    count: int
    most: int
    cards: list[IncidentView]
    next_cursor: str | None


class DueIncident(msgspec.Struct, frozen=True, kw_only=True):
    """What a calendar shows of an incident."""

    id: UUID
    reference_code: str
    title: str
    status: Status
    priority: Priority
    assigned_to: Named | None
    due_at: datetime
    is_overdue: bool


class DueDay(msgspec.Struct, frozen=True, kw_only=True):
    """What is due on a day: the first of it, and how much there is in all."""

    incidents: list[DueIncident]
    total: int


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


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a page shows beside the record. `here` are the others who look at it now; assignments come oldest first."""

    watchers: list[Watcher] = []
    here: list[Named] = []
    assignments: list[Stint] = []
    reporter: Contact | None = None


class Offers(msgspec.Struct, frozen=True, kw_only=True):
    """What an actor may do with an incident now: what the rules would refuse is not offered. `moves` are statuses."""

    edit: bool = False
    acknowledge: bool = False
    unacknowledge: bool = False
    resolve: bool = False
    close: bool = False
    reopen: bool = False
    moves: list[Status] = []
    asking: list[UUID] = []
    """The statuses among `moves` for which something is to be filled in first."""
    prioritise: bool = False
    set_due: bool = False
    assign: bool = False
    unassign: bool = False
    delegate: bool = False
    recall: bool = False
    claim: bool = False
    hand_over: bool = False
    mute: bool = False
    unmute: bool = False
    delete: bool = False
