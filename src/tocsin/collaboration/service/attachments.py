"""Attachments: rows that name files in the object store. The content is sent outside any transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused, invalid
from tocsin.base.paging import Page
from tocsin.base.settings import Settings
from tocsin.collaboration import events, store
from tocsin.collaboration.adapters import files
from tocsin.collaboration.model import Attachment, StoredFile, attachment_from
from tocsin.collaboration.service.pages import ListQuery, find_child, must_read, public_only, read_page
from tocsin.collaboration.service.uploads import Upload
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident


async def list_attachments(tx: Tx, actor: Actor, ref: str | UUID, query: ListQuery) -> Page[Attachment]:
    """A page of attachments; only the public ones for whom internal work is hidden. Raises `NotFound`."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    rows, cursor = await read_page(store.attachments.page, tx, actor, incident.id, query, "attachments")
    return Page([attachment_from(row) for row in rows], cursor)


async def get_attachment(tx: Tx, actor: Actor, ref: str | UUID, attachment: str | UUID) -> Attachment:
    """What is known of an attachment. Raises `NotFound`, also for an internal one that the actor may not see."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    return attachment_from(await _row(tx, actor, incident, attachment))


async def find_file(tx: Tx, actor: Actor, ref: str | UUID, attachment: str | UUID) -> StoredFile:
    """Where the content of an attachment lies; `open_file` reads it. Raises `NotFound` as `get_attachment` does."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    row = await _row(tx, actor, incident, attachment)
    return StoredFile(**{name: row[name] for name in StoredFile.__struct_fields__})


async def open_file(settings: Settings, file: StoredFile) -> AsyncIterator[bytes]:
    """The content of a file in chunks. Call it when no transaction is open. Raises `NotFound`, `Unavailable`."""
    return await files.read(settings, file.disk, file.path)


async def check_attaching(tx: Tx, actor: Actor, ref: str | UUID) -> None:
    """Raises what `attach` would raise for the actor and the incident, before the client is asked to send a file."""
    actor.must(permissions.COMMENTS_MANAGE)
    await incidents.see(tx, actor, ref)


async def attach(
    tx: Tx,
    actor: Actor,
    ref: str | UUID,
    upload: Upload,
    *,
    is_internal: bool = False,
    comment: str | UUID | None = None,
) -> Attachment:
    """Attach a stored file to an incident, or to one of its comments: what hangs on an internal comment is internal.

    Raises `NotFound`, `Invalid` naming `comment_id`.
    """
    actor.must(permissions.COMMENTS_MANAGE)
    if is_internal and public_only(actor):
        raise Forbidden("Internal attachments need the permission {wanted}.", wanted=permissions.VIEW)
    incident = await incidents.lock(tx, actor, ref)
    comment_id = None
    if comment is not None:
        row = await find_child(store.comments.get, tx, incident.id, comment)
        if row is None or (row["is_internal"] and public_only(actor)):
            raise invalid("comment_id", "There is no such comment in this incident.")
        comment_id, is_internal = row["id"], is_internal or row["is_internal"]
    await _add(tx, actor, incident, upload, comment_id=comment_id, is_internal=is_internal, user_id=actor.id)
    return attachment_from(await store.attachments.get(tx, incident.id, upload.id))


async def add_public_attachment(
    tx: Tx,
    actor: Actor,
    ref: str | UUID,
    upload: Upload,
    *,
    comment_id: UUID | None = None,
    reported: Incident | None = None,
) -> UUID:
    """Attach a file in the name of who reported it, from the public form or the tracking page; the attachment's id.

    `reported` is what they reported, if that was merged into this one. The caller has made the incident or checked the page's secret.
    Raises `Refused` when nobody is known to have reported it.
    """
    actor.must(permissions.PUBLIC_SUBMIT)
    incident = await incidents.lock(tx, actor, ref)
    by = reported or incident
    user_id, reporter_id = by.reported_by_user_id, by.reported_by_reporter_id
    if user_id is None and reporter_id is None:
        raise Refused("Nobody is known to have reported this incident.")
    who = {"user_id": user_id, "reporter_id": reporter_id}
    await _add(tx, actor, incident, upload, comment_id=comment_id, is_internal=False, **who)
    return upload.id


async def delete_attachment(tx: Tx, actor: Actor, ref: str | UUID, attachment: str | UUID, settings: Settings) -> None:
    """Take an attachment away; its file goes once that is durable. Raises `NotFound`."""
    actor.must(permissions.COMMENTS_MANAGE)
    incident = await incidents.lock(tx, actor, ref)
    row = await _row(tx, actor, incident, attachment)
    await store.attachments.delete(tx, row["id"])
    await incidents.changed(tx, incident)
    facts = {
        "attachment": row["id"],
        "comment": row["comment_id"],
        "is_internal": row["is_internal"],
        "sha256": row["sha256"].hex(),
    }
    texts = {"filename": row["filename"]}
    tx.emit(events.AttachmentDeleted(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
    tx.after_commit(partial(files.remove, settings, row["disk"], row["path"]))


async def _row(tx: Tx, actor: Actor, incident: Incident, attachment: str | UUID) -> Any:
    row = await find_child(store.attachments.get, tx, incident.id, attachment)
    if row is None or (row["is_internal"] and public_only(actor)):
        raise NotFound
    return row


async def _add(
    tx: Tx,
    actor: Actor,
    incident: Incident,
    upload: Upload,
    *,
    comment_id: UUID | None,
    is_internal: bool,
    user_id: UUID | None = None,
    reporter_id: UUID | None = None,
) -> None:
    upload.attached = True
    tx.after_commit(upload.keep)
    file = upload.file
    await store.attachments.insert(
        tx,
        upload.id,
        incident.id,
        file,
        comment_id=comment_id,
        is_internal=is_internal,
        user_id=user_id,
        reporter_id=reporter_id,
    )
    await incidents.changed(tx, incident)
    facts = {
        "attachment": upload.id,
        "comment": comment_id,
        "is_internal": is_internal,
        "mime_type": file.mime_type,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256.hex(),
    }
    texts = {"filename": file.filename}
    tx.emit(events.AttachmentAdded(actor=actor, incident_id=incident.id, facts=facts, texts=texts))
