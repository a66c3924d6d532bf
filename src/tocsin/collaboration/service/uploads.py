"""Files on their way in: object first, row second, and whatever no committed row names is deleted again.

async with receiving(settings, tenant_id, now, accepted) as inbox:
    fields = await read_form(request, …, receive=inbox.take)      # no transaction is open while the client sends
    async with ctx.transaction() as tx:
        await attach(tx, actor, ref, inbox.uploads[0])            # keeps the object once the commit is durable
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
import structlog

from tocsin.base.errors import N_, TocsinError, invalid
from tocsin.base.ids import new_id
from tocsin.base.settings import Settings
from tocsin.collaboration import rules
from tocsin.collaboration.adapters import files
from tocsin.collaboration.adapters.inspection import Suspicious
from tocsin.collaboration.model import StoredFile
from tocsin.collaboration.rules import suspicion
from tocsin.tenancy.model import Tenant
from tocsin.web.uploads import FilePart

log = structlog.get_logger()

EMPTY = N_("The file has no content.")


@dataclass(slots=True)
class Upload:
    """A stored object that becomes the attachment `id`. `attached`: a transaction names it; `kept`: it has committed.

    `scan`: whether a scanner is to judge it (`waiting`) or there is none.
    """

    id: UUID
    file: StoredFile
    scan: Literal["none", "waiting"] = "none"
    attached: bool = False
    kept: bool = False

    def keep(self) -> None:
        """The row is durable: the object stays."""
        self.kept = True


@dataclass(slots=True)
class Inbox:
    """The files of one request; `accepted` are the types that the tenant takes (none: all)."""

    settings: Settings
    tenant_id: UUID
    now: datetime
    accepted: Sequence[str] = ()
    uploads: list[Upload] = field(default_factory=list)

    async def take(self, part: FilePart) -> None:
        """Store a file of a form. Raises `Invalid` naming the form's field when it has no content or is not accepted."""
        await self.store(part.chunks, part.filename, part.declared_type, part.field)

    async def store(
        self, chunks: AsyncIterator[bytes], filename: str, declared_type: str, name: str = "file"
    ) -> Upload:
        """Store a file while it arrives. Raises `Invalid` for one that is empty, suspicious, or of a type that the tenant
        does not take, what `chunks` raises, `Unavailable`.
        """
        upload_id = new_id()
        path, disk = rules.object_path(self.tenant_id, upload_id, self.now), files.disk(self.settings)
        written = await files.put(self.settings, path, chunks)
        file = StoredFile(
            disk=disk,
            path=path,
            filename=rules.display_name(filename),
            mime_type=rules.kept_type(written.sniffed, declared_type, written.head),
            size_bytes=written.size,
            sha256=written.sha256,
        )
        upload = Upload(upload_id, file, "none" if self.settings.clamd_url is None else "waiting")
        self.uploads.append(upload)
        if written.size == 0:
            raise invalid(name, EMPTY)
        if not suspicion.is_accepted(file.mime_type, self.accepted):
            types = ", ".join(self.accepted)
            raise invalid(name, suspicion.NOT_TAKEN, file=file.filename, type=file.mime_type, types=types)
        try:
            await files.look_into(self.settings, path, written, file.mime_type)
        except Suspicious as error:
            raise invalid(name, error.template, **{**error.values, "file": file.filename}) from None
        return upload

    async def clear(self, error: BaseException | None) -> None:
        """Delete what no committed row names. After a commit whose outcome is unknown the object stays: better one
        nobody names than a row without its file.
        """
        for upload in self.uploads:
            if upload.kept:
                continue
            if upload.attached and not _rolled_back(error):
                log.warning("a file stays: whether its attachment was committed is unknown", path=upload.file.path)
                continue
            await files.remove(self.settings, upload.file.disk, upload.file.path)


def _rolled_back(error: BaseException | None) -> bool:
    """Whether an error tells for sure that the transaction is undone."""
    if isinstance(error, asyncpg.PostgresConnectionError):
        return False
    return isinstance(error, TocsinError | asyncpg.PostgresError)


@asynccontextmanager
async def receiving(
    settings: Settings, tenant_id: UUID, now: datetime, accepted: Sequence[str] = ()
) -> AsyncIterator[Inbox]:
    """An inbox for the files of one request, of the `accepted` types; `now` gives the year in their paths."""
    inbox = Inbox(settings, tenant_id, now, accepted)
    try:
        yield inbox
    except BaseException as error:
        await asyncio.shield(inbox.clear(error))
        raise
    await inbox.clear(None)


def file_limit(settings: Settings, tenant: Tenant) -> int:
    """The largest attachment of a tenant, in bytes: its own setting, else the server's."""
    return tenant.settings.attachment_limit or settings.attachment_limit


def only(inbox: Inbox, name: str = "file") -> Upload:
    """The one file of a form. Raises `Invalid` when none was sent."""
    if not inbox.uploads:
        raise invalid(name, "Send a file.")
    return inbox.uploads[0]
