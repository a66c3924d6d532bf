"""What a login needs to know of a browser, and the cookie that it keeps."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from tocsin.access import rules
from tocsin.access.service.gate import COOKIE
from tocsin.access.service.login import Browser
from tocsin.base.settings import Settings
from tocsin.web.peer import peer_address


def browser_of(request: Request[Any, Any, Any], settings: Settings) -> Browser:
    """Where a request comes from, for limits and for the list of sessions."""
    agent = request.headers.get("user-agent", "").encode("latin-1", "replace").decode("utf-8", "replace")
    address = peer_address(request, settings.trusted_proxies)
    return Browser(address, agent.replace("\x00", "")[:300] or None, settings.login_rate_per_minute)


def session_cookie(request: Request[Any, Any, Any], value: str) -> Cookie:
    """The session's cookie; an empty value takes it away. It travels over TLS only, except on the very same machine."""
    end = None if value else 0
    secure = is_encrypted(request)
    return Cookie(key=COOKIE, value=value, path="/", httponly=True, samesite="lax", secure=secure, max_age=end)


def is_encrypted(request: Request[Any, Any, Any]) -> bool:
    """Whether cookies may travel over TLS only: everywhere but on the very same machine."""
    return not rules.is_loopback(request.headers.get("host", ""))
