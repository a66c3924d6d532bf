"""`/views`: saved queries with their sort and columns, and how many incidents each finds."""

from __future__ import annotations

from uuid import UUID

from tocsin.access import permissions
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.incidents import service
from tocsin.incidents.model import View
from tocsin.incidents.service.views import NewView, ViewChange
from tocsin.web.routes import Ctx, Nothing, delete, get, post, put

BASE = "/api/incidents/v1/views"
ONE = f"{BASE}/{{view}}"
MODULE = "incidents"
SEE = permissions.MEMBER


class ViewQuery(PageQuery, frozen=True, kw_only=True):
    """`counts`: also how many incidents each view finds, up to 1,001."""

    counts: bool = False


@get(BASE, module=MODULE, permission=SEE)
async def list_views(ctx: Ctx, query: ViewQuery) -> Page[View]:
    """One's own views and those shared with one, by name."""
    found = await service.list_views(ctx.tx, ctx.actor)
    page = page_of(
        found,
        lambda v: (v.name, v.id),
        tuple[str, UUID],
        ["views", ctx.tx.tenant_id],
        limit=query.limit,
        cursor=query.cursor,
    )
    if not query.counts:
        return page
    return Page(await service.count_views(ctx.tx, ctx.actor, page.items), page.next_cursor)


@post(BASE, module=MODULE, permission=SEE, status=201)
async def add_view(ctx: Ctx, data: NewView) -> View:
    """Save a view: private, shared with a team of one's own, or with everybody (incidents.settings.manage)."""
    made = await service.add_view(ctx.tx, ctx.actor, data)
    ctx.created(f"{BASE}/{made.id}")
    return made


@get(ONE, module=MODULE, permission=SEE)
async def get_view(ctx: Ctx, view: str) -> View:
    """A view, with how many incidents it finds."""
    found = await service.get_view(ctx.tx, ctx.actor, view)
    return (await service.count_views(ctx.tx, ctx.actor, [found]))[0]


@put(ONE, module=MODULE, permission=SEE)
async def change_view(ctx: Ctx, view: str, data: ViewChange) -> View:
    """Change the given fields of a view."""
    return await service.change_view(ctx.tx, ctx.actor, view, data)


@delete(ONE, module=MODULE, permission=SEE)
async def delete_view(ctx: Ctx, view: str) -> None:
    """Delete a view."""
    await service.delete_view(ctx.tx, ctx.actor, view)


@post(f"{ONE}/pin", module=MODULE, permission=SEE)
async def pin_view(ctx: Ctx, view: str, data: Nothing) -> View:
    """Put a view into one's own side bar."""
    return await service.pin_view(ctx.tx, ctx.actor, view, pinned=True)


@delete(f"{ONE}/pin", module=MODULE, permission=SEE)
async def unpin_view(ctx: Ctx, view: str) -> None:
    """Take a view out of one's own side bar."""
    await service.pin_view(ctx.tx, ctx.actor, view, pinned=False)


ENDPOINTS = (list_views, add_view, get_view, change_view, delete_view, pin_view, unpin_view)
