"""Rewriting and deleting comments: what was said before is kept for members, what is deleted is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.settings import Settings
from tocsin.collaboration import events, rules, store
from tocsin.collaboration.model import Comment, CommentVersion
from tocsin.collaboration.service import mentions
from tocsin.collaboration.service.attachments import delete_attachment
from tocsin.collaboration.service.comments import check_body, shown
from tocsin.collaboration.service.pages import find_child, public_only
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.tenancy import service as tenancy


async def edit_comment(
    tx: Tx, actor: Actor, ref: str | UUID, comment: str | UUID, body: str, *, mentioning: Sequence[str] = ()
) -> Comment:
    """Rewrite one's own comment within the tenant's window; who is mentioned anew is told.

    Raises `Invalid`, `NotFound`, `Forbidden` for another's, `Refused` for one that is deleted or too old.
    """
    actor.must(permissions.COMMENTS_MANAGE)
    check_body(body)
    incident = await incidents.lock(tx, actor, ref)
    row = await _row(tx, actor, incident, comment)
    _must_stand(row)
    if not _is_own(actor, row):
        raise Forbidden("Only who wrote a comment may change it.")
    window = (await tenancy.current(tx)).settings.comment_edit_minutes
    if not rules.may_edit(row["created_at"], tx.now, window):
        raise Refused("A comment can be changed for {minutes} minutes; write another one.", minutes=window)
    html, people = await mentions.read(tx, actor, incident, body, mentioning, is_internal=row["is_internal"])
    added = await mentions.keep(tx, actor, incident, row["id"], people)
    if body != row["body"]:
        await store.comments.rewrite(tx, row, body=body, body_html=html)
        await incidents.index_comments_anew(tx, incident.id, await store.comments.words(tx, incident.id))
    if body != row["body"] or added:
        await incidents.changed(tx, incident)
        facts = {"comment": row["id"], "is_internal": row["is_internal"], "mentioned": added}
        tx.emit(events.CommentEdited(actor=actor, incident_id=incident.id, facts=facts))
    return await shown(tx, actor, incident, row["id"])


async def delete_comment(tx: Tx, actor: Actor, ref: str | UUID, comment: str | UUID, settings: Settings) -> None:
    """Take away what a comment says, with its files and former versions: who wrote it and when stays, and who deleted it.

    One's own, or anybody's for who may delete incidents. Raises `NotFound`, `Forbidden`, `Refused` for one that is deleted.
    """
    actor.must(permissions.COMMENTS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    row = await _row(tx, actor, incident, comment)
    _must_stand(row)
    if not (_is_own(actor, row) or actor.can(permissions.DELETE)):
        raise Forbidden("Only who wrote a comment may delete it, or who holds {wanted}.", wanted=permissions.DELETE)
    files = await store.attachments.of_comments(tx, incident.id, [row["id"]], public_only=False)
    for file in files:
        await delete_attachment(tx, actor, incident.id, file["id"], settings)
    await store.comments.bury(tx, row["id"], actor.id)
    await incidents.index_comments_anew(tx, incident.id, await store.comments.words(tx, incident.id))
    await incidents.changed(tx, incident)
    facts = {
        "comment": row["id"],
        "is_internal": row["is_internal"],
        "author": row["user_id"] or row["reporter_id"],
        "files": len(files),
    }
    tx.emit(events.CommentDeleted(actor=actor, incident_id=incident.id, facts=facts))


async def comment_history(
    tx: Tx, actor: Actor, ref: str | UUID, comment: str | UUID, *, limit: int, cursor: str | None
) -> Page[CommentVersion]:
    """What a comment said before, the oldest first; for members. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    row = await _row(tx, actor, incident, comment)
    limit, question = check_limit(limit), ["versions", str(row["id"])]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    rows = await store.comments.versions(tx, row["id"], after=after, limit=limit + 1)
    items = [msgspec.convert(dict(each), CommentVersion) for each in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].written_at, items[-1].id]) if more else None)


def may_edit_comment(actor: Actor, comment: Comment, now: datetime, window_minutes: int) -> bool:
    """Whether an actor may still rewrite a comment: what a page offers."""
    young = rules.may_edit(comment.created_at, now, window_minutes)
    return actor.can(permissions.COMMENTS_MANAGE) and _wrote(actor, comment) and comment.deleted_at is None and young


def may_delete_comment(actor: Actor, comment: Comment) -> bool:
    """Whether an actor may delete a comment: what a page offers."""
    allowed = _wrote(actor, comment) or actor.can(permissions.DELETE)
    return actor.can(permissions.COMMENTS_MANAGE) and comment.deleted_at is None and allowed


def _wrote(actor: Actor, comment: Comment) -> bool:
    return actor.id is not None and comment.author.type == "user" and comment.author.id == actor.id


def _is_own(actor: Actor, row: Any) -> bool:
    return actor.id is not None and row["user_id"] == actor.id


async def _row(tx: Tx, actor: Actor, incident: Incident, comment: str | UUID) -> Any:
    row = await find_child(store.comments.get, tx, incident.id, comment)
    if row is None or (row["is_internal"] and public_only(actor)):
        raise NotFound
    return row


def _must_stand(row: Any) -> None:
    if row["deleted_at"] is not None:
        raise Refused("This comment is deleted.")
