"""The ways a verb can refuse, named by meaning. The HTTP edge maps each to a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field as field_
from typing import Any, ClassVar


def N_(text: str) -> str:  # noqa: N802  the customary name, which extraction knows
    """Mark a text for the catalogues without translating it yet."""
    return text


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A template with its `{names}` filled in; a text without values is no template, whatever braces it holds."""
    return template.format_map(values) if values else template


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field at fault: its path in the body (dots between names) or the parameter's name, and why.

    With `values` the reason is a template.
    """

    field: str
    template: str
    values: Mapping[str, Any] = field_(default_factory=dict)

    @property
    def message(self) -> str:
        """The reason in English."""
        return filled(self.template, self.values)


class BadValue(ValueError):
    """A text that cannot be read as what it should be, with a sentence for people: a template, see `TocsinError`."""

    def __init__(self, template: str, /, **values: Any) -> None:
        self.template, self.values = template, values
        super().__init__(filled(template, values))


class TocsinError(Exception):
    """Something Tocsin refuses, with a sentence that says what to do next.

    `slug` becomes the problem's type, `status` its HTTP status, `retry_after` (seconds) the header of that name;
    `errors` names the fields at fault where fields are. With `values` the sentence is a template
    (`"{code} is {status} already."`), so that pages can say it in another language.
    """

    slug: ClassVar[str] = "refused"
    title: ClassVar[str] = N_("Refused")
    status: ClassVar[int] = 409
    retry_after: int | None = None
    errors: Sequence[FieldError] = ()

    def __init__(self, detail: str, /, *, slug: str | None = None, **values: Any) -> None:
        self.template = detail
        self.values = values
        self.detail = filled(detail, values)
        self.problem_slug = slug or self.slug
        super().__init__(self.detail)


class Invalid(TocsinError):
    """The request was understood but a value in it is not acceptable."""

    slug = "invalid"
    title = N_("Some values are not valid")
    status = 422

    def __init__(self, errors: list[FieldError], detail: str | None = None) -> None:
        super().__init__(
            detail or "; ".join(f"{e.field}: {e.message}" for e in errors) or N_("The request is not valid.")
        )
        self.errors = errors
        self.is_listed = detail is None
        """Whether the sentence does no more than list the fields."""


def invalid(field: str, message: str, /, **values: Any) -> Invalid:
    """An `Invalid` about one field; with `values` the reason is a template."""
    return Invalid([FieldError(field, message, values)])


class WrongQuery(Invalid):
    """A query of the query language that can't be read, or asks for what is not there.

    `position` counts characters from 0; `hint` says what to write instead, a template as the reason is.
    """

    def __init__(self, field: str, position: int, message: str, hint: str, /, **values: Any) -> None:
        super().__init__([FieldError(field, message, values)])
        self.position = position
        self.hint = hint
        self.hint_values = values


class Malformed(TocsinError):
    """The body cannot be parsed at all (not JSON, not UTF-8)."""

    slug = "malformed"
    title = N_("The request cannot be read")
    status = 400


class Unauthenticated(TocsinError):
    """No credentials, or bad ones."""

    slug = "unauthenticated"
    title = N_("Log in or send a token")
    status = 401


class Forbidden(TocsinError):
    """The actor is known and may not do this."""

    slug = "forbidden"
    title = N_("Not allowed")
    status = 403


class ModuleDisabled(Forbidden):
    """The tenant has switched the module off."""

    slug = "module-disabled"
    title = N_("This module is switched off")


class TenantSuspended(Forbidden):
    """The tenant is suspended."""

    slug = "tenant-suspended"
    title = N_("This tenant is suspended")


class NotFound(TocsinError):
    """Absent, or another tenant's: the two are never told apart."""

    slug = "not-found"
    title = N_("Not found")
    status = 404

    def __init__(self, detail: str = N_("There is nothing here by that name."), /, **values: Any) -> None:
        super().__init__(detail, **values)


class Refused(TocsinError):
    """The rules of the domain refuse the act in the present state; `field` is the one that asks for too much, if one does."""

    slug = "conflict"
    title = N_("The rules refuse this")
    status = 409

    def __init__(self, detail: str, /, *, field: str | None = None, slug: str | None = None, **values: Any) -> None:
        super().__init__(detail, slug=slug, **values)
        if field is not None:
            self.errors = [FieldError(field, detail, values)]


class Stale(TocsinError):
    """The caller's version is not the current one (RFC 9110 section 13.1.1)."""

    slug = "stale"
    title = N_("Somebody changed this meanwhile")
    status = 412


class TooLarge(TocsinError):
    """The body or file is larger than allowed."""

    slug = "too-large"
    title = N_("Too large")
    status = 413


class UnsupportedMedia(TocsinError):
    """The content type is not one the route reads."""

    slug = "unsupported-media-type"
    title = N_("Unsupported media type")
    status = 415


class RateLimited(TocsinError):
    """Too many requests; `retry_after` is in seconds."""

    slug = "rate-limited"
    title = N_("Too many requests")
    status = 429

    def __init__(self, detail: str, /, retry_after: int, **values: Any) -> None:
        super().__init__(detail, **values)
        self.retry_after = retry_after


class Unavailable(TocsinError):
    """A part that Tocsin needs is away; trying again soon makes sense."""

    slug = "unavailable"
    title = N_("Unavailable for the moment")
    status = 503
    retry_after = 2


class SettingError(Exception):
    """A setting or the set-up of the machine is wrong. The text is one line for the operator."""
