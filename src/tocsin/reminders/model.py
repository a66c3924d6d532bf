"""Reminders as clients write them, as the API shows them, as they stand in their rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access.model import Named
from tocsin.base.durations import format_duration
from tocsin.reminders.rules import To

Channel = Literal["email", "sms", "slack"]
State = Literal["scheduled", "sent", "cancelled"]
Ref = Annotated[str, Meta(max_length=320)]


class ToWhom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One of a user (id, e-mail or `me`), a role (slug) or a team (id or slug)."""

    user: Ref | None = None
    role: Ref | None = None
    team: Ref | None = None


Recipients = Annotated[list[Ref | ToWhom], Meta(max_length=50)]


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reminder as a client writes it; what is left out stays (or takes its default in a new one).

    Either `scheduled_for` or `before_due` (an ISO 8601 duration in whole minutes). With `rrule` (RFC 5545, such as
    `FREQ=WEEKLY;BYDAY=MO`) it recurs from `scheduled_for` on, in the organisation's zone. `is_urgent`: quiet hours don't
    hold it back. `to` holds ids, e-mails, `me`, `owner`,
    `watchers`, `reporter`, `role:…`, `team:…`; empty: the owner, or without one whoever made the reminder.
    """

    reminder_type: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET
    scheduled_for: datetime | UnsetType | None = UNSET
    before_due: Annotated[str, Meta(max_length=60)] | UnsetType | None = UNSET
    rrule: Annotated[str, Meta(max_length=300)] | UnsetType | None = UNSET
    is_urgent: bool | UnsetType = UNSET
    channel: Channel | UnsetType = UNSET
    to: Recipients | UnsetType = UNSET
    metadata: dict[str, Any] | UnsetType = UNSET


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder as the API shows it. `scheduled_for` is null while one that goes by the due time rests.

    One that recurs stays `scheduled` until its last time; `sent_at` is when it last went out, `occurrence` how often it did.
    """

    id: UUID
    reminder_type: str
    scheduled_for: datetime | None
    before_due: str | None
    rrule: str | None
    occurrence: int
    snoozed_until: datetime | None
    is_urgent: bool
    channel: Channel
    to: list[str | dict[str, str]]
    state: State
    sent_at: datetime | None
    cancelled_at: datetime | None
    metadata: dict[str, Any]
    created_by: Named | None
    created_at: datetime
    updated_at: datetime


def reminder_from(row: Any) -> Reminder:
    """A reminder from its row (with `created_by_name`)."""
    minutes = row["before_due_minutes"]
    same = (
        *("id", "reminder_type", "scheduled_for", "channel", "state", "sent_at", "cancelled_at", "metadata"),
        *("rrule", "occurrence", "snoozed_until", "is_urgent"),
    )
    return Reminder(
        before_due=None if minutes is None else format_duration(timedelta(minutes=minutes)),
        to=row["recipients"],
        created_by=Named(row["created_by_id"], row["created_by_name"] or "") if row["created_by_id"] else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        **{name: row[name] for name in same},
    )


class Snooze(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when, or for how long (an ISO 8601 duration), a reminder is put off."""

    until: datetime | None = None
    duration: Annotated[str, Meta(max_length=60)] | None = msgspec.field(default=None, name="for")


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder that is to come, with the incident it is about."""

    reminder: Reminder
    incident_id: UUID
    reference_code: str
    title: str


def stored(entry: To) -> str | dict[str, str]:
    """An entry of the recipients as it is kept and shown."""
    return {entry.kind: entry.ref} if entry.ref else entry.kind


def entries_from(row: Any) -> list[To]:
    """The recipients in a row."""
    return [To(kept) if isinstance(kept, str) else To(*next(iter(kept.items()))) for kept in row["recipients"]]
