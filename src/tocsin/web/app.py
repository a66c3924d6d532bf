"""The Litestar application around the endpoints: problem documents for everything, security headers, health, docs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from litestar import HttpMethod, Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, LifeSpanScope, Message, Scope

from tocsin.base.manifest import Endpoint
from tocsin.web.problems import from_exception
from tocsin.web.reply import sealed
from tocsin.web.unit import bind, request_id

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


class App(Litestar):
    """Litestar with the security headers on every answer, also on those that no route gave.

    Outermost rather than as a middleware: a layer less for each request.
    """

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Any, send: Any) -> None:
        """Answer, and seal what is answered."""
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return

        async def seal(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = sealed(list(message["headers"]))
            await send(message)

        await super().__call__(scope, receive, seal)


def build_app(endpoints: Sequence[Endpoint], raw_handlers: Sequence[HTTPRouteHandler], lifespan: Lifespan) -> Litestar:
    """The application: each endpoint bound to its path, the given raw handlers (health, docs, metrics) beside them."""
    handlers = [_handler(endpoint) for endpoint in endpoints]
    return App(
        route_handlers=[*handlers, *raw_handlers],
        lifespan=[lifespan],
        openapi_config=None,
        exception_handlers={Exception: _on_error},
        request_max_body_size=None,
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )


def _handler(endpoint: Endpoint) -> HTTPRouteHandler:
    answer = bind(endpoint)
    path = endpoint.path
    for name in endpoint.path_params:
        path = path.replace("{" + name + "}", "{" + name + ":str}")

    async def handle(request: Request) -> ASGIApp:  # type: ignore[type-arg]
        return await answer(request)

    return HTTPRouteHandler(
        path,
        http_method=HttpMethod(endpoint.method),
        name=f"{endpoint.method} {endpoint.path}",
        status_code=200,  # every answer brings its own
        endpoint=endpoint,
    )(handle)


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    return from_exception(error, request_id(request))
