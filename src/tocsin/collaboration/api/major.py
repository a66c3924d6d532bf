"""`/incidents/{ref}/major`: declaring a major incident, its roles, updates and review. Thin routes, each one verb."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta

from tocsin.access import permissions
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.collaboration.model import BASE, Task, TaskChange
from tocsin.collaboration.service import ListQuery, major
from tocsin.collaboration.service.major.shapes import (
    Declaration,
    Major,
    MajorUpdate,
    NewRoles,
    NewUpdate,
    Review,
    ReviewChange,
)
from tocsin.web.routes import Ctx, get, post, put

MODULE = "collaboration"
ONE = f"{BASE}/{{ref}}/major"


class StandDown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An optional word on why."""

    note: Annotated[str, Meta(max_length=10_000)] | None = None


class NewAction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A task that came of the review. `assigned_to` is an id, an e-mail or `me`."""

    title: str
    description: str | None = None
    assigned_to: str | None = None
    due_at: datetime | None = None


@post(ONE, module=MODULE, permission=permissions.ESCALATE, status=201)
async def declare_major(ctx: Ctx, ref: str, data: Declaration) -> Major:
    """Declare it a major incident; whoever does leads it unless they name another."""
    made = await major.declare(ctx.tx, ctx.actor, ref, data)
    ctx.created(f"{BASE}/{ref}/major")
    return made


@get(ONE, module=MODULE, permission=permissions.VIEW)
async def get_major(ctx: Ctx, ref: str) -> Major:
    """The major incident that it is, or last was: roles, parts with their states, review."""
    return await major.get_major(ctx.tx, ctx.actor, ref)


@put(f"{ONE}/roles", module=MODULE, permission=permissions.ESCALATE)
async def set_major_roles(ctx: Ctx, ref: str, data: NewRoles) -> Major:
    """Give the roles of commander, communications and scribe to people."""
    return await major.set_roles(ctx.tx, ctx.actor, ref, data)


@post(f"{ONE}/stand-down", module=MODULE, permission=permissions.ESCALATE)
async def stand_down_major(ctx: Ctx, ref: str, data: StandDown) -> Major:
    """Stand down: it is no major incident any more, and its review may be written."""
    return await major.stand_down(ctx.tx, ctx.actor, ref, data.note)


@get(f"{ONE}/updates", module=MODULE, permission=permissions.MEMBER)
async def list_major_updates(ctx: Ctx, ref: str, query: ListQuery) -> Page[MajorUpdate]:
    """What was said of it, oldest first; those who see only their own incidents get the public updates."""
    return await major.list_updates(ctx.tx, ctx.actor, ref, query)


@get(f"{ONE}/updates/{{update}}", module=MODULE, permission=permissions.MEMBER)
async def get_major_update(ctx: Ctx, ref: str, update: str) -> MajorUpdate:
    """One update."""
    return await major.get_update(ctx.tx, ctx.actor, ref, update)


@post(f"{ONE}/updates", module=MODULE, permission=permissions.UPDATE, status=201)
async def post_major_update(ctx: Ctx, ref: str, data: NewUpdate) -> MajorUpdate:
    """Say how it stands, inside or to everybody who reported or watches; the stage may move with it."""
    made = await major.post_update(ctx.tx, ctx.actor, ref, data)
    ctx.created(f"{BASE}/{ref}/major/updates/{made.id}")
    return made


@get(f"{ONE}/review", module=MODULE, permission=permissions.VIEW)
async def get_major_review(ctx: Ctx, ref: str) -> Review:
    """What was learnt."""
    return await major.get_review(ctx.tx, ctx.actor, ref)


@put(f"{ONE}/review", module=MODULE, permission=permissions.UPDATE)
async def write_major_review(ctx: Ctx, ref: str, data: ReviewChange) -> Review:
    """Write down what was learnt, once it is stood down."""
    return await major.write_review(ctx.tx, ctx.actor, ref, data)


@get(f"{ONE}/review/actions", module=MODULE, permission=permissions.VIEW)
async def list_major_actions(ctx: Ctx, ref: str, query: PageQuery) -> Page[Task]:
    """The tasks that came of the review."""
    found = await major.list_actions(ctx.tx, ctx.actor, ref)
    question = ["major-actions", ctx.tx.tenant_id, ref]
    return page_of(
        found, lambda t: (t.sort_order, t.id), tuple[int, UUID], question, limit=query.limit, cursor=query.cursor
    )


@post(f"{ONE}/review/actions", module=MODULE, permission=permissions.TASKS_MANAGE, status=201)
async def add_major_action(ctx: Ctx, ref: str, data: NewAction) -> Task:
    """Add a task that came of the review; it stands among the incident's tasks."""
    given: dict[str, Any] = {name: getattr(data, name) for name in data.__struct_fields__}
    change = TaskChange(**{name: value if value is not None else UNSET for name, value in given.items()})
    made = await major.add_action(ctx.tx, ctx.actor, ref, change)
    ctx.created(f"{BASE}/{ref}/tasks/{made.id}")
    return made


ENDPOINTS = (
    *(declare_major, get_major, set_major_roles, stand_down_major, list_major_updates, get_major_update),
    *(post_major_update, get_major_review, write_major_review, list_major_actions, add_major_action),
)
