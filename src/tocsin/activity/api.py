"""`/api/activity/v1/events`: the tenant's own stream, which no incident's timeline shows."""

from __future__ import annotations

import msgspec

from tocsin.activity import permissions, service
from tocsin.activity.model import RecordedEvent
from tocsin.base.paging import DEFAULT_LIMIT, Page, check_limit, decode_cursor, encode_cursor
from tocsin.web.routes import Ctx, get

BASE = "/api/activity/v1"


class EventQuery(msgspec.Struct, frozen=True):
    """`type` is an event's name, or several with commas between."""

    type: str | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


@get(f"{BASE}/events", module="activity", permission=permissions.VIEW)
async def list_events(ctx: Ctx, query: EventQuery) -> Page[RecordedEvent]:
    """List what happened to people, rights and settings, newest first."""
    limit = check_limit(query.limit)
    question = ["tenant events", query.type]
    before = decode_cursor(query.cursor, question, tuple[int])[0] if query.cursor is not None else None
    types = [name.strip() for name in query.type.split(",")] if query.type else None
    found = await service.timeline(ctx.tx, ctx.actor.tenant_id, limit=limit + 1, before=before, types=types)
    more = len(found) > limit
    return Page(found[:limit], encode_cursor(question, (found[limit - 1].seq,)) if more else None)


ENDPOINTS = (list_events,)
