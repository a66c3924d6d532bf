"""Multipart forms (RFC 7578) read part by part, so that a file is never whole in memory."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from litestar import Request
from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from tocsin.base.errors import N_, Invalid, TooLarge, UnsupportedMedia, invalid
from tocsin.web.fences import BODY_SECONDS, SlowBody, check_text, discard, refuse_declared, refuse_packed

MEDIA_TYPE = "multipart/form-data"
MAX_PARTS = 200
MAX_FIELD = 256 * 1024
"""Bytes of one text field."""
OVERHEAD = 1024 * 1024
"""Bytes that text fields, boundaries and headers of a form may have together beside its files."""
MIN_RATE = 1024
"""Bytes a second that a client must keep up once the first seconds are over, on average."""
_BOUNDARY = re.compile(r"[ -~]{0,199}[!-~]")


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file on its way in. Name and type are what the client says; `chunks` can be read once."""

    field: str
    filename: str
    declared_type: str
    chunks: AsyncIterator[bytes]
    before: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """The text fields that came before it: by these one can tell whether its sender may send it at all."""


async def read_form(
    request: Request[Any, Any, Any],
    *,
    fields: Collection[str],
    files: Collection[str],
    file_limit: int,
    receive: Callable[[FilePart], Awaitable[None]],
    max_files: int = 1,
) -> dict[str, str]:
    """The text fields of a form; each file goes to `receive` while it arrives.

    A name in `fields` that ends in a dot stands for all that begin so; of these, several of one name are joined by commas.

    Raises `UnsupportedMedia` for another content type, `TooLarge` for a file over `file_limit` bytes, `SlowBody` after 20
    seconds without progress, `Invalid` for unknown or repeated fields, too many parts and anything malformed.
    """
    boundary = _boundary(request)
    await refuse_declared(request, file_limit * max_files + OVERHEAD, "form")
    await refuse_packed(request)
    given: dict[str, str] = {}
    received = 0
    try:
        async with aclosing(_events(request, boundary, file_limit * max_files + OVERHEAD)) as events:
            async for part in events:
                if not isinstance(part, MultipartSegment):
                    continue
                name = str(part.name)
                if part.filename is None:
                    is_kin = _check_field(name, fields, files, given)
                    text = await _text(name, events)
                    given[name] = f"{given[name]},{text}" if is_kin and name in given else text
                else:
                    _check_file(name, fields, files)
                    received += 1
                    if received > max_files:
                        raise _too_many(name, max_files)
                    chunks = _content(events, file_limit)
                    await receive(FilePart(name, part.filename, part.content_type or "", chunks, given))
                    async for _ in chunks:
                        pass
    except (MultipartError, UnicodeError):
        raise invalid("body", "The form cannot be read: it is not multipart/form-data in UTF-8.") from None
    return given


def _too_many(name: str, limit: int) -> Invalid:
    if limit == 1:
        return invalid(name, "Send at most one file.")
    return invalid(name, "Send at most {limit} files.", limit=limit)


def _boundary(request: Request[Any, Any, Any]) -> str:
    media, options = parse_options_header(request.headers.get("content-type", ""))
    if media != MEDIA_TYPE:
        raise UnsupportedMedia("Send the body as {media}.", media=MEDIA_TYPE)
    boundary = str(options.get("boundary", ""))
    if not _BOUNDARY.fullmatch(boundary):
        raise invalid("body", "The Content-Type names no boundary between the parts of the form.")
    return boundary


def _check_field(name: str, fields: Collection[str], files: Collection[str], given: dict[str, str]) -> bool:
    """Whether a field is one of a family. Raises `Invalid`."""
    check_text(name, "body")
    family, _, member = name.partition(".")
    if member and f"{family}." in fields:
        return True
    if name in files:
        raise invalid(name, "Send this as a file, with a file name.")
    if name not in fields:
        raise invalid(name or "body", "There is no such field here.")
    if name in given:
        raise invalid(name, "Give this field once.")
    return False


def _check_file(name: str, fields: Collection[str], files: Collection[str]) -> None:
    check_text(name, "body")
    if name not in files:
        message = N_("Send this as text, not as a file.") if name in fields else N_("There is no such field here.")
        raise invalid(name or "body", message)


async def body_chunks(request: Request[Any, Any, Any], limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it arrives. Raises `TooLarge` past `limit` bytes, `SlowBody` for a client that stalls or trickles.

    Only waiting for the client counts: a slow store is not its fault. Whoever stops reading has the rest discarded.
    """
    clock = asyncio.get_running_loop().time
    waited, size = 0.0, 0
    async with aclosing(request.stream()) as stream:
        try:
            while True:
                began = clock()
                try:
                    async with asyncio.timeout(BODY_SECONDS):
                        chunk = await anext(stream)
                except StopAsyncIteration:
                    return
                except TimeoutError:
                    raise SlowBody(
                        "Nothing arrived for {seconds} seconds; send it again.", seconds=BODY_SECONDS
                    ) from None
                waited += clock() - began
                size += len(chunk)
                if size > limit:
                    raise TooLarge("The body is larger than {limit} bytes.", limit=limit)
                if size < (waited - BODY_SECONDS) * MIN_RATE:
                    raise SlowBody("The body arrives too slowly; send it again over a better connection.")
                if chunk:
                    yield chunk
        except (GeneratorExit, TooLarge):
            await discard(stream)
            raise


async def _events(
    request: Request[Any, Any, Any], boundary: str, limit: int
) -> AsyncGenerator[MultipartSegment | bytes | None, None]:
    """A part's header, its chunks, None at its end; and so on for each part."""
    with PushMultipartParser(boundary, max_segment_count=MAX_PARTS) as parser:
        async with aclosing(body_chunks(request, limit)) as chunks:
            async for chunk in chunks:
                for event in parser.parse(chunk):
                    yield event


async def _text(name: str, events: AsyncIterator[MultipartSegment | bytes | None]) -> str:
    raw = bytearray()
    async for chunk in events:
        if not isinstance(chunk, bytes):
            break
        raw += chunk
        if len(raw) > MAX_FIELD:
            raise invalid(name, "The text is longer than {limit} bytes.", limit=MAX_FIELD)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise invalid(name, "The text is not UTF-8.") from None
    check_text(text, name)
    return text


async def _content(events: AsyncIterator[MultipartSegment | bytes | None], limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in events:
        if not isinstance(chunk, bytes):
            return
        size += len(chunk)
        if size > limit:
            raise TooLarge("The file is larger than {limit} bytes.", limit=limit)
        yield chunk


def flag(fields: dict[str, str], name: str, *, default: bool) -> bool:
    """A yes-or-no field of a form. Raises `Invalid` for anything but true, false, 1, 0, on and off."""
    text = fields.get(name, "").strip().lower()
    if text == "":
        return default
    if text not in ("true", "false", "1", "0", "on", "off"):
        raise invalid(name, "Say true or false.")
    return text in ("true", "1", "on")
