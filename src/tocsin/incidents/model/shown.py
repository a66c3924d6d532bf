"""What boards, calendars and the incident's page show beside the record."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from tocsin.access.model import Named
from tocsin.classification.model import Priority, Status
from tocsin.incidents.model.people import Contact, Stint, Watcher
from tocsin.incidents.model.record import IncidentView


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
