"""`/incidents` and what is done to one: thin routes, each one verb."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.incidents import service
from tocsin.incidents.model import IncidentView, NewIncident
from tocsin.incidents.service.listing import ListQuery
from tocsin.web.routes import Ctx, delete, get, post, put

BASE = "/api/incidents/v1/incidents"
MODULE = "incidents"
ONE = f"{BASE}/{{ref}}"
Note = Annotated[str, Meta(max_length=10_000)]


class CreateIncident(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new incident. References are ids or slugs; `assigned_to` and `team` take the right to assign."""

    title: str
    description: str | None = None
    category: str | None = None
    priority: str | None = None
    status: str | None = None
    assigned_to: str | None = None
    team: str | None = None
    impact: str | None = None
    metadata: dict[str, Any] | None = None
    due_at: datetime | None = None
    source: Literal["email", "web", "api"] = "api"


class Assign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person (`owner` replaces the owner, `collaborator` joins) and/or a team."""

    user: str | None = None
    team: str | None = None
    capacity: Literal["owner", "collaborator"] = msgspec.field(default="owner", name="as")
    note: Note | None = None


class Unassign(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Without a user the owner is taken off."""

    user: str | None = None
    note: Note | None = None


class Delegate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """To whom; at `until` the work falls back."""

    user: str
    note: Note | None = None
    until: datetime | None = None


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty body."""


class Transition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The status to go to."""

    status: str


class WithNote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An optional word on why."""

    note: Note | None = None


class AddWatcher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of a member, a team, or an outside address."""

    user: str | None = None
    team: str | None = None
    email: str | None = None


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who watches an incident."""

    id: UUID
    type: Literal["user", "team", "email"]
    user: Named | None
    team: Named | None
    email: str | None
    reason: str
    created_at: datetime


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """One event of an incident's history. `data` holds its facts and texts, `hash` its place in the chain."""

    id: UUID
    type: str
    at: datetime
    actor: Named | None
    source: str
    data: dict[str, Any]
    seq: int
    hash: str


class ActivityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`type`: event names separated by commas."""

    type: str | None = None
    limit: int = 50
    cursor: str | None = None


class AssignmentView(msgspec.Struct, frozen=True, kw_only=True, rename={"capacity": "as"}):
    """One entry of the assignment history."""

    id: UUID
    assigned_to: Named
    assigned_by: Named | None
    delegated_from_id: UUID | None
    delegated_until: datetime | None
    capacity: Literal["owner", "collaborator"]
    assigned_at: datetime
    unassigned_at: datetime | None
    is_active: bool
    note: str | None


async def answer(ctx: Ctx, incident_id: str | UUID) -> IncidentView:
    """The incident with its ETag: what reading and every workflow route answers."""
    shown = await service.show(ctx.tx, ctx.actor, incident_id)
    ctx.headers["ETag"] = f'"{shown.version}"'
    return shown


@get(BASE, module=MODULE, permission=permissions.MEMBER)
async def list_incidents(ctx: Ctx, query: ListQuery) -> Page[IncidentView]:
    """Incidents by filters and sort, a page at a time."""
    return await service.list_incidents(ctx.tx, ctx.actor, query)


@post(BASE, module=MODULE, permission=permissions.CREATE, status=201)
async def create_incident(ctx: Ctx, data: CreateIncident) -> IncidentView:
    """Create an incident."""
    given = {name: getattr(data, name) for name in data.__struct_fields__ if name != "metadata"}
    incident_id = await service.create(ctx.tx, ctx.actor, NewIncident(metadata=data.metadata or {}, **given))
    ctx.created(f"{BASE}/{incident_id}")
    return await answer(ctx, incident_id)


@get(ONE, module=MODULE, permission=permissions.MEMBER, etag=True)
async def get_incident(ctx: Ctx, ref: str) -> IncidentView:
    """One incident, by id or reference code."""
    return await answer(ctx, ref)


@put(ONE, module=MODULE, permission=permissions.UPDATE, etag=True)
async def update_incident(ctx: Ctx, ref: str, data: service.Change) -> IncidentView:
    """Change the given fields; If-Match guards against somebody else's change."""
    return await answer(ctx, await service.update(ctx.tx, ctx.actor, ref, data))


@delete(ONE, module=MODULE, permission=permissions.DELETE, etag=True)
async def delete_incident(ctx: Ctx, ref: str) -> None:
    """Delete an incident softly; If-Match guards a change that the caller has not seen."""
    await service.delete(ctx.tx, ctx.actor, ref)


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
    return await answer(ctx, await service.transition(ctx.tx, ctx.actor, ref, data.status))


@post(f"{ONE}/resolve", module=MODULE, permission=permissions.UPDATE)
async def resolve_incident(ctx: Ctx, ref: str, data: WithNote) -> IncidentView:
    """Resolve it; both clocks stop."""
    return await answer(ctx, await service.resolve(ctx.tx, ctx.actor, ref, data.note))


@post(f"{ONE}/close", module=MODULE, permission=permissions.UPDATE)
async def close_incident(ctx: Ctx, ref: str, data: WithNote) -> IncidentView:
    """Close it; an unresolved one is resolved with it."""
    return await answer(ctx, await service.close(ctx.tx, ctx.actor, ref, data.note))


@post(f"{ONE}/reopen", module=MODULE, permission=permissions.UPDATE)
async def reopen_incident(ctx: Ctx, ref: str, data: WithNote) -> IncidentView:
    """Reopen a resolved one, or a closed one within the tenant's window."""
    return await answer(ctx, await service.reopen(ctx.tx, ctx.actor, ref, data.note))


@get(f"{ONE}/assignments", module=MODULE, permission=permissions.VIEW)
async def list_assignments(ctx: Ctx, ref: str, query: PageQuery) -> Page[AssignmentView]:
    """Who worked on it when, oldest first."""
    rows, cursor = await service.assignment_history(ctx.tx, ctx.actor, ref, query.limit, query.cursor)
    return Page([_assignment(row) for row in rows], cursor)


def _assignment(row: Any) -> AssignmentView:
    by = Named(row["assigned_by_id"], row["assigned_by_name"]) if row["assigned_by_id"] else None
    same = (
        "id",
        "delegated_from_id",
        "delegated_until",
        "capacity",
        "assigned_at",
        "unassigned_at",
        "is_active",
        "note",
    )
    return AssignmentView(
        assigned_to=Named(row["assigned_to_id"], row["assigned_to_name"]), assigned_by=by, **{n: row[n] for n in same}
    )


@get(f"{ONE}/watchers", module=MODULE, permission=permissions.VIEW)
async def list_watchers(ctx: Ctx, ref: str, query: PageQuery) -> Page[Watcher]:
    """Who watches it, the first first."""
    found = [_watcher(row) for row in await service.list_watchers(ctx.tx, ctx.actor, ref)]
    return page_of(
        found,
        lambda w: (w.created_at, w.id),
        tuple[datetime, UUID],
        ["watchers", ref],
        limit=query.limit,
        cursor=query.cursor,
    )


@get(f"{ONE}/watchers/{{watcher}}", module=MODULE, permission=permissions.VIEW)
async def get_watcher(ctx: Ctx, ref: str, watcher: str) -> Watcher:
    """One who watches it."""
    return _watcher(await service.get_watcher(ctx.tx, ctx.actor, ref, watcher))


@post(f"{ONE}/watchers", module=MODULE, permission=permissions.UPDATE, status=201)
async def add_watcher(ctx: Ctx, ref: str, data: AddWatcher) -> Watcher:
    """Add a member, a team or an address."""
    row = await service.add_watcher(ctx.tx, ctx.actor, ref, user=data.user, team=data.team, email=data.email)
    ctx.created(f"{BASE}/{ref}/watchers/{row['id']}")
    return _watcher(row)


@delete(f"{ONE}/watchers/{{watcher}}", module=MODULE, permission=permissions.UPDATE)
async def remove_watcher(ctx: Ctx, ref: str, watcher: str) -> None:
    """Take a watcher off."""
    await service.remove_watcher(ctx.tx, ctx.actor, ref, watcher)


def _watcher(row: Any) -> Watcher:
    kind: Literal["user", "team", "email"] = "user" if row["user_id"] else "team" if row["team_id"] else "email"
    return Watcher(
        id=row["id"],
        type=kind,
        user=Named(row["user_id"], row["user_name"]) if row["user_id"] else None,
        team=Named(row["team_id"], row["team_name"]) if row["team_id"] else None,
        email=row["email"],
        reason=row["reason"],
        created_at=row["created_at"],
    )


@get(f"{ONE}/activity", module=MODULE, permission=permissions.VIEW)
async def list_activity(ctx: Ctx, ref: str, query: ActivityQuery) -> Page[Activity]:
    """Everything that happened to it, newest first."""
    types = sorted({name.strip() for name in query.type.split(",")}) if query.type else None
    events, cursor = await service.timeline(ctx.tx, ctx.actor, ref, types, query.limit, query.cursor)
    names = await access.names(ctx.tx, [event.actor_id for event in events if event.actor_id is not None])
    items = [
        Activity(
            id=event.id,
            type=event.type,
            at=event.at,
            actor=Named(event.actor_id, names.get(event.actor_id, "")) if event.actor_id is not None else None,
            source=event.source,
            data=event.data,
            seq=event.seq,
            hash=event.hash,
        )
        for event in events
    ]
    return Page(items, cursor)


ENDPOINTS = (
    *(list_incidents, create_incident, get_incident, update_incident, delete_incident, restore_incident),
    *(assign_incident, unassign_incident, delegate_incident, recall_incident),
    *(acknowledge_incident, unacknowledge_incident),
    *(transition_incident, resolve_incident, close_incident, reopen_incident),
    *(list_assignments, list_watchers, get_watcher, add_watcher, remove_watcher, list_activity),
)
