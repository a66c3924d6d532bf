"""Working calendars: the list, and the editor of a week with its holidays, which says what a change would move."""

from __future__ import annotations

from typing import Any

import msgspec
from babel import Locale

from tocsin.access import permissions
from tocsin.base.errors import BadValue, Invalid, invalid
from tocsin.base.fitting import fit
from tocsin.base.manifest import Navigation, Slot
from tocsin.base.paging import MAX_LIMIT
from tocsin.incidents.service import promises
from tocsin.sla import rules, service as sla
from tocsin.sla.model import CalendarChange, CalendarView, NewCalendar, Preview
from tocsin.sla.rules import WEEKDAYS
from tocsin.tenancy import service as tenancy
from tocsin.web import admin, pages
from tocsin.web.admin import Card
from tocsin.web.forms import InUse, NoFields
from tocsin.web.i18n import N_, Tongue
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "sla"
MANAGE = permissions.SLA_MANAGE
CALENDARS = "/admin/calendars"
FORM = "calendar"
DAYS = dict(
    zip(
        WEEKDAYS,
        (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday")),
        strict=True,
    )
)
OFFICE = "09:00-17:00"
AHEAD = 3
"""Years whose public holidays are brought: this one and the following."""


class CalendarForm(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar as the form has it: the hours of a day as `09:00-12:00, 13:00-17:00`, holidays one a line.

    `more` is the button that shows what the change would move instead of saving it.
    """

    name: str = ""
    time_zone: str = ""
    mon: str = ""
    tue: str = ""
    wed: str = ""
    thu: str = ""
    fri: str = ""
    sat: str = ""
    sun: str = ""
    holidays: str = ""
    apply_to_running: bool = False
    more: str | None = None


class ImportForm(msgspec.Struct, frozen=True, kw_only=True):
    """Whose holidays: a country, or one of its regions as `DE-BY`."""

    country: str = ""


@page(CALENDARS, module=MODULE, permission=MANAGE)
async def show_calendars(ctx: Ctx) -> Reply:
    """The calendars, by name."""
    found = await sla.calendars(ctx.tx, ctx.actor, is_active=None, limit=MAX_LIMIT, cursor=None)
    weeks = {one.id: bars(one.hours) for one in found.items}
    return pages.render(ctx, "sla/calendars.html", calendars=found.items, weeks=weeks)


@page(f"{CALENDARS}/new", module=MODULE, permission=MANAGE)
async def show_new_calendar(ctx: Ctx) -> Reply:
    """The form for a new calendar."""
    return await _form(ctx, None)


@page(f"{CALENDARS}/{{calendar}}", module=MODULE, permission=MANAGE)
async def show_calendar(ctx: Ctx, calendar: str) -> Reply:
    """A calendar, ready to be changed."""
    return await _form(ctx, await sla.get_calendar(ctx.tx, ctx.actor, calendar))


async def _form(ctx: Ctx, calendar: CalendarView | None, preview: Preview | None = None) -> Reply:
    failed = ctx.failed if ctx.failed is not None and ctx.failed.form.name == FORM else None
    sent = failed.form.values if failed is not None else ctx.form.values if preview is not None else None
    values = _stored(ctx, calendar) if sent is None else {name: found[-1] for name, found in sent.items()}
    return pages.render(
        ctx,
        "sla/calendar.html",
        calendar=calendar,
        values=values,
        drawn=typed_bars(values),
        days=DAYS,
        errors=failed.errors if failed is not None else {},
        preview=preview,
        zones=tenancy.time_zones(),
        places=_places(pages.speech(ctx)) if calendar is not None else [],
    )


def _stored(ctx: Ctx, calendar: CalendarView | None) -> dict[str, str]:
    if calendar is None:
        return {"time_zone": ctx.tenant.time_zone, **dict.fromkeys(WEEKDAYS[:5], OFFICE)}
    hours = {day: ", ".join("-".join(part) for part in calendar.hours.get(day, ())) for day in WEEKDAYS}
    holidays = "\n".join(f"{one.date.isoformat()} {one.name}".strip() for one in calendar.holidays)
    return {"name": calendar.name, "time_zone": calendar.time_zone, "holidays": holidays, **hours}


def _places(tongue: Tongue) -> list[tuple[str, str]]:
    """Countries in the reader's language, each with its regions, as a field of choices takes them."""
    territories = Locale.parse(tongue.locale).territories
    named = {country: str(territories.get(country, country)) for country in sla.places()}
    found = []
    for country, name in sorted(named.items(), key=lambda item: item[1]):
        found.append((country, name))
        found += [(f"{country}-{region}", f"{name} · {region}") for region in sla.places()[country]]
    return found


def typed_bars(values: dict[str, str]) -> dict[str, list[tuple[float, float]]]:
    """Where the hours in the fields stand in the bars of their days. A day that cannot be read stays empty."""
    hours = {}
    for day in WEEKDAYS:
        try:
            parts = _read_day(values.get(day, ""), day)
        except Invalid:
            continue
        if bars({day: parts}):
            hours[day] = parts
    return bars(hours) or {day: bars({day: parts})[day] for day, parts in hours.items()}


def bars(hours: dict[str, list[list[str]]]) -> dict[str, list[tuple[float, float]]]:
    """The open hours of each day as bars, start and width in per cent; what runs overnight goes on in the next one."""
    try:
        week = rules.read_week(hours)
    except BadValue:
        return {}
    found: dict[str, list[tuple[float, float]]] = {day: [] for day in WEEKDAYS}
    for number, parts in enumerate(week):
        for opens, closes in parts:
            found[WEEKDAYS[number]].append((opens / 14.4, (min(closes, 1440) - opens) / 14.4))
            if closes > 1440:
                found[WEEKDAYS[(number + 1) % 7]].append((0, (closes - 1440) / 14.4))
    return found


def _read_day(text: str, day: str) -> list[list[str]]:
    """`09:00-12:00, 13:00-17:00` as the API has it. Raises `Invalid`."""
    parts = []
    for piece in text.replace("–", "-").replace(";", ",").split(","):
        if not piece.strip():
            continue
        since, dash, until = (one.strip() for one in piece.partition("-"))
        if not dash:
            raise invalid(day, "Write hours like 09:00-12:00, 13:00-17:00.")
        parts.append([_full(since), _full(until)])
    return parts


def _full(text: str) -> str:
    """`9`, `9:30` and `09:30` as the API writes times."""
    hours, _, minutes = text.partition(":")
    return f"{hours:0>2}:{minutes or '00'}"


def _read_holidays(text: str) -> list[dict[str, str]]:
    """Lines of a date and a name."""
    found = []
    for line in text.splitlines():
        if line.strip():
            day, _, name = line.strip().partition(" ")
            found.append({"date": day, "name": name.strip()})
    return found


def _values(data: CalendarForm) -> dict[str, Any]:
    hours = {day: parts for day in WEEKDAYS if (parts := _read_day(getattr(data, day), day))}
    return {
        "name": data.name,
        "time_zone": data.time_zone,
        "hours": hours,
        "holidays": _read_holidays(data.holidays),
    }


_HOLIDAYS = N_("Write each holiday on a line of its own: 2026-12-25 Christmas.")


def _renamed(error: Invalid) -> Invalid:
    """Flaws under the names of the form's fields: a day's hours stand in a field of that day's name."""
    renamed = []
    for each in error.errors:
        name = each.field.removeprefix("hours.").partition("[")[0]
        said = _HOLIDAYS if each.field.endswith("].date") else each.template
        renamed.append(type(each)("mon" if name == "hours" else name, said, each.values))
    return Invalid(renamed)


@action(CALENDARS, module=MODULE, permission=MANAGE)
async def add_calendar(ctx: Ctx, data: CalendarForm) -> Reply:
    """Add a calendar."""
    _ = pages.speech(ctx).gettext
    try:
        made = await sla.add_calendar(ctx.tx, ctx.actor, fit(_values(data), NewCalendar))
    except Invalid as error:
        raise _renamed(error) from None
    return pages.redirect(ctx, f"{CALENDARS}/{made.id}", _("%(name)s was added.") % {"name": made.name})


@action(f"{CALENDARS}/{{calendar}}", module=MODULE, permission=MANAGE)
async def change_calendar(ctx: Ctx, calendar: str, data: CalendarForm) -> Reply:
    """Change a calendar, or see first what the change would move."""
    _ = pages.speech(ctx).gettext
    known = await sla.get_calendar(ctx.tx, ctx.actor, calendar)
    try:
        values = _values(data) | {"apply_to_running": data.apply_to_running}
        change = fit(values, CalendarChange)
        if data.more is not None:
            seen = await promises.preview_calendar(ctx.tx, ctx.actor, calendar, change)
            return await _form(ctx, known, seen)
        after = await promises.change_calendar(ctx.tx, ctx.actor, calendar, change)
    except Invalid as error:
        raise _renamed(error) from None
    return pages.redirect(ctx, f"{CALENDARS}/{after.id}", _("%(name)s was saved.") % {"name": after.name})


@action(f"{CALENDARS}/{{calendar}}/holidays", module=MODULE, permission=MANAGE)
async def import_holidays(ctx: Ctx, calendar: str, data: ImportForm) -> Reply:
    """Bring the public holidays of a place, of this year and the two that follow."""
    _ = pages.speech(ctx).gettext
    before = await sla.get_calendar(ctx.tx, ctx.actor, calendar)
    country, _dash, region = data.country.partition("-")
    year = ctx.tx.now.year
    try:
        after = await sla.import_holidays(
            ctx.tx, ctx.actor, calendar, country=country, region=region or None, first=year, last=year + AHEAD - 1
        )
    except Invalid as error:
        raise admin.renamed(error, region="country") from None
    count = len(after.holidays) - len(before.holidays)
    said = pages.speech(ctx).ngettext("%(num)s holiday was added.", "%(num)s holidays were added.", count)
    return pages.back(ctx, f"{CALENDARS}/{after.id}", said)


@action(f"{CALENDARS}/{{calendar}}/default", module=MODULE, permission=MANAGE)
async def make_calendar_default(ctx: Ctx, calendar: str, data: NoFields) -> Reply:
    """Make it the one by which is counted when nothing else is said."""
    _ = pages.speech(ctx).gettext
    after = await promises.change_calendar(ctx.tx, ctx.actor, calendar, CalendarChange(is_default=True))
    return pages.back(ctx, CALENDARS, _("%(name)s is the default now.") % {"name": after.name})


@action(f"{CALENDARS}/{{calendar}}/active", module=MODULE, permission=MANAGE)
async def set_calendar_active(ctx: Ctx, calendar: str, data: InUse) -> Reply:
    """Let a calendar be chosen, or not."""
    _ = pages.speech(ctx).gettext
    change = CalendarChange(is_active=data.is_active)
    after = await promises.change_calendar(ctx.tx, ctx.actor, calendar, change)
    said = _("%(name)s can be chosen again.") if after.is_active else _("%(name)s can't be chosen any more.")
    undo = Undo(f"{CALENDARS}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, CALENDARS, said % {"name": after.name}, undo)


@action(f"{CALENDARS}/{{calendar}}/delete", module=MODULE, permission=MANAGE)
async def delete_calendar(ctx: Ctx, calendar: str, data: NoFields) -> Reply:
    """Delete a calendar that no clock ever ran by; switch any other off."""
    _ = pages.speech(ctx).gettext
    before = await sla.get_calendar(ctx.tx, ctx.actor, calendar)
    gone = await sla.remove_calendar(ctx.tx, ctx.actor, calendar)
    said = _("%(name)s was deleted.") if gone else _("Clocks have run by %(name)s: it is kept, and can't be chosen.")
    return pages.redirect(ctx, CALENDARS, said % {"name": before.name})


async def card(ctx: Ctx, _subject: object) -> str:
    """The calendars on the administration's overview."""
    _ = pages.speech(ctx).gettext
    found = (await sla.calendars(ctx.tx, ctx.actor, is_active=True, limit=MAX_LIMIT, cursor=None)).items
    default = next((one.name for one in found if one.is_default), "")
    figures = [(len(found), _("in use"))]
    text = _("Counted by %(name)s unless a policy says otherwise.") % {"name": default}
    return admin.show(ctx, Card(_("Calendars"), CALENDARS, icon="calendar-time", figures=figures, text=text))


ENDPOINTS = (
    *(show_calendars, show_new_calendar, show_calendar, add_calendar, change_calendar, import_holidays),
    *(make_calendar_default, set_calendar_active, delete_calendar),
)
NAVIGATION = (
    Navigation(
        N_("Calendars"), CALENDARS, icon="calendar-time", permissions=(MANAGE,), place="admin", order=40, module=MODULE
    ),
)
SLOTS = (Slot(admin.OVERVIEW, card, (MANAGE,), MODULE, order=40),)
