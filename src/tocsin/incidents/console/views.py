"""Saved views: all of them on a page, the pinned ones in the side bar, and one's form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import NotFound
from tocsin.base.paging import MAX_LIMIT
from tocsin.incidents import service
from tocsin.incidents.console import rows
from tocsin.incidents.console.common import MODULE, SEE, with_catalogue
from tocsin.incidents.console.filters import SORTS
from tocsin.incidents.model import View
from tocsin.incidents.service.listing import MOST_COUNTED
from tocsin.incidents.service.views import NewView, ViewChange
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

PATH = "/views"
QUEUE = "/queue"
SCOPES = {"private": N_("Only me"), "team": N_("A team"), "tenant": N_("Everybody")}


@dataclass(frozen=True, slots=True)
class Shown:
    """A view, where it leads, and its count in words."""

    view: View
    address: str
    count: str


class ViewForm(msgspec.Struct, frozen=True, kw_only=True):
    """A view as its form has it. `column` are the ticked ones."""

    name: str = ""
    query: str = ""
    sort: str = "-updated_at"
    column: list[str] = []
    scope: str = "private"
    team: str | None = None
    pinned: bool = False


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a new view begins with: a list's query, sort and columns (with commas between)."""

    query: str = ""
    sort: str = "-updated_at"
    columns: str = ""


class PinForm(msgspec.Struct, frozen=True):
    """Whether the view shall stand in the side bar."""

    pinned: bool = False


def address(view: View) -> str:
    """The queue as a view has it."""
    given = {
        "status": "any",
        "q": view.query,
        "sort": view.sort,
        "columns": ",".join(view.columns),
        "view": str(view.id),
    }
    return f"{QUEUE}?{urlencode({name: value for name, value in given.items() if value}, safe=',:')}"


def _shown(view: View) -> Shown:
    count = "" if view.count is None else str(view.count) if view.count <= MOST_COUNTED else f"{MOST_COUNTED}+"
    return Shown(view, address(view), count)


@page(PATH, module=MODULE, permission=SEE)
async def show_views(ctx: Ctx) -> Reply:
    """Every view that one may use, with what it finds now."""
    found = await service.count_views(ctx.tx, ctx.actor, (await service.list_views(ctx.tx, ctx.actor))[:200])
    return pages.render(ctx, "incidents/views.html", views=[_shown(view) for view in found], scopes=SCOPES)


@page(f"{PATH}/side", module=MODULE, permission=SEE)
async def show_side(ctx: Ctx) -> Reply:
    """The pinned views with their counts, for the side bar."""
    found = await service.count_views(ctx.tx, ctx.actor, await service.list_views(ctx.tx, ctx.actor, only_pinned=True))
    return pages.render(ctx, "incidents/side.html", views=[_shown(view) for view in found])


@page(f"{PATH}/new", module=MODULE, permission=SEE)
async def show_new(ctx: Ctx, query: Begun) -> Reply:
    """The form for a new view, begun with what a list is narrowed to."""
    return await _form(ctx, None, query)


@page(f"{PATH}/{{view}}", module=MODULE, permission=SEE)
async def show_view(ctx: Ctx, view: str) -> Reply:
    """A view, ready to be changed; who may not change it is led to what it shows."""
    found = await service.get_view(ctx.tx, ctx.actor, view)
    if not found.may_change:
        return pages.redirect(ctx, address(found))
    return await _form(ctx, found, Begun())


async def _form(ctx: Ctx, view: View | None, begun: Begun) -> Reply:
    _ = pages.speech(ctx).gettext
    catalogue = await with_catalogue(ctx)
    manages = ctx.actor.can(permissions.SETTINGS_MANAGE)
    held = view.team.id if view is not None and view.team is not None else None
    teams = [
        team
        for team in (await access.list_teams(ctx.tx, TeamQuery(limit=MAX_LIMIT))).items
        if manages or team.id == held or any(member.id == ctx.actor.id for member in team.members)
    ]
    may = {"private": True, "team": bool(teams), "tenant": manages}
    scopes = [name for name in SCOPES if may[name]]
    if view is not None and view.scope not in scopes:
        scopes.append(view.scope)
    values: dict[str, Any] = {
        "name": view.name if view else "",
        "query": view.query if view else begun.query,
        "sort": view.sort if view else begun.sort,
        "columns": view.columns if view else begun.columns.split(","),
        "scope": view.scope if view else "private",
        "team": str(view.team.id) if view and view.team else "",
    }
    sorts = [
        (way + name, _(text) + (_(" (reversed)") if way else "")) for name, text in SORTS.items() for way in ("", "-")
    ]
    return pages.render(
        ctx,
        "incidents/view.html",
        view=view,
        address=address(view) if view else None,
        values=values,
        sorts=sorts,
        scopes=[(name, _(SCOPES[name])) for name in scopes],
        teams=[(str(team.id), team.name) for team in teams],
        choices=rows.columns_of(catalogue),
    )


@action(PATH, module=MODULE, permission=SEE)
async def add(ctx: Ctx, data: ViewForm) -> Reply:
    """Save a view, and go to what it shows."""
    _ = pages.speech(ctx).gettext
    team = await _team(ctx, data)
    new = msgspec.convert({**_given(data), "team": team, "is_pinned": data.pinned}, NewView, strict=True)
    made = await service.add_view(ctx.tx, ctx.actor, new)
    return pages.redirect(ctx, address(made), _("The view %(name)s is saved.", name=made.name))


@action(f"{PATH}/{{view}}", module=MODULE, permission=SEE)
async def change(ctx: Ctx, view: str, data: ViewForm) -> Reply:
    """Change a view."""
    _ = pages.speech(ctx).gettext
    team = await _team(ctx, data)
    made = await service.change_view(
        ctx.tx, ctx.actor, view, msgspec.convert({**_given(data), "team": team}, ViewChange, strict=True)
    )
    return pages.redirect(ctx, address(made), _("The view %(name)s is saved.", name=made.name))


async def _team(ctx: Ctx, data: ViewForm) -> str | None:
    """The team to share with; one that stands in the form beside another scope is looked at, and left out."""
    if data.team is None:
        return None
    found = await access.find_team(ctx.tx, data.team, "team")
    return str(found.id) if data.scope == "team" else None


def _given(data: ViewForm) -> dict[str, Any]:
    scope = data.scope if data.scope in SCOPES else "private"
    return {"name": data.name[:200], "query": data.query, "sort": data.sort, "columns": data.column, "scope": scope}


@action(f"{PATH}/{{view}}/delete", module=MODULE, permission=SEE)
async def remove(ctx: Ctx, view: str, data: NoFields) -> Reply:
    """Delete a view."""
    _ = pages.speech(ctx).gettext
    found = await service.get_view(ctx.tx, ctx.actor, view)
    await service.delete_view(ctx.tx, ctx.actor, view)
    return pages.redirect(ctx, PATH, _("The view %(name)s is deleted.", name=found.name))


@action(f"{PATH}/{{view}}/pin", module=MODULE, permission=SEE)
async def pin(ctx: Ctx, view: str, data: PinForm) -> Reply:
    """Put a view into the side bar, or take it out."""
    _ = pages.speech(ctx).gettext
    found = await service.pin_view(ctx.tx, ctx.actor, view, pinned=data.pinned)
    said = _("%(name)s stands in your side bar.") if data.pinned else _("%(name)s left your side bar.")
    return pages.back(ctx, PATH, said % {"name": found.name})


async def opened(ctx: Ctx, ref: str | None) -> View | None:
    """The view that an address belongs to, as long as it is there."""
    if ref is None:
        return None
    try:
        return await service.get_view(ctx.tx, ctx.actor, ref)
    except NotFound:
        return None


ENDPOINTS = (show_views, show_side, show_new, show_view, add, change, remove, pin)
