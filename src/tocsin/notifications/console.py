"""Deliveries: what was sent to whom, and what was not."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from tocsin.access.permissions import NOTIFICATIONS_MANAGE as MANAGE
from tocsin.base.manifest import Navigation, Slot
from tocsin.notifications import service
from tocsin.notifications.model import STATES
from tocsin.notifications.service import DeliveryQuery
from tocsin.web import admin, pages
from tocsin.web.admin import Card
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = service.MODULE
DELIVERIES = "/admin/deliveries"
STATE_NAMES = {
    "pending": N_("Waiting"),
    "sent": N_("Sent"),
    "recorded": N_("Recorded"),
    "failed": N_("Failed"),
    "skipped": N_("Skipped"),
}


class DeliveriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: one of the states, empty for all."""

    state: str = ""
    cursor: str | None = None


class Nothing(msgspec.Struct, frozen=True):
    """Nothing but the button."""


@page(DELIVERIES, module=MODULE, permission=MANAGE)
async def show_deliveries(ctx: Ctx, query: DeliveriesQuery) -> Reply:
    """The deliveries, newest first."""
    wanted = DeliveryQuery(state=query.state or None, cursor=query.cursor)
    found = await service.deliveries(ctx.tx, ctx.actor, wanted)
    return pages.render(
        ctx,
        "notifications/deliveries.html",
        deliveries=found.items,
        next_cursor=found.next_cursor,
        more=f"{DELIVERIES}?{urlencode({'state': query.state})}&" if query.state else f"{DELIVERIES}?",
        query=query,
        states=[(state, STATE_NAMES[state]) for state in STATES],
        names=STATE_NAMES,
    )


@page(f"{DELIVERIES}/{{delivery}}", module=MODULE, permission=MANAGE)
async def show_delivery(ctx: Ctx, delivery: str) -> Reply:
    """A delivery with its text."""
    found = await service.delivery(ctx.tx, ctx.actor, delivery)
    return pages.render(ctx, "notifications/delivery.html", delivery=found, names=STATE_NAMES)


@action(f"{DELIVERIES}/{{delivery}}/retry", module=MODULE, permission=MANAGE)
async def retry_delivery(ctx: Ctx, delivery: str, data: Nothing) -> Reply:
    """Try a failed delivery anew."""
    _ = pages.speech(ctx).gettext
    await service.retry(ctx.tx, ctx.actor, delivery)
    return pages.back(ctx, DELIVERIES, _("It is being tried again."))


async def card(ctx: Ctx, _subject: object) -> str:
    """The last week's deliveries on the administration's overview."""
    tongue = pages.speech(ctx)
    _ = tongue.gettext
    found = await service.figures(ctx.tx, ctx.actor)
    failed = found.get("failed", 0)
    said = tongue.ngettext(
        "%(num)s message of the last 7 days could not be sent.",
        "%(num)s messages of the last 7 days could not be sent.",
        failed,
    )
    cares = [(said, f"{DELIVERIES}?state=failed")] if failed else []
    figures = [
        (found.get("sent", 0) + found.get("recorded", 0), _("sent or recorded in 7 days")),
        (found.get("pending", 0), _("waiting")),
    ]
    return admin.show(ctx, Card(_("Notifications"), DELIVERIES, icon="mail", figures=figures, cares=cares))


ENDPOINTS = (show_deliveries, show_delivery, retry_delivery)
NAVIGATION = (Navigation(N_("Deliveries"), DELIVERIES, icon="mail", permissions=(MANAGE,), place="admin", order=62),)
SLOTS = (Slot(admin.OVERVIEW, card, (MANAGE,), MODULE, order=62),)
