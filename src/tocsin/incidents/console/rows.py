"""Rows of the lists of incidents: the columns that a reader chose, headers that sort, and one row alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tocsin.classification.model import Catalogue, Status
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


@dataclass(frozen=True, slots=True)
class Header:
    """A column's heading: where a click leads, and how the list is sorted by it now (as `aria-sort` says it)."""

    name: str
    title: str
    href: str | None
    direction: str | None


def chosen(ctx: Ctx) -> list[Column]:
    """The columns that the reader sees: those of their choice that there are, else the usual ones."""
    wanted = ctx.person.preferences.get("columns")
    names = set(wanted if isinstance(wanted, list) else USUAL) | {"title"}
    return [column for name, column in COLUMNS.items() if name in names]


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


def row_of(ctx: Ctx, incident: IncidentView, catalogue: Catalogue) -> Row:
    """An incident as a row."""
    clock = clock_of(incident, ctx.tenant.settings.warning_percents)
    return Row(incident, clock, catalogue.statuses[incident.status.id])


def rows_of(ctx: Ctx, incidents: list[IncidentView], catalogue: Catalogue) -> list[Row]:
    """Incidents as rows."""
    return [row_of(ctx, incident, catalogue) for incident in incidents]


async def fresh_row(ctx: Ctx, ref: Any) -> Row:
    """The row of an incident as it is now. Raises `NotFound`."""
    return row_of(ctx, await service.show(ctx.tx, ctx.actor, ref), await with_catalogue(ctx))


@page("/incidents/{ref}/row", module=MODULE, permission=SEE)
async def show_row(ctx: Ctx, ref: str) -> Reply:
    """One incident's row, for lists in which it has changed."""
    row = await fresh_row(ctx, ref)
    return pages.render(ctx, "incidents/row.html", row=row, columns=chosen(ctx))


ENDPOINTS = (show_row,)
