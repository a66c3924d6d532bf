"""The object store of attachments: a local folder by default, S3, Google or Azure by `TOCSIN_FILES_URL`.

The local folder holds nothing but `<tenant>/<year>/<id>`; names that clients give never become paths.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from io import RawIOBase
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import filetype
import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from tocsin.base.errors import N_, NotFound, SettingError, Unavailable
from tocsin.base.settings import Settings
from tocsin.collaboration.adapters.inspection import TAIL, Suspicious, inspect, is_worth_looking
from tocsin.collaboration.rules import suspicion

log = structlog.get_logger()

HEAD = 8192
"""Bytes of a file's beginning that tell its type."""
CHUNK = 5 * 1024 * 1024
"""Bytes written at once: the least that S3 takes as a part."""
READ = 256 * 1024
_STAGED = re.compile(r"#[0-9]+\Z")
_ENOUGH = 64
"""Bytes of a head that tell a picture."""
_RETRY: Any = {"max_retries": 3, "retry_timeout": timedelta(seconds=10)}
"""A store that is away is told to whoever waits, before they give up themselves."""
_GONE = N_("The file is not in the store any more; tell your administrator.")
_AWAY = N_("The store of files does not answer at the moment; nothing was changed. Try again in a moment.")


@dataclass(frozen=True, slots=True)
class Written:
    """What was learned of a file while it was written. `sniffed` is the media type its first bytes show, if any;
    `has_code`: it is a picture that a browser could be made to run.
    """

    size: int
    sha256: bytes
    head: bytes
    sniffed: str | None
    has_code: bool = False
    tail: bytes = b""


def disk(settings: Settings) -> str:
    """Where new files go: local, s3, gs or az."""
    scheme = urlsplit(settings.files_url).scheme if settings.files_url else "file"
    return "local" if scheme == "file" else scheme


def local_folder(settings: Settings) -> Path:
    """The folder of the local store."""
    if settings.files_url and disk(settings) == "local":
        return Path(unquote(urlsplit(settings.files_url).path))
    return settings.home / "files"


def check_settings(settings: Settings) -> None:
    """Raises `SettingError` when files have no place: a folder that cannot be written, a bucket set up by half."""
    if settings.files_url is not None and disk(settings) != "local":
        try:
            from_url(settings.files_url)
        except BaseError as error:
            raise SettingError(f"TOCSIN_FILES_URL: {str(error).splitlines()[0]}.") from None
        return
    folder = local_folder(settings)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        variable = "TOCSIN_FILES_URL" if settings.files_url else "TOCSIN_HOME"
        raise SettingError(f"{variable}: the folder {folder} cannot be used: {error.strerror}.") from None


@lru_cache(maxsize=8)
def _store(url: str | None, folder: Path) -> Any:
    if url is not None:
        return from_url(url, retry_config=_RETRY)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return LocalStore(folder)


def _open(settings: Settings, on: str) -> Any:
    if on == "local":
        return _store(None, local_folder(settings))
    if on != disk(settings):
        log.error("an attachment lies in a store that is not set up", disk=on)
        raise NotFound(_GONE)
    return _store(settings.files_url, settings.home)


async def put(settings: Settings, path: str, chunks: AsyncIterator[bytes]) -> Written:
    """Write a file while it arrives, whole or not at all. Raises what `chunks` raises, `Unavailable` for the store."""
    digest, head, tail, size, search = hashlib.sha256(), b"", b"", 0, _Search()

    async def passing() -> AsyncIterator[bytes]:
        nonlocal head, tail, size
        async for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            if len(head) < HEAD:
                head += chunk[: HEAD - len(head)]
            tail = (tail + chunk)[-TAIL:]
            search.take(head, chunk)
            yield chunk

    on = disk(settings)
    try:
        await obstore.put_async(_open(settings, on), path, passing(), chunk_size=CHUNK, max_concurrency=1)
        if on == "local":
            await asyncio.to_thread(_flush, local_folder(settings) / path)
    except (BaseError, OSError):
        log.exception("a file cannot be stored", path=path)
        raise Unavailable(_AWAY) from None
    sniffed = _sniffed(head)
    has_code = search.found and (sniffed or "").startswith("image/")
    return Written(size, digest.digest(), head, sniffed, has_code, tail)


def _sniffed(head: bytes) -> str | None:
    found = filetype.guess(head) if head else None
    return found.mime if found else None


class _Search:
    """Looks for code in a picture while it passes by; leaves everything else alone as soon as it is known for it."""

    def __init__(self) -> None:
        self.found = False
        self._goes_on = True
        self._tail = b""

    def take(self, head: bytes, chunk: bytes) -> None:
        if not self._goes_on:
            return
        self.found = suspicion.holds_code(self._tail + chunk)
        self._tail = (self._tail + chunk)[-suspicion.LONGEST_CODE :]
        known = len(head) < _ENOUGH or (_sniffed(head) or "").startswith("image/")
        self._goes_on = known and not self.found


async def look_into(settings: Settings, path: str, written: Written, mime_type: str) -> None:
    """Look into a file that was just written. Raises `Suspicious`, `Unavailable` for the store."""
    if written.has_code:
        raise Suspicious(suspicion.TWO_IN_ONE, shown=mime_type, hidden="text/html")
    if not is_worth_looking(written.head, written.tail, mime_type):
        return
    try:
        await asyncio.to_thread(_look, settings, path, written.size, mime_type)
    except (BaseError, OSError):
        log.exception("a file cannot be read", path=path)
        raise Unavailable(_AWAY) from None


def _look(settings: Settings, path: str, size: int, mime_type: str) -> None:
    reader = obstore.open_reader(_open(settings, disk(settings)), path)
    try:
        inspect(_Seekable(reader), size, mime_type)
    finally:
        reader.close()


class _Seekable(RawIOBase):
    """The store's reader as Python's own files are: what unpacks archives asks whether it may jump."""

    def __init__(self, reader: Any) -> None:
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return int(self._reader.seek(offset, whence))

    def tell(self) -> int:
        return int(self._reader.tell())

    def read(self, size: int | None = -1, /) -> bytes:
        return bytes(self._reader.read(None if size is None or size < 0 else size))


def _flush(path: Path) -> None:
    """Make file and folder entry durable: the row that names them is about to be."""
    for target in (path, path.parent):
        handle = os.open(target, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


async def read(settings: Settings, on: str, path: str) -> AsyncIterator[bytes]:
    """A file's content in chunks, already opened. Raises `NotFound` when it is gone, `Unavailable` for the store."""
    try:
        found = await obstore.get_async(_open(settings, on), path)
    except FileNotFoundError:
        log.exception("the file of an attachment is gone", disk=on, path=path)
        raise NotFound(_GONE) from None
    except (BaseError, OSError):
        log.exception("a file cannot be read", disk=on, path=path)
        raise Unavailable(_AWAY) from None
    return _chunks(found.stream(min_chunk_size=READ))


async def _chunks(stream: Any) -> AsyncIterator[bytes]:
    async for chunk in stream:
        yield bytes(chunk)


async def remove(settings: Settings, on: str, path: str) -> None:
    """Delete a file that no row names. A failure leaves it behind, unreachable, and is logged."""
    try:
        await obstore.delete_async(_open(settings, on), path)
    except FileNotFoundError:
        return
    except (BaseError, OSError, NotFound):
        log.exception("a file without an attachment stays behind", disk=on, path=path)


async def write(settings: Settings, on: str, path: str, content: bytes) -> None:
    """Write a small file as a whole. Raises `Unavailable`."""
    try:
        await obstore.put_async(_open(settings, on), path, content)
    except (BaseError, OSError):
        log.exception("a file cannot be stored", disk=on, path=path)
        raise Unavailable(_AWAY) from None


async def listed(settings: Settings, prefix: str) -> AsyncIterator[list[tuple[str, datetime]]]:
    """What lies under a prefix of the present store, batch by batch: paths, and when each was written."""
    try:
        async for batch in obstore.list(_open(settings, disk(settings)), prefix, chunk_size=1000):
            yield [(str(one["path"]), one["last_modified"]) for one in batch]
    except (BaseError, OSError):
        log.exception("the store of files cannot be listed", prefix=prefix)
        raise Unavailable(_AWAY) from None


async def remove_staged(settings: Settings, prefix: str, before: datetime) -> int:
    """Delete what killed processes left half-written before a time; how many. No store lists it.

    The local folder calls it `<name>#<number>`. Buckets drop unfinished parts by their own lifecycle rule.
    """
    if disk(settings) != "local":
        return 0
    return await asyncio.to_thread(_unlink_staged, local_folder(settings) / prefix, before.timestamp())


def _unlink_staged(folder: Path, before: float) -> int:
    gone = 0
    for path in folder.glob("*/*#*"):
        with suppress(FileNotFoundError):  # it was finished meanwhile
            if _STAGED.search(path.name) is not None and path.stat().st_mtime < before:
                path.unlink()
                gone += 1
    return gone
