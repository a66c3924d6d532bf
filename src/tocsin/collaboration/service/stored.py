"""Stored files behind attachments: each content once, scanned, made into thumbnails, and swept away when nobody names it.

All of it goes by the real time. Sandboxes, whose time stands still and out of which nothing goes, neither scan nor draw.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from tocsin.base.actor import system_actor
from tocsin.base.errors import N_, NotFound, TocsinError, invalid
from tocsin.base.manifest import Sweep
from tocsin.base.settings import Settings
from tocsin.collaboration import events, store
from tocsin.collaboration.adapters import files, pictures, scanner
from tocsin.collaboration.service.uploads import Upload
from tocsin.db.tx import Database, Tx
from tocsin.tenancy import service as tenancy

log = structlog.get_logger()

LEASE = timedelta(minutes=5)
"""How long one look at a file may take before another worker takes it on."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=5)
"""When a scanner that was away is asked again: twice as late each time."""
SWEEP_EVERY = timedelta(days=1)
GRACE = timedelta(days=1)
"""How old a file must be to be swept: a younger one may be on its way in."""
_SWEPT_AT_ONCE = 500
INFECTED = N_("{file} holds malware ({found}); it is not accepted.")


def thumbnail_path(path: str) -> str:
    """Where the thumbnail of a file lies."""
    return f"{path}.thumbnail"


async def seed(tx: Tx, _tenant: Any) -> None:
    """A new tenant's part of the store."""
    await store.files.add_store(tx, secrets.token_bytes(32), tx.real_now + SWEEP_EVERY)


async def keep(tx: Tx, upload: Upload) -> Any:
    """The stored file of an upload: another of the same content, if there is one. Its row.

    Raises `Invalid` naming `file` for what is known as malware.
    """
    is_live = (await tenancy.current(tx)).kind == "live"
    scan = upload.scan if is_live else "none"
    is_picture = pictures.may_have_thumbnail(upload.file.mime_type, upload.file.size_bytes)
    thumbnail = "waiting" if is_live and is_picture else "none"
    due_at = tx.real_now if "waiting" in (scan, thumbnail) else None
    while (known := await store.files.find(tx, upload.file.sha256)) is None:
        if await store.files.insert(tx, upload.id, upload.file, scan=scan, thumbnail=thumbnail, due_at=due_at):
            # Its object stays once this is durable; that of a copy goes.
            upload.attached = True
            tx.after_commit(upload.keep)
    if scan == "waiting" and known["scan"] == "none":
        # It came before there was a scanner: from now on nobody gets it unseen, by whatever name.
        await store.files.lock_up(tx, known["id"], tx.real_now)
    if known["scan"] == "infected":
        raise invalid("file", INFECTED, file=upload.file.filename, found=known["scan_found"])
    return known


async def drop(tx: Tx, settings: Settings, file_id: UUID) -> None:
    """Take a stored file away once that is durable, unless another attachment names it."""
    gone = await store.files.drop_unnamed(tx, file_id)
    if gone is None:
        return
    tx.after_commit(partial(files.remove, settings, gone["disk"], gone["path"]))
    if gone["thumbnail"] == "made":
        tx.after_commit(partial(files.remove, settings, gone["disk"], thumbnail_path(gone["path"])))


# ------------------------------------------------------------------------------------------- scanning, thumbnails


async def look_at(database: Database, settings: Settings, tenant_id: UUID, file_id: UUID) -> None:
    """Let the scanner judge a file, and make its thumbnail once it is not locked up. No transaction is open meanwhile."""
    async with database.tenant(tenant_id) as tx:
        row = await store.files.take(tx, file_id, tx.real_now, tx.real_now + LEASE)
    if row is None:
        return
    scan = row["scan"]
    if scan == "waiting":
        scan = await _judge(database, settings, row)
    if scan in ("none", "clean") and row["thumbnail"] == "waiting":
        await _picture(database, settings, row)


async def _judge(database: Database, settings: Settings, row: Any) -> str:
    try:
        if settings.clamd_url is None:
            raise scanner.ScannerAway("TOCSIN_CLAMD_URL is not set any more")
        content = await files.read(settings, row["disk"], row["path"])
        verdict = await scanner.scan(settings.clamd_url, content)
    except (scanner.ScannerAway, TocsinError) as error:
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(row["attempts"], 10))
        log.warning("a file could not be scanned; it stays locked up", file=str(row["id"]), why=str(error))
        async with database.tenant(row["tenant_id"]) as tx:
            await store.files.put_off(tx, row["id"], tx.real_now + pause)
        return "waiting"
    async with database.tenant(row["tenant_id"]) as tx:
        scan = "clean" if verdict.found is None else "infected"
        due_at = tx.real_now + LEASE if scan == "clean" and row["thumbnail"] == "waiting" else None
        if await store.files.judge(tx, row["id"], scan, verdict.found, due_at) and scan == "infected":
            await _tell(tx, row["id"], str(verdict.found))
    return scan


async def _tell(tx: Tx, file_id: UUID, found: str) -> None:
    """Each incident whose attachment is malware says so."""
    for named in await store.files.named_by(tx, file_id):
        facts = {
            "attachment": named["id"],
            "comment": named["comment_id"],
            "is_internal": named["is_internal"],
            "found": found,
        }
        event = events.AttachmentInfected(
            actor=system_actor(tx.tenant_id),
            incident_id=named["incident_id"],
            facts=facts,
            texts={"filename": named["filename"]},
        )
        tx.emit(event)


async def _picture(database: Database, settings: Settings, row: Any) -> None:
    path = thumbnail_path(row["path"])
    try:
        whole = b"".join([chunk async for chunk in await files.read(settings, row["disk"], row["path"])])
        made = await asyncio.to_thread(pictures.thumbnail, whole)
        if made is not None:
            await files.write(settings, row["disk"], path, made)
    except NotFound:
        made = None
    async with database.tenant(row["tenant_id"]) as tx:
        is_there = await store.files.pictured(tx, row["id"], "made" if made is not None else "none")
    if made is not None and not is_there:
        await files.remove(settings, row["disk"], path)


FILES = Sweep(
    "collaboration.files",
    "collaboration",
    store.files.DUE,
    store.files.NEXT_DUE,
    look_at,
    own_transactions=True,
    concurrency=1,
)


# -------------------------------------------------------------------------------------------------------- sweeping


async def sweep(database: Database, settings: Settings, tenant_id: UUID, _id: UUID) -> None:
    """Take away what nobody names: stored files without an attachment, and objects in the store without a stored file."""
    async with database.tenant(tenant_id) as tx:
        if not await store.files.take_sweep(tx, tx.real_now, tx.real_now + SWEEP_EVERY):
            return
        before = tx.real_now - GRACE
    while await _sweep_rows(database, settings, tenant_id, before):
        pass
    gone = 0
    async for batch in files.listed(settings, f"{tenant_id}/"):
        old = [path for path, written_at in batch if written_at < before]
        async with database.tenant(tenant_id) as tx:
            orphans = await store.files.unknown(tx, old)
        for path in orphans:
            await files.remove(settings, files.disk(settings), path)
        gone += len(orphans)
    gone += await files.remove_staged(settings, f"{tenant_id}/", before)
    if gone:
        log.info("files that nobody named were removed", tenant=str(tenant_id), files=gone)


async def _sweep_rows(database: Database, settings: Settings, tenant_id: UUID, before: datetime) -> bool:
    async with database.tenant(tenant_id) as tx:
        found = await store.files.unnamed(tx, before, _SWEPT_AT_ONCE)
        for file_id in found:
            await drop(tx, settings, file_id)
    return len(found) == _SWEPT_AT_ONCE


ORPHANS = Sweep(
    "collaboration.orphans",
    "collaboration",
    store.files.SWEEPS_DUE,
    store.files.NEXT_SWEEP,
    sweep,
    own_transactions=True,
    concurrency=1,
)
