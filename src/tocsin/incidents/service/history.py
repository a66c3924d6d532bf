"""Reading what is kept about an incident: its assignments, its events."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.activity import service as activity
from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import Actor
from tocsin.base.paging import check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.service.access import see


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
