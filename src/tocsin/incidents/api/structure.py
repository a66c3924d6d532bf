"""How incidents hang together: links, and merging."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.paging import Page, PageQuery
from tocsin.incidents import service
from tocsin.incidents.api import BASE, MODULE, ONE, name_operation
from tocsin.incidents.model import IncidentView
from tocsin.incidents.rules import LinkType
from tocsin.incidents.service.links import Link
from tocsin.incidents.service.verbs import Into
from tocsin.web.routes import Ctx, delete, get, post


class AddLink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`type` reads from this incident to the other, which is named by id or reference code."""

    type: LinkType
    incident: str


class Merged(IncidentView, frozen=True, kw_only=True):
    """The incident that was merged, and the operation by which it can be undone."""

    operation: UUID


@get(f"{ONE}/links", module=MODULE, permission=permissions.VIEW)
async def list_links(ctx: Ctx, ref: str, query: PageQuery) -> Page[Link]:
    """Its links, the first made first, each as it reads from here: the other end of `blocks` is `blocked_by`."""
    return await service.list_links(ctx.tx, ctx.actor, ref, query.limit, query.cursor)


@get(f"{ONE}/links/{{link}}", module=MODULE, permission=permissions.VIEW)
async def get_link(ctx: Ctx, ref: str, link: str) -> Link:
    """One of its links."""
    return await service.get_link(ctx.tx, ctx.actor, ref, link)


@post(f"{ONE}/links", module=MODULE, permission=permissions.UPDATE, status=201)
async def add_link(ctx: Ctx, ref: str, data: AddLink) -> Link:
    """Link it to another incident. Circles of `child_of` and `blocks` are refused, and so is a second parent."""
    link = await service.add_link(ctx.tx, ctx.actor, ref, data.type, data.incident)
    ctx.created(f"{BASE}/{ref}/links/{link.id}")
    return link


@delete(f"{ONE}/links/{{link}}", module=MODULE, permission=permissions.UPDATE)
async def remove_link(ctx: Ctx, ref: str, link: str) -> None:
    """Take a link away, from either end."""
    await service.remove_link(ctx.tx, ctx.actor, ref, link)


@post(f"{ONE}/merge", module=MODULE, permission=permissions.UPDATE)
async def merge_incident(ctx: Ctx, ref: str, data: Into) -> Merged:
    """Merge it into another incident, which its comments, watchers, reporter, attachments and tasks go on in.

    It stays readable in a terminal status, with `merged_into`; it can be parted again for 24 hours.
    """
    incident_id = await service.merge(ctx.tx, ctx.actor, ref, data.into)
    shown = await service.show(ctx.tx, ctx.actor, incident_id)
    name_operation(ctx)
    operation = service.recorded(ctx.tx)
    assert operation is not None
    return Merged(**msgspec.structs.asdict(shown), operation=operation)


ENDPOINTS = (list_links, get_link, add_link, remove_link, merge_incident)
