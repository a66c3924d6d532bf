"""The room of a major incident: who leads, what is said when, its parts with their states, and the review afterwards."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta

from tocsin.access import permissions, service as access
from tocsin.classification import service as classification
from tocsin.collaboration.console.sentences import ROLES, STAGES
from tocsin.collaboration.model import TaskChange
from tocsin.collaboration.service import ListQuery, major
from tocsin.collaboration.service.major.shapes import (
    TEXTS,
    Declaration,
    Major,
    NewRoles,
    NewUpdate,
    ReviewChange,
    Stage,
)
from tocsin.incidents import service as incidents
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE
from tocsin.incidents.console.subject import IncidentPage
from tocsin.incidents.model import Incident
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "collaboration"
ROOM = f"{ONE}/major"
MOST = 200
"""So many updates stand in the room, and so many people in a list to choose from."""
REVIEW = {
    "summary": N_("Summary"),
    "impact": N_("Impact"),
    "root_cause": N_("Root cause"),
    "went_well": N_("What went well"),
    "went_wrong": N_("What went wrong"),
}
Note = Annotated[str, Meta(max_length=10_000)]


class DeclareForm(msgspec.Struct, frozen=True, kw_only=True):
    """Why it is a major incident."""

    reason: Note = ""


class RolesForm(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes which role; left empty it is nobody's."""

    commander: str | None = None
    communications: str | None = None
    scribe: str | None = None


class UpdateForm(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands, in which stage, and who reads it."""

    body: str = ""
    stage: Stage | None = None
    is_internal: bool = False


class StandDownForm(msgspec.Struct, frozen=True, kw_only=True):
    """A word on why."""

    note: Note | None = None


class ReviewForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was learnt."""

    summary: str | None = None
    impact: str | None = None
    root_cause: str | None = None
    went_well: str | None = None
    went_wrong: str | None = None


class ActionForm(msgspec.Struct, frozen=True, kw_only=True):
    """A task that came of the review."""

    title: str = ""
    assigned_to: str | None = None
    due_at: str | None = None


@page(ROOM, module=MODULE, permission=permissions.VIEW)
async def show_room(ctx: Ctx, ref: str) -> Reply:
    """The room of a major incident."""
    incident = await incidents.see(ctx.tx, ctx.actor, ref)
    found = await major.find_major(ctx.tx, ctx.actor, incident.id)
    values: dict[str, Any] = {"incident": incident, "major": found}
    if found is not None:
        values |= await _room(ctx, incident, found)
    return pages.render(ctx, "collaboration/major.html", **values)


async def _room(ctx: Ctx, incident: Incident, found: Major) -> dict[str, Any]:
    newest = ListQuery(order="-created_at", limit=MOST)
    is_active = found.state == "active"
    may_lead = is_active and ctx.actor.can(permissions.ESCALATE)
    may_act = ctx.actor.can(permissions.TASKS_MANAGE)
    people = await access.people_to_choose(ctx.tx) if may_lead or may_act else []
    named = [(str(one.id), one.name) for one in people]
    held = [one for one in msgspec.structs.astuple(found.roles) if one is not None]
    gone = {str(one.id): one.name for one in held if str(one.id) not in dict(named)}
    return {
        "updates": (await major.list_updates(ctx.tx, ctx.actor, incident.id, newest)).items,
        "actions": await major.list_actions(ctx.tx, ctx.actor, incident.id),
        "statuses": (await classification.catalogue(ctx.tx)).statuses,
        "roles": ROLES,
        "stages": STAGES,
        "texts": REVIEW,
        "people": named,
        "leaders": [*named, *gone.items()],
        "may_lead": may_lead,
        "may_say": is_active and ctx.actor.can(permissions.UPDATE),
        "may_review": not is_active and ctx.actor.can(permissions.UPDATE),
        "may_act": may_act,
    }


async def _of(ctx: Ctx, subject: IncidentPage) -> Major | None:
    """The major incident of a page, read once for its parts."""
    key = f"major of {subject.incident.id}"
    if key not in ctx.tx.memo:
        ctx.tx.memo[key] = await major.find_major(ctx.tx, ctx.actor, subject.incident.id)
    found: Major | None = ctx.tx.memo[key]
    return found


async def draw_banner(ctx: Ctx, subject: IncidentPage) -> str:
    """That it is a major incident now, where everybody sees it first."""
    found = await _of(ctx, subject)
    if found is None or found.state != "active":
        return ""
    return pages.text(ctx, "collaboration/major_banner.html", page=subject, major=found, stages=STAGES)


async def draw_side(ctx: Ctx, subject: IncidentPage) -> str:
    """On the incident's own page: that it is a major one, in which stage, who leads, and the way to its room."""
    found = await _of(ctx, subject)
    may_declare = subject.incident.is_open and not subject.printed and ctx.actor.can(permissions.ESCALATE)
    if found is None and not may_declare:
        return ""
    return pages.text(
        ctx, "collaboration/major_side.html", page=subject, major=found, may_declare=may_declare, stages=STAGES
    )


async def draw_dialog(ctx: Ctx, subject: IncidentPage) -> str:
    """The form that declares it, where the address asks for it."""
    if subject.do != "major" or not subject.incident.is_open:
        return ""
    return pages.text(ctx, "collaboration/major_form.html", page=subject)


def _back(ctx: Ctx, ref: str, said: str) -> Reply:
    return pages.redirect(ctx, f"/incidents/{ref}/major", said)


@action(ROOM, module=MODULE, permission=permissions.ESCALATE)
async def declare(ctx: Ctx, ref: str, data: DeclareForm) -> Reply:
    """Declare it a major incident, and enter its room."""
    await major.declare(ctx.tx, ctx.actor, ref, Declaration(reason=data.reason))
    return _back(ctx, ref, pages.speech(ctx).gettext("It is a major incident now"))


@action(f"{ROOM}/roles", module=MODULE, permission=permissions.ESCALATE)
async def set_roles(ctx: Ctx, ref: str, data: RolesForm) -> Reply:
    """Give the roles to people."""
    await major.set_roles(ctx.tx, ctx.actor, ref, NewRoles(**msgspec.structs.asdict(data)))
    return _back(ctx, ref, pages.speech(ctx).gettext("The roles are given"))


@action(f"{ROOM}/updates", module=MODULE, permission=permissions.UPDATE)
async def post_update(ctx: Ctx, ref: str, data: UpdateForm) -> Reply:
    """Say how it stands."""
    _ = pages.speech(ctx).gettext
    given = NewUpdate(body=data.body, stage=data.stage, is_internal=data.is_internal)
    await major.post_update(ctx.tx, ctx.actor, ref, given)
    return _back(ctx, ref, _("The team knows") if data.is_internal else _("The update is out"))


@action(f"{ROOM}/stand-down", module=MODULE, permission=permissions.ESCALATE)
async def stand_down(ctx: Ctx, ref: str, data: StandDownForm) -> Reply:
    """It is no major incident any more."""
    await major.stand_down(ctx.tx, ctx.actor, ref, data.note)
    return _back(ctx, ref, pages.speech(ctx).gettext("Stood down; the review may be written"))


@action(f"{ROOM}/review", module=MODULE, permission=permissions.UPDATE)
async def write_review(ctx: Ctx, ref: str, data: ReviewForm) -> Reply:
    """Keep what was learnt."""
    given = {name: (getattr(data, name) or "").strip() or None for name in TEXTS}
    await major.write_review(ctx.tx, ctx.actor, ref, ReviewChange(**given))
    return _back(ctx, ref, pages.speech(ctx).gettext("The review is kept"))


@action(f"{ROOM}/review/actions", module=MODULE, permission=permissions.TASKS_MANAGE)
async def add_action(ctx: Ctx, ref: str, data: ActionForm) -> Reply:
    """Add a task that came of the review."""
    given = TaskChange(
        title=data.title,
        assigned_to=data.assigned_to if data.assigned_to is not None else UNSET,
        due_at=moments.from_field(ctx, data.due_at, "due_at"),
    )
    await major.add_action(ctx.tx, ctx.actor, ref, given)
    return _back(ctx, ref, pages.speech(ctx).gettext("The task is added"))


ENDPOINTS = (show_room, declare, set_roles, post_update, stand_down, write_review, add_action)
