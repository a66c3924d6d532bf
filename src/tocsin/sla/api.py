"""`/api/sla/v1`: calendars, and the public holidays that they can be filled with."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.base.paging import DEFAULT_LIMIT, Page
from tocsin.sla import service
from tocsin.sla.model import CalendarChange, CalendarView, Holiday, NewCalendar
from tocsin.web.routes import Ctx, delete, get, post

BASE = "/api/sla/v1"
CALENDARS = f"{BASE}/calendars"
MODULE = "sla"
READ = (permissions.VIEW, permissions.SLA_MANAGE)
MANAGE = permissions.SLA_MANAGE
Year = Annotated[int, Meta(ge=1971, le=2199)]


class CalendarQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`active`: true for calendars in use only, false for the others only; left out: all."""

    active: bool | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


class ImportHolidays(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose public holidays (ISO 3166 codes), and from which year to which."""

    country: Annotated[str, Meta(max_length=2)]
    region: Annotated[str, Meta(max_length=20)] | None = None
    first: Year
    last: Year


class HolidayQuery(msgspec.Struct, frozen=True, kw_only=True):
    """As `ImportHolidays`."""

    country: str
    region: str | None = None
    first: int
    last: int


class Place(msgspec.Struct, frozen=True):
    """A country whose holidays are known, and its regions."""

    country: str
    regions: list[str]


@get(CALENDARS, module=MODULE, permission=READ)
async def list_calendars(ctx: Ctx, query: CalendarQuery) -> Page[CalendarView]:
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


@get(f"{BASE}/holidays", module=MODULE, permission=MANAGE)
async def list_holidays(ctx: Ctx, query: HolidayQuery) -> Page[Holiday]:
    """The public holidays of a country or region, in the organisation's language."""
    found = await service.public_holidays(
        ctx.tx, ctx.actor, country=query.country, region=query.region, first=query.first, last=query.last
    )
    return Page(found, None)


@get(f"{BASE}/places", module=MODULE, permission=MANAGE)
async def list_places(ctx: Ctx) -> Page[Place]:
    """The countries and regions whose public holidays are known."""
    return Page([Place(country, regions) for country, regions in service.places().items()], None)


ENDPOINTS = (list_calendars, add_calendar, get_calendar, remove_calendar, import_holidays, list_holidays, list_places)
