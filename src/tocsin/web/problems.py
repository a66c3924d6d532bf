"""Errors as problem documents (RFC 9457). One place maps every exception to an answer."""

from __future__ import annotations

from typing import Any

import asyncpg
import msgspec
import structlog
from litestar import Response
from litestar.exceptions import HTTPException

from tocsin.base.errors import Invalid, TocsinError, Unavailable

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: ("malformed", "The request cannot be read"),
    401: ("unauthenticated", "Log in or send a token"),
    403: ("forbidden", "Not allowed"),
    404: ("not-found", "Not found"),
    405: ("method-not-allowed", "This address does not take that method"),
    408: ("timeout", "The request took too long to arrive"),
    413: ("too-large", "Too large"),
    415: ("unsupported-media-type", "Unsupported media type"),
    422: ("invalid", "Some values are not valid"),
    429: ("rate-limited", "Too many requests"),
    503: ("unavailable", "Unavailable for the moment"),
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


def problem(
    status: int,
    slug: str,
    title: str,
    detail: str,
    *,
    request_id: str,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[bytes]:
    """A problem document as an answer."""
    document: dict[str, Any] = {
        "type": f"urn:tocsin:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    if errors is not None:
        document["errors"] = errors
    return Response(msgspec.json.encode(document), status_code=status, media_type=MEDIA_TYPE, headers=headers or {})


def from_exception(error: Exception, request_id: str) -> Response[bytes]:
    """The answer for an exception. What nobody foresaw is logged with its request id and answered 500."""
    error = _translated(error)
    if isinstance(error, TocsinError):
        errors = (
            [{"field": e.field, "message": e.message} for e in error.errors] if isinstance(error, Invalid) else None
        )
        headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
        if error.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return problem(
            error.status,
            error.problem_slug,
            error.title,
            error.detail,
            request_id=request_id,
            errors=errors,
            headers=headers,
        )
    if isinstance(error, HTTPException):
        slug, title = _TITLES.get(error.status_code, ("error", "The request was refused"))
        detail = error.detail if error.status_code < 500 else "Something failed on our side."
        headers = {k: v for k, v in (error.headers or {}).items() if k.lower() == "allow"}
        return problem(error.status_code, slug, title, detail or title, request_id=request_id, headers=headers)
    log.error("request failed", request_id=request_id, exc_info=error)
    detail = f"Something failed on our side. Tell your administrator the request id {request_id}."
    return problem(500, "internal", "Internal error", detail, request_id=request_id)


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
