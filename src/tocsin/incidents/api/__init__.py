"""`/incidents` and what is done to one: thin routes, each one verb."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.activity import permissions as audit
from tocsin.activity.adapters import load_keys
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.incidents import service
from tocsin.incidents.model import Changes, Found, IncidentView, NewIncident, WatcherView, watcher_from
from tocsin.incidents.service.listing import ListQuery
from tocsin.incidents.service.verbs import Assign, Delegate, Transition, Unassign, WithNote
from tocsin.web.reply import Reply
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


class AddTags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tags to put on beside those that are there."""

    tags: list[str]


class TagQuery(PageQuery, frozen=True, kw_only=True):
    """`q`: how the tags begin; `sort`: by name, or `-used`: those on the most incidents first, to suggest them."""

    q: Annotated[str, Meta(max_length=100)] = ""
    sort: Literal["tag", "-used"] = "tag"


class AddWatcher(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of a member, a team, or an outside address."""

    user: str | None = None
    team: str | None = None
    email: str | None = None


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


@post(f"{ONE}/tags", module=MODULE, permission=permissions.UPDATE)
async def add_tags(ctx: Ctx, ref: str, data: AddTags) -> IncidentView:
    """Put tags on it; those that it has already change nothing."""
    return await answer(ctx, await service.add_tags(ctx.tx, ctx.actor, ref, data.tags))


@delete(f"{ONE}/tags/{{tag}}", module=MODULE, permission=permissions.UPDATE)
async def remove_tag(ctx: Ctx, ref: str, tag: str) -> None:
    """Take a tag off."""
    await service.remove_tag(ctx.tx, ctx.actor, ref, tag)


@get("/api/incidents/v1/tags", module=MODULE, permission=permissions.MEMBER)
async def list_tags(ctx: Ctx, query: TagQuery) -> Page[str]:
    """The tags in use, in order, or the most used first."""
    by_use = query.sort == "-used"
    tags, cursor = await service.list_tags(ctx.tx, ctx.actor, query.q, query.limit, query.cursor, by_use=by_use)
    return Page(tags, cursor)


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
async def list_watchers(ctx: Ctx, ref: str, query: PageQuery) -> Page[WatcherView]:
    """Who watches it, the first first."""
    found = [watcher_from(row) for row in await service.list_watchers(ctx.tx, ctx.actor, ref)]
    return page_of(
        found,
        lambda w: (w.created_at, w.id),
        tuple[datetime, UUID],
        ["watchers", ref],
        limit=query.limit,
        cursor=query.cursor,
    )


@get(f"{ONE}/watchers/{{watcher}}", module=MODULE, permission=permissions.VIEW)
async def get_watcher(ctx: Ctx, ref: str, watcher: str) -> WatcherView:
    """One who watches it."""
    return watcher_from(await service.get_watcher(ctx.tx, ctx.actor, ref, watcher))


@post(f"{ONE}/watchers", module=MODULE, permission=permissions.UPDATE, status=201)
async def add_watcher(ctx: Ctx, ref: str, data: AddWatcher) -> WatcherView:
    """Add a member, a team or an address."""
    row = await service.add_watcher(ctx.tx, ctx.actor, ref, user=data.user, team=data.team, email=data.email)
    ctx.created(f"{BASE}/{ref}/watchers/{row['id']}")
    return watcher_from(row)


@delete(f"{ONE}/watchers/{{watcher}}", module=MODULE, permission=permissions.UPDATE)
async def remove_watcher(ctx: Ctx, ref: str, watcher: str) -> None:
    """Take a watcher off."""
    await service.remove_watcher(ctx.tx, ctx.actor, ref, watcher)


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


class ProofQuery(msgspec.Struct, frozen=True, kw_only=True):
    """With `values` the free texts and personal values stand in the file, with the salts of their commitments."""

    values: bool = False


@get(f"{ONE}/proof", module=MODULE, permission=audit.VIEW, own_transactions=True)
async def get_proof(ctx: Ctx, ref: str, query: ProofQuery) -> Reply:
    """Download a proof of its history, which `tocsin audit check` verifies anywhere, without this server.

    It holds the incident's events, and what leads from them to a signed anchor of the record, made now where needed.
    """
    async with ctx.transaction():
        actor = ctx.actor
    keys = load_keys(ctx.request.app.state.services.settings)
    content = await service.prove(ctx.transaction, actor, ref, keys, values=query.values)
    return Reply(content, 200, {"Content-Disposition": f'attachment; filename="proof-{ref}.json"'})


class ChangesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`since` is the cursor of a change, or the `next_cursor` of the answer before; without it all changes are told."""

    since: str | None = None
    limit: int = 50


@get("/api/incidents/v1/changes", module=MODULE, permission=permissions.VIEW)
async def list_changes(ctx: Ctx, query: ChangesQuery) -> Changes:
    """Everything that happens to incidents, in order, from a cursor on.

    Each change is told once, and none is left out, however many are committed at the same time. Changes of one incident
    come in the order in which they happened. At the end the answer has no items: ask again later with its `next_cursor`.
    """
    return await service.changes(ctx.tx, ctx.actor, query.since, query.limit)


ENDPOINTS = (
    *(list_incidents, create_incident, get_incident, update_incident, delete_incident, restore_incident),
    *(assign_incident, unassign_incident, delegate_incident, recall_incident),
    *(acknowledge_incident, unacknowledge_incident),
    *(transition_incident, resolve_incident, close_incident, reopen_incident),
    *(add_tags, remove_tag, list_tags),
    *(list_assignments, list_watchers, get_watcher, add_watcher, remove_watcher, list_activity),
    *(get_proof, list_changes),
)
