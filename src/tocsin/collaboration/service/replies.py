"""Replies kept ready, with variables that are filled in for the incident they are used on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions, service as access
from tocsin.base import markup
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import BadValue, NotFound, invalid
from tocsin.base.paging import ActiveQuery, Page
from tocsin.collaboration import events, rules
from tocsin.collaboration.model import CannedReply, FilledReply, ReplyDraft
from tocsin.collaboration.service import shelf
from tocsin.collaboration.service.comments import check_body
from tocsin.collaboration.service.shelf import Kind
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.tenancy import service as tenancy

REPLIES = Kind(
    "canned_replies",
    "canned_reply",
    permissions.MACROS_MANAGE,
    (events.CannedReplyCreated, events.CannedReplyChanged, events.CannedReplyDeleted),
    shelf.NO_REPLY,
)


async def list_replies(tx: Tx, actor: Actor, query: ActiveQuery) -> Page[CannedReply]:
    """The replies by name. Raises `Invalid`."""
    shelf.must_read(actor, REPLIES)
    rows, cursor = await shelf.read(tx, REPLIES, query)
    return Page([_shown(row) for row in rows], cursor)


async def get_reply(tx: Tx, actor: Actor, ref: str | UUID) -> CannedReply:
    """A reply by id or slug. Raises `NotFound`."""
    shelf.must_read(actor, REPLIES)
    return _shown(await shelf.find(tx, REPLIES, ref))


async def add_reply(tx: Tx, actor: Actor, draft: ReplyDraft) -> CannedReply:
    """Add a reply. Raises `Invalid`, `Refused` for a slug in use."""
    actor.must(REPLIES.permission)
    if draft.body is msgspec.UNSET:
        raise invalid("body", "This field is required.")
    made = await shelf.add(tx, actor, REPLIES, _columns(draft))
    return await get_reply(tx, system_actor(tx.tenant_id), made)


async def change_reply(tx: Tx, actor: Actor, ref: str, draft: ReplyDraft) -> CannedReply:
    """Change the given fields. Raises `NotFound`, `Invalid`, `Refused`."""
    actor.must(REPLIES.permission)
    row = await shelf.find(tx, REPLIES, ref, lock=True)
    await shelf.change(tx, actor, REPLIES, row, _columns(draft))
    return await get_reply(tx, system_actor(tx.tenant_id), row["id"])


async def remove_reply(tx: Tx, actor: Actor, ref: str) -> None:
    """Delete a reply; comments that were made with it stay. Raises `NotFound`."""
    actor.must(REPLIES.permission)
    await shelf.remove(tx, actor, REPLIES, ref)


async def fill_reply(tx: Tx, actor: Actor, ref: str | UUID, reply: str) -> FilledReply:
    """A reply as it reads for an incident. Raises `NotFound`, also for one that is out of use."""
    actor.must(permissions.COMMENTS_MANAGE)
    incident = await incidents.see(tx, actor, ref)
    row = await shelf.find(tx, REPLIES, reply)
    if not row["is_active"]:
        raise NotFound
    body = rules.fill(row["body"], await values_of(tx, actor, incident), markdown=True)
    return FilledReply(
        id=row["id"], name=row["name"], slug=row["slug"], body=body, body_html=await markup.rendered(body)
    )


def check_template(text: str, field: str) -> None:
    """Raises `Invalid` naming the field for a variable that there is not."""
    try:
        rules.check_variables(text)
    except BadValue as error:
        raise invalid(field, error.template, **error.values) from None


async def values_of(tx: Tx, actor: Actor, incident: Incident) -> dict[str, str | None]:
    """What the variables stand for on an incident, for somebody. Times are in the organisation's zone."""
    tenant = await tenancy.current(tx)
    zone = tenancy.check_time_zone(tenant.time_zone)
    people = [each for each in (incident.assigned_to_id, incident.team_id, incident.reported_by_user_id) if each]
    names: dict[Any, str] = await access.labels(tx, people)
    outside = incident.reported_by_reporter_id
    reporter = await incidents.reporter_name(tx, outside) if outside is not None else None

    def at(moment: datetime | None) -> str | None:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" if moment is not None else None

    return {
        "incident.reference": incident.reference_code,
        "incident.title": incident.title,
        "incident.status": incident.status.name,
        "incident.priority": incident.priority.name,
        "incident.category": incident.category.name if incident.category is not None else None,
        "incident.owner": names.get(incident.assigned_to_id),
        "incident.team": names.get(incident.team_id),
        "incident.due": at(incident.due_at),
        "reporter.name": reporter or names.get(incident.reported_by_user_id),
        "me.name": actor.name,
        "organisation.name": tenant.name,
        "today": f"{tx.now.astimezone(zone):%Y-%m-%d}",
    }


def _columns(draft: ReplyDraft) -> dict[str, Any]:
    values = shelf.given(draft)
    if "body" in values:
        check_body(values["body"])
        check_template(values["body"], "body")
    return values


def _shown(row: Any) -> CannedReply:
    return CannedReply(**{name: row[name] for name in CannedReply.__struct_fields__})
