"""What stands beside an incident: its tags, who had and has it, who watches it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.incidents import service
from tocsin.incidents.api import BASE, MODULE, ONE, answer
from tocsin.incidents.model import IncidentView, WatcherView, watcher_from
from tocsin.incidents.service.verbs import Watcher
from tocsin.web.routes import Ctx, delete, get, post


class AddTags(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Tags to put on beside those that are there."""

    tags: list[str]


class TagQuery(PageQuery, frozen=True, kw_only=True):
    """`q`: how the tags begin; `sort`: by name, or `-used`: those on the most incidents first, to suggest them."""

    q: Annotated[str, Meta(max_length=100)] = ""
    sort: Literal["tag", "-used"] = "tag"


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
        ["watchers", ctx.tx.tenant_id, ref],
        limit=query.limit,
        cursor=query.cursor,
    )


@get(f"{ONE}/watchers/{{watcher}}", module=MODULE, permission=permissions.VIEW)
async def get_watcher(ctx: Ctx, ref: str, watcher: str) -> WatcherView:
    """One who watches it."""
    return watcher_from(await service.get_watcher(ctx.tx, ctx.actor, ref, watcher))


@post(f"{ONE}/watchers", module=MODULE, permission=permissions.UPDATE, status=201)
async def add_watcher(ctx: Ctx, ref: str, data: Watcher) -> WatcherView:
    """Add a member, a team or an address."""
    row = await service.add_watcher(ctx.tx, ctx.actor, ref, user=data.user, team=data.team, email=data.email)
    ctx.created(f"{BASE}/{ref}/watchers/{row['id']}")
    return watcher_from(row)


@delete(f"{ONE}/watchers/{{watcher}}", module=MODULE, permission=permissions.UPDATE)
async def remove_watcher(ctx: Ctx, ref: str, watcher: str) -> None:
    """Take a watcher off."""
    await service.remove_watcher(ctx.tx, ctx.actor, ref, watcher)


ENDPOINTS = (
    *(add_tags, remove_tag, list_tags),
    *(list_assignments, list_watchers, get_watcher, add_watcher, remove_watcher),
)
