"""`/api/notifications/v1/deliveries`: what was sent to whom, and what was not."""

from __future__ import annotations

from tocsin.access.permissions import NOTIFICATIONS_MANAGE
from tocsin.base.paging import Page
from tocsin.notifications import service
from tocsin.notifications.model import Delivery, DeliveryDetail
from tocsin.notifications.service import DeliveryQuery
from tocsin.web.routes import Ctx, get, post

BASE = "/api/notifications/v1/deliveries"
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


ENDPOINTS = (list_deliveries, get_delivery, retry_delivery)
