"""Files that pages need (style sheets, icons), read once when the application is put together."""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from tocsin.base.errors import NotFound
from tocsin.web.problems import from_exception
from tocsin.web.unit import request_id

FOLDER = Path(__file__).parent / "static"
_MONTH = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class File:
    """A static file: its bytes, its media type, and the entity tag that changes with them."""

    content: bytes
    media_type: str
    etag: str


@cache
def files() -> dict[str, File]:
    """Every static file by name. A client's text only ever looks names up here: no path is made of it."""
    found = {}
    for path in sorted(FOLDER.iterdir()):
        if path.is_file():
            content = path.read_bytes()
            kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            found[path.name] = File(content, kind, entity_tag(content))
    return found


def entity_tag(content: bytes) -> str:
    """A strong entity tag (RFC 9110 section 8.8.3) for bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def url(name: str) -> str:
    """The address of a static file, which changes when the file does. Raises `KeyError` for one that is not there."""
    return f"/static/{name}?v={files()[name].etag.strip(chr(34))}"


def unchanged(request: Request[Any, Any, Any], etag: str) -> bool:
    """Whether the caller already has what `etag` names (If-None-Match)."""
    given = request.headers.get("if-none-match", "")
    return given == "*" or etag in {part.strip().removeprefix("W/") for part in given.split(",")}


def answer(
    request: Request[Any, Any, Any], content: bytes, media_type: str, etag: str, *, max_age: int
) -> Response[bytes]:
    """Fixed bytes with their entity tag, or 304 when the caller has them."""
    fresh = {"ETag": etag, "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache"}
    if unchanged(request, etag):
        return Response(b"", status_code=304, media_type=media_type, headers=fresh)
    return Response(content, media_type=media_type, headers=fresh)


def handlers() -> list[HTTPRouteHandler]:
    """The route of the static files."""

    @get("/static/{name:str}", name="static")
    async def static(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        file = files().get(request.path_params["name"])
        if file is None:
            return from_exception(NotFound(), request_id(request))
        max_age = _MONTH if request.query_params.get("v") == file.etag.strip('"') else 0
        return answer(request, file.content, file.media_type, file.etag, max_age=max_age)

    return [static]
