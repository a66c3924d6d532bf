"""What a stranger sends: limits first, then the fields, then the files into an inbox; JSON or a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from litestar import Request

from tocsin.base.errors import UnsupportedMedia, invalid
from tocsin.base.settings import Settings
from tocsin.db.tx import Database
from tocsin.intake.model import Submission
from tocsin.web import ratelimit
from tocsin.web.fences import check_text, decode_json, read_body
from tocsin.web.peer import peer_address, peer_group
from tocsin.web.uploads import MEDIA_TYPE as MULTIPART, FilePart, read_form

URLENCODED = "application/x-www-form-urlencoded"
CUSTOM = "custom."
"""What the name of a custom field begins with in a form; its slug follows."""
FIELDS = ("title", "description", "name", "email", "phone", "organization", "category")
MAX_FILES = 5
TENANT_FACTOR = 20
"""How many addresses at their limit one tenant bears at a time."""
LOOK_FACTOR = 4
"""Looking at the tracking page is cheaper than reporting."""


class Text(str):
    """A custom value as a form has sent it: still to be read by its field's type."""

    __slots__ = ()


Receive = Callable[[FilePart], Awaitable[None]]


def peer_of(request: Request[Any, Any, Any], settings: Settings) -> str:
    """Who limits count the request for."""
    return peer_group(peer_address(request, settings.trusted_proxies))


async def limit_submits(database: Database, settings: Settings, tenant_id: UUID, peer: str) -> None:
    """Count a submission. Raises `RateLimited` past the address's or the tenant's limit in a minute."""
    limit = settings.public_rate_per_minute
    await ratelimit.hit(database, "intake.submit", str(tenant_id), peer, limit=limit)
    await ratelimit.hit(database, "intake.submit", str(tenant_id), limit=limit * TENANT_FACTOR)


async def limit_looks(database: Database, settings: Settings, tenant_id: UUID, peer: str) -> None:
    """Count a look at a tracking page. Raises `RateLimited`: secrets can't be tried out in bulk either."""
    limit = settings.public_rate_per_minute * LOOK_FACTOR
    await ratelimit.hit(database, "intake.track", str(tenant_id), peer, limit=limit)


def media_type(request: Request[Any, Any, Any]) -> str:
    """The body's media type, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_submission(request: Request[Any, Any, Any], *, file_limit: int, receive: Receive) -> Submission:
    """A submission to the API. Raises `Invalid`, `Malformed`, `UnsupportedMedia`, `TooLarge`."""
    if media_type(request) in (MULTIPART, URLENCODED):
        return submission_from(await read_fields(request, (*FIELDS, CUSTOM), file_limit=file_limit, receive=receive))
    found: Submission = decode_json(await read_body(request), Submission, request.headers.get("content-type", ""))
    check_text(found)
    return found


def submission_from(fields: dict[str, str]) -> Submission:
    """A submission from a form's fields; what was left empty was not given."""
    given: dict[str, Any] = {name: text for name in FIELDS if (text := fields.get(name, "")).strip()}
    custom = {name.removeprefix(CUSTOM): Text(text) for name, text in fields.items() if name.startswith(CUSTOM)}
    return Submission(**{"title": "", "email": "", "custom": custom, **given})


async def read_fields(
    request: Request[Any, Any, Any],
    names: tuple[str, ...],
    *,
    file_limit: int,
    receive: Receive,
    max_files: int = MAX_FILES,
) -> dict[str, str]:
    """The text fields of a form of either kind. Raises `Invalid` for unknown or repeated ones."""

    async def take(part: FilePart) -> None:
        """A browser sends a nameless, empty file where none was chosen."""
        if part.filename:
            await receive(part)

    if media_type(request) == MULTIPART:
        return await read_form(
            request, fields=names, files=("file",), file_limit=file_limit, receive=take, max_files=max_files
        )
    if media_type(request) != URLENCODED:
        raise UnsupportedMedia("Send the body as {media}.", media=f"application/json, {MULTIPART} or {URLENCODED}")
    return _decoded(await read_body(request), names)


def _decoded(raw: bytes, names: tuple[str, ...]) -> dict[str, str]:
    fields: dict[str, str] = {}
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, max_num_fields=100, errors="strict")
    except ValueError:
        raise invalid("body", "The form cannot be read.") from None
    for name, text in pairs:
        is_custom = CUSTOM in names and name.startswith(CUSTOM)
        if name not in names and name != "file" and not is_custom:
            raise invalid("body" if not name.isidentifier() else name, "There is no such field here.")
        if name in fields and not is_custom:
            raise invalid(name, "Give this field once.")
        check_text(name, "body")
        check_text(text, name)
        fields[name] = f"{fields[name]},{text}" if name in fields else text
    return fields
