"""Changing one field of an incident where it stands: the menu of what it may become, and the change itself.

With a script the menu opens beside the row, and the answer is the changed row with a toast that takes it back; without one
the menu is a page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from tocsin.access import permissions
from tocsin.incidents import service
from tocsin.incidents.console.acts import PriorityForm, undo_of
from tocsin.incidents.console.common import MODULE, with_catalogue
from tocsin.incidents.console.queue import PeopleQuery, people_and_teams
from tocsin.incidents.console.rows import fresh_row
from tocsin.incidents.model import IncidentView
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

BASE = "/incidents/{ref}/pick"
Field = Literal["status", "priority", "category", "owner", "team"]
"""What of an incident a list can change in place."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something a field may become; `entry` is what its mark is drawn from."""

    value: str
    text: str
    entry: Any = None
    is_current: bool = False
    asks: bool = False
    """Whether something is to be filled in first, in a form of the incident's page."""


class StatusForm(msgspec.Struct, frozen=True):
    """The status to go to."""

    status: str


class CategoryForm(msgspec.Struct, frozen=True):
    """The category to set; none takes it off."""

    category: str | None = None


class OwnerForm(msgspec.Struct, frozen=True):
    """A person, a team, or nobody."""

    user: str | None = None
    team: str | None = None


# ------------------------------------------------------------------------------------------------------------- menus


@page(f"{BASE}/status", module=MODULE, permission=permissions.UPDATE)
async def pick_status(ctx: Ctx, ref: str) -> Reply:
    """The statuses that an incident may go to."""
    incident, record = await service.look(ctx.tx, ctx.actor, ref)
    catalogue = await with_catalogue(ctx)
    options = []
    for status in sorted(catalogue.statuses.values(), key=lambda status: status.sort_order):
        if status.id == incident.status.id:
            options.append(Option(status.slug, status.name, status, is_current=True))
        elif status.is_active and not incident.status.is_terminal and catalogue.allowed(record.status.id, status.id):
            wanted = service.asked_for(catalogue, record, status)
            if wanted.permission is None or ctx.actor.can(wanted.permission):
                options.append(Option(status.slug, status.name, status, asks=wanted.asks))
    return pages.render(ctx, "incidents/pick.html", incident=incident, what="status", options=options)


@page(f"{BASE}/priority", module=MODULE, permission=permissions.UPDATE)
async def pick_priority(ctx: Ctx, ref: str) -> Reply:
    """The priorities that there are."""
    incident = await service.show(ctx.tx, ctx.actor, ref)
    found = sorted((await with_catalogue(ctx)).priorities.values(), key=lambda priority: priority.level)
    options = [
        Option(priority.slug, priority.name, priority, is_current=priority.id == incident.priority.id)
        for priority in found
        if priority.is_active or priority.id == incident.priority.id
    ]
    return pages.render(ctx, "incidents/pick.html", incident=incident, what="priority", options=options)


@page(f"{BASE}/category", module=MODULE, permission=permissions.UPDATE)
async def pick_category(ctx: Ctx, ref: str) -> Reply:
    """The categories that there are, and none."""
    incident = await service.show(ctx.tx, ctx.actor, ref)
    mine = incident.category.id if incident.category is not None else None
    found = [c for c in (await with_catalogue(ctx)).categories.values() if c.is_active or c.id == mine]
    options = [Option(c.slug, c.name, c, is_current=c.id == mine) for c in sorted(found, key=lambda c: c.name.lower())]
    options.append(Option("", pages.speech(ctx).gettext("No category"), is_current=mine is None))
    return pages.render(ctx, "incidents/pick.html", incident=incident, what="category", options=options)


@page(f"{BASE}/owner", module=MODULE, permission=permissions.ASSIGN)
async def pick_owner(ctx: Ctx, ref: str, query: PeopleQuery) -> Reply:
    """Who may own an incident: oneself, people and teams."""
    incident = await service.show(ctx.tx, ctx.actor, ref)
    people, teams = await people_and_teams(ctx, query.q)
    return pages.render(
        ctx,
        "incidents/pick.html",
        incident=incident,
        what="owner",
        options=[],
        people=people,
        teams=teams,
        part=query.q,
    )


# ----------------------------------------------------------------------------------------------------------- changes


@action(f"{BASE}/status", module=MODULE, permission=permissions.UPDATE)
async def set_status(ctx: Ctx, ref: str, data: StatusForm) -> Reply:
    """Move an incident to another status."""
    before = await service.show(ctx.tx, ctx.actor, ref)
    await service.transition(ctx.tx, ctx.actor, ref, data.status)
    return await changed(ctx, before, "status")


@action(f"{BASE}/priority", module=MODULE, permission=permissions.UPDATE)
async def set_priority(ctx: Ctx, ref: str, data: PriorityForm) -> Reply:
    """Set another priority."""
    before = await service.show(ctx.tx, ctx.actor, ref)
    await service.update(ctx.tx, ctx.actor, ref, service.Change(priority=data.priority))
    return await changed(ctx, before, "priority")


@action(f"{BASE}/category", module=MODULE, permission=permissions.UPDATE)
async def set_category(ctx: Ctx, ref: str, data: CategoryForm) -> Reply:
    """Set another category, or none."""
    before = await service.show(ctx.tx, ctx.actor, ref)
    await service.update(ctx.tx, ctx.actor, ref, service.Change(category=data.category))
    return await changed(ctx, before, "category")


@action(f"{BASE}/owner", module=MODULE, permission=permissions.ASSIGN)
async def set_owner(ctx: Ctx, ref: str, data: OwnerForm) -> Reply:
    """Give an incident to a person or a team, or take its owner off."""
    before = await service.show(ctx.tx, ctx.actor, ref)
    if data.user is None and data.team is None:
        await service.unassign(ctx.tx, ctx.actor, ref)
    else:
        await service.assign(ctx.tx, ctx.actor, ref, user=data.user, team=data.team)
    return await changed(ctx, before, "owner" if data.team is None else "team")


async def changed(ctx: Ctx, before: IncidentView, what: Field) -> Reply:
    """The answer after a change: its row and a toast where a list asks for it, else back to where the form stood.

    Scripts hear of it as the event `tocsin:changed` with the incident's id and reference.
    """
    row = await fresh_row(ctx, before.id)
    undo = undo_of(ctx) if value_of(row.incident, what) != value_of(before, what) else None
    said = say(ctx, row.incident, what) if undo is not None else None
    if not pages.is_part(ctx.request):
        return pages.back(ctx, f"/incidents/{before.reference_code}", said, undo)
    news = {"incident": str(before.id), "reference_code": before.reference_code}
    ctx.headers["HX-Trigger"] = json.dumps({"tocsin:changed": news})
    return pages.render(
        ctx,
        "incidents/changed.html",
        rows=[row],
        columns=row.columns,
        said=said,
        undo=undo,
        refused=[],
    )


def value_of(incident: IncidentView, what: Field) -> str:
    """A field as its form takes it: a slug or an id, empty for none."""
    if what == "status":
        return incident.status.slug
    if what == "priority":
        return incident.priority.slug
    if what == "category":
        return incident.category.slug if incident.category is not None else ""
    named = incident.assigned_to if what == "owner" else incident.team
    return str(named.id) if named is not None else ""


def say(ctx: Ctx, incident: IncidentView, what: Field) -> str:
    """What has just been done to one incident, in a few words."""
    _ = pages.speech(ctx).gettext
    code = incident.reference_code
    if what == "status":
        return _("%(code)s is %(status)s now", code=code, status=incident.status.name)
    if what == "priority":
        return _("%(code)s has priority %(priority)s", code=code, priority=incident.priority.name)
    if what == "category":
        if incident.category is None:
            return _("%(code)s has no category", code=code)
        return _("%(code)s is filed under %(category)s", code=code, category=incident.category.name)
    named = incident.assigned_to if what == "owner" else incident.team
    if named is None:
        return _("%(code)s belongs to nobody", code=code)
    return _("%(code)s to %(name)s", code=code, name=named.name)


ENDPOINTS = (
    *(pick_status, pick_priority, pick_category, pick_owner),
    *(set_status, set_priority, set_category, set_owner),
)
