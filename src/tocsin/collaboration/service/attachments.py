"""Attachments: rows that name files in the object store. The content is sent outside any transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.durations import parse_duration
from tocsin.base.errors import N_, BadValue, Forbidden, NotFound, Refused, invalid
from tocsin.base.paging import Page
from tocsin.base.settings import Settings
from tocsin.collaboration import events, store
from tocsin.collaboration.adapters import files
from tocsin.collaboration.adapters.pictures import THUMBNAIL_TYPE
from tocsin.collaboration.model import LINKS, Attachment, DownloadLink, StoredFile, attachment_from
from tocsin.collaboration.rules import links
from tocsin.collaboration.service.pages import ListQuery, find_child, must_read, public_only, read_page
from tocsin.collaboration.service.stored import drop, keep, thumbnail_path
from tocsin.collaboration.service.uploads import Upload
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident

SCANNING = N_("{file} is locked up until the scanner has found it clean; try again in a moment.")
LOCKED_UP = N_("{file} holds malware ({found}) and stays locked up.")


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
    """Where the content of an attachment lies; `open_file` reads it. Raises `NotFound` as `get_attachment` does, and
    `Refused` for one that is locked up.
    """
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    return _unlocked(await _row(tx, actor, incident, attachment))


def _unlocked(row: Any) -> StoredFile:
    if row["scan"] == "waiting":
        raise Refused(SCANNING, file=row["filename"])
    if row["scan"] == "infected":
        raise Refused(LOCKED_UP, file=row["filename"], found=row["scan_found"])
    return StoredFile(**{name: row[name] for name in StoredFile.__struct_fields__})


async def find_thumbnail(tx: Tx, actor: Actor, ref: str | UUID, attachment: str | UUID) -> StoredFile:
    """Where the thumbnail of an attachment lies. Raises `NotFound`, also where there is none (yet)."""
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    row = await _row(tx, actor, incident, attachment)
    if row["thumbnail"] != "made":
        raise NotFound
    file = _unlocked(row)
    return msgspec.structs.replace(file, path=thumbnail_path(file.path), mime_type=THUMBNAIL_TYPE)


async def link_to(
    tx: Tx, actor: Actor, ref: str | UUID, attachment: str | UUID, valid_for: str, address: str
) -> DownloadLink:
    """A link under an address by which anybody may fetch a public attachment for a while (an ISO 8601 duration).

    Raises `NotFound`, `Invalid`, and `Refused` for an internal one: nobody but members may have it.
    """
    must_read(actor)
    incident = await incidents.see(tx, actor, ref)
    row = await _row(tx, actor, incident, attachment)
    duration = _duration(valid_for)
    if row["is_internal"]:
        raise Refused("{file} is internal: there are no links to it.", file=row["filename"])
    _unlocked(row)
    expires_at = (tx.real_now + duration).replace(microsecond=0)
    link = links.Link(tx.tenant_id, row["id"], expires_at)
    return DownloadLink(url=address + links.write(link, await store.files.link_key(tx)), expires_at=expires_at)


async def links_to(tx: Tx, attachments: Iterable[Attachment]) -> dict[UUID, str]:
    """The addresses by which anybody may fetch some attachments for a day: those that are public and not locked up.

    The caller shows them to somebody who may know of them.
    """
    free = [one for one in attachments if not one.is_internal and one.scan in ("none", "clean")]
    if not free:
        return {}
    key, expires_at = await store.files.link_key(tx), (tx.real_now + links.LONGEST).replace(microsecond=0)
    return {one.id: f"{LINKS}/{links.write(links.Link(tx.tenant_id, one.id, expires_at), key)}" for one in free}


def _duration(text: str) -> timedelta:
    try:
        found = parse_duration(text)
    except BadValue as error:
        raise invalid("valid_for", error.template, **error.values) from None
    if not timedelta(seconds=1) <= found <= links.LONGEST:
        raise invalid("valid_for", "Give a duration of at most a day, such as PT15M.")
    return found


async def follow_link(tx: Tx, token: str, link: links.Link) -> StoredFile:
    """The file of a link, in a transaction of the tenant that it names. Raises `NotFound` for one that does not hold, is
    over, or leads to what is gone or has become internal; `Refused` for a file that is locked up.
    """
    if not links.holds(token, link, await store.files.link_key(tx), tx.real_now):
        raise NotFound
    row = await store.attachments.by_id(tx, link.attachment_id)
    if row is None:
        raise NotFound
    return _unlocked(row)


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
    await drop(tx, settings, row["file_id"])


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
    stored = await keep(tx, upload)
    file = msgspec.structs.replace(upload.file, disk=stored["disk"], path=stored["path"])
    await store.attachments.insert(
        tx,
        upload.id,
        incident.id,
        stored["id"],
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
