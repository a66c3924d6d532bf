"""How a feature declares a route: a decorated async function becomes an `Endpoint`.

    @get("/incidents/{ref}", module="incidents", permission=VIEW)
    async def get_incident(ctx: Ctx, ref: str) -> IncidentView: ...

Parameters named in the path come from it, `data` is the JSON body (a Struct that forbids unknown fields), `query` is a
Struct whose fields are the query parameters. The answer is encoded as JSON; None answers 204.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import State

from tocsin.base.actor import Actor
from tocsin.base.manifest import Access, Endpoint
from tocsin.db.tx import Tx

HTML = "text/html"
_PARAM = re.compile(r"{(\w+)}")
Call = Callable[..., Awaitable[Any]]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty body."""


class RawQuery(msgspec.Struct, frozen=True):
    """A page's query as it stands in the address, for screens that say themselves what is wrong with it."""

    values: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Person:
    """How the one at the browser wants things shown: language and zone (None: the tenant's), and the console's looks."""

    locale: str | None = None
    time_zone: str | None = None
    preferences: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was sent: the fields, and what the page put beside them (see `web.forms`)."""

    values: dict[str, list[str]] = field(default_factory=dict)
    name: str = ""
    token: str | None = None
    back: str | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a form was refused: the problem's status and text, and what is wrong with which field."""

    form: Form
    status: int
    detail: str
    errors: dict[str, str]
    places: list[str] = field(default_factory=list)
    """Where the page says it already. What stands nowhere (a button has no place for words) is said in a toast."""


class _Begun(msgspec.Struct, frozen=True):
    """What is kept under an Idempotency-Key of work that goes on after its first transaction."""

    id: UUID


class Ctx:
    """What a handler works with: the transaction, the actor, the request, and headers for the answer."""

    __slots__ = (
        "actor",
        "cookies",
        "csrf",
        "failed",
        "form",
        "headers",
        "holds_secret",
        "locale",
        "once",
        "person",
        "request",
        "status",
        "tenant",
        "transaction",
        "tx",
        "version",
    )

    def __init__(self, request: Request[Any, Any, State]) -> None:
        self.request = request
        self.tx: Tx
        self.actor: Actor
        self.tenant: Any = None
        self.headers: dict[str, str] = {}
        self.holds_secret = False
        """Set when the answer shows a secret: it is then not kept under an Idempotency-Key."""
        self.cookies: list[Any] = []
        self.status: int | None = None
        self.version: int | None = None
        """The version of what is answered: the answer carries an `ETag` of it and of the content."""
        self.csrf: str | None = None
        """The session's token against forged requests; None for a caller with an API token."""
        self.person = Person()
        self.locale: str | None = None
        """The language that the reader chose for this very page, before any other."""
        self.form = Form()
        self.failed: Failed | None = None
        """Set when a page is shown again because a form on it was refused."""
        self.transaction: Callable[[], AbstractAsyncContextManager[Tx]]
        """Opens a transaction in which the caller is admitted; for routes with `own_transactions` only."""
        self.once: Callable[[bytes, Callable[[], Awaitable[Any]]], Awaitable[Any]]
        """`once(body, call)`: the answer of `call`, kept under the request's Idempotency-Key; inside `transaction()`."""

    @property
    def settings(self) -> Any:
        """The server's settings."""
        return self.request.app.state.services.settings

    async def begin_once(self, body: bytes, begin: Callable[[], Awaitable[UUID]]) -> tuple[UUID, bool]:
        """Begin what takes several transactions, in the first of them: the id of what was begun, and whether it was begun
        now, or by the same request before under its Idempotency-Key.
        """

        async def call() -> _Begun:
            return _Begun(await begin())

        kept = await self.once(body, call)
        is_new = (b"idempotent-replayed", b"true") not in kept.headers
        if not is_new:
            self.headers["Idempotent-Replayed"] = "true"
        return msgspec.json.decode(kept.body, type=_Begun).id, is_new

    def created(self, location: str) -> None:
        """Answer 201 with the address of what was made."""
        self.status = 201
        self.headers["Location"] = location


def route(
    method: str,
    path: str,
    *,
    module: str,
    permission: str | tuple[str, ...] = (),
    access: Access = "member",
    status: int | None = None,
    reads_stream: bool = False,
    own_transactions: bool = False,
    body: type | None = None,
    form: type | None = None,
    produces: str = "application/json",
    etag: bool = False,
    console: bool = False,
) -> Callable[[Call], Endpoint]:
    """Declare a route. A member route without a permission is a programming error: undeclared means refused.

    `body` and `form` document what a handler that reads the stream itself takes as JSON and as a form.
    """
    permissions = (permission,) if isinstance(permission, str) else permission
    if access == "member" and not permissions:
        raise ValueError(f"{method} {path}: declare the permission that lets a member in")

    plain = partial(
        Endpoint,
        method=method,
        path=path,
        module=module,
        access=access,
        permissions=permissions,
        path_params=tuple(_PARAM.findall(path)),
        reads_stream=reads_stream,
        own_transactions=own_transactions,
        form=form,
        produces=produces,
        etag=etag,
        console=console,
    )
    return partial(_declared, plain, body, status)


def _declared(plain: Callable[..., Endpoint], body: type | None, status: int | None, call: Call) -> Endpoint:
    """The endpoint of a function: what it takes and answers stands in its signature, what it is for in its docstring."""
    hints = get_type_hints(call)
    answer = hints.get("return", Any)
    return plain(
        call=call,
        query=hints.get("query"),
        body=hints.get("data", body),
        answer=answer,
        status=status or (204 if answer is type(None) else 200),
        summary=(call.__doc__ or call.__name__).strip().splitlines()[0],
    )


def get(path: str, **options: Any) -> Callable[[Call], Endpoint]:
    """Declare a GET route; see `route`."""
    return route("GET", path, **options)


def post(path: str, **options: Any) -> Callable[[Call], Endpoint]:
    """Declare a POST route; see `route`."""
    return route("POST", path, **options)


def put(path: str, **options: Any) -> Callable[[Call], Endpoint]:
    """Declare a PUT route; see `route`."""
    return route("PUT", path, **options)


def delete(path: str, **options: Any) -> Callable[[Call], Endpoint]:
    """Declare a DELETE route; see `route`."""
    return route("DELETE", path, **options)


def page(path: str, **options: Any) -> Callable[[Call], Endpoint]:
    """Declare a screen of the console: GET, answers HTML."""
    return get(path, produces=HTML, console=True, **options)


def action(path: str, **options: Any) -> Callable[[Call], Endpoint]:
    """Declare what a form of the console does: POST; `data` is a Struct of the form's fields."""
    return post(path, produces=HTML, console=True, **options)
