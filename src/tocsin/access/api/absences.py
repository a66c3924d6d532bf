"""`/users/{id}/absences`: when somebody is away, and who stands in."""

from __future__ import annotations

from tocsin.access import permissions, service
from tocsin.access.model import AbsenceView
from tocsin.access.service import NewAbsence
from tocsin.base.paging import Page, PageQuery
from tocsin.web.routes import Ctx, delete, get, post

MODULE = "access"
BASE = "/api/access/v1/users/{ref}/absences"
READ = (permissions.VIEW, permissions.USERS_MANAGE)
"""Who may see people may note their own absences, who manages people everybody's: the verb decides."""


@get(BASE, module=MODULE, permission=READ)
async def list_absences(ctx: Ctx, ref: str, query: PageQuery) -> Page[AbsenceView]:
    """List a member's absences, the latest first."""
    return await service.list_absences(ctx.tx, ctx.actor, ref, query.limit, query.cursor)


@post(BASE, module=MODULE, permission=READ, status=201)
async def add_absence(ctx: Ctx, ref: str, data: NewAbsence) -> AbsenceView:
    """Note that somebody will be away; new work goes to the deputy, and falls back at the end."""
    made = await service.add_absence(ctx.tx, ctx.actor, ref, data)
    ctx.created(f"/api/access/v1/users/{made.user.id}/absences/{made.id}")
    return made


@get(f"{BASE}/{{absence}}", module=MODULE, permission=READ)
async def get_absence(ctx: Ctx, ref: str, absence: str) -> AbsenceView:
    """Show an absence."""
    return await service.get_absence(ctx.tx, ctx.actor, ref, absence)


@delete(f"{BASE}/{{absence}}", module=MODULE, permission=READ)
async def remove_absence(ctx: Ctx, ref: str, absence: str) -> None:
    """Take an absence back; from now on new work stays with them."""
    await service.remove_absence(ctx.tx, ctx.actor, ref, absence)


ENDPOINTS = (list_absences, add_absence, get_absence, remove_absence)
