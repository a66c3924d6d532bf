"""Rows of the lists of incidents: the columns that a reader chose, headers that sort, and one row alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from tocsin.access import service as access
from tocsin.base.ids import parse_id
from tocsin.classification.model import Catalogue, Field, Status
from tocsin.classification.rules.fields import to_form
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, SEE, ListClock, clock_of, with_catalogue
from tocsin.incidents.console.filters import Wanted
from tocsin.incidents.model import IncidentView
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page


@dataclass(frozen=True, slots=True)
class Column:
    """A column that may be chosen: its heading, and the sort that its header sets."""

    name: str
    title: str
    sort: str | None = None


COLUMNS = {
    column.name: column
    for column in (
        Column("priority", N_("Priority"), "priority"),
        Column("reference", N_("Reference"), "reference_code"),
        Column("title", N_("Incident")),
        Column("category", N_("Category")),
        Column("team", N_("Team")),
        Column("reporter", N_("Reporter")),
        Column("created", N_("Created"), "created_at"),
        Column("updated", N_("Changed"), "updated_at"),
        Column("due", N_("Due"), "due_at"),
        Column("status", N_("Status")),
        Column("owner", N_("Owner")),
        Column("tags", N_("Tags")),
    )
}
"""In the order in which they stand; the time left always comes first."""
USUAL = ("priority", "reference", "title", "status", "owner")


@dataclass(frozen=True, slots=True)
class Row:
    """An incident in a list."""

    incident: IncidentView
    clock: ListClock | None
    status: Status
    custom: dict[str, str]
    """What the chosen columns of custom fields show, by column."""
    columns: list[Column]
    """The columns that the reader chose, for whoever draws the row later."""


@dataclass(frozen=True, slots=True)
class Header:
    """A column's heading: where a click leads, and how the list is sorted by it now (as `aria-sort` says it)."""

    name: str
    title: str
    href: str | None
    direction: str | None


def columns_of(catalogue: Catalogue) -> dict[str, Column]:
    """All columns that there are for an organisation: its custom fields come last."""
    custom = [Column(f"custom.{field.slug}", field.name) for field in catalogue.fields_everywhere()]
    return {**COLUMNS, **{column.name: column for column in custom}}


def chosen(ctx: Ctx, catalogue: Catalogue, asked: str | None = None) -> list[Column]:
    """The columns that the reader sees: those that an address asks for, those of their choice, else the usual ones."""
    wanted = asked.split(",") if asked else ctx.person.preferences.get("columns")
    names = set(wanted if isinstance(wanted, list) else USUAL) | {"title"}
    return [column for name, column in columns_of(catalogue).items() if name in names]


def headers(wanted: Wanted, columns: list[Column]) -> list[Header]:
    """The headings of a list; a second click on one turns its order around."""
    made = []
    for column in (Column("left", N_("Time left"), "time_left"), *columns):
        direction = None
        if column.sort is not None and wanted.sort.removeprefix("-") == column.sort:
            direction = "descending" if wanted.sort.startswith("-") else "ascending"
        to = f"-{column.sort}" if direction == "ascending" else column.sort
        made.append(Header(column.name, column.title, wanted.address(sort=to) if to else None, direction))
    return made


async def rows_of(ctx: Ctx, incidents: list[IncidentView], catalogue: Catalogue, asked: str | None = None) -> list[Row]:
    """Incidents as rows; the people whom custom fields name are looked up in one statement."""
    columns = chosen(ctx, catalogue, asked)
    fields = [catalogue.find_field(column.name.removeprefix("custom.")) for column in columns]
    shown = [field for field in fields if field is not None]
    slugs = [field.slug for field in shown if field.type == "user"]
    ids = {known for one in incidents for slug in slugs if (known := parse_id(str(one.custom.get(slug))))}
    names = await access.names(ctx.tx, ids) if ids else {}
    percents = ctx.tenant.settings.warning_percents
    return [
        Row(
            one,
            clock_of(one, percents),
            catalogue.statuses[one.status.id],
            {f"custom.{field.slug}": _text(ctx, field, one.custom.get(field.slug), names) for field in shown},
            columns,
        )
        for one in incidents
    ]


def _text(ctx: Ctx, field: Field, value: Any, names: Mapping[UUID, str]) -> str:
    """A value of a custom field in a list; nothing for none."""
    tongue = pages.speech(ctx)
    if value is None:
        return ""
    if field.type == "boolean":
        return tongue.gettext("Yes") if value else tongue.gettext("No")
    if field.type == "user":
        known = parse_id(str(value))
        return names.get(known, "") if known is not None else ""
    return tongue.date(value) if field.type == "date" else ", ".join(to_form(value))


async def fresh_row(ctx: Ctx, ref: Any) -> Row:
    """The row of an incident as it is now, with the columns of the list that it is for. Raises `NotFound`."""
    shown = await service.show(ctx.tx, ctx.actor, ref)
    there = parse_qs(urlsplit(pages.here(ctx.request)).query)
    return (await rows_of(ctx, [shown], await with_catalogue(ctx), there.get("columns", [None])[-1]))[0]


@page("/incidents/{ref}/row", module=MODULE, permission=SEE)
async def show_row(ctx: Ctx, ref: str) -> Reply:
    """One incident's row, for lists in which it has changed."""
    row = await fresh_row(ctx, ref)
    return pages.render(ctx, "incidents/row.html", row=row, columns=row.columns)


ENDPOINTS = (show_row,)
