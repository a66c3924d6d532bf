"""A finished answer, sent as it stands: building the framework's own response objects costs more than a query."""

from __future__ import annotations

from collections.abc import Iterable

from litestar.datastructures import Cookie
from litestar.types import Receive, Scope, Send


class Reply:
    """An ASGI application that sends one answer: status, headers, body. Header values must be free of line breaks."""

    __slots__ = ("body", "headers", "status")

    def __init__(
        self,
        body: bytes,
        status: int,
        headers: dict[str, str],
        *,
        media_type: str = "application/json",
        cookies: Iterable[Cookie] = (),
    ) -> None:
        self.body = body
        self.status = status
        pairs = [(name.lower().encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        if status != 204:  # RFC 9110 section 15.3.5: no content, no type, no length
            pairs += [(b"content-type", media_type.encode("ascii")), (b"content-length", b"%d" % len(body))]
        for cookie in cookies:
            pairs.append((b"set-cookie", cookie.to_header(header="").encode("latin-1")))
        self.headers = pairs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
