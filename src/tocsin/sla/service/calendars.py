"""Calendars: reading, adding, changing, removing; public holidays of a country. Clocks that run keep what they began with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg
from msgspec import UNSET

from tocsin.access import permissions
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.errors import FieldError, Invalid, NotFound, Refused, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line, is_slug, slugify
from tocsin.db.tx import Tx
from tocsin.sla import adapters, events, store
from tocsin.sla.model import CalendarChange, CalendarView, Holiday, NewCalendar, calendar_from
from tocsin.sla.rules import BadHours, read_week, write_week
from tocsin.sla.service import setting
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

FIRST_YEAR, LAST_YEAR = 1971, 2199
_MADE_OF = ("time_zone", "hours", "holidays")
_ALWAYS: dict[str, list[list[str]]] = {
    day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
}


async def seed(tx: Tx, tenant: Tenant) -> None:
    """A calendar around the clock, which is the default until another one takes its place."""
    values = {"name": "Around the clock", "slug": "24x7", "time_zone": tenant.time_zone, "hours": _ALWAYS}
    await store.calendars.insert(tx, new_id(), new_id(), {**values, "holidays": [], "is_default": True})


async def calendars(
    tx: Tx, actor: Actor, *, is_active: bool | None, limit: int, cursor: str | None
) -> Page[CalendarView]:
    """Calendars by name. Raises `Invalid`."""
    must_read(actor)
    limit, question = check_limit(limit), ["calendars", tx.tenant_id, is_active]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[str, UUID])
    rows = await store.calendars.page(tx, is_active=is_active, after=after, limit=limit + 1)
    items = [calendar_from(row) for row in rows[:limit]]
    return Page(items, encode_cursor(question, [items[-1].name, items[-1].id]) if len(rows) > limit else None)


async def get_calendar(tx: Tx, actor: Actor, ref: str) -> CalendarView:
    """One calendar by id or slug. Raises `NotFound`."""
    must_read(actor)
    return calendar_from(await _existing(tx, ref))


async def add_calendar(tx: Tx, actor: Actor, given: NewCalendar) -> CalendarView:
    """Add a calendar; as default it takes the mark from the old one. Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(permissions.SLA_MANAGE)
    await store.calendars.lock(tx)
    zone = given.time_zone if given.time_zone is not None else (await tenancy.current(tx)).time_zone
    values = _checked({"name": given.name, "time_zone": zone, "hours": given.hours, "holidays": given.holidays})
    values["slug"] = _check_slug(given.slug) if given.slug is not None else slugify(values["name"])
    if given.is_default:
        await store.calendars.clear_default(tx)
    calendar_id = new_id()
    if not await store.calendars.insert(tx, calendar_id, new_id(), {**values, "is_default": given.is_default}):
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=values["slug"])
    return await _told(tx, actor, calendar_id, events.CalendarCreated)


async def change_calendar(tx: Tx, actor: Actor, ref: str, given: CalendarChange) -> CalendarView:
    """Change the given fields; another zone, hours or holidays make a new version.

    Raises `NotFound`, `Invalid`, and `Refused` for a slug in use or a default that would be none.
    """
    actor.must(permissions.SLA_MANAGE)
    await store.calendars.lock(tx)
    row = await _existing(tx, ref)
    wanted = {name: getattr(given, name) for name in given.__struct_fields__ if name != "apply_to_running"}
    values = _checked({name: value for name, value in wanted.items() if value is not UNSET})
    slug = values.get("slug", row["slug"])
    if slug != row["slug"] and await store.calendars.by_slug(tx, slug) is not None:
        raise Refused("The slug {taken} is in use; choose another.", field="slug", taken=slug)
    _check_stays_whole(row, values)
    changed = {name: value for name, value in values.items() if row[name] != value}
    if changed.get("is_default"):
        await store.calendars.clear_default(tx)
    if not changed:
        return calendar_from(row)
    version = None
    if changed.keys() & set(_MADE_OF):
        version = (new_id(), row["version"] + 1, {**dict(row), **changed})
    await store.calendars.update(tx, row["id"], changed, version=version)
    return await _told(tx, actor, row["id"], events.CalendarChanged, fields=sorted(changed))


async def remove_calendar(tx: Tx, actor: Actor, ref: str) -> bool:
    """Delete a calendar that no clock ever ran by; deactivate any other. True when it was deleted.

    Raises `NotFound`, and `Refused` for the default and for one that policies name.
    """
    actor.must(permissions.SLA_MANAGE)
    await store.calendars.lock(tx)
    row = await _existing(tx, ref)
    _check_stays_whole(row, {"is_active": False})
    found = await setting.configuration(tx)
    for policy in found.promises:
        if row["id"] in {policy.calendar_id, *(line.calendar_id for line in policy.lines)}:
            raise Refused(
                "The policy {policy} counts by {name}; change it first.", policy=policy.name, name=row["name"]
            )
    try:
        async with tx.savepoint():
            await store.calendars.delete(tx, row["id"])
    except asyncpg.ForeignKeyViolationError:
        await store.calendars.update(tx, row["id"], {"is_active": False}, version=None)
        await _told(tx, actor, row["id"], events.CalendarChanged, fields=["is_active"])
        return False
    facts = {"calendar": row["id"], "slug": row["slug"]}
    tx.emit(events.CalendarDeleted(actor=actor, facts=facts, texts={"name": row["name"]}))
    await setting.changed(tx)
    return True


async def import_holidays(
    tx: Tx, actor: Actor, ref: str, *, country: str, region: str | None, first: int, last: int
) -> CalendarView:
    """Add the public holidays of a country or one of its regions to a calendar. Days that are there keep their names.

    Raises `NotFound`, `Invalid`.
    """
    actor.must(permissions.SLA_MANAGE)
    await store.calendars.lock(tx)
    found = await public_holidays(tx, actor, country=country, region=region, first=first, last=last)
    before = calendar_from(await _existing(tx, ref))
    known = {one.date for one in before.holidays}
    merged = sorted([*before.holidays, *(one for one in found if one.date not in known)], key=lambda one: one.date)
    return await change_calendar(tx, actor, str(before.id), CalendarChange(holidays=merged))


async def public_holidays(
    tx: Tx, actor: Actor, *, country: str, region: str | None, first: int, last: int
) -> list[Holiday]:
    """The public holidays of a country or region in some years, in the organisation's language. Raises `Invalid`."""
    actor.must(permissions.SLA_MANAGE)
    if not FIRST_YEAR <= first <= last <= LAST_YEAR:
        raise invalid(
            "first", "Give years from {first} to {last}, the earlier one first.", first=FIRST_YEAR, last=LAST_YEAR
        )
    if last - first >= adapters.MOST_YEARS:
        raise invalid("last", "Give at most {most} years.", most=adapters.MOST_YEARS)
    language = (await tenancy.current(tx)).locale
    try:
        return adapters.public_holidays(country, region or None, first, last, language)
    except adapters.UnknownPlace as unknown:
        raise invalid(unknown.field, "There is no such {what}.", what=unknown.field) from None


def places() -> dict[str, list[str]]:
    """The countries (ISO 3166) whose holidays are known, each with its regions."""
    return adapters.places()


async def find_calendar(tx: Tx, ref: str, field: str) -> CalendarView:
    """The active calendar of an id or slug in a body. Raises `Invalid` naming `field`."""
    row = await _find(tx, ref)
    if row is None or not row["is_active"]:
        raise invalid(field, "There is no active entry by this id or slug.")
    return calendar_from(row)


def must_read(actor: Actor) -> None:
    if not actor.can(permissions.VIEW):
        actor.must(permissions.SLA_MANAGE)


async def _find(tx: Tx, ref: str) -> Any:
    known = parse_id(ref)
    return await (store.calendars.get(tx, known) if known is not None else store.calendars.by_slug(tx, ref))


async def _existing(tx: Tx, ref: str) -> Any:
    row = await _find(tx, ref)
    if row is None:
        raise NotFound
    return row


def _check_stays_whole(row: Any, values: dict[str, Any]) -> None:
    """A tenant always keeps a default calendar. Raises `Refused`."""
    if row["is_default"] and (values.get("is_active") is False or values.get("is_default") is False):
        raise Refused("{name} is the default; make another one the default first.", name=row["name"])
    if values.get("is_default") and not values.get("is_active", row["is_active"]):
        raise invalid("is_default", "An inactive entry cannot be the default.")


def _check_slug(slug: str) -> str:
    if not is_slug(slug):
        raise invalid("slug", "Use 1 to 64 lower-case letters, digits and inner hyphens.")
    return slug


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The given fields as the table keeps them. Raises `Invalid` naming the field."""
    found = dict(values)
    if "name" in found:
        found["name"] = clean_line(found["name"])
        if not 1 <= len(found["name"]) <= 200:
            raise invalid("name", "Give a name of 1 to 200 characters.")
    if "slug" in found:
        _check_slug(found["slug"])
    if "time_zone" in found:
        found["time_zone"] = tenancy.check_time_zone(found["time_zone"]).key
    if "hours" in found:
        found["hours"] = check_week(found["hours"])
    if "holidays" in found:
        found["holidays"] = _check_holidays(found["holidays"])
    return found


def check_week(hours: dict[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    """Hours in the order of the week. Raises `Invalid` naming the interval."""
    try:
        return write_week(read_week(hours))
    except BadHours as wrong:
        field = f"hours.{wrong.field}".rstrip(".")
        raise Invalid([FieldError(field, wrong.template, wrong.values)]) from None


def _check_holidays(given: list[Holiday]) -> list[dict[str, str]]:
    """Holidays by date, as the table keeps them. Raises `Invalid`."""
    seen: dict[str, str] = {}
    for number, one in enumerate(given):
        day, field = one.date.isoformat(), f"holidays[{number}].date"
        if not FIRST_YEAR <= one.date.year <= LAST_YEAR:
            raise invalid(field, "Give a date between 1971 and 2199.")
        if day in seen:
            raise invalid(field, "This date is there twice.")
        seen[day] = clean_line(one.name)
    return [{"date": day, "name": name} for day, name in sorted(seen.items())]


async def _told(tx: Tx, actor: Actor, calendar_id: UUID, kind: type[Event], **more: Any) -> CalendarView:
    view = calendar_from(await store.calendars.get(tx, calendar_id))
    facts = {"calendar": view.id, "slug": view.slug, "version": view.version, "is_default": view.is_default, **more}
    tx.emit(kind(actor=actor, facts=facts, texts={"name": view.name}))
    await setting.changed(tx)
    return view


async def names(tx: Tx, ids: Any) -> dict[UUID, str]:
    """What calendars are called."""
    rows = await store.calendars.page(tx, is_active=None, after=None, limit=10_000)
    wanted = set(ids)
    return {row["id"]: row["name"] for row in rows if row["id"] in wanted}
