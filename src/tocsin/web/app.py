"""The Litestar application around the endpoints: problem documents for everything, security headers, figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

from litestar import HttpMethod, Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, LifeSpanScope, Message, Scope

from tocsin.base.errors import NotFound
from tocsin.base.manifest import Endpoint
from tocsin.web import pages
from tocsin.web.live import EVENT_STREAM
from tocsin.web.metrics import Tally
from tocsin.web.peer import request_id
from tocsin.web.problems import as_problem, from_exception
from tocsin.web.reply import Headers, sealed
from tocsin.web.routes import HTML, Ctx
from tocsin.web.unit import bind

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


class App(Litestar):
    """Litestar with the security headers on every answer, also on those that no route gave, and every request counted.

    Outermost and in one layer rather than as middlewares: each layer costs every request.
    """

    tally: Tally
    methods: dict[str, set[str]]
    """By the template of each path."""

    async def __call__(self, scope: Scope | LifeSpanScope, receive: Any, send: Any) -> None:
        """Answer, seal what is answered, and count it."""
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        http = cast("dict[str, Any]", scope)
        if http["method"] == HttpMethod.HEAD:
            http["method"], send = HttpMethod.GET.value, _without_body(send)
        began = time.perf_counter()
        status = 499  # nobody waited for the answer
        took: float | None = None

        async def seal(message: Message) -> None:
            nonlocal status, took
            if message["type"] == "http.response.start":
                status = message["status"]
                if EVENT_STREAM in message["headers"]:  # which goes on for hours: what counts is when it began
                    took = time.perf_counter() - began
                headers = sealed(list(message["headers"]))
                message["headers"] = headers if status not in (204, 405) else self._allowing(http, headers)
            await send(message)

        try:
            await super().__call__(scope, receive, seal)
        finally:
            took = time.perf_counter() - began if took is None else took
            self.tally.count(http["method"], http.get("path_template"), status, took)

    def _allowing(self, http: dict[str, Any], headers: Headers) -> Headers:
        """The headers with all methods of the path in `Allow`: the framework knows those of one handler, and no HEAD."""
        allowed = next((value.decode() for name, value in headers if name == b"allow"), None)
        if allowed is None:
            return headers
        methods = self.methods.get(http.get("path_template", ""), set(allowed.split(", ")))
        if HttpMethod.GET.value in methods:
            methods = methods | {HttpMethod.HEAD.value}
        rest = [pair for pair in headers if pair[0] != b"allow"]
        return [*rest, (b"allow", ", ".join(sorted(methods)).encode())]


def _without_body(send: Any) -> Any:
    """Sends what GET would have answered to HEAD: status and headers alone (RFC 9110, 9.3.2)."""

    async def head(message: Message) -> None:
        if message["type"] == "http.response.start":
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return head


def build_app(
    endpoints: Sequence[Endpoint],
    raw_handlers: Sequence[HTTPRouteHandler],
    lifespan: Lifespan,
    tally: Tally | None = None,
) -> App:
    """The application: each endpoint bound to its path, the given raw handlers (health, docs, metrics) beside them."""
    handlers = [_handler(endpoint) for endpoint in endpoints]
    app = App(
        route_handlers=[*handlers, *raw_handlers],
        lifespan=[lifespan],
        openapi_config=None,
        exception_handlers={Exception: _on_error},
        request_max_body_size=None,
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )
    app.tally = tally or Tally()
    app.methods = {route.path_format: set(route.methods) for route in app.routes if isinstance(route, HTTPRoute)}
    app.state.pages = pages.Index(endpoints)
    app.state.endpoints = endpoints
    return app


def _handler(endpoint: Endpoint) -> HTTPRouteHandler:
    answer = bind(endpoint)
    path = endpoint.path
    for name in endpoint.path_params:
        path = path.replace("{" + name + "}", "{" + name + ":str}")

    async def unreached() -> ASGIApp:
        """The answer is given before: Litestar's own binding of arguments would only cost time."""
        raise AssertionError

    return HTTPRouteHandler(
        path,
        http_method=HttpMethod(endpoint.method),
        name=f"{endpoint.method} {endpoint.path}",
        status_code=200,  # every answer brings its own
        before_request=answer,
        endpoint=endpoint,
    )(unreached)


def _on_error(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What an address without a route answers: a page to somebody at a browser, a problem document to a program."""
    if not _wants_page(request):
        return from_exception(error, request_id(request))
    ctx = Ctx(request)
    known = NotFound() if isinstance(error, HTTPException) and error.status_code == 404 else error
    problem = as_problem(known, request_id(request), pages.speech(ctx).say)
    content = pages.text(ctx, "web/error.html", problem=problem)
    return Response(content.encode(), status_code=problem.status, media_type=HTML, headers=problem.headers)


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    """Browsers name HTML first among what they accept; below `/api` everybody is a program."""
    path = str(request.scope["path"])
    return not path.startswith("/api/") and request.headers.get("accept", "").lstrip().startswith(HTML)
