"""The ways a verb can refuse, named by meaning. The HTTP edge maps each to a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field at fault: its path in the body (dots between names) or the parameter's name, and why."""

    field: str
    message: str


class TocsinError(Exception):
    """Something Tocsin refuses, with a sentence that says what to do next.

    `slug` becomes the problem's type, `status` its HTTP status, `retry_after` (seconds) the header of that name;
    `errors` names the fields at fault where fields are.
    """

    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = "Refused"
    status: ClassVar[int] = 409
    retry_after: int | None = None
    errors: Sequence[FieldError] = ()

    def __init__(self, detail: str, *, slug: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problem_slug = slug or self.slug


class Invalid(TocsinError):
    """The request was understood but a value in it is not acceptable."""

    slug = "invalid"
    title = "Some values are not valid"
    status = 422

    def __init__(self, errors: list[FieldError], detail: str | None = None) -> None:
        super().__init__(detail or "; ".join(f"{e.field}: {e.message}" for e in errors) or "The request is not valid.")
        self.errors = errors


def invalid(field: str, message: str) -> Invalid:
    """An `Invalid` about one field."""
    return Invalid([FieldError(field, message)])


class Malformed(TocsinError):
    """The body cannot be parsed at all (not JSON, not UTF-8)."""

    slug = "malformed"
    title = "The request cannot be read"
    status = 400


class Unauthenticated(TocsinError):
    """No credentials, or bad ones."""

    slug = "unauthenticated"
    title = "Log in or send a token"
    status = 401


class Forbidden(TocsinError):
    """The actor is known and may not do this."""

    slug = "forbidden"
    title = "Not allowed"
    status = 403


class ModuleDisabled(Forbidden):
    """The tenant has switched the module off."""

    slug = "module-disabled"
    title = "This module is switched off"


class TenantSuspended(Forbidden):
    """The tenant is suspended."""

    slug = "tenant-suspended"
    title = "This tenant is suspended"


class NotFound(TocsinError):
    """Absent, or another tenant's: the two are never told apart."""

    slug = "not-found"
    title = "Not found"
    status = 404

    def __init__(self, detail: str = "There is nothing here by that name.") -> None:
        super().__init__(detail)


class Refused(TocsinError):
    """The rules of the domain refuse the act in the present state; `field` is the one that asks for too much, if one does."""

    slug = "conflict"
    title = "The rules refuse this"
    status = 409

    def __init__(self, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        if field is not None:
            self.errors = [FieldError(field, detail)]


class Stale(TocsinError):
    """The caller's version is not the current one (RFC 9110 section 13.1.1)."""

    slug = "stale"
    title = "Somebody changed this meanwhile"
    status = 412


class TooLarge(TocsinError):
    """The body or file is larger than allowed."""

    slug = "too-large"
    title = "Too large"
    status = 413


class UnsupportedMedia(TocsinError):
    """The content type is not one the route reads."""

    slug = "unsupported-media-type"
    title = "Unsupported media type"
    status = 415


class RateLimited(TocsinError):
    """Too many requests; `retry_after` is in seconds."""

    slug = "rate-limited"
    title = "Too many requests"
    status = 429

    def __init__(self, detail: str, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unavailable(TocsinError):
    """A part that Tocsin needs is away; trying again soon makes sense."""

    slug = "unavailable"
    title = "Unavailable for the moment"
    status = 503
    retry_after = 2


class SettingError(Exception):
    """A setting or the set-up of the machine is wrong. The text is one line for the operator."""
