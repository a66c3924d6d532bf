"""What intake takes from outside and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from tocsin.intake.rules.servicenow import Note, Refusal


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report from outside. Without `name` the part of `email` before the @ stands for it; `category` is an id or a slug.

    `custom` holds values of the organisation's public custom fields by slug; a form sends each as `custom.<slug>`.
    """

    title: str
    email: str
    description: str | None = None
    name: str | None = None
    phone: str | None = None
    organization: str | None = None
    category: str | None = None
    custom: dict[str, Any] = {}


class SubmissionForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same as a form, with files: `file` may stand in it several times. Custom fields come as `custom.<slug>`."""

    title: str
    email: str
    description: str | None = None
    name: str | None = None
    phone: str | None = None
    organization: str | None = None
    category: str | None = None
    file: bytes | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What the public gets to know of what it reported. Whoever has `tracking_url` can follow the incident."""

    reference_code: str
    tracking_url: str
    status: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do (`dry_run`)."""

    dry_run: bool
    rows_read: int
    incidents_read: int
    made: int
    known: int
    people: int
    teams: int
    categories: int
    reporters: int
    refused: tuple[Refusal, ...]
    notes: tuple[Note, ...]
    remarks: tuple[str, ...] = field(default=())
    """What concerns the whole import, not a line."""
