"""What no request gets past: sizes, depth, bytes PostgreSQL cannot keep. Checked once, before any feature sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import msgspec
from litestar import Request

from tocsin.base.errors import N_, Malformed, TocsinError, TooLarge, UnsupportedMedia, WrongQuery, invalid
from tocsin.base.fitting import unfit

MAX_JSON = 1024 * 1024
MAX_DEPTH = 100
BODY_SECONDS = 20
DISCARDED = 32 * 1024 * 1024
"""Bytes of a refused body that are still taken in, and forgotten."""
DISCARD_SECONDS = 5


class SlowBody(TocsinError):
    """The body did not arrive in time."""

    slug = "timeout"
    title = "The request took too long to arrive"
    status = 408


async def read_body(request: Request[Any, Any, Any], limit: int = MAX_JSON) -> bytes:
    """The whole body. Raises `TooLarge` when it passes `limit` bytes, `SlowBody` after 20 seconds, `UnsupportedMedia`."""
    await refuse_declared(request, limit, "body")
    await refuse_packed(request)
    chunks: list[bytes] = []
    size = 0
    stream = request.stream()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in stream:
                size += len(chunk)
                if size > limit:
                    await discard(stream)
                    raise TooLarge("The body is larger than {limit} bytes.", limit=limit)
                chunks.append(chunk)
    except TimeoutError:
        raise SlowBody("The body did not arrive within 20 seconds; send it again.") from None
    return b"".join(chunks)


async def refuse_declared(request: Request[Any, Any, Any], limit: int, what: str) -> None:
    """Raises `TooLarge` when the request says itself that it brings more than `limit` bytes."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        if "expect" not in request.headers:  # who asks before sending (RFC 9110 section 10.1.1) sends nothing now
            await discard(request.stream())
        form, body = N_("The form is larger than {limit} bytes."), N_("The body is larger than {limit} bytes.")
        template = form if what == "form" else body
        raise TooLarge(template, limit=limit)


async def refuse_packed(request: Request[Any, Any, Any]) -> None:
    """Raises `UnsupportedMedia` for a body that is compressed on its way: it would be kept as what it is not."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        await discard(request.stream())
        raise UnsupportedMedia("Send the body as it is, without a Content-Encoding.")


async def discard(stream: AsyncIterator[bytes]) -> None:
    """Take in the rest of a body that is refused, up to `DISCARDED` bytes.

    An answer given while the client still sends may be lost, and the connection's next request with it.
    """
    left = DISCARDED
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_SECONDS):
            async for chunk in stream:
                left -= len(chunk)
                if left < 0:
                    return


def decode_json(raw: bytes, target: type[Any], content_type: str) -> Any:
    """The body as `target`. Malformed JSON is 400, a value that does not fit is 422 with its field named."""
    media = content_type.partition(";")[0].strip().lower()
    if media and media != "application/json" and not media.endswith("+json"):
        raise UnsupportedMedia("Send the body as application/json.")
    if _too_deep(raw):
        raise invalid("body", "The JSON is nested more than {depth} levels deep.", depth=MAX_DEPTH)
    try:
        found = msgspec.json.decode(raw or b"{}", type=target)
    except msgspec.ValidationError as error:
        raise unfit(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        _check_escapes(raw)
        raise Malformed("The body is not valid JSON: {why}", why=error) from None
    except RecursionError:
        raise invalid("body", "The JSON is nested more than {depth} levels deep.", depth=MAX_DEPTH) from None
    _KEYS.decode(raw.decode() or "{}")
    return found


def _once_each(pairs: list[tuple[str, Any]]) -> None:
    """Raises `Invalid` for an object that names something twice: one reader would take the first, another the last."""
    if len(pairs) > 1 and len(names := {name for name, _ in pairs}) < len(pairs):
        raise invalid(next(name for name in names if sum(name == one for one, _ in pairs) > 1), "Give this field once.")


_KEYS = json.JSONDecoder(object_pairs_hook=_once_each, parse_int=float)
"""Reads JSON for nothing but its keys; numbers of any length are no trouble to it."""


def _check_escapes(raw: bytes) -> None:
    """Raises `Invalid` with the field when half a surrogate pair is all that keeps the JSON from being read."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return
    check_text(value)


def _too_deep(raw: bytes) -> bool:
    """Whether brackets nest deeper than allowed, outside strings. Only bodies with that many brackets are walked."""
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return False
    depth, in_string, escaped = 0, False, False
    for byte in raw:
        if in_string:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_string = False
        elif byte == 0x22:
            in_string = True
        elif byte in (0x5B, 0x7B):
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif byte in (0x5D, 0x7D):
            depth -= 1
    return False


def check_text(value: Any, path: str = "") -> None:
    """Raises `Invalid` for text that PostgreSQL cannot keep (NUL, lone surrogates) or integers past 64 bits."""
    if isinstance(value, str):
        if "\x00" in value:
            where, why = value.index("\x00"), N_("The text contains a NUL character.")
            raise WrongQuery(path or "body", where, why, N_("Take the control character out."))
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                why = N_("The text contains half of a surrogate pair.")
                raise WrongQuery(path or "body", error.start, why, N_("Take the control character out.")) from None
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise invalid(path or "body", "The number is too large.")
    elif isinstance(value, dict):
        for key, item in value.items():
            check_text(key, path)
            check_text(item, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            check_text(item, f"{path}[{index}]")
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            check_text(getattr(value, name), f"{path}.{name}".lstrip("."))
