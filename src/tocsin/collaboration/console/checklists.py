"""Checklists in the administration: the list, and each one with its tasks as rows of a form."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.base.durations import parse_duration
from tocsin.base.errors import invalid
from tocsin.base.paging import MAX_LIMIT, ActiveQuery
from tocsin.classification import service as classification
from tocsin.collaboration import service
from tocsin.collaboration.console import rows
from tocsin.collaboration.console.kept import switched
from tocsin.collaboration.console.rows import Row
from tocsin.collaboration.model import Checklist, ChecklistDraft, ChecklistItem
from tocsin.web import pages
from tocsin.web.forms import InUse, NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "collaboration"
MANAGE = permissions.SETTINGS_MANAGE
CHECKLISTS = "/admin/checklists"
FORM = "checklist"
UNITS = {"m": N_("minutes"), "h": N_("hours"), "d": N_("days")}
_SECONDS = {"d": 86_400, "h": 3600, "m": 60}
_FIELDS = {"title": "", "detail": "", "wait": "", "unit": "h", "after": ""}


class ChecklistForm(msgspec.Struct, frozen=True, kw_only=True):
    """A checklist as the form has it; its tasks are rows (see `rows`): `after` holds numbers of earlier ones, from 1."""

    name: str = ""
    category: str | None = None
    priority: str | None = None
    title: list[str] = []
    detail: list[str] = []
    wait: list[str] = []
    unit: list[str] = []
    after: list[str] = []
    more: str | None = None


@page(CHECKLISTS, module=MODULE, permission=MANAGE)
async def show_checklists(ctx: Ctx) -> Reply:
    """The checklists, by name."""
    found = await service.list_checklists(ctx.tx, ctx.actor, ActiveQuery(limit=MAX_LIMIT))
    return pages.render(ctx, "collaboration/admin_checklists.html", checklists=found.items)


@page(f"{CHECKLISTS}/new", module=MODULE, permission=MANAGE)
async def show_new_checklist(ctx: Ctx) -> Reply:
    """The form for a new checklist."""
    return await _form(ctx, None)


@page(f"{CHECKLISTS}/{{checklist}}", module=MODULE, permission=MANAGE)
async def show_checklist(ctx: Ctx, checklist: str) -> Reply:
    """A checklist, ready to be changed."""
    return await _form(ctx, await service.get_checklist(ctx.tx, ctx.actor, checklist))


async def _form(ctx: Ctx, checklist: Checklist | None, items: list[Row] | None = None, wish: str = "") -> Reply:
    """The form: as it was sent when it was refused or asked for more rows, else as the checklist stands."""
    kept = [_row_of(item) for item in checklist.items] if checklist is not None else [dict(_FIELDS)]
    sheet = rows.sheet(ctx, FORM, (_stored(checklist), kept), _FIELDS, "items", items)
    catalogue = await classification.catalogue(ctx.tx)
    return pages.render(
        ctx,
        "collaboration/admin_checklist.html",
        checklist=checklist,
        values=sheet.values,
        items=sheet.rows,
        wrong=sheet.wrong,
        wish=wish,
        units=list(UNITS.items()),
        categories=[
            (c.slug, c.name) for c in catalogue.categories.values() if c.is_active or c.slug == sheet.values["category"]
        ],
        priorities=[
            (p.slug, p.name)
            for p in sorted(catalogue.priorities.values(), key=lambda p: p.level)
            if p.is_active or p.slug == sheet.values["priority"]
        ],
    )


def _stored(checklist: Checklist | None) -> dict[str, str]:
    if checklist is None:
        return {"name": "", "category": "", "priority": ""}
    category = checklist.category.slug if checklist.category is not None else ""
    return {
        "name": checklist.name,
        "category": category,
        "priority": checklist.priority.slug if checklist.priority is not None else "",
    }


def _row_of(item: ChecklistItem) -> Row:
    wait, unit = "", "h"
    if item.due_after is not None:
        seconds = int(parse_duration(item.due_after).total_seconds())
        unit = next((name for name, length in _SECONDS.items() if seconds and seconds % length == 0), "m")
        wait = str(seconds // _SECONDS[unit])
    after = ", ".join(str(place + 1) for place in item.depends_on)
    return {"title": item.title, "detail": item.description or "", "wait": wait, "unit": unit, "after": after}


@action(CHECKLISTS, module=MODULE, permission=MANAGE)
async def add_checklist(ctx: Ctx, data: ChecklistForm) -> Reply:
    """Add a checklist."""
    _ = pages.speech(ctx).gettext
    if data.more is not None:
        return await _more(ctx, None, data.more)
    made = await service.add_checklist(ctx.tx, ctx.actor, _draft(ctx, data))
    return pages.redirect(ctx, CHECKLISTS, _("%(name)s was added.") % {"name": made.name})


@action(f"{CHECKLISTS}/{{checklist}}", module=MODULE, permission=MANAGE)
async def change_checklist(ctx: Ctx, checklist: str, data: ChecklistForm) -> Reply:
    """Change a checklist; incidents that have it keep their tasks."""
    _ = pages.speech(ctx).gettext
    if data.more is not None:
        return await _more(ctx, await service.get_checklist(ctx.tx, ctx.actor, checklist), data.more)
    after = await service.change_checklist(ctx.tx, ctx.actor, checklist, _draft(ctx, data))
    return pages.redirect(ctx, CHECKLISTS, _("%(name)s was saved.") % {"name": after.name})


async def _more(ctx: Ctx, checklist: Checklist | None, wish: str) -> Reply:
    """The form again, with a row more or less."""
    ctx.actor.must(MANAGE)
    items, gone = rows.reshaped(ctx, wish, _FIELDS)
    if gone is not None:
        for row in items:
            row["after"] = _without(row["after"], gone + 1)
    return await _form(ctx, checklist, items, wish)


def _without(after: str, number: int) -> str:
    """The numbers of a row once another is gone: those behind it move up."""
    found = [
        int(part) for part in after.replace(",", " ").split() if part.isascii() and part.isdigit() and len(part) < 4
    ]
    return ", ".join(str(each - (each > number)) for each in found if each != number)


def _draft(ctx: Ctx, data: ChecklistForm) -> ChecklistDraft:
    """The form as the service takes it; rows without a title are left out. Raises `Invalid`."""
    sent = rows.read(ctx.form.values, _FIELDS)
    places: dict[int, int] = {}
    for number, row in enumerate(sent, 1):
        if row["title"].strip():
            places[number] = len(places)
    items = [_item(row, places, f"items[{number - 1}]") for number, row in enumerate(sent, 1) if number in places]
    return ChecklistDraft(name=data.name, category=data.category, priority=data.priority, items=items)


def _item(row: Row, places: dict[int, int], where: str) -> ChecklistItem:
    waits = []
    for part in row["after"].replace(",", " ").split():
        if not (part.isascii() and part.isdigit() and len(part) < 4 and int(part) in places):
            raise invalid(f"{where}.depends_on", "Give numbers of earlier tasks, such as 1, 2.")
        waits.append(places[int(part)])
    return ChecklistItem(
        title=row["title"].strip(),
        description=row["detail"].strip() or None,
        due_after=_duration(row, f"{where}.due_after"),
        depends_on=waits,
    )


def _duration(row: Row, where: str) -> str | None:
    text = row["wait"].strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 6 and row["unit"] in UNITS):
        raise invalid(where, "Give a whole number, and minutes, hours or days.")
    return f"P{int(text)}D" if row["unit"] == "d" else f"PT{int(text)}{row['unit'].upper()}"


@action(f"{CHECKLISTS}/{{checklist}}/active", module=MODULE, permission=MANAGE)
async def set_checklist_active(ctx: Ctx, checklist: str, data: InUse) -> Reply:
    """Let a checklist be added to incidents, or not."""
    after = await service.change_checklist(ctx.tx, ctx.actor, checklist, ChecklistDraft(is_active=data.is_active))
    return switched(ctx, CHECKLISTS, after)


@action(f"{CHECKLISTS}/{{checklist}}/delete", module=MODULE, permission=MANAGE)
async def delete_checklist(ctx: Ctx, checklist: str, data: NoFields) -> Reply:
    """Delete a checklist that no incident has had; take any other out of use."""
    _ = pages.speech(ctx).gettext
    before = await service.get_checklist(ctx.tx, ctx.actor, checklist)
    gone = await service.remove_checklist(ctx.tx, ctx.actor, checklist)
    said = _("%(name)s was deleted.") if gone else _("Incidents have had %(name)s, so it was taken out of use instead.")
    return pages.redirect(ctx, CHECKLISTS, said % {"name": before.name})


ENDPOINTS = (
    *(show_checklists, show_new_checklist, show_checklist),
    *(add_checklist, change_checklist, set_checklist_active, delete_checklist),
)
