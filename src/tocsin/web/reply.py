"""A finished answer, sent as it stands: building the framework's own response objects costs more than a query."""

from __future__ import annotations

from collections.abc import Iterable

from litestar.datastructures import Cookie
from litestar.types import Receive, Scope, Send

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
    (
        b"content-security-policy",
        b"; ".join(
            (
                b"default-src 'none'",
                *(
                    name + b" 'self'"
                    for name in (b"style-src", b"font-src", b"script-src", b"connect-src", b"manifest-src")
                ),
                b"img-src 'self' data: blob:",
                b"form-action 'self'",
                b"base-uri 'none'",
                b"frame-ancestors 'none'",
            )
        ),
    ),
)
"""What every answer carries, unless it says otherwise itself."""
Headers = list[tuple[bytes, bytes]]


def sealed(headers: Headers) -> Headers:
    """The headers with the security headers that they lack."""
    if headers and headers[-1] is SECURITY_HEADERS[-1]:
        return headers  # a `Reply`, which has them all
    present = {name for name, _ in headers}
    return headers + [pair for pair in SECURITY_HEADERS if pair[0] not in present]


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
        if status not in (204, 304):  # RFC 9110 sections 15.3.5 and 15.4.5: no content, no type, no length
            pairs += [(b"content-type", media_type.encode("ascii")), (b"content-length", b"%d" % len(body))]
        for cookie in cookies:
            pairs.append((b"set-cookie", cookie.to_header(header="").encode("latin-1")))
        names = {name for name, _ in pairs}
        self.headers = pairs + [pair for pair in SECURITY_HEADERS if pair[0] not in names]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
