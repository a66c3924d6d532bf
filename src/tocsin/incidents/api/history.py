"""What happened: to one incident, with its proof, and to all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.activity import permissions as audit
from tocsin.activity.adapters import load_keys
from tocsin.base.paging import Page
from tocsin.incidents import service
from tocsin.incidents.api import MODULE, ONE
from tocsin.incidents.model import Changes
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, get


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


ENDPOINTS = (list_activity, get_proof, list_changes)
