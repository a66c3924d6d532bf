"""`/incidents` and what is done to one: thin routes, each one verb."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.incidents import service
from tocsin.incidents.model import Found, IncidentView, NewIncident
from tocsin.incidents.service.listing import ListQuery
from tocsin.incidents.service.verbs import Assign, Delegate, Transition, Unassign, WithNote
from tocsin.web.routes import Ctx, Nothing, delete, get, post, put

BASE = "/api/incidents/v1/incidents"
MODULE = "incidents"
ONE = f"{BASE}/{{ref}}"


class CreateIncident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new incident. References are ids or slugs; `assigned_to` and `team` take the right to assign.

    `custom` holds values of the organisation's own fields by slug.
    """

    title: str
    description: str | None = None
    category: str | None = None
    priority: str | None = None
    status: str | None = None
    assigned_to: str | None = None
    team: str | None = None
    impact: str | None = None
    metadata: dict[str, Any] | None = None
    custom: dict[str, Any] | None = None
    tags: list[str] | None = None
    due_at: datetime | None = None
    source: Literal["email", "web", "api"] = "api"


class Ending(WithNote, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on why, what the transition demands, and whether it goes for all open incidents below this one too."""

    children: bool = False


async def answer(ctx: Ctx, incident_id: str | UUID) -> IncidentView:
    """The incident with its ETag: what reading and every workflow route answers."""
    shown = await service.show(ctx.tx, ctx.actor, incident_id)
    ctx.version = shown.version
    name_operation(ctx)
    return shown


def name_operation(ctx: Ctx) -> None:
    """Name the operation by which what was just done can be undone, if it can."""
    operation = service.recorded(ctx.tx)
    if operation is not None:
        ctx.headers["Operation-Id"] = str(operation)


class ShapeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` names the fields to answer, `include` what to add; both separate names by commas."""

    fields: str | None = None
    include: str | None = None


class ShapedListQuery(ListQuery, frozen=True, kw_only=True):
    """The list's parameters, `fields` to answer some fields only, and `include` to add what belongs to each incident."""

    fields: str | None = None
    include: str | None = None


@get(BASE, module=MODULE, permission=permissions.MEMBER)
async def list_incidents(ctx: Ctx, query: ShapedListQuery) -> Found:
    """Incidents by filters and sort, a page at a time.

    `fields=id,title` answers these fields only. `include=tasks,comments` adds the first 50 of each kind (tasks, comments,
    attachments, progress, watchers) as a list of that name, in the shape and order of the address `…/incidents/{ref}/tasks`;
    `more` names the kinds of which there are more.
    """
    shape = service.shape_of(ctx.tx, ctx.actor, query.fields, query.include)
    return await service.list_incidents(ctx.tx, ctx.actor, query, shape)


@post(BASE, module=MODULE, permission=permissions.CREATE, status=201)
async def create_incident(ctx: Ctx, data: CreateIncident) -> IncidentView:
    """Create an incident."""
    values = ((name, getattr(data, name)) for name in data.__struct_fields__)
    new = NewIncident(**{name: value for name, value in values if value is not None})
    incident_id = await service.create(ctx.tx, ctx.actor, new)
    ctx.created(f"{BASE}/{incident_id}")
    return await answer(ctx, incident_id)


@get(ONE, module=MODULE, permission=permissions.MEMBER, etag=True)
async def get_incident(ctx: Ctx, ref: str, query: ShapeQuery) -> IncidentView:
    """One incident, by id or reference code.

    `fields` and `include` shape it as in the list. With `If-None-Match` and the `ETag` of the last answer it is sent only
    if anything about it is another.
    """
    shape = service.shape_of(ctx.tx, ctx.actor, query.fields, query.include)
    shown = await answer(ctx, ref)
    in_shape: IncidentView = await service.shaped(ctx.tx, ctx.actor, shown, shape)
    return in_shape


@put(ONE, module=MODULE, permission=permissions.UPDATE, etag=True)
async def update_incident(ctx: Ctx, ref: str, data: service.Change) -> IncidentView:
    """Change the given fields; If-Match guards against somebody else's change."""
    return await answer(ctx, await service.update(ctx.tx, ctx.actor, ref, data))


@delete(ONE, module=MODULE, permission=permissions.DELETE, etag=True)
async def delete_incident(ctx: Ctx, ref: str) -> None:
    """Delete an incident softly; If-Match guards a change that the caller has not seen."""
    await service.delete(ctx.tx, ctx.actor, ref)
    name_operation(ctx)


@post(f"{ONE}/restore", module=MODULE, permission=permissions.DELETE)
async def restore_incident(ctx: Ctx, ref: str, data: Nothing) -> IncidentView:
    """Bring a deleted incident back."""
    return await answer(ctx, await service.restore(ctx.tx, ctx.actor, ref))


@post(f"{ONE}/assign", module=MODULE, permission=permissions.ASSIGN)
async def assign_incident(ctx: Ctx, ref: str, data: Assign) -> IncidentView:
    """Give it to a person, a team, or both."""
    incident_id = await service.assign(
        ctx.tx, ctx.actor, ref, user=data.user, team=data.team, capacity=data.capacity, note=data.note
    )
    return await answer(ctx, incident_id)


@post(f"{ONE}/unassign", module=MODULE, permission=permissions.ASSIGN)
async def unassign_incident(ctx: Ctx, ref: str, data: Unassign) -> IncidentView:
    """Take the owner, or the person named, off."""
    return await answer(ctx, await service.unassign(ctx.tx, ctx.actor, ref, user=data.user, note=data.note))


@post(f"{ONE}/delegate", module=MODULE, permission=(permissions.DELEGATE, permissions.ASSIGN))
async def delegate_incident(ctx: Ctx, ref: str, data: Delegate) -> IncidentView:
    """Hand one's own work to somebody."""
    incident_id = await service.delegate(ctx.tx, ctx.actor, ref, user=data.user, note=data.note, until=data.until)
    return await answer(ctx, incident_id)


@post(f"{ONE}/recall", module=MODULE, permission=(permissions.DELEGATE, permissions.ASSIGN))
async def recall_incident(ctx: Ctx, ref: str, data: Nothing) -> IncidentView:
    """Take delegated work back."""
    return await answer(ctx, await service.recall(ctx.tx, ctx.actor, ref))


@post(f"{ONE}/acknowledge", module=MODULE, permission=permissions.UPDATE)
async def acknowledge_incident(ctx: Ctx, ref: str, data: Nothing) -> IncidentView:
    """Say that it is seen; a second time changes nothing."""
    return await answer(ctx, await service.acknowledge(ctx.tx, ctx.actor, ref))


@post(f"{ONE}/unacknowledge", module=MODULE, permission=permissions.UPDATE)
async def unacknowledge_incident(ctx: Ctx, ref: str, data: Nothing) -> IncidentView:
    """Take the acknowledgement back: what it stopped goes on."""
    return await answer(ctx, await service.unacknowledge(ctx.tx, ctx.actor, ref))


@post(f"{ONE}/transition", module=MODULE, permission=permissions.UPDATE)
async def transition_incident(ctx: Ctx, ref: str, data: Transition) -> IncidentView:
    """Move to another status as the tenant's table allows."""
    return await answer(
        ctx, await service.transition(ctx.tx, ctx.actor, ref, data.status, note=data.note, fields=data.fields)
    )


@post(f"{ONE}/resolve", module=MODULE, permission=permissions.UPDATE)
async def resolve_incident(ctx: Ctx, ref: str, data: Ending) -> IncidentView:
    """Resolve it; both clocks stop. With `children` all open incidents below it are resolved too, or none is."""
    verb = service.resolve_family if data.children else service.resolve
    return await answer(ctx, await verb(ctx.tx, ctx.actor, ref, data.note, fields=data.fields))


@post(f"{ONE}/close", module=MODULE, permission=permissions.UPDATE)
async def close_incident(ctx: Ctx, ref: str, data: Ending) -> IncidentView:
    """Close it; an unresolved one is resolved with it. With `children` all open incidents below it are closed too, or none is."""
    verb = service.close_family if data.children else service.close
    return await answer(ctx, await verb(ctx.tx, ctx.actor, ref, data.note, fields=data.fields))


@post(f"{ONE}/reopen", module=MODULE, permission=permissions.UPDATE)
async def reopen_incident(ctx: Ctx, ref: str, data: WithNote) -> IncidentView:
    """Reopen a resolved one, or a closed one within the tenant's window."""
    return await answer(ctx, await service.reopen(ctx.tx, ctx.actor, ref, data.note, fields=data.fields))


ENDPOINTS = (
    *(list_incidents, create_incident, get_incident, update_incident, delete_incident, restore_incident),
    *(assign_incident, unassign_incident, delegate_incident, recall_incident),
    *(acknowledge_incident, unacknowledge_incident),
    *(transition_incident, resolve_incident, close_incident, reopen_incident),
)
