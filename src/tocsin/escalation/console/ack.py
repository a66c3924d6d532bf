"""The page that a link in a message leads to: the one who was told acknowledges without logging in.

Looking at it changes nothing (mail programs look at links by themselves); the button on it does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec

from tocsin.base.errors import Forbidden, NotFound, Refused
from tocsin.db.tx import Tx
from tocsin.escalation import service
from tocsin.tenancy import service as tenancy
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page
from tocsin.web.unit import Services

MODULE = "escalation"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The language to show the page in, kept for the pages after it."""

    lang: str | None = None


@page("/ack/{tenant}/{alert}/{signature}", module=MODULE, access="open")
async def show_link(ctx: Ctx, tenant: str, alert: str, signature: str, query: Shown) -> Reply:
    """What the link is about, with a button to acknowledge."""
    pages.choose_language(ctx, query.lang)
    async with _opened(ctx, tenant, alert, signature) as (tx, alert_id):
        return await _page(ctx, tx, alert_id, "")


@action("/ack/{tenant}/{alert}/{signature}", module=MODULE, access="open")
async def acknowledge(ctx: Ctx, tenant: str, alert: str, signature: str, data: NoFields) -> Reply:
    """Acknowledge in the name of the one whom the message told."""
    pages.choose_language(ctx, None)
    async with _opened(ctx, tenant, alert, signature) as (tx, alert_id):
        said = ""
        try:
            await service.acknowledge_by_link(tx, alert_id)
        except (Refused, Forbidden) as error:
            said = pages.speech(ctx).say(error.template, error.values)
        return await _page(ctx, tx, alert_id, said)


@asynccontextmanager
async def _opened(ctx: Ctx, slug: str, alert: str, signature: str) -> AsyncIterator[tuple[Tx, UUID]]:
    """A transaction of the tenant, and the alert. Whatever is wrong with a link looks the same. Raises `NotFound`."""
    services: Services = ctx.request.app.state.services
    try:
        found = await tenancy.find(services.database, slug)
    except NotFound:
        raise NotFound from None
    off = {MODULE, "incidents"} & set(found.disabled_modules)
    if found.state != "active" or off:
        raise NotFound
    async with services.database.tenant(found.id) as tx:
        await tenancy.current(tx)
        alert_id = await service.read_link(tx, alert, signature)
        if alert_id is None:
            raise NotFound
        yield tx, alert_id


async def _page(ctx: Ctx, tx: Tx, alert_id: UUID, refused: str) -> Reply:
    linked = await service.linked(tx, alert_id)
    status = 409 if refused else 200
    return pages.render(ctx, "escalation/ack.html", status=status, linked=linked, refused=refused)


ENDPOINTS = (show_link, acknowledge)
