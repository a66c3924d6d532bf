"""Links between incidents, and the family of one: its parent, its children, and theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound, Refused
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import StatusRef
from tocsin.incidents.rules import INVERSE, LinkType, refuse_link
from tocsin.incidents.service.access import see
from tocsin.incidents.service.merge import lock_both
from tocsin.incidents.service.recording import undoable
from tocsin.incidents.service.status import Fields, close, resolve


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """The incident at a link's other end."""

    id: UUID
    reference_code: str
    title: str
    status: StatusRef
    assigned_to: Named | None


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link as one of its two incidents sees it: `type` reads from this one to the other."""

    id: UUID
    type: str
    incident: Linked
    created_by: Named | None
    created_at: datetime


async def list_links(tx: Tx, actor: Actor, ref: str | UUID, limit: int, cursor: str | None) -> Page[Link]:
    """A page of the links of an incident, the first made first. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await see(tx, actor, ref)
    question = ["links", str(incident.id)]
    after = decode_cursor(cursor, question, tuple[datetime, UUID]) if cursor is not None else None
    rows = await store.links.page(tx, incident.id, after, check_limit(limit) + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    following = encode_cursor(question, [last["created_at"], last["id"]]) if last is not None else None
    catalogue = await classification.catalogue(tx)
    return Page([_link(row, catalogue) for row in rows[:limit]], following)


async def get_link(tx: Tx, actor: Actor, ref: str | UUID, link: str | UUID) -> Link:
    """One link of an incident. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    incident = await see(tx, actor, ref)
    return _link(await _row(tx, incident.id, link), await classification.catalogue(tx))


async def add_link(tx: Tx, actor: Actor, ref: str | UUID, kind: LinkType, other: str, field: str = "incident") -> Link:
    """Link an incident to another one. Raises `Invalid` naming `field`, `Refused` for what is linked so already, a
    circle, or a second parent.
    """
    actor.must(permissions.UPDATE)
    await store.links.lock_structure(tx)
    incident, target = await lock_both(tx, actor, ref, other, field)
    is_so = await store.links.exists(tx, incident.id, target.id, kind, either_way=kind == "relates")
    circles = kind in ("child_of", "blocks") and await store.links.leads_to(tx, target.id, incident.id, kind)
    parent = await store.links.parent_of(tx, incident.id) if kind == "child_of" else None
    why_not = refuse_link(kind, is_so=is_so, circles=circles, has_parent=parent is not None)
    if why_not is not None:
        raise Refused(why_not, code=target.reference_code, one=incident.reference_code)
    link_id = await store.links.insert(tx, incident.id, target.id, kind, actor.id)
    for one, type_, beyond in ((incident, kind, target), (target, INVERSE[kind], incident)):
        await store.record.update(tx, one.id, {})
        facts = {"link": link_id, "type": type_, "other": beyond.id}
        tx.emit(events.IncidentLinked(actor=actor, incident_id=one.id, facts=facts))
    return _link(await _row(tx, incident.id, link_id), await classification.catalogue(tx))


async def remove_link(tx: Tx, actor: Actor, ref: str | UUID, link: str | UUID) -> None:
    """Take a link away, from whichever end that isn't merged; one that is stays as its merge left it. Raises `NotFound`,
    `Refused`.
    """
    actor.must(permissions.UPDATE)
    await store.links.lock_structure(tx)
    incident = await see(tx, actor, ref)
    row = await _row(tx, incident.id, link)
    incident, other = await lock_both(tx, actor, incident.id, str(row["other_id"]), "incident", even_merged=True)
    await store.links.delete(tx, row["id"])
    ways = (incident, other) if row["is_outgoing"] else (other, incident)
    for one, type_, beyond in ((ways[0], row["type"], ways[1]), (ways[1], INVERSE[row["type"]], ways[0])):
        if one.merged_into_id is None:
            await store.record.update(tx, one.id, {})
        facts = {"link": row["id"], "type": type_, "other": beyond.id}
        tx.emit(events.IncidentUnlinked(actor=actor, incident_id=one.id, facts=facts))


@undoable("transition", permissions.UPDATE)
async def resolve_family(
    tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None, *, fields: Fields = None
) -> UUID:
    """Resolve an incident and all open ones below it, or none; its id. Raises what resolving raises, for whichever."""
    for one in await _family(tx, actor, ref):
        await resolve(tx, actor, one, note, fields=fields)
    return (await see(tx, actor, ref)).id


@undoable("transition", permissions.UPDATE)
async def close_family(
    tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None, *, fields: Fields = None
) -> UUID:
    """Close an incident and all open ones below it, or none; its id. Raises what closing raises, for whichever."""
    for one in await _family(tx, actor, ref):
        await close(tx, actor, one, note, fields=fields)
    return (await see(tx, actor, ref)).id


async def _family(tx: Tx, actor: Actor, ref: str | UUID) -> list[UUID]:
    """The open incidents below one, then itself: children end before their parent, as work does."""
    actor.must(permissions.UPDATE)
    incident = await see(tx, actor, ref)
    return [*await store.links.lock_open_family(tx, incident.id), incident.id]


async def count_open_parts(tx: Tx, actor: Actor, ref: str | UUID) -> int:
    """How many open incidents there are below one. Raises `NotFound`."""
    actor.must(permissions.VIEW)
    return await store.links.count_open_below(tx, (await see(tx, actor, ref)).id)


async def _row(tx: Tx, incident_id: UUID, link: str | UUID) -> Any:
    link_id = link if isinstance(link, UUID) else parse_id(link)
    row = await store.links.get(tx, incident_id, link_id) if link_id is not None else None
    if row is None:
        raise NotFound
    return row


def _link(row: Any, catalogue: Catalogue) -> Link:
    status = catalogue.statuses[row["status_id"]]
    kind: LinkType = row["type"]
    return Link(
        id=row["id"],
        type=kind if row["is_outgoing"] else INVERSE[kind],
        incident=Linked(
            id=row["other_id"],
            reference_code=row["reference_code"],
            title=row["title"],
            status=StatusRef(status.id, status.slug, status.name, status.is_terminal),
            assigned_to=Named(row["assigned_to_id"], row["owner_name"]) if row["assigned_to_id"] else None,
        ),
        created_by=Named(row["created_by_id"], row["created_by_name"]) if row["created_by_id"] else None,
        created_at=row["created_at"],
    )
