"""The queue: what is open, by the time left."""

from __future__ import annotations

import msgspec

from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, SEE, clock_of, with_catalogue
from tocsin.incidents.service.listing import ListQuery
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page


@page("/queue", module=MODULE, permission=SEE)
async def show_queue(ctx: Ctx, query: ListQuery) -> Reply:
    """The queue."""
    catalogue = await with_catalogue(ctx)
    if query.status is None:
        still_open = ",".join(status.slug for status in catalogue.statuses.values() if status.is_open)
        query = msgspec.structs.replace(query, status=still_open)
    if query.sort == "-created_at":
        query = msgspec.structs.replace(query, sort="time_left")
    found = await service.list_incidents(ctx.tx, ctx.actor, query)
    warnings = ctx.tenant.settings.warning_percents
    rows = [(incident, clock_of(incident, warnings)) for incident in found.items]
    return pages.render(ctx, "incidents/queue.html", rows=rows, catalogue=catalogue, next_cursor=found.next_cursor)


ENDPOINTS = (show_queue,)
