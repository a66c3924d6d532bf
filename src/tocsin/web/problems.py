"""Errors as problem documents (RFC 9457). One place maps every exception to an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from tocsin.base.errors import N_, Invalid, TocsinError, Unavailable, WrongQuery, filled

log = structlog.get_logger()

Say = Callable[[str, Mapping[str, Any]], str]
"""Makes a sentence of a template and its values, in a language."""
MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: ("malformed", N_("The request cannot be read")),
    401: ("unauthenticated", N_("Log in or send a token")),
    403: ("forbidden", N_("Not allowed")),
    404: ("not-found", N_("Not found")),
    405: ("method-not-allowed", N_("This address does not take that method")),
    408: ("timeout", N_("The request took too long to arrive")),
    413: ("too-large", N_("Too large")),
    415: ("unsupported-media-type", N_("Unsupported media type")),
    422: ("invalid", N_("Some values are not valid")),
    429: ("rate-limited", N_("Too many requests")),
    503: ("unavailable", N_("Unavailable for the moment")),
}
_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.DiskFullError,
    asyncpg.OutOfMemoryError,
    asyncpg.ReadOnlySQLTransactionError,
    ConnectionError,
    TimeoutError,
    OSError,
)
_BUSY = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError)


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as callers are told: a problem document (RFC 9457), or a page that says the same."""

    status: int
    slug: str
    title: str
    detail: str
    request_id: str
    errors: list[dict[str, str]] = field(default_factory=list)
    retry_after: int | None = None
    allow: str | None = None
    names_fields: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    """Members that problems of this type have beside the usual ones (RFC 9457 section 3.2)."""

    @property
    def headers(self) -> dict[str, str]:
        """The headers that go with it."""
        found = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        if self.status == 401:
            found["WWW-Authenticate"] = "Bearer"
        if self.allow is not None:
            found["Allow"] = self.allow
        return found

    @property
    def document(self) -> dict[str, Any]:
        """The problem document."""
        found: dict[str, Any] = {
            "type": f"urn:tocsin:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "request_id": self.request_id,
            **self.more,
        }
        if self.errors or self.names_fields:
            found["errors"] = self.errors
        return found


def from_exception(error: Exception, request_id: str) -> Response[bytes]:
    """The answer for an exception, as a problem document."""
    found = as_problem(error, request_id)
    return Response(
        msgspec.json.encode(found.document), status_code=found.status, media_type=MEDIA_TYPE, headers=found.headers
    )


def as_problem(error: Exception, request_id: str, say: Say = filled) -> Problem:
    """What an exception means to the caller. What nobody foresaw is logged with its request id and is a 500.

    The API speaks English; pages give `say` of their reader's tongue.
    """
    error = _translated(error)
    if isinstance(error, TocsinError):
        return _refusal(error, request_id, say)
    if isinstance(error, HTTPException):
        slug, title = _TITLES.get(error.status_code, ("error", N_("The request was refused")))
        detail = error.detail if error.status_code < 500 else N_("Something failed on our side.")
        allow = next((value for key, value in (error.headers or {}).items() if key.lower() == "allow"), None)
        return Problem(error.status_code, slug, say(title, {}), say(detail or title, {}), request_id, allow=allow)
    log.error("request failed", request_id=request_id, exc_info=error)
    detail = N_("Something failed on our side. Tell your administrator the request id {request_id}.")
    return Problem(500, "internal", say(N_("Internal error"), {}), say(detail, {"request_id": request_id}), request_id)


def _refusal(error: TocsinError, request_id: str, say: Say) -> Problem:
    detail = say(error.template, error.values)
    named = [{"field": e.field, "message": say(e.template, e.values)} for e in error.errors]
    if isinstance(error, Invalid) and error.is_listed and named:
        detail = "; ".join(f"{one['field']}: {one['message']}" for one in named)
    return Problem(
        error.status,
        error.problem_slug,
        say(error.title, {}),
        detail,
        request_id,
        errors=named,
        retry_after=error.retry_after,
        names_fields=isinstance(error, Invalid),
        more=_more(error, say),
    )


def _more(error: TocsinError, say: Say) -> dict[str, Any]:
    if isinstance(error, WrongQuery):
        return {"position": error.position, "hint": say(error.hint, error.hint_values)}
    return {}


def _translated(error: Exception) -> Exception:
    if isinstance(error, TocsinError | HTTPException):
        return error
    if isinstance(error, _AWAY) and not isinstance(error, UnicodeError):
        log.warning("the database or a store is away", error=type(error).__name__, detail=str(error)[:200])
        return Unavailable("The database does not answer at the moment; nothing was changed. Try again in a moment.")
    if isinstance(error, _BUSY):
        return Unavailable("Somebody else is changing the same thing; nothing was changed. Try again in a moment.")
    if isinstance(error, asyncpg.QueryCanceledError):
        return Unavailable("The database took too long; nothing was changed. Try again in a moment.")
    return error
