"""`/api/notifications/v1`: what was sent to whom and what was not; one's own channels."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.access.permissions import ALL as ANYBODY, NOTIFICATIONS_MANAGE
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.notifications import service
from tocsin.notifications.model import ContactChannel, Delivery, DeliveryDetail, GatewayView
from tocsin.notifications.service import DeliveryQuery, GatewayChange, NewChannel, Trial
from tocsin.web.routes import Ctx, Nothing, delete, get, post, put

BASE = "/api/notifications/v1/deliveries"
CHANNELS = "/api/notifications/v1/channels"
GATEWAYS = "/api/notifications/v1/gateways"
MODULE = service.MODULE


@get(BASE, module=MODULE, permission=NOTIFICATIONS_MANAGE)
async def list_deliveries(ctx: Ctx, query: DeliveryQuery) -> Page[Delivery]:
    """List deliveries, newest first."""
    return await service.deliveries(ctx.tx, ctx.actor, query)


@get(BASE + "/{delivery}", module=MODULE, permission=NOTIFICATIONS_MANAGE)
async def get_delivery(ctx: Ctx, delivery: str) -> DeliveryDetail:
    """Show a delivery with its text."""
    return await service.delivery(ctx.tx, ctx.actor, delivery)


@post(BASE + "/{delivery}/retry", module=MODULE, permission=NOTIFICATIONS_MANAGE)
async def retry_delivery(ctx: Ctx, delivery: str) -> DeliveryDetail:
    """Try a failed delivery anew."""
    return await service.retry(ctx.tx, ctx.actor, delivery)


class Code(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The six digits that were sent."""

    code: Annotated[str, Meta(max_length=20)]


@get(CHANNELS, module=MODULE, permission=ANYBODY)
async def list_channels(ctx: Ctx, query: PageQuery) -> Page[ContactChannel]:
    """List one's own channels, the addresses of the profile first."""
    found = await service.channels(ctx.tx, ctx.actor)
    places = {id(one): place for place, one in enumerate(found)}
    return page_of(
        found,
        lambda one: (places[id(one)],),
        tuple[int],
        ["channels", ctx.tx.tenant_id],
        limit=query.limit,
        cursor=query.cursor,
    )


@post(CHANNELS, module=MODULE, permission=ANYBODY, status=201)
async def add_channel(ctx: Ctx, data: NewChannel) -> ContactChannel:
    """Add an address of one's own; a code is sent to it."""
    made = await service.add_channel(ctx.tx, ctx.actor, data)
    ctx.created(f"{CHANNELS}/{made.id}")
    return made


@post(CHANNELS + "/{channel}/code", module=MODULE, permission=ANYBODY)
async def send_code(ctx: Ctx, channel: str, data: Nothing) -> ContactChannel:
    """Send a fresh code."""
    return await service.send_code(ctx.tx, ctx.actor, channel)


@post(CHANNELS + "/{channel}/verify", module=MODULE, permission=ANYBODY)
async def verify_channel(ctx: Ctx, channel: str, data: Code) -> ContactChannel:
    """Verify an address by the code that was sent to it."""
    return await service.verify_channel(ctx.tx, ctx.actor, channel, data.code)


@delete(CHANNELS + "/{channel}", module=MODULE, permission=ANYBODY)
async def remove_channel(ctx: Ctx, channel: str) -> None:
    """Remove an address of one's own."""
    await service.remove_channel(ctx.tx, ctx.actor, channel)


@get(GATEWAYS, module=MODULE, permission=NOTIFICATIONS_MANAGE)
async def list_gateways(ctx: Ctx, query: PageQuery) -> Page[GatewayView]:
    """List the organisation's own gateways, by channel. Their addresses and secrets are never shown."""
    found = await service.gateways(ctx.tx, ctx.actor)
    return page_of(
        found,
        lambda one: (one.channel,),
        tuple[str],
        ["gateways", ctx.tx.tenant_id],
        limit=query.limit,
        cursor=query.cursor,
    )


@put(GATEWAYS + "/{gateway}", module=MODULE, permission=NOTIFICATIONS_MANAGE)
async def set_gateway(ctx: Ctx, gateway: str, data: GatewayChange) -> GatewayView:
    """Send a channel's messages (`slack` or `sms`) by a gateway of one's own."""
    return await service.set_gateway(ctx.tx, ctx.actor, ctx.settings, gateway, data)


@delete(GATEWAYS + "/{gateway}", module=MODULE, permission=NOTIFICATIONS_MANAGE)
async def remove_gateway(ctx: Ctx, gateway: str) -> None:
    """Send a channel's messages by the operator's means again."""
    await service.remove_gateway(ctx.tx, ctx.actor, gateway)


@post(GATEWAYS + "/{gateway}/test", module=MODULE, permission=NOTIFICATIONS_MANAGE, own_transactions=True)
async def try_gateway(ctx: Ctx, gateway: str, data: Trial) -> DeliveryDetail:
    """Send one message by a channel and say what became of it: `state` and `last_error`. There is one attempt."""
    claim = partial(ctx.begin_once, msgspec.json.encode(data))
    return await service.try_gateway(ctx.transaction, ctx.settings, lambda: ctx.actor, gateway, data, claim)


ENDPOINTS = (
    *(list_deliveries, get_delivery, retry_delivery),
    *(list_channels, add_channel, send_code, verify_channel, remove_channel),
    *(list_gateways, set_gateway, remove_gateway, try_gateway),
)
