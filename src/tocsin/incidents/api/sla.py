"""What incidents are promised: why they are due then, and changes that clocks which run may follow."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.incidents.api import ONE
from tocsin.incidents.service import promises
from tocsin.sla.api import BASE, CALENDARS, MODULE, POLICIES
from tocsin.sla.model import (
    CalendarChange,
    CalendarView,
    Explained,
    NewSlaPolicy,
    PolicyView,
    Preview,
    SlaPolicyChange,
    WhatIf,
)
from tocsin.web.routes import Ctx, get, post, put

MANAGE = permissions.SLA_MANAGE


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


@post(f"{BASE}/what-if", module=MODULE, permission=MANAGE)
async def what_if(ctx: Ctx, data: WhatIf) -> Preview:
    """See which due times a change would move, and by how much, before it is made."""
    return await promises.what_if(ctx.tx, ctx.actor, data)


ENDPOINTS = (explain_sla, change_calendar, add_policy, change_policy, what_if)
