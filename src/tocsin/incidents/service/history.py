"""Reading what is kept about an incident: its assignments, its events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.activity import service as activity
from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import Actor
from tocsin.base.paging import check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.service.access import must_see_some, see

Show = Literal["all", "public", "internal", "activity"]
COMMENT, MOVED = "CommentAdded", "CommentMoved"
COMMENTS = (COMMENT, MOVED)
"""Events that stand for a comment: it was written here, or came with an incident that was merged."""
PARTS = ["AttachmentAdded", "AttachmentDeleted"]
"""Events that a comment tells itself when they name one in their fact `comment`."""
OPEN = ["IncidentCreated", "IncidentResolved", "IncidentClosed", "IncidentReopened"]
"""What people read of an incident who may see their own alone: that it happened, without the words of the members."""
_IS_INTERNAL = "is_internal"


async def assignment_history(
    tx: Tx, actor: Actor, ref: str | UUID, limit: int, cursor: str | None
) -> tuple[list[Any], str | None]:
    """A page of the assignments, oldest first, and the next page's cursor. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await see(tx, actor, ref)
    question = ["assignments", str(incident.id)]
    after = decode_cursor(cursor, question, tuple[datetime, UUID]) if cursor is not None else None
    rows = await store.assignments.history(tx, incident.id, check_limit(limit) + 1, after)
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], encode_cursor(question, [last["assigned_at"], last["id"]])


async def timeline(
    tx: Tx, actor: Actor, ref: str | UUID, types: list[str] | None, limit: int, cursor: str | None
) -> tuple[list[RecordedEvent], str | None]:
    """A page of the incident's events, newest first, and the next page's cursor. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await see(tx, actor, ref)
    question = ["activity", str(incident.id), types]
    before = decode_cursor(cursor, question, int) if cursor is not None else None
    events = await activity.timeline(tx, incident.id, limit=check_limit(limit) + 1, before=before, types=types)
    if len(events) <= limit:
        return events, None
    return events[:limit], encode_cursor(question, events[limit - 1].seq)


async def story(
    tx: Tx,
    actor: Actor,
    ref: str | UUID,
    show: Show,
    limit: int,
    *,
    cursor: str | None = None,
    since: int | None = None,
) -> tuple[list[RecordedEvent], str | None]:
    """A page of what happened, comments among it, newest first, and the next page's cursor: what a page's timeline tells.

    `since` is the number of the oldest event wanted. Who may see only their own incidents gets what is public, without
    texts. Raises `NotFound`, `Invalid`.
    """
    must_see_some(actor)
    incident = await see(tx, actor, ref)
    sees_all = actor.can(permissions.VIEW)
    question = ["story", str(incident.id), show, sees_all]
    before = decode_cursor(cursor, question, int) if cursor is not None else None
    if not sees_all and show == "internal":
        return [], None
    chapter = _chapter(show, sees_all=sees_all)
    events = await activity.story(tx, incident.id, chapter, limit=check_limit(limit) + 1, before=before, since=since)
    following = encode_cursor(question, events[limit - 1].seq) if len(events) > limit else None
    events = [event for event in events[:limit] if sees_all or _is_open(event)]
    return [event if sees_all else _without_texts(event) for event in events], following


def _chapter(show: Show, *, sees_all: bool) -> activity.Chapter:
    facts: dict[str, Any] = {}
    types: list[str] | None = None if sees_all else [*COMMENTS, *OPEN]
    without: list[str] = []
    if show in ("public", "internal"):
        types, facts = [*COMMENTS], {_IS_INTERNAL: show == "internal"}
    elif show == "activity":
        types, without = (None if sees_all else OPEN), [*COMMENTS]
    return activity.Chapter(types=types, without=without, facts=facts, parts=PARTS, whole="comment")


def _is_open(event: RecordedEvent) -> bool:
    return event.type in OPEN or (event.type in COMMENTS and not event.data[_IS_INTERNAL])


def _without_texts(event: RecordedEvent) -> RecordedEvent:
    kept = {
        name: value for name, value in event.data.items() if name in ("comment", _IS_INTERNAL, "at", "reported_via")
    }
    return msgspec.structs.replace(event, data=kept)


async def story_counts(tx: Tx, actor: Actor, ref: str | UUID) -> dict[Show, int]:
    """How much each filter of the story would show. Raises `NotFound`."""
    must_see_some(actor)
    incident = await see(tx, actor, ref)
    found = await activity.tally(tx, incident.id, _IS_INTERNAL, activity.Chapter(parts=PARTS, whole="comment"))
    sees_all = actor.can(permissions.VIEW)
    public = sum(n for (kind, value), n in found.items() if kind in COMMENTS and value == "false")
    internal = sum(n for (kind, value), n in found.items() if kind in COMMENTS and value == "true") if sees_all else 0
    other = sum(n for (kind, _), n in found.items() if kind not in COMMENTS and (sees_all or kind in OPEN))
    return {"all": public + internal + other, "public": public, "internal": internal, "activity": other}
