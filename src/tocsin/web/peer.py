"""Who is at the other end of a connection, also behind proxies that the operator trusts, and what they say."""

from __future__ import annotations

import ipaddress
from typing import Any

from litestar import Request

from tocsin.base.ids import new_id


def header(request: Request[Any, Any, Any], name: bytes) -> str | None:
    """A header (named in lower case) straight from the request: for every request's path, where a map costs too much."""
    for key, value in request.scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return None


def server_address(request: Request[Any, Any, Any], public_url: str | None) -> str:
    """What links to this server begin with: the configured address, else the one that its client used."""
    return (public_url or str(request.base_url)).rstrip("/")


def request_id(request: Request[Any, Any, Any]) -> str:
    """The id of a request in answers and logs."""
    known = request.scope["state"].get("request_id")
    if known is None:
        known = request.scope["state"]["request_id"] = new_id().hex
    return str(known)


def peer_address(request: Request[Any, Any, Any], trusted_proxies: str = "") -> str:
    """The address a request comes from; `unknown` on a socket without one.

    X-Forwarded-For is read from its end, and only as far as trusted proxies wrote it: whoever calls can put anything before.
    """
    address = request.client.host if request.client is not None else "unknown"
    trusted = {part.strip() for part in trusted_proxies.split(",") if part.strip()}
    hops = request.headers.get("x-forwarded-for", "").split(",")
    while address in trusted and hops:
        hop = hops.pop().strip()
        if not _is_address(hop):
            break
        address = hop
    return address


def peer_group(address: str) -> str:
    """What limits count an address by: itself, or the /64 of an IPv6 address, which one subscriber has for himself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
