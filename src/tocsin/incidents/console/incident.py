"""The page of an incident: whole, beside the queue, on paper, or one part of it."""

from __future__ import annotations

from tocsin.base.errors import NotFound
from tocsin.incidents import service
from tocsin.incidents.console import moments
from tocsin.incidents.console.common import MODULE, SEE
from tocsin.incidents.console.hero import Hero, heroes
from tocsin.incidents.console.subject import MOVE, IncidentPage, IncidentQuery, choices, fill_in, open_page
from tocsin.incidents.console.timeline import tell_story
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

PEOPLE_FORMS = ("assign", "delegate", "watch", "hand-over")
"""Forms in which a person is chosen: only then are people read."""
OWN_FORMS = (*PEOPLE_FORMS, "resolve", "close", "reopen")
PLACES = ("acts", "more", "clocks", "progress", "tasks", "timeline", "composer", "side", "files", "do")
PARTS = {"timeline": "timeline", "older": "timeline", "tasks": "tasks"}
"""An element that the browser asks for anew, and the place that fills it."""


@page("/incidents/{ref}", module=MODULE, permission=SEE)
async def show_incident(ctx: Ctx, ref: str, query: IncidentQuery) -> Reply:
    """An incident."""
    try:
        found = await open_page(ctx, ref, query)
    except NotFound:
        incident = await service.find_deleted(ctx.tx, ctx.actor, ref)
        return pages.render(ctx, "incidents/deleted.html", incident=incident)
    asked = pages.target(ctx.request) if pages.is_part(ctx.request) and ctx.failed is None else ""
    if asked == "incident-do":
        return await _dialog(ctx, found)
    if found.has(name := asked.removeprefix("field-")):
        return _field(ctx, found, name)
    if asked in PARTS or asked.startswith("task-"):
        return await _part(ctx, found, PARTS.get(asked, "tasks"))
    return await _whole(ctx, found, "incidents/incident.html")


@page("/incidents/{ref}/pane", module=MODULE, permission=SEE)
async def show_pane(ctx: Ctx, ref: str, query: IncidentQuery) -> Reply:
    """An incident beside the queue."""
    found = await open_page(ctx, ref, query, small=True)
    asked = pages.target(ctx.request) if pages.is_part(ctx.request) and ctx.failed is None else ""
    if asked == "incident-do":
        return await _dialog(ctx, found)
    if found.has(name := asked.removeprefix("field-")):
        return _field(ctx, found, name)
    if asked in PARTS:
        return await _part(ctx, found, PARTS[asked])
    template = "incidents/pane.html" if pages.is_part(ctx.request) else "incidents/incident.html"
    return await _whole(ctx, found, template)


@page("/incidents/{ref}/print", module=MODULE, permission=SEE)
async def show_print(ctx: Ctx, ref: str, query: IncidentQuery) -> Reply:
    """An incident for paper: everything unfolded, nothing to press."""
    found = await open_page(ctx, ref, query, printed=True)
    return await _whole(ctx, found, "incidents/incident.html")


def _field(ctx: Ctx, found: IncidentPage, name: str) -> Reply:
    return pages.render(
        ctx, "incidents/field.html", page=found, name=name, due=moments.to_field(ctx, found.view.due_at)
    )


async def _whole(ctx: Ctx, found: IncidentPage, template: str) -> Reply:
    places = ("timeline", "composer", "acts", "more", "do") if found.small else PLACES
    filled = await fill_in(ctx, found, places)
    if not filled["timeline"]:
        filled["timeline"] = [await tell_story(ctx, found, None)]
    return pages.render(
        ctx,
        template,
        page=found,
        filled={place: filled.get(place, []) for place in PLACES},
        clocks=_clocks(ctx, found),
        choice=await choices(ctx, found) if _lists_people(found) else None,
        due=moments.to_field(ctx, found.view.due_at),
        open_parts=await _open_parts(ctx, found),
        merge_undo=await service.merge_operation(ctx.tx, ctx.actor, found.incident),
    )


def _clocks(ctx: Ctx, found: IncidentPage) -> list[Hero]:
    """Both clocks; none of one that was merged, whose clocks are cancelled."""
    if found.view.merged_into is not None:
        return []
    return heroes(found.view, ctx.tx.now, ctx.tenant.settings.warning_percents)


async def _open_parts(ctx: Ctx, found: IncidentPage) -> int:
    """How many open incidents would end with this one, if its form asks for that."""
    asks = found.do in ("resolve", "close") and found.sees_all
    return await service.count_open_parts(ctx.tx, ctx.actor, found.incident.id) if asks else 0


def _lists_people(found: IncidentPage) -> bool:
    """Whether the form that stands open lets choose a person or team."""
    demanded = found.needs is not None and {"team", "assigned_to"} & set(found.needs.fields)
    return found.do in PEOPLE_FORMS or bool(demanded)


async def _dialog(ctx: Ctx, found: IncidentPage) -> Reply:
    filled = (
        await fill_in(ctx, found, ("do",))
        if found.do not in OWN_FORMS and not found.do.startswith(MOVE)
        else {"do": []}
    )
    choice = await choices(ctx, found) if _lists_people(found) else None
    open_parts = await _open_parts(ctx, found)
    return pages.render(
        ctx, "incidents/incident_do.html", page=found, filled=filled, choice=choice, open_parts=open_parts
    )


async def _part(ctx: Ctx, found: IncidentPage, place: str) -> Reply:
    filled = (await fill_in(ctx, found, (place,)))[place]
    if not filled and place == "timeline":
        filled = [await tell_story(ctx, found, None)]
    return pages.render(ctx, "incidents/part.html", parts=filled)


ENDPOINTS = (show_incident, show_pane, show_print)
