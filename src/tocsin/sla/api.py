"""`/api/sla/v1`: calendars, the public holidays that they can be filled with, and service-level policies.

What clocks that run may follow is of `incidents`: changing a calendar, adding and changing a policy.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.errors import NotFound
from tocsin.base.paging import ActiveQuery, Page, PageQuery, page_of
from tocsin.sla import service
from tocsin.sla.model import CalendarView, Holiday, NewCalendar, PolicyView
from tocsin.web.routes import Ctx, delete, get, post

BASE = "/api/sla/v1"
CALENDARS = f"{BASE}/calendars"
POLICIES = f"{BASE}/policies"
MODULE = "sla"
READ = (permissions.VIEW, permissions.SLA_MANAGE)
MANAGE = permissions.SLA_MANAGE
Year = Annotated[int, Meta(ge=1971, le=2199)]


class ImportHolidays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose public holidays (ISO 3166 codes), and from which year to which."""

    country: Annotated[str, Meta(max_length=2)]
    region: Annotated[str, Meta(max_length=20)] | None = None
    first: Year
    last: Year


class HolidayQuery(PageQuery, frozen=True, kw_only=True):
    """Of which region, and from which year to which; left out: the whole country, this year and the next."""

    region: str | None = None
    first: int | None = None
    last: int | None = None


class Place(msgspec.Struct, frozen=True):
    """A country whose holidays are known, and its regions."""

    country: str
    regions: list[str]


@get(CALENDARS, module=MODULE, permission=READ)
async def list_calendars(ctx: Ctx, query: ActiveQuery) -> Page[CalendarView]:
    """Calendars, by name."""
    return await service.calendars(ctx.tx, ctx.actor, is_active=query.active, limit=query.limit, cursor=query.cursor)


@post(CALENDARS, module=MODULE, permission=MANAGE, status=201)
async def add_calendar(ctx: Ctx, data: NewCalendar) -> CalendarView:
    """Add a calendar; as default it takes the place of the old one."""
    made = await service.add_calendar(ctx.tx, ctx.actor, data)
    ctx.created(f"{CALENDARS}/{made.id}")
    return made


@get(f"{CALENDARS}/{{calendar}}", module=MODULE, permission=READ)
async def get_calendar(ctx: Ctx, calendar: str) -> CalendarView:
    """One calendar."""
    return await service.get_calendar(ctx.tx, ctx.actor, calendar)


@delete(f"{CALENDARS}/{{calendar}}", module=MODULE, permission=MANAGE)
async def remove_calendar(ctx: Ctx, calendar: str) -> None:
    """Delete a calendar, or deactivate it when a clock ever ran by it."""
    await service.remove_calendar(ctx.tx, ctx.actor, calendar)


@post(f"{CALENDARS}/{{calendar}}/holidays", module=MODULE, permission=MANAGE)
async def import_holidays(ctx: Ctx, calendar: str, data: ImportHolidays) -> CalendarView:
    """Add the public holidays of a country or region to a calendar."""
    return await service.import_holidays(
        ctx.tx, ctx.actor, calendar, country=data.country, region=data.region, first=data.first, last=data.last
    )


@get(f"{BASE}/places", module=MODULE, permission=MANAGE)
async def list_places(ctx: Ctx, query: PageQuery) -> Page[Place]:
    """The countries and regions whose public holidays are known, by their codes."""
    found = [Place(country, regions) for country, regions in sorted(service.places().items())]
    return page_of(found, lambda one: (one.country,), tuple[str], ["places"], limit=query.limit, cursor=query.cursor)


@get(f"{BASE}/places/{{country}}/holidays", module=MODULE, permission=MANAGE)
async def list_holidays(ctx: Ctx, country: str, query: HolidayQuery) -> Page[Holiday]:
    """The public holidays of a country or region by date, in the organisation's language."""
    if country not in service.places():
        raise NotFound
    first = ctx.tx.now.year if query.first is None else query.first
    last = first + 1 if query.last is None else query.last
    found = await service.public_holidays(
        ctx.tx, ctx.actor, country=country, region=query.region, first=first, last=last
    )
    question = ["holidays", country, query.region, first, last]
    return page_of(found, lambda one: (one.date,), tuple[date], question, limit=query.limit, cursor=query.cursor)


@get(POLICIES, module=MODULE, permission=READ)
async def list_policies(ctx: Ctx, query: ActiveQuery) -> Page[PolicyView]:
    """Service-level policies, by name."""
    return await service.policies(ctx.tx, ctx.actor, is_active=query.active, limit=query.limit, cursor=query.cursor)


@get(f"{POLICIES}/{{policy}}", module=MODULE, permission=READ)
async def get_policy(ctx: Ctx, policy: str) -> PolicyView:
    """One service-level policy."""
    return await service.get_policy(ctx.tx, ctx.actor, policy)


@delete(f"{POLICIES}/{{policy}}", module=MODULE, permission=MANAGE)
async def remove_policy(ctx: Ctx, policy: str) -> None:
    """Delete a service-level policy; clocks keep what it promised them."""
    await service.remove_policy(ctx.tx, ctx.actor, policy)


ENDPOINTS = (
    *(list_calendars, add_calendar, get_calendar, remove_calendar, import_holidays, list_holidays, list_places),
    *(list_policies, get_policy, remove_policy),
)
