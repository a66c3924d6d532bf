"""`/api/modules/v1/modules`: what is switched on."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.modules import service
from tocsin.modules.model import ModuleView
from tocsin.web.routes import Ctx, get, put

BASE = "/api/modules/v1/modules"


class Switch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On or off."""

    is_enabled: bool


@get(BASE, module="modules", permission=(*permissions.MEMBER, permissions.MODULES_MANAGE))
async def list_modules(ctx: Ctx, query: PageQuery) -> Page[ModuleView]:
    """List the modules and whether they are on."""
    found = await service.list_modules(ctx.tx)
    floors = {module.name: floor for floor, module in enumerate(found)}
    return page_of(
        found,
        lambda m: (floors[m.name],),
        tuple[int],
        ["modules", ctx.tx.tenant_id],
        limit=query.limit,
        cursor=query.cursor,
    )


@put(f"{BASE}/{{name}}", module="modules", permission=permissions.MODULES_MANAGE)
async def switch_module(ctx: Ctx, name: str, data: Switch) -> ModuleView:
    """Switch a module on or off; it acts at once."""
    return await service.switch(ctx.tx, ctx.actor, name, enabled=data.is_enabled)


ENDPOINTS = (list_modules, switch_module)
