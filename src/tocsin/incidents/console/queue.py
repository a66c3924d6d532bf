"""The queue: what is open, by the time left; everything it is narrowed to stands in its address."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from tocsin.access import permissions, service as access
from tocsin.classification.model import Catalogue
from tocsin.incidents import service
from tocsin.incidents.console import filters, rows
from tocsin.incidents.console.common import MODULE, SEE, with_catalogue
from tocsin.incidents.console.in_query import as_query
from tocsin.incidents.console.views import opened
from tocsin.incidents.service.listing import MOST_COUNTED, ListQuery
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, RawQuery, action, get, page

PATH = "/queue"
DENSITIES = ("compact", "normal", "roomy")


@page(PATH, module=MODULE, permission=SEE)
async def show_queue(ctx: Ctx, query: RawQuery) -> Reply:
    """The queue; a page further down is added to the one that is shown."""
    better = filters.canonical(PATH, query)
    if better is not None and ctx.failed is None:
        return pages.redirect(ctx, better)
    catalogue = await with_catalogue(ctx)
    wanted = filters.read(ctx, query, catalogue, PATH)
    found = await filters.find(ctx, wanted)
    corrected = found.corrected if found.corrected is not msgspec.UNSET else None
    asked = wanted.given.get("columns")
    columns = rows.chosen(ctx, catalogue, asked)
    is_more = pages.target(ctx.request) == "more"
    return pages.render(
        ctx,
        "incidents/more.html" if is_more else "incidents/queue.html",
        status=422 if wanted.wrong else None,
        wanted=wanted,
        rows=await rows.rows_of(ctx, found.items, catalogue, asked),
        corrected=corrected,
        listed=wanted.address(q=corrected) if corrected else wanted.address(),
        next_page=_next(wanted, found.next_cursor),
        columns=columns,
        headers=rows.headers(wanted, columns),
        is_new=not found.items and not wanted.is_narrowed and await _is_new(ctx),
        **({} if is_more else await _frame(ctx, wanted, catalogue, corrected)),
    )


async def _is_new(ctx: Ctx) -> bool:
    """Whether nothing was ever reported that the reader may see."""
    return not (await service.list_incidents(ctx.tx, ctx.actor, ListQuery(limit=1))).items


def _next(wanted: filters.Wanted, cursor: str | None) -> str | None:
    return f"{wanted.address(cursor=cursor)}" if cursor is not None else None


async def _frame(ctx: Ctx, wanted: filters.Wanted, catalogue: Catalogue, corrected: str | None) -> dict[str, object]:
    """What stands around the rows; of mistyped words, what was `corrected` is kept as a view."""
    query = as_query(wanted.given | {"q": corrected} if corrected else wanted.given)
    keeping = {"query": query, "sort": wanted.sort, "columns": wanted.given.get("columns")}
    return {
        "view": await opened(ctx, wanted.given.get("view")),
        "query": query,
        "fresh": filters.count_new(ctx, {n: v for n, v in wanted.given.items() if n not in ("cursor", "open")}),
        "keep": f"/views/new?{urlencode({name: value for name, value in keeping.items() if value})}",
        "catalogue": catalogue,
        "chips": filters.chips(ctx, wanted, catalogue),
        "choices": rows.columns_of(catalogue),
        "densities": DENSITIES,
        "sorts": filters.sorts(ctx, wanted),
        "may_change": ctx.actor.can(permissions.UPDATE) or ctx.actor.can(permissions.ASSIGN),
    }


@page(f"{PATH}/count", module=MODULE, permission=SEE)
async def count_queue(ctx: Ctx, query: RawQuery) -> Reply:
    """How many incidents the queue holds as it is narrowed, up to a thousand; brought after the page."""
    wanted = filters.read(ctx, query, await with_catalogue(ctx), PATH)
    asked = msgspec.structs.replace(wanted.query, cursor=None)
    counted = None
    if not wanted.wrong:
        counted = (await service.count_incidents(ctx.tx, ctx.actor, {"queue": asked}))["queue"]
    return pages.render(ctx, "incidents/count.html", counted=counted, most=MOST_COUNTED)


@get("/counts", module=MODULE, permission=SEE, console=True)
async def show_counts(ctx: Ctx) -> dict[str, str]:
    """The figures of the side bar; more than a thousand are said as `1000+`."""
    still_open = ",".join(s.slug for s in (await with_catalogue(ctx)).statuses.values() if s.is_open)
    asked = {
        "open": ListQuery(status=still_open),
        "triage": ListQuery(status=still_open, assigned_to="none"),
        "mine": ListQuery(status=still_open, assigned_to="me"),
    }
    counted = await service.count_incidents(ctx.tx, ctx.actor, asked)
    ctx.headers["Cache-Control"] = "private, no-store"
    return {name: capped(count) for name, count in counted.items()}


def capped(count: int) -> str:
    """A figure beside a word."""
    return str(count) if count <= MOST_COUNTED else f"{MOST_COUNTED}+"


class PeopleQuery(msgspec.Struct, frozen=True):
    """A part of a name; `options` for a field that completes, else buttons to pick one."""

    q: str = ""
    shape: str = "buttons"


@page(f"{PATH}/people", module=MODULE, permission=SEE)
async def show_people(ctx: Ctx, query: PeopleQuery) -> Reply:
    """People and teams, once somebody opens a menu that needs them."""
    people, teams = await people_and_teams(ctx, query.q)
    template = "incidents/options.html" if query.shape == "options" else "incidents/people.html"
    return pages.render(ctx, template, people=people, teams=teams)


async def people_and_teams(ctx: Ctx, part: str) -> tuple[list[object], list[object]]:
    """Active people and teams by a part of their name, a screenful of each."""
    people = await access.find_people(ctx.tx, part, 25)
    teams = await access.list_teams(ctx.tx, access.TeamQuery(q=part.strip()[:200] or None, limit=25))
    return list(people), list(teams.items)


class ColumnsForm(msgspec.Struct, frozen=True):
    """The columns that are ticked, and how far apart rows stand."""

    column: list[str] = []
    density: str | None = None


@action(f"{PATH}/columns", module=MODULE, permission=SEE)
async def choose_columns(ctx: Ctx, data: ColumnsForm) -> Reply:
    """Keep which columns the lists show, and their density."""
    known = [name for name in rows.columns_of(await with_catalogue(ctx)) if name in data.column]
    changes: dict[str, object] = {"columns": known}
    if data.density is not None:
        changes["density"] = data.density
    await access.set_preferences(ctx.tx, ctx.actor, changes)
    return pages.back(ctx, PATH, pages.speech(ctx).gettext("Columns kept"))


ENDPOINTS = (show_queue, count_queue, show_counts, show_people, choose_columns)
