"""Likely duplicates beside a new incident while its title is written, and beside one in triage."""

from __future__ import annotations

import msgspec

from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, SEE, with_catalogue
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

PATH = "/incidents/similar"
ONE = "/incidents/{ref}/similar"


class TitleQuery(msgspec.Struct, frozen=True):
    """The title as far as it is written."""

    title: str = ""


@page(PATH, module=MODULE, permission=SEE)
async def show_similar(ctx: Ctx, query: TitleQuery) -> Reply:
    """Open incidents that a title resembles."""
    found = await service.similar_to(ctx.tx, ctx.actor, query.title[:1000])
    return pages.render(ctx, "incidents/similar.html", found=found, catalogue=await with_catalogue(ctx))


@page(ONE, module=MODULE, permission=SEE)
async def show_similar_to(ctx: Ctx, ref: str) -> Reply:
    """Open incidents that resemble one."""
    found = await service.similar_incidents(ctx.tx, ctx.actor, ref)
    return pages.render(ctx, "incidents/similar.html", found=found, catalogue=await with_catalogue(ctx))


ENDPOINTS = (show_similar, show_similar_to)
