"""Deliveries: what was sent to whom, and what was not."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
from msgspec import UNSET

from tocsin.access.permissions import NOTIFICATIONS_MANAGE as MANAGE
from tocsin.activity.console import title_of
from tocsin.base.manifest import Navigation, Slot
from tocsin.notifications import service
from tocsin.notifications.model import STATES, GatewayChannel
from tocsin.notifications.service import DeliveryQuery, GatewayChange, Trial
from tocsin.web import admin, pages
from tocsin.web.admin import Card
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = service.MODULE
DELIVERIES, CHANNELS = "/admin/deliveries", "/admin/channels"
CHANNEL_TEXTS: tuple[tuple[GatewayChannel, str, str], ...] = (
    (
        "slack",
        N_("Slack"),
        N_("An incoming webhook of Slack, or of whatever takes its messages (Mattermost, Rocket.Chat, …)."),
    ),
    (
        "sms",
        N_("Text messages"),
        N_("A gateway that takes each message as JSON with id, to and text, the secret as a bearer token."),
    ),
)
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
    occasion = pages.speech(ctx).gettext(title_of(found.kind))
    return pages.render(ctx, "notifications/delivery.html", delivery=found, occasion=occasion, names=STATE_NAMES)


@action(f"{DELIVERIES}/{{delivery}}/retry", module=MODULE, permission=MANAGE)
async def retry_delivery(ctx: Ctx, delivery: str, data: NoFields) -> Reply:
    """Try a failed delivery anew."""
    _ = pages.speech(ctx).gettext
    await service.retry(ctx.tx, ctx.actor, delivery)
    return pages.back(ctx, DELIVERIES, _("It is being tried again."))


class GatewayForm(msgspec.Struct, frozen=True, kw_only=True):
    """A gateway as the form has it; a secret left empty stays as it is, unless it is to go."""

    url: str = ""
    secret: str = ""
    forget: bool = False


class TrialForm(msgspec.Struct, frozen=True, kw_only=True):
    """The telephone number to send to; empty: one's own."""

    phone: str | None = None


@page(CHANNELS, module=MODULE, permission=MANAGE)
async def show_channels(ctx: Ctx) -> Reply:
    """By which way each channel's messages leave."""
    own = {one.channel: one for one in await service.gateways(ctx.tx, ctx.actor)}
    ways = [
        (channel, title, text, own.get(channel), service.is_configured(ctx.settings, channel))
        for channel, title, text in CHANNEL_TEXTS
    ]
    settings = ctx.settings
    return pages.render(
        ctx,
        "notifications/channels.html",
        ways=ways,
        sends_mail=service.is_configured(settings, "email"),
        public_url=settings.public_url,
        is_sandbox=ctx.tenant.kind == "sandbox",
    )


@action(f"{CHANNELS}/{{gateway}}", module=MODULE, permission=MANAGE)
async def save_gateway(ctx: Ctx, gateway: str, data: GatewayForm) -> Reply:
    """Send a channel's messages by a gateway of one's own."""
    _ = pages.speech(ctx).gettext
    secret = None if data.forget else data.secret or UNSET
    change = GatewayChange(url=data.url, secret=secret)
    made = await service.set_gateway(ctx.tx, ctx.actor, ctx.settings, gateway, change)
    return pages.back(ctx, CHANNELS, _("Messages leave by %(host)s from now on.") % {"host": made.host})


@action(f"{CHANNELS}/{{gateway}}/remove", module=MODULE, permission=MANAGE)
async def remove_gateway(ctx: Ctx, gateway: str, data: NoFields) -> Reply:
    """Send a channel's messages by the operator's means again."""
    _ = pages.speech(ctx).gettext
    await service.remove_gateway(ctx.tx, ctx.actor, gateway)
    return pages.back(ctx, CHANNELS, _("The channel's own way was removed."))


@action(f"{CHANNELS}/{{gateway}}/test", module=MODULE, permission=MANAGE, own_transactions=True)
async def try_gateway(ctx: Ctx, gateway: str, data: TrialForm) -> Reply:
    """Send one message by a channel, and show what became of it."""
    trial = Trial(phone=data.phone or None)
    made = await service.try_gateway(ctx.transaction, ctx.settings, lambda: ctx.actor, gateway, trial)
    return pages.redirect(ctx, f"{DELIVERIES}/{made.id}")


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


ENDPOINTS = (
    *(show_deliveries, show_delivery, retry_delivery),
    *(show_channels, save_gateway, remove_gateway, try_gateway),
)
NAVIGATION = (
    Navigation(N_("Channels"), CHANNELS, icon="send", permissions=(MANAGE,), place="admin", order=13),
    Navigation(N_("Deliveries"), DELIVERIES, icon="mail", permissions=(MANAGE,), place="admin", order=62),
)
SLOTS = (Slot(admin.OVERVIEW, card, (MANAGE,), MODULE, order=62),)
