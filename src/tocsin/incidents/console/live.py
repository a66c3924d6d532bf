"""`/live`: what happens, as it happens, as server-sent events; `/live/poll`: the same for who cannot keep a stream."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tocsin.base.errors import TocsinError, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.incidents.console.common import MODULE, SEE
from tocsin.incidents.service import live
from tocsin.web.live import EventStream, Hub, Stream
from tocsin.web.peer import header
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, get

EVENTS = "text/event-stream"


class LiveQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The id of the last event that the page knows of. A `Last-Event-ID` header, which a browser sends that comes back, wins."""

    since: str | None = None


@get("/live", module=MODULE, permission=SEE, own_transactions=True, console=True, produces=EVENTS)
async def stream_events(ctx: Ctx, query: LiveQuery) -> EventStream:
    """What happens to incidents from now on, and what did since the last event heard."""
    last = header(ctx.request, b"last-event-id") or query.since
    hub: Hub | None = ctx.request.app.state.services.extras.get("live")
    stream: Stream | None = None
    try:
        async with ctx.transaction() as tx:
            if hub is not None:  # first, so that nothing falls between what is read and what is heard
                stream = _join(ctx, hub)
            missed = await live.missed(tx, ctx.actor, _id(last))
    except BaseException:
        if stream is not None:
            stream.end()
        raise
    return EventStream(stream, missed)


def _join(ctx: Ctx, hub: Hub) -> Stream | None:
    only = live.hears_only(ctx.actor)

    async def may_go_on() -> bool:
        try:
            async with ctx.transaction():
                return live.hears_only(ctx.actor) == only
        except TocsinError as error:
            if error.status < 500:
                return False
            raise

    return hub.join(ctx.actor.tenant_id, only, may_go_on)


def _id(text: str | None) -> UUID | None:
    """An id as it was sent. Anything else was never one of ours, which the all-zero id says as well."""
    if not text:
        return None
    return parse_id(text) or UUID(int=0)


@get("/live/poll", module=MODULE, permission=SEE, console=True)
async def poll_events(ctx: Ctx, query: LiveQuery) -> Reply:
    """What happened since an event, and the id to ask with next time."""
    last = parse_id(query.since) if query.since is not None else None
    if query.since is not None and last is None:
        raise invalid("since", "Give the id of an event.")
    found = await live.missed(ctx.tx, ctx.actor, last)
    body = b'{"items":[' + b",".join(item.data for item in found) + b'],"last":"%s"}' % str(new_id()).encode()
    return Reply(body, 200, {"Cache-Control": "no-store"})


ENDPOINTS = (stream_events, poll_events)
