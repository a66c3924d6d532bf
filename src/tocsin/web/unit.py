"""One request, one transaction: who calls, what they sent, the verb, the commit, and only then the answer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Protocol
from uuid import UUID
from zlib import crc32

import msgspec
from litestar import Request, Response
from litestar.types import ASGIApp

from tocsin.base.errors import FieldError, Forbidden, Invalid, ModuleDisabled, Refused, invalid
from tocsin.base.fitting import fit
from tocsin.base.manifest import Endpoint
from tocsin.db.tx import Database, Tx
from tocsin.web import forms, pages, static, store
from tocsin.web.fences import check_text, decode_json, read_body
from tocsin.web.peer import header, request_id
from tocsin.web.problems import as_problem, from_exception
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, RawQuery
from tocsin.web.twins import STILL_RUNNING, Twins

_JSON = msgspec.json.Encoder()
LONGEST_SECONDS = 25.0
"""When a request is given up: longer than a body may take to arrive, shorter than what proxies wait."""
SHOWN_ONCE = 0
"""The status kept for an answer that held a secret, or that was a stream: neither is ever kept."""
INCIDENTS, UNDER_INCIDENTS = "incidents", ("/api/incidents/v1/incidents", "/incidents/")
"""`incidents` is the module of every route under `/incidents`, whichever feature it belongs to (domain.md)."""
Found = Reply | Response[Any]
"""What a handler's work ends in: our own finished answer, or a framework's response (pages, streams, problems)."""


class Gatekeeper(Protocol):
    """Who may come in: filled by the feature `access`."""

    def tenant_of(self, request: Request[Any, Any, Any]) -> UUID:
        """The tenant named by the request's token or session cookie. Raises `Unauthenticated`."""

    async def admit(self, ctx: Ctx) -> None:
        """Set `ctx.actor` and `ctx.tenant` from the credentials, inside the tenant. Raises `Unauthenticated`."""

    async def public_tenant(self, request: Request[Any, Any, Any], database: Database) -> UUID:
        """The tenant a public request is for. Raises `NotFound`."""

    async def admit_public(self, ctx: Ctx, module: str) -> None:
        """Set `ctx.actor` and `ctx.tenant` for the public. Raises `NotFound` where the door is shut."""


@dataclass(slots=True)
class Services:
    """What every request can reach: filled when the application starts."""

    database: Database
    gatekeeper: Gatekeeper
    settings: Any
    extras: dict[str, Any]
    twins: Twins = field(default_factory=Twins)


def bind(endpoint: Endpoint) -> Callable[[Request[Any, Any, Any]], Awaitable[ASGIApp]]:
    """The function that answers requests to an endpoint."""

    async def answer(request: Request[Any, Any, Any]) -> ASGIApp:
        services: Services = request.app.state.services
        ctx = Ctx(request)
        try:
            found = await _in_time(_run(endpoint, services, ctx), endlessly=endpoint.own_transactions)
        except Exception as error:  # noqa: BLE001  every failure becomes a problem document or a page here
            refuse = _refuse_in_page if endpoint.is_page else _refuse
            found = await refuse(services, ctx, error)
        return found if isinstance(found, Reply) else found.to_asgi_response(None, request)

    return answer


async def _in_time(work: Awaitable[Found], *, endlessly: bool) -> Found:
    """Give work up after `LONGEST_SECONDS`. `asyncio.timeout` does the same at several times the cost of this timer."""
    task = asyncio.current_task()
    if endlessly or task is None:
        return await work
    expired: list[bool] = []

    def expire() -> None:
        expired.append(True)
        task.cancel()

    timer = asyncio.get_running_loop().call_later(LONGEST_SECONDS, expire)
    try:
        return await work
    except asyncio.CancelledError:
        if not expired:
            raise
        task.uncancel()
        raise TimeoutError from None
    finally:
        timer.cancel()


async def _refuse(_services: Services, ctx: Ctx, error: Exception) -> Found:
    return from_exception(error, request_id(ctx.request))


async def _refuse_in_page(services: Services, ctx: Ctx, error: Exception) -> Found:
    """The refusal as a page: the one whose form was refused, shown again in a transaction of its own, where there is one."""
    say = pages.speech(ctx).say
    problem = as_problem(error, request_id(ctx.request), say)
    again = pages.shown_again(ctx, problem, ctx.request.app.state.pages)
    if again is not None:
        endpoint, retry = again
        try:
            return await _in_time(_run(endpoint, services, retry), endlessly=False)
        except Exception as second:  # noqa: BLE001  the page itself cannot be shown: say why instead
            problem = as_problem(second, request_id(ctx.request), say)
    return pages.failure(ctx, problem)


async def _run(endpoint: Endpoint, services: Services, ctx: Ctx) -> Found:
    request = ctx.request
    if endpoint.access == "open":
        body = await _read(endpoint, ctx)
        result = await endpoint.call(ctx, **_arguments(endpoint, ctx, body))
        return _response(endpoint, ctx, result)
    if endpoint.access == "public":
        tenant_id = await services.gatekeeper.public_tenant(request, services.database)
        return await _in_tenant(endpoint, services, ctx, tenant_id)
    return await _in_tenant(endpoint, services, ctx, services.gatekeeper.tenant_of(request))


async def _in_tenant(endpoint: Endpoint, services: Services, ctx: Ctx, tenant_id: UUID) -> Found:
    body = await _read(endpoint, ctx)
    if (key := _key(endpoint, ctx)) is None or endpoint.access != "member":
        return await _work(endpoint, services, ctx, tenant_id, body)
    who = header(ctx.request, b"authorization") or header(ctx.request, b"cookie")
    async with services.twins.turn((tenant_id, who, key)):
        return await _work(endpoint, services, ctx, tenant_id, body)


def _key(endpoint: Endpoint, ctx: Ctx) -> str | None:
    """The key that a request and its twins have in common: a program's header, or what a page put into its form."""
    given = header(ctx.request, b"idempotency-key") if endpoint.method == "POST" else None
    return ctx.form.once if given is None else given


async def _work(endpoint: Endpoint, services: Services, ctx: Ctx, tenant_id: UUID, body: bytes) -> Found:
    if endpoint.own_transactions:
        ctx.transaction = partial(_transaction, endpoint, services, ctx, tenant_id)
        ctx.once = partial(_once, endpoint, ctx)
        arguments = _arguments(endpoint, ctx, body)
        return _response(endpoint, ctx, await endpoint.call(ctx, **arguments))
    work = services.database.reading if endpoint.method == "GET" else services.database.tenant
    async with work(tenant_id) as tx:
        await _admit(endpoint, services, ctx, tx)
        arguments = _arguments(endpoint, ctx, body)
        if endpoint.method != "POST":
            return _response(endpoint, ctx, await endpoint.call(ctx, **arguments))
        return await _once(endpoint, ctx, body, partial(endpoint.call, ctx, **arguments))


async def _read(endpoint: Endpoint, ctx: Ctx) -> bytes:
    """The body, where the handler does not read it itself; a form is taken apart before anybody is admitted by it."""
    if endpoint.reads_stream or (endpoint.body is None and endpoint.method in ("GET", "DELETE")):
        return b""
    body = await read_body(ctx.request)
    if endpoint.console:
        ctx.form = forms.parse(body, ctx.request.headers.get("content-type", ""))
    return body


@asynccontextmanager
async def _transaction(endpoint: Endpoint, services: Services, ctx: Ctx, tenant_id: UUID) -> AsyncIterator[Tx]:
    async with services.database.tenant(tenant_id) as tx:
        await _admit(endpoint, services, ctx, tx)
        yield tx


async def _admit(endpoint: Endpoint, services: Services, ctx: Ctx, tx: Tx) -> None:
    ctx.tx = tx
    if (wanted := header(ctx.request, b"if-match")) is not None:
        tx.memo["if_match"] = wanted
    if endpoint.access == "public":
        await services.gatekeeper.admit_public(ctx, endpoint.module)
    else:
        await services.gatekeeper.admit(ctx)
        _may_enter(endpoint, ctx)


def _may_enter(endpoint: Endpoint, ctx: Ctx) -> None:
    for module in ctx.tx.memo.get("disabled_modules", ()):
        if module == endpoint.module or (module == INCIDENTS and endpoint.path.startswith(UNDER_INCIDENTS)):
            raise ModuleDisabled(
                "The module {module} is switched off; an administrator can switch it on.", module=module
            )
    if not any(ctx.actor.can(permission) for permission in endpoint.permissions):
        wanted = " or ".join(endpoint.permissions)
        raise Forbidden(
            "This needs the permission {wanted}; ask an administrator of your organisation for it.", wanted=wanted
        )


async def _once(endpoint: Endpoint, ctx: Ctx, body: bytes, call: Callable[[], Awaitable[Any]]) -> Found:
    """Answer a POST with an Idempotency-Key: the first executes, later ones (and concurrent twins) get its answer."""
    key = _key(endpoint, ctx)
    if key is None or ctx.actor.id is None:
        return _response(endpoint, ctx, await call())
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise invalid("Idempotency-Key", "Use 1 to 255 printable ASCII characters.")
    tx, actor_id = ctx.tx, ctx.actor.id
    place = f"{endpoint.method}\n{ctx.request.url.path}\n"
    request_hash = hashlib.sha256(place.encode("utf-8", "surrogatepass") + body).digest()
    if not await store.claim_key(tx, actor_id, key, request_hash):
        kept = await store.get_answer(tx, actor_id, key)
        if kept is None or kept["status"] is None:
            raise Refused(STILL_RUNNING)
        if kept["request_hash"] != request_hash:
            raise Invalid([FieldError("Idempotency-Key", "This key was used with another request; choose a new one.")])
        if kept["status"] == SHOWN_ONCE:
            raise Refused("This was done already; its answer is given only once.")
        headers = {**kept["headers"], "Idempotent-Replayed": "true"}
        return Reply(kept["body"], kept["status"], headers)
    reply = _response(endpoint, ctx, await call())
    if ctx.holds_secret or not isinstance(reply, Reply):
        await store.keep_answer(tx, actor_id, key, SHOWN_ONCE, {}, b"")
    else:
        await store.keep_answer(tx, actor_id, key, reply.status, dict(ctx.headers), reply.body)
    return reply


def _response(endpoint: Endpoint, ctx: Ctx, result: Any) -> Found:
    if isinstance(result, Response | Reply):
        return result
    status = ctx.status or endpoint.status
    content = b"" if result is None else _JSON.encode(result)
    if ctx.version is not None:
        ctx.headers["ETag"] = tag = f'"{ctx.version}.{crc32(content):08x}"'
        if endpoint.method == "GET" and static.unchanged(ctx.request, tag):
            return Reply(b"", 304, ctx.headers, cookies=ctx.cookies)
    return Reply(content, status, ctx.headers, cookies=ctx.cookies)


def _arguments(endpoint: Endpoint, ctx: Ctx, body: bytes = b"") -> dict[str, Any]:
    request = ctx.request
    arguments: dict[str, Any] = {}
    for name in endpoint.path_params:
        value = request.path_params[name]
        check_text(value, name)
        arguments[name] = value
    if endpoint.query is not None:
        arguments["query"] = _query(endpoint.query, request)
    elif request.scope.get("query_string"):
        for name in request.query_params:
            raise invalid(name, "This address takes no such parameter.")
    if endpoint.body is not None and endpoint.console:
        arguments["data"] = forms.fill(ctx.form, endpoint.body)
    elif endpoint.body is not None and not endpoint.reads_stream:
        data = decode_json(body, endpoint.body, request.headers.get("content-type", ""))
        check_text(data)
        arguments["data"] = data
    return arguments


@cache
def _families(target: type) -> frozenset[str]:
    """The parameters a query Struct takes many of: a field `custom` of type `dict[str, str]` takes `custom.<name>`."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(target) if field.type == dict[str, str])


@cache
def _names(target: type) -> frozenset[str]:
    """The parameters a query Struct takes; looking them up costs a millisecond."""
    return frozenset(field.encode_name for field in msgspec.structs.fields(target)) - _families(target)


def _raw_query(request: Request[Any, Any, Any]) -> RawQuery:
    values: dict[str, list[str]] = {}
    for name, value in request.query_params.items():
        check_text(name, "query")
        check_text(value, name)
        values.setdefault(name, []).append(value)
    return RawQuery(values)


def _query(target: type, request: Request[Any, Any, Any]) -> Any:
    if target is RawQuery:
        return _raw_query(request)
    fields, families = _names(target), _families(target)
    given: dict[str, Any] = {}
    for name, value in request.query_params.items() if request.scope.get("query_string") else ():
        family, _, member = name.partition(".")
        if name not in fields and not (member and family in families):
            raise invalid(name, "There is no such parameter here.")
        place, key = (given, name) if name in fields else (given.setdefault(family, {}), member)
        if key in place:
            raise invalid(name, "Give this parameter once; separate several values by commas.")
        check_text(name, "query")
        check_text(value, name)
        place[key] = value
    return fit(given, target, strict=False)
