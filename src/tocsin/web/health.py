"""Health: `/health/live` (the process answers) and `/health/ready` (the database does too)."""

from __future__ import annotations

import asyncio
from typing import Any

from litestar import HttpMethod, Request, Response
from litestar.handlers import HTTPRouteHandler

from tocsin.base.errors import Unavailable
from tocsin.web.peer import request_id
from tocsin.web.problems import from_exception

READY_SECONDS = 2.0


async def live(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The process answers."""
    return Response(b'{"status":"live"}', media_type="application/json")


async def ready(request: Request[Any, Any, Any]) -> Response[bytes]:
    """One round trip to the database within two seconds; else 503."""
    services = request.app.state.services
    try:
        async with asyncio.timeout(READY_SECONDS), services.database.globally() as tx:
            await tx.value("select 1")
    except Exception:  # noqa: BLE001  whatever it is, the answer is the same: not now
        gone = Unavailable("The database does not answer at the moment.")
        return from_exception(gone, request_id(request))
    return Response(b'{"status":"ready"}', media_type="application/json")


def handlers() -> list[HTTPRouteHandler]:
    """Both routes; they need no login and tell nothing of any tenant."""
    return [
        HTTPRouteHandler("/health/live", http_method=HttpMethod.GET, name="live")(live),
        HTTPRouteHandler("/health/ready", http_method=HttpMethod.GET, name="ready")(ready),
    ]
