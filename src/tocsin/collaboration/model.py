"""Tasks, comments, attachments and progress reports as the API shows them, and what writing one takes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access.model import Named
from tocsin.collaboration.rules import UNFINISHED, TaskStatus
from tocsin.incidents.model import CategoryRef, PriorityRef

BASE = "/api/incidents/v1/incidents"
"""Where incidents stand in the API."""
LINKS = "/api/incidents/v1/files"
"""Where download links stand."""
LOCKED = ("waiting", "infected")
"""The states of a file in which nobody gets it."""


class Author(msgspec.Struct, frozen=True):
    """Who wrote or sent something: a member, the reporter from outside, or Tocsin itself (without an id)."""

    type: Literal["user", "reporter", "system"]
    id: UUID | None
    name: str


class Blocker(msgspec.Struct, frozen=True):
    """A task that another waits for, as long as it is neither done nor cancelled."""

    id: UUID
    title: str
    status: TaskStatus


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of the work on an incident. It is blocked while `blocked_by` holds a task."""

    id: UUID
    title: str
    description: str | None
    status: TaskStatus
    assigned_to: Named | None
    due_at: datetime | None
    completed_at: datetime | None
    sort_order: int
    depends_on: list[UUID]
    blocked_by: list[Blocker]
    created_at: datetime
    updated_at: datetime


class OwnTask(msgspec.Struct, frozen=True):
    """One's own task, and the incident that it belongs to."""

    task: Task
    incident_id: UUID
    reference_code: str
    title: str


class TaskChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays, null clears. `assigned_to` is an id, an e-mail or `me`; `depends_on` replaces the whole list."""

    title: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    assigned_to: str | UnsetType | None = UNSET
    status: TaskStatus | UnsetType = UNSET
    due_at: datetime | UnsetType | None = UNSET
    sort_order: int | UnsetType = UNSET
    depends_on: Annotated[list[str], Meta(max_length=50)] | UnsetType = UNSET


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an incident, or of one of its comments. `content_url` serves it as a download.

    `scan`: what waits for the scanner or is infected is locked up; `none` came when there was no scanner. `thumbnail_url`
    shows a picture small, once that is made.
    """

    id: UUID
    comment_id: UUID | None
    filename: str
    mime_type: str
    size_bytes: int
    sha256: str
    is_internal: bool
    uploaded_by: Author
    content_url: str
    thumbnail_url: str | None
    scan: Literal["none", "waiting", "clean", "infected"]
    created_at: datetime

    @property
    def is_locked(self) -> bool:
        """Whether nobody gets its content."""
        return self.scan in LOCKED


class DownloadLink(msgspec.Struct, frozen=True, kw_only=True):
    """An address at which whoever has it may fetch the file for a while."""

    url: str
    expires_at: datetime


class Comment(msgspec.Struct, frozen=True, kw_only=True):
    """A word on an incident. `body` is Markdown, `body_html` its safe HTML; both are empty once it is deleted."""

    id: UUID
    body: str
    body_html: str
    is_internal: bool
    author: Author
    mentions: list[Named]
    attachments: list[Attachment]
    edited_at: datetime | None
    deleted_at: datetime | None
    deleted_by: Named | None
    created_at: datetime
    updated_at: datetime


class CommentVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What a comment said from when until when."""

    id: UUID
    body: str
    body_html: str
    written_at: datetime
    replaced_at: datetime


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the work is, in per cent, and when the next word comes."""

    id: UUID
    percent: int
    summary: str
    next_update_due_at: datetime | None
    is_internal: bool
    author: Author
    created_at: datetime


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file lies and what is to be said of it when it is sent."""

    disk: str
    path: str
    filename: str
    mime_type: str
    size_bytes: int
    sha256: bytes


def author_from(row: Any) -> Author:
    """The author of a row with user_id, reporter_id and author_name."""
    if row["user_id"] is not None:
        return Author("user", row["user_id"], row["author_name"])
    if row["reporter_id"] is not None:
        return Author("reporter", row["reporter_id"], row["author_name"])
    return Author("system", None, "Tocsin")


def task_from(row: Any) -> Task:
    """A task from its row."""
    owner = Named(row["assigned_to_id"], row["assigned_to_name"]) if row["assigned_to_id"] else None
    waits = [Blocker(UUID(known), title, status) for known, title, status in row["waits"] or ()]
    plain = {name: row[name] for name in Task.__struct_fields__ if name in row.keys()}  # noqa: SIM118  a record is no dict
    return Task(
        assigned_to=owner,
        depends_on=[each.id for each in waits],
        blocked_by=[each for each in waits if each.status in UNFINISHED],
        **plain,
    )


def attachment_from(row: Any) -> Attachment:
    """An attachment from its row."""
    plain = ("id", "comment_id", "filename", "mime_type", "size_bytes", "is_internal", "scan", "created_at")
    address = f"{BASE}/{row['incident_id']}/attachments/{row['id']}"
    is_shown = row["thumbnail"] == "made" and row["scan"] not in LOCKED
    return Attachment(
        sha256=row["sha256"].hex(),
        uploaded_by=author_from(row),
        content_url=f"{address}/content",
        thumbnail_url=f"{address}/thumbnail" if is_shown else None,
        **{name: row[name] for name in plain},
    )


def comment_from(row: Any, attachments: list[Attachment]) -> Comment:
    """A comment from its row, with its files."""
    plain = ("id", "body", "body_html", "is_internal", "edited_at", "deleted_at", "created_at", "updated_at")
    return Comment(
        author=author_from(row),
        mentions=[Named(UUID(known), name) for known, name in row["mentions"] or ()],
        attachments=attachments,
        deleted_by=Named(row["deleted_by_id"], row["deleted_by_name"]) if row["deleted_by_id"] is not None else None,
        **{name: row[name] for name in plain},
    )


def progress_from(row: Any) -> Progress:
    """A progress report from its row."""
    plain = ("id", "percent", "summary", "next_update_due_at", "is_internal", "created_at")
    return Progress(author=author_from(row), **{name: row[name] for name in plain})


# ------------------------------------------------------------------------------------------ what is kept under a name

Slug = Annotated[str, Meta(max_length=64)]
ShelfName = Annotated[str, Meta(max_length=200)]


class ChecklistItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A task of a checklist. `due_after` is an ISO 8601 duration from when it is applied; `depends_on` counts items from 0."""

    title: str
    description: str | None = None
    due_after: str | None = None
    depends_on: Annotated[list[int], Meta(max_length=50)] = []


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks that belong to incidents of a category, of a priority, or of both; with neither it is applied by hand."""

    id: UUID
    name: str
    slug: str
    category: CategoryRef | None
    priority: PriorityRef | None
    items: list[ChecklistItem]
    is_active: bool
    created_at: datetime
    updated_at: datetime


class ChecklistDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A checklist as a client writes it; what is left out stays, null clears."""

    name: ShelfName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    category: str | UnsetType | None = UNSET
    priority: str | UnsetType | None = UNSET
    items: Annotated[list[ChecklistItem], Meta(max_length=100)] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class SlugRef(msgspec.Struct, frozen=True):
    """Something that has a slug."""

    id: UUID
    slug: str
    name: str


class AppliedChecklist(msgspec.Struct, frozen=True, kw_only=True):
    """A checklist that an incident has had. `applied_by` is null when the triage brought it."""

    checklist: SlugRef
    applied_by: Named | None
    applied_at: datetime


class CannedReply(msgspec.Struct, frozen=True, kw_only=True):
    """A text kept ready. `body` is Markdown with variables such as `{{incident.reference}}`."""

    id: UUID
    name: str
    slug: str
    body: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class ReplyDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reply kept ready as a client writes it; what is left out stays."""

    name: ShelfName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    body: str | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


class FilledReply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply kept ready as it reads for one incident: Markdown, and its safe HTML."""

    id: UUID
    name: str
    slug: str
    body: str
    body_html: str


MacroVerb = Literal[
    "acknowledge",
    "assign",
    "category",
    "checklist",
    "close",
    "comment",
    "priority",
    "resolve",
    "task",
    "transition",
    "watch",
]


class MacroStep(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A verb and what it takes: `comment` a body or a reply (and is_internal), `transition` a status, `resolve` and `close`
    nothing more, `assign` a user or team (these four with a note), `priority`, `category`, `checklist` theirs, `task` a
    title, `watch` a user or team.

    Texts may hold variables; a user may be `me`, whoever runs it.
    """

    do: MacroVerb
    body: str | None = None
    reply: str | None = None
    is_internal: bool | None = None
    status: str | None = None
    priority: str | None = None
    category: str | None = None
    user: str | None = None
    team: str | None = None
    note: str | None = None
    title: str | None = None
    checklist: str | None = None


class Macro(msgspec.Struct, frozen=True, kw_only=True):
    """Several verbs under one name, run in order in one transaction: all of them or none."""

    id: UUID
    name: str
    slug: str
    description: str | None
    steps: list[MacroStep]
    is_active: bool
    created_at: datetime
    updated_at: datetime


class MacroDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A macro as a client writes it; what is left out stays, null clears."""

    name: ShelfName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=1000)] | UnsetType | None = UNSET
    steps: Annotated[list[MacroStep], Meta(max_length=20)] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
