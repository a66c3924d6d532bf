"""Who hears of a comment: the owner; of a public one the reporter and all watchers, of an internal one the members who watch."""

from __future__ import annotations

from uuid import UUID

from tocsin.activity.model import RecordedEvent
from tocsin.collaboration import store
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.notifications import service as notifications

EXCERPT = 2000
"""Characters of the comment that stand in the message."""


async def tell_comment(tx: Tx, event: RecordedEvent) -> None:
    """The job behind `CommentAdded`. Whom it mentions is told of that, and its author needs no telling."""
    incident = await incidents.look_up(tx, event.incident_id) if event.incident_id is not None else None
    if incident is None:
        return
    comment = await store.comments.get(tx, incident.id, UUID(event.data["comment"]))
    if comment is None or comment["deleted_at"] is not None:
        return
    author = comment["user_id"] or comment["reporter_id"]
    told = {UUID(known) for known in event.data.get("mentioned") or ()} | {author, event.actor_id}
    who, body = comment["author_name"] or "Tocsin", comment["body"]
    text = body if len(body) <= EXCERPT else f"{body[:EXCERPT].rstrip()}…"
    if comment["is_internal"]:
        audience = await incidents.watching_members(tx, incident)
        subject, intro = "Internal note", await incidents.describe(tx, incident)
    else:
        audience = await incidents.public_audience(tx, incident, without=author)
        subject, intro = "New reply", f"{incident.title}\n\nReference: {incident.reference_code}\n"
    known = {one.user_id for one in audience}
    audience += [one for one in await incidents.listening_owner(tx, incident) if one.user_id not in known]
    await notifications.notify(
        tx,
        kind="CommentAdded",
        incident_id=incident.id,
        recipients=[one for one in audience if (one.user_id or one.reporter_id) not in told],
        subject=f"[{incident.reference_code}] {subject}: {incident.title}",
        body=f"{intro}\n{who}:\n\n{text}\n",
        dedupe=f"event:{event.id}",
    )
