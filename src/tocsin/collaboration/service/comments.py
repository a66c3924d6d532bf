"""Comments: public ones are the conversation with the reporter, internal ones the members' notes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.base import markup
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page
from tocsin.collaboration import events, store
from tocsin.collaboration.model import Attachment, Comment, attachment_from, comment_from
from tocsin.collaboration.rules import Person
from tocsin.collaboration.service import mentions
from tocsin.collaboration.service.pages import ListQuery, find_child, must_read, public_only, read_page
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident

BODY_LIMIT = 50_000


async def list_comments(tx: Tx, actor: Actor, ref: str | UUID, query: ListQuery) -> Page[Comment]:
    """A page of comments with their files; only the public ones for whom internal work is hidden. Raises `NotFound`."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    rows, cursor = await read_page(store.comments.page, tx, actor, incident.id, query, "comments")
    files = await _files(tx, actor, incident.id, rows)
    return Page([comment_from(row, files[row["id"]]) for row in rows], cursor)


async def get_comment(tx: Tx, actor: Actor, ref: str | UUID, comment: str | UUID) -> Comment:
    """One comment with its files. Raises `NotFound`, also for an internal one that the actor may not see."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    return await shown(tx, actor, incident, comment)


async def find_comments(tx: Tx, actor: Actor, ref: str | UUID, ids: list[UUID]) -> list[Comment]:
    """Some comments with their files, in no order; those that the actor may not see are left out. Raises `NotFound`."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    rows = await store.comments.some(tx, incident.id, ids, public_only=public_only(actor))
    files = await _files(tx, actor, incident.id, rows)
    return [comment_from(row, files[row["id"]]) for row in rows]


async def check_commenting(tx: Tx, actor: Actor, ref: str | UUID) -> Incident:
    """The incident that an actor may comment on. Raises `Forbidden`, `NotFound`."""
    actor.must(permissions.COMMENTS_MANAGE)
    return await incidents.see(tx, actor, ref)


async def preview(tx: Tx, actor: Actor, ref: str | UUID, body: str) -> str:
    """The safe HTML that a comment would have. Raises `NotFound`, `Invalid`."""
    incident = await check_commenting(tx, actor, ref)
    check_body(body)
    return (await mentions.read(tx, actor, incident, body, (), is_internal=not public_only(actor)))[0]


async def add_comment(
    tx: Tx, actor: Actor, ref: str | UUID, body: str, *, is_internal: bool, mentioning: Sequence[str] = ()
) -> Comment:
    """Comment as a member; a public one by anybody but the reporter is the first response.

    Whoever comments watches, also when the work is somebody else's by then; who may see only what they reported hears of that
    anyway. Whom the text mentions, or `mentioning` names beside it, is told and watches. Raises `Invalid`, `NotFound`.
    """
    actor.must(permissions.COMMENTS_MANAGE)
    if is_internal and public_only(actor):
        raise Forbidden("Internal comments need the permission {wanted}.", wanted=permissions.VIEW)
    check_body(body)
    incident = await incidents.lock(tx, actor, ref)
    html, people = await mentions.read(tx, actor, incident, body, mentioning, is_internal=is_internal)
    if actor.kind == "person" and actor.id is not None and actor.can(permissions.VIEW):
        await incidents.follow(tx, actor, incident, [actor.id], "commented")
    comment_id = await _add(tx, actor, incident, body, html, is_internal=is_internal, user_id=actor.id, people=people)
    if not is_internal:
        await incidents.first_response(tx, incident, actor)
        if actor.id == incident.reported_by_user_id and not actor.can(permissions.UPDATE):
            await incidents.reopen_by_reply(tx, actor, incident)
    return await shown(tx, actor, incident, comment_id)


async def add_reporter_comment(
    tx: Tx, actor: Actor, ref: str | UUID, body: str, *, reported: Incident | None = None
) -> UUID:
    """Comment in the name of who reported it, from the tracking page; the comment's id.

    `reported` is what they reported, if that was merged into this one. The caller has checked the page's secret.
    Raises `Refused` when nobody is known to have reported it.
    """
    actor.must(permissions.PUBLIC_SUBMIT)
    check_body(body)
    html = await markup.rendered(body)
    incident = await incidents.lock(tx, actor, ref)
    by = reported or incident
    user_id, reporter_id = by.reported_by_user_id, by.reported_by_reporter_id
    if user_id is None and reporter_id is None:
        raise Refused("Nobody is known to have reported this incident.")
    comment_id = await _add(
        tx, actor, incident, body, html, is_internal=False, user_id=user_id, reporter_id=reporter_id
    )
    await incidents.reopen_by_reply(tx, actor, incident)
    return comment_id


def check_body(body: str) -> None:
    """Raises `Invalid` for a text that is none, or too long."""
    if not body.strip():
        raise invalid("body", "Write something.")
    if len(body) > BODY_LIMIT:
        raise invalid("body", "Give at most {limit} characters.", limit=BODY_LIMIT)


async def _add(
    tx: Tx,
    actor: Actor,
    incident: Incident,
    body: str,
    html: str,
    *,
    is_internal: bool,
    user_id: UUID | None = None,
    reporter_id: UUID | None = None,
    people: Sequence[Person] = (),
) -> UUID:
    comment_id = new_id()
    who = {"user_id": user_id, "reporter_id": reporter_id}
    await store.comments.insert(tx, comment_id, incident.id, **who, body=body, body_html=html, is_internal=is_internal)
    await incidents.index_comment(tx, incident.id, body, is_internal=is_internal)
    await incidents.changed(tx, incident)
    incidents.made(tx, "comments", incident.id, comment_id)
    facts: dict[str, Any] = {"comment": comment_id, "is_internal": is_internal, "author": user_id or reporter_id}
    if people:
        facts["mentioned"] = await mentions.keep(tx, actor, incident, comment_id, people)
    tx.emit(events.CommentAdded(actor=actor, incident_id=incident.id, facts=facts))
    return comment_id


async def shown(tx: Tx, actor: Actor, incident: Incident, comment: str | UUID) -> Comment:
    """A comment of an incident with its files, as the actor may see it. Raises `NotFound`."""
    row = await find_child(store.comments.get, tx, incident.id, comment)
    if row is None or (row["is_internal"] and public_only(actor)):
        raise NotFound
    files = await _files(tx, actor, incident.id, [row])
    return comment_from(row, files[row["id"]])


async def _files(tx: Tx, actor: Actor, incident_id: UUID, comments: list[Any]) -> dict[UUID, list[Attachment]]:
    found: dict[UUID, list[Attachment]] = defaultdict(list)
    if comments:
        ids = [row["id"] for row in comments]
        for row in await store.attachments.of_comments(tx, incident_id, ids, public_only=public_only(actor)):
            found[row["comment_id"]].append(attachment_from(row))
    return found


async def texts_of(tx: Tx, incident_ids: Sequence[UUID]) -> list[tuple[UUID, str, bool]]:
    """What comments of some incidents say, to make them findable anew: internal ones are told as such."""
    return await store.comments.texts(tx, incident_ids, store.comments.MOST_SEARCHED)


SAID = store.comments.SAID
