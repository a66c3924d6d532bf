"""What incidents are promised: why they are due then, and changes that clocks which run may follow."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.classification.model import Priority
from tocsin.incidents.api import BASE as BASE_INCIDENTS, ONE
from tocsin.incidents.service import extensions, promises
from tocsin.sla.api import BASE, CALENDARS, MODULE, POLICIES
from tocsin.sla.model import (
    AskForTime,
    CalendarChange,
    CalendarView,
    Decide,
    Explained,
    ExtensionView,
    NewSlaPolicy,
    PolicyView,
    Preview,
    PriorityTargets,
    PromiseView,
    SlaPolicyChange,
    WhatIf,
)
from tocsin.web.routes import Ctx, get, post, put

MANAGE = permissions.SLA_MANAGE


class ExtensionQuery(PageQuery, frozen=True, kw_only=True):
    """`state`: pending, approved, rejected, withdrawn or expired."""

    state: str | None = None


@get(f"{ONE}/sla/explain", module=MODULE, permission=permissions.MEMBER)
async def explain_sla(ctx: Ctx, ref: str) -> Explained:
    """Why its clocks are due when they are: every stretch of time, what it counts, and by which rule."""
    return await promises.explain(ctx.tx, ctx.actor, ref)


@put(f"{CALENDARS}/{{calendar}}", module=MODULE, permission=MANAGE)
async def change_calendar(ctx: Ctx, calendar: str, data: CalendarChange) -> CalendarView:
    """Change the given fields; clocks that run keep what they began with, unless `apply_to_running` says otherwise."""
    return await promises.change_calendar(ctx.tx, ctx.actor, calendar, data)


@post(POLICIES, module=MODULE, permission=MANAGE, status=201)
async def add_policy(ctx: Ctx, data: NewSlaPolicy) -> PolicyView:
    """Add a service-level policy; incidents that are new are promised by it at once."""
    made = await promises.add_policy(ctx.tx, ctx.actor, data)
    ctx.created(f"{POLICIES}/{made.id}")
    return made


@put(f"{POLICIES}/{{policy}}", module=MODULE, permission=MANAGE)
async def change_policy(ctx: Ctx, policy: str, data: SlaPolicyChange) -> PolicyView:
    """Change the given fields; clocks that run keep their promise, unless `apply_to_running` says otherwise."""
    return await promises.change_policy(ctx.tx, ctx.actor, policy, data)


@put(f"{BASE}/priorities/{{priority}}", module=MODULE, permission=permissions.PRIORITIES_MANAGE)
async def change_targets(ctx: Ctx, priority: str, data: PriorityTargets) -> Priority:
    """Change a priority's own targets; clocks that run keep theirs, unless `apply_to_running` says otherwise."""
    return await promises.change_targets(ctx.tx, ctx.actor, priority, data)


@get(f"{ONE}/sla/promises", module=MODULE, permission=permissions.VIEW)
async def list_promises(ctx: Ctx, ref: str, query: PageQuery) -> Page[PromiseView]:
    """What it was promised over time: the promise in force, and those that it replaced."""
    found = await promises.list_promises(ctx.tx, ctx.actor, ref)
    return page_of(
        found,
        lambda one: (one.since, one.id),
        tuple[datetime, UUID],
        ["promises", ctx.tx.tenant_id, ref],
        limit=query.limit,
        cursor=query.cursor,
    )


@post(f"{BASE}/what-if", module=MODULE, permission=MANAGE)
async def what_if(ctx: Ctx, data: WhatIf) -> Preview:
    """See which due times a change would move, and by how much, before it is made."""
    return await promises.what_if(ctx.tx, ctx.actor, data)


@post(f"{ONE}/extensions", module=MODULE, permission=permissions.UPDATE, status=201)
async def request_extension(ctx: Ctx, ref: str, data: AskForTime) -> ExtensionView:
    """Ask for a later due time."""
    made = await extensions.request_extension(ctx.tx, ctx.actor, ref, due_at=data.due_at, reason=data.reason)
    ctx.created(f"{BASE_INCIDENTS}/{ref}/extensions/{made.id}")
    return made


@get(f"{ONE}/extensions", module=MODULE, permission=permissions.VIEW)
async def list_extensions(ctx: Ctx, ref: str, query: PageQuery) -> Page[ExtensionView]:
    """The later due times that were asked for, the first first."""
    found = await extensions.list_extensions(ctx.tx, ctx.actor, ref)
    return page_of(
        found,
        lambda one: (one.created_at, one.id),
        tuple[datetime, UUID],
        ["extensions", ctx.tx.tenant_id, ref],
        limit=query.limit,
        cursor=query.cursor,
    )


@get(f"{ONE}/extensions/{{extension}}", module=MODULE, permission=permissions.VIEW)
async def get_extension(ctx: Ctx, ref: str, extension: str) -> ExtensionView:
    """One later due time that was asked for."""
    return await extensions.get_extension(ctx.tx, ctx.actor, ref, extension)


@post(f"{ONE}/extensions/{{extension}}/approve", module=MODULE, permission=permissions.EXTENSIONS_DECIDE)
async def approve_extension(ctx: Ctx, ref: str, extension: str, data: Decide) -> ExtensionView:
    """Let the incident be due later; not what one has asked for oneself."""
    return await extensions.decide_extension(ctx.tx, ctx.actor, ref, extension, approve=True, note=data.note)


@post(f"{ONE}/extensions/{{extension}}/reject", module=MODULE, permission=permissions.EXTENSIONS_DECIDE)
async def reject_extension(ctx: Ctx, ref: str, extension: str, data: Decide) -> ExtensionView:
    """Leave the due time as it is."""
    return await extensions.decide_extension(ctx.tx, ctx.actor, ref, extension, approve=False, note=data.note)


@post(f"{ONE}/extensions/{{extension}}/withdraw", module=MODULE, permission=permissions.UPDATE)
async def withdraw_extension(ctx: Ctx, ref: str, extension: str, data: Decide) -> ExtensionView:
    """Take back what one has asked for oneself."""
    return await extensions.withdraw_extension(ctx.tx, ctx.actor, ref, extension, note=data.note)


@get(f"{BASE}/extensions", module=MODULE, permission=permissions.VIEW)
async def list_all_extensions(ctx: Ctx, query: ExtensionQuery) -> Page[ExtensionView]:
    """Later due times that were asked for on any incident, the oldest first."""
    return await extensions.all_extensions(ctx.tx, ctx.actor, state=query.state, limit=query.limit, cursor=query.cursor)


ENDPOINTS = (
    *(explain_sla, list_promises, change_calendar, add_policy, change_policy, change_targets, what_if),
    *(request_extension, list_extensions, get_extension, approve_extension, reject_extension, withdraw_extension),
    list_all_extensions,
)
