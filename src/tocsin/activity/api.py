"""`/api/activity/v1`: the tenant's own stream, which no incident's timeline shows; anchors, and the record as a whole."""

from __future__ import annotations

import msgspec
from litestar.response import Stream

from tocsin.activity import permissions, service
from tocsin.activity.adapters import load_keys
from tocsin.activity.model import AnchorView, RecordedEvent
from tocsin.base.paging import Page, PageQuery, check_limit, decode_cursor, encode_cursor
from tocsin.web.routes import Ctx, Nothing, get, post

BASE = "/api/activity/v1"


class EventQuery(PageQuery, frozen=True, kw_only=True):
    """`type` is an event's name, or several with commas between."""

    type: str | None = None


@get(f"{BASE}/events", module="activity", permission=permissions.VIEW)
async def list_events(ctx: Ctx, query: EventQuery) -> Page[RecordedEvent]:
    """List what happened to people, rights and settings, newest first."""
    limit = check_limit(query.limit)
    question = ["tenant events", ctx.actor.tenant_id, query.type]
    before = decode_cursor(query.cursor, question, tuple[int])[0] if query.cursor is not None else None
    types = [name.strip() for name in query.type.split(",")] if query.type else None
    found = await service.timeline(ctx.tx, ctx.actor.tenant_id, limit=limit + 1, before=before, types=types)
    more = len(found) > limit
    return Page(found[:limit], encode_cursor(question, (found[limit - 1].seq,)) if more else None)


@get(f"{BASE}/anchors", module="activity", permission=permissions.VIEW)
async def list_anchors(ctx: Ctx, query: PageQuery) -> Page[AnchorView]:
    """List the signed anchors of the record, newest first.

    Keep them where the database's administrators have no say: `tocsin audit verify --anchors` compares.
    """
    return await service.list_anchors(ctx.tx, ctx.actor, query.limit, query.cursor)


@post(f"{BASE}/anchors", module="activity", permission=permissions.VIEW, own_transactions=True)
async def anchor_now(ctx: Ctx, data: Nothing) -> AnchorView:
    """Sign what is recorded by now, instead of waiting for the night; the last anchor where nothing happened since."""
    async with ctx.transaction():
        ctx.actor.must(permissions.VIEW)
    made = service.shown(await service.anchor(ctx.transaction, load_keys(ctx.request.app.state.services.settings)))

    async def call() -> AnchorView:
        return made

    async with ctx.transaction():
        # Under an Idempotency-Key this is the finished answer of the first request.
        answer: AnchorView = await ctx.once(msgspec.json.encode(data), call)
        return answer


@get(
    f"{BASE}/audit/export",
    module="activity",
    permission=permissions.VIEW,
    own_transactions=True,
    produces="application/x-ndjson",
)
async def export_events(ctx: Ctx) -> Stream:
    """Download all events as lines of JSON, in the order in which they were committed.

    The free texts of incidents' events stand in it for whoever may see incidents; for others their commitments only.
    """
    async with ctx.transaction() as tx:
        name = f"audit-{ctx.tenant.slug}-{tx.real_now:%Y-%m-%d}.jsonl"
    lines = service.export(ctx.transaction, service.shows_values(ctx.actor))
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(lines, headers=headers, media_type="application/x-ndjson")


ENDPOINTS = (list_events, list_anchors, anchor_now, export_events)
