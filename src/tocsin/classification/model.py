"""Entries of the catalogue, and the whole catalogue of a tenant as verbs and lists use it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, TypeVar
from uuid import UUID

import msgspec

from tocsin.base.errors import Unavailable, invalid
from tocsin.base.ids import parse_id
from tocsin.classification.rules.fields import FieldType

RequiredAt = Literal["create", "resolve"]


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A category: what kind of incident, and which department it belongs to."""

    id: UUID
    slug: str
    name: str
    description: str | None
    type: str | None
    department: str | None
    is_active: bool


class Priority(msgspec.Struct, frozen=True, kw_only=True):
    """A priority. Level 1 is the most urgent; targets are minutes, null for none."""

    id: UUID
    slug: str
    name: str
    level: int
    response_time_minutes: int | None
    resolution_time_minutes: int | None
    is_default: bool
    is_active: bool


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A status. `is_resolved` stops the clocks, `is_terminal` ends the work, `pauses_sla` holds the resolution clock."""

    id: UUID
    slug: str
    name: str
    sort_order: int
    is_terminal: bool
    is_default: bool
    is_resolved: bool
    pauses_sla: bool
    is_active: bool

    @property
    def is_open(self) -> bool:
        """Whether an incident in this status is still work to do."""
        return not (self.is_terminal or self.is_resolved)


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A custom field. `categories`: whose incidents have it, none for all; a retired one (not active) takes no new values."""

    id: UUID
    slug: str
    name: str
    description: str | None
    type: FieldType
    choices: list[str]
    required_at: RequiredAt | None
    categories: list[UUID]
    is_public: bool
    is_active: bool
    sort_order: int

    def belongs_to(self, category: Category | None) -> bool:
        """Whether incidents of a category have this field."""
        return not self.categories or (category is not None and category.id in self.categories)


DEMANDABLE = ("description", "category", "impact", "team", "assigned_to")
"""The fields of every incident that a transition may demand; custom ones stand beside them as `custom.<slug>`."""


class Demands(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a transition asks for. `fields`: `custom.<slug>`, or a field that every incident has; `permission`: its name."""

    fields: list[str] = []
    comment: bool = False
    permission: str | None = None
    no_open_tasks: bool = False


NOTHING_DEMANDED = Demands()

Entry = TypeVar("Entry", Category, Priority, Status, Field)


def _find(entries: dict[UUID, Entry], ref: str) -> Entry | None:
    known = parse_id(ref)
    if known is not None:
        return entries.get(known)
    return next((entry for entry in entries.values() if entry.slug == ref), None)


def _need(entries: dict[UUID, Entry], ref: str, field: str) -> Entry:
    entry = _find(entries, ref)
    if entry is None or not entry.is_active:
        raise invalid(field, "There is no active entry by this id or slug.")
    return entry


class Entries(dict[UUID, Entry]):
    """Entries by id. One that another process added a moment ago is no error of ours: the caller tries again."""

    def __missing__(self, _entry_id: UUID) -> Entry:
        raise Unavailable("The catalogue has just changed; try again in a moment.")


class Catalogue:
    """The catalogue of one tenant at one revision. References are ids or slugs; entries keep their order of creation."""

    def __init__(
        self,
        categories: Iterable[Category],
        priorities: Iterable[Priority],
        statuses: Iterable[Status],
        transitions: Mapping[tuple[UUID, UUID], Demands],
        fields: Iterable[Field] = (),
    ) -> None:
        self.categories = Entries({entry.id: entry for entry in categories})
        self.priorities = Entries({entry.id: entry for entry in priorities})
        self.statuses = Entries({entry.id: entry for entry in statuses})
        self.transitions = frozenset(transitions)
        self.demanding = {pair: demands for pair, demands in transitions.items() if demands != NOTHING_DEMANDED}
        self.fields = Entries({entry.id: entry for entry in fields})
        self._by_slug = {entry.slug: entry for entry in self.fields.values()}

    def find_category(self, ref: str) -> Category | None:
        """The category of a reference, active or not."""
        return _find(self.categories, ref)

    def find_priority(self, ref: str) -> Priority | None:
        """The priority of a reference, active or not."""
        return _find(self.priorities, ref)

    def find_status(self, ref: str) -> Status | None:
        """The status of a reference, active or not."""
        return _find(self.statuses, ref)

    def find_field(self, ref: str) -> Field | None:
        """The custom field of a reference, retired or not."""
        return self._by_slug.get(ref) or _find(self.fields, ref)

    def fields_everywhere(self) -> list[Field]:
        """The custom fields in use, whatever their categories, in their order."""
        return [field for field in self.fields.values() if field.is_active]

    def fields_of(self, category: Category | None) -> list[Field]:
        """The custom fields that incidents of a category have now, in their order."""
        return [field for field in self.fields.values() if field.is_active and field.belongs_to(category)]

    def category(self, ref: str, field: str = "category") -> Category:
        """The active category of a reference. Raises `Invalid` naming `field`."""
        return _need(self.categories, ref, field)

    def priority(self, ref: str, field: str = "priority") -> Priority:
        """The active priority of a reference. Raises `Invalid` naming `field`."""
        return _need(self.priorities, ref, field)

    def status(self, ref: str, field: str = "status") -> Status:
        """The active status of a reference. Raises `Invalid` naming `field`."""
        return _need(self.statuses, ref, field)

    @property
    def default_status(self) -> Status:
        """Where a new incident starts."""
        return next(s for s in self.statuses.values() if s.is_default)

    @property
    def default_priority(self) -> Priority:
        """What a new incident gets when nobody says."""
        return next(p for p in self.priorities.values() if p.is_default)

    def _first_status(self, *, resolved: bool, terminal: bool) -> Status:
        found = (
            s for s in self.statuses.values() if s.is_active and s.is_terminal == terminal and s.is_resolved == resolved
        )
        return min(found, key=lambda s: s.sort_order)

    @property
    def resolved_status(self) -> Status:
        """Where `/resolve` leads: the first active resolved status."""
        return self._first_status(resolved=True, terminal=False)

    @property
    def terminal_status(self) -> Status:
        """Where `/close` leads: the first active terminal status."""
        return self._first_status(resolved=False, terminal=True)

    def reopened_status(self, *, owned: bool) -> Status:
        """Where reopening leads: in-progress if somebody owns the incident, else the default."""
        working = self.find_status("in-progress")
        return (
            working if owned and working is not None and working.is_active and working.is_open else self.default_status
        )

    def allowed(self, from_id: UUID, to_id: UUID) -> bool:
        """Whether the tenant's table allows a transition."""
        return (from_id, to_id) in self.transitions

    def demands(self, from_id: UUID, to_id: UUID) -> Demands:
        """What a transition asks for beside being allowed."""
        return self.demanding.get((from_id, to_id), NOTHING_DEMANDED)

    @property
    def pausing(self) -> list[UUID]:
        """The statuses that hold the resolution clock."""
        return [status.id for status in self.statuses.values() if status.pauses_sla]

    def raised(self, priority: Priority) -> Priority | None:
        """The next more urgent active priority (equal levels: the first created), or None at the top."""
        higher = [p for p in self.priorities.values() if p.is_active and p.level < priority.level]
        return max(higher, key=lambda p: p.level) if higher else None
