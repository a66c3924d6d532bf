"""`/api/tenancy/v1`: the own tenant, and its clock."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.tenancy import permissions, service
from tocsin.tenancy.model import Advanced, Tenant, TenantSettings
from tocsin.tenancy.service import TenantChange
from tocsin.tenancy.service.clock import advance
from tocsin.web.routes import Ctx, get, post, put

BASE = "/api/tenancy/v1"


class TenantView(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant as its members see it. `host`: the name under which the public reaches it."""

    id: UUID
    slug: str
    name: str
    host: str | None
    time_zone: str
    locale: str
    kind: Literal["live", "sandbox"]
    state: Literal["active", "suspended"]
    settings: TenantSettings


class ClockView(msgspec.Struct, frozen=True):
    """The tenant's present moment; a sandbox's stands still until it is advanced."""

    now: datetime
    kind: Literal["live", "sandbox"]


class Advance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By how much: an ISO 8601 duration such as PT4H or P30D."""

    by: Annotated[str, Meta(max_length=100)]


def _view(tenant: Tenant) -> TenantView:
    return TenantView(**{name: getattr(tenant, name) for name in TenantView.__struct_fields__})


@get(f"{BASE}/tenant", module="tenancy", permission=permissions.READ)
async def get_tenant(ctx: Ctx) -> TenantView:
    """Show your organisation and its settings."""
    return _view(await service.current(ctx.tx))


@put(f"{BASE}/tenant", module="tenancy", permission=permissions.MANAGE)
async def change_tenant(ctx: Ctx, data: TenantChange) -> TenantView:
    """Change your organisation; settings are merged by name."""
    return _view(await service.change(ctx.tx, ctx.actor, data))


@get(f"{BASE}/clock", module="tenancy", permission=permissions.READ)
async def get_clock(ctx: Ctx) -> ClockView:
    """Show the present moment as your organisation sees it."""
    tenant = await service.current(ctx.tx)
    return ClockView(ctx.tx.now, tenant.kind)


@post(f"{BASE}/clock/advance", module="tenancy", permission=permissions.MANAGE, own_transactions=True)
async def advance_clock(ctx: Ctx, data: Advance) -> Advanced:
    """Move a sandbox's clock forward; everything that is due on the way happens, in order, and nothing leaves the house."""

    async def call() -> Advanced:
        return await advance(ctx.tx, ctx.actor, data.by)

    async with ctx.transaction():
        # Under an Idempotency-Key this is the finished answer of the first request.
        answer: Advanced = await ctx.once(data.by.encode(), call)
    return answer


ENDPOINTS = (get_tenant, change_tenant, get_clock, advance_clock)
