"""The form of the demo's content: plain data that a loader plays through the ordinary verbs.

People are named by the part of their e-mail before the @ (`DemoPerson.key`). Times are minutes: an incident's `age` before
now, everything inside it after its creation (`after`), so that the demo is always fresh.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A member: `role` is the slug of a seeded role."""

    name: str
    email: str
    role: str
    teams: tuple[str, ...] = ()
    is_active: bool = True

    @property
    def key(self) -> str:
        """How incidents name this person."""
        return self.email.partition("@")[0]


@dataclass(frozen=True, slots=True)
class DemoTeam:
    """A team; incidents name it by its slug."""

    slug: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class DemoCategory:
    """A category beside the seeded ones."""

    slug: str
    name: str
    type: str
    department: str
    description: str


@dataclass(frozen=True, slots=True)
class DemoField:
    """A custom field; `categories` are slugs, none for all."""

    slug: str
    name: str
    type: str
    choices: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True)
class DemoReporter:
    """Somebody outside, through the public form."""

    name: str
    email: str
    phone: str | None = None
    organization: str | None = None


@dataclass(frozen=True, slots=True)
class DemoComment:
    """A comment, `after` minutes into the incident; public unless internal."""

    after: int
    by: str
    body: str
    is_internal: bool = False


@dataclass(frozen=True, slots=True)
class DemoTask:
    """A task; `status` is open, in_progress, done or cancelled."""

    title: str
    assigned_to: str | None = None
    status: str = "open"
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoIncident:
    """One incident: how it stands now and what happened on the way.

    `reporter` is a person's key or somebody outside. `acknowledged_after`, `waiting_after`, `resolved_after` and
    `closed_after` are minutes after creation, in this order, and never more than `age`. The owner acknowledges, without
    one the first to comment.
    """

    title: str
    description: str
    priority: str
    category: str
    status: str
    age: int
    reporter: str | DemoReporter
    team: str | None = None
    owner: str | None = None
    collaborators: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    source: str = "web"
    impact: str | None = None
    metadata: Mapping[str, str | int | bool] = field(default_factory=dict)
    custom: Mapping[str, str | int | bool] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    acknowledged_after: int | None = None
    waiting_after: int | None = None
    resolved_after: int | None = None
    closed_after: int | None = None
    resolution: str | None = None
    comments: tuple[DemoComment, ...] = ()
    tasks: tuple[DemoTask, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A whole organisation of the demo."""

    slug: str
    name: str
    time_zone: str
    locale: str
    teams: tuple[DemoTeam, ...]
    people: tuple[DemoPerson, ...]
    categories: tuple[DemoCategory, ...]
    incidents: tuple[DemoIncident, ...]
    fields: tuple[DemoField, ...] = ()
    watch: tuple[str, ...] = ()
    """The people who are on call: one week after the other around the clock, one day after the other in working hours."""
    imports_excerpt: bool = False
    """True for the tenant that also receives the excerpt of the real log."""
    clock_at: datetime | None = None
    """Where the clock of a sandbox stands; None for a live organisation."""
    calendars: tuple[Mapping[str, Any], ...] = ()
    promises: tuple[Mapping[str, Any], ...] = ()
    schedules: tuple[Mapping[str, Any], ...] = ()
    ladders: tuple[Mapping[str, Any], ...] = ()
    """Calendars, service-level policies, rotas and escalation policies: bodies as the API takes them."""
    checklists: tuple[Mapping[str, Any], ...] = ()
