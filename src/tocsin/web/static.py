"""Files that pages need: our own few, and what `make assets` builds (bundles, style sheets, fonts, the icon sprite).

Built files carry a hash of their content in their name and are kept by browsers for ever; our own by their entity tag.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from tocsin.base.errors import NotFound, SettingError
from tocsin.web.peer import header, request_id
from tocsin.web.problems import from_exception

FOLDER = Path(__file__).parent / "static"
BUILT = FOLDER / "built"
_MONTH = 30 * 24 * 3600
_YEAR = 365 * 24 * 3600
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("application/manifest+json", ".webmanifest")


@dataclass(frozen=True, slots=True)
class File:
    """A static file: its bytes (and these compressed, by encoding), its media type, the entity tag that changes with them."""

    content: bytes
    media_type: str
    etag: str
    is_built: bool = False
    packed: dict[str, bytes] = field(default_factory=dict)


@cache
def files() -> dict[str, File]:
    """Every static file by name. A client's text only ever looks names up here: no path is made of it."""
    found = {path.name: _file(path) for path in sorted(FOLDER.iterdir()) if path.is_file()}
    if BUILT.is_dir():
        for path in sorted(BUILT.iterdir()):
            if path.suffix not in (".br", ".gz") and not path.name.startswith((".", "manifest")):
                found[path.name] = _file(path, is_built=True)
    return found


def _file(path: Path, *, is_built: bool = False) -> File:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    beside = {name: Path(f"{path}{ending}") for name, ending in _ENCODINGS.items()}
    packed = {name: other.read_bytes() for name, other in beside.items() if is_built and other.is_file()}
    return File(content, kind, entity_tag(content), is_built, packed)


@cache
def _names() -> dict[str, str]:
    manifest = BUILT / "manifest.json"
    if not manifest.is_file():
        raise SettingError("The console's assets are not built: run `make assets`.")
    found: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
    return found


def entity_tag(content: bytes) -> str:
    """A strong entity tag (RFC 9110 section 8.8.3) for bytes."""
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


@cache
def url(name: str) -> str:
    """The address of a static file, which changes when the file does. Raises `KeyError` for one that is not there."""
    if name in files():
        return f"/static/{name}?v={files()[name].etag.strip(chr(34))}"
    return f"/static/{_names()[name]}"


def unchanged(request: Request[Any, Any, Any], etag: str) -> bool:
    """Whether the caller already has what `etag` names (If-None-Match)."""
    given = header(request, b"if-none-match")
    if given is None:
        return False
    return given == "*" or etag in {part.strip().removeprefix("W/") for part in given.split(",")}


def answer(
    request: Request[Any, Any, Any], content: bytes, media_type: str, etag: str, *, max_age: int
) -> Response[bytes]:
    """Fixed bytes with their entity tag, or 304 when the caller has them."""
    fresh = {"ETag": etag, "Cache-Control": f"public, max-age={max_age}" if max_age else "no-cache"}
    if unchanged(request, etag):
        return Response(b"", status_code=304, media_type=media_type, headers=fresh)
    return Response(content, media_type=media_type, headers=fresh)


def _built(request: Request[Any, Any, Any], file: File) -> Response[bytes]:
    """A built file in the smallest form that the caller reads."""
    accepted = header(request, b"accept-encoding") or ""
    headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable", "Vary": "Accept-Encoding"}
    encoding = next((name for name in _ENCODINGS if name in accepted and name in file.packed), None)
    if encoding is not None:
        headers["Content-Encoding"] = encoding
    content = file.packed[encoding] if encoding is not None else file.content
    return Response(content, media_type=file.media_type, headers=headers)


def handlers() -> list[HTTPRouteHandler]:
    """The routes of the static files."""

    @get("/static/{name:str}", name="static")
    async def static(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        file = files().get(request.path_params["name"])
        if file is None:
            return from_exception(NotFound(), request_id(request))
        if file.is_built:
            return _built(request, file)
        max_age = _MONTH if request.query_params.get("v") == file.etag.strip('"') else 0
        return answer(request, file.content, file.media_type, file.etag, max_age=max_age)

    @get("/favicon.ico", name="favicon")
    async def favicon(request: Request) -> Response[bytes]:  # type: ignore[type-arg]
        """What browsers ask for beside whatever names no icon of its own."""
        file = files()["mark.svg"]
        return answer(request, file.content, file.media_type, file.etag, max_age=_MONTH)

    return [static, favicon]
