"""What features put on the administration's overview, and small helps for its forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tocsin.base.errors import FieldError, Forbidden, Invalid, invalid
from tocsin.web import pages
from tocsin.web.routes import Ctx

OVERVIEW = "admin.overview"
"""The place of the overview's cards."""


@dataclass(frozen=True, slots=True)
class Card:
    """What there is of something: numbers with what they count, and what needs care with where it is cured."""

    title: str
    path: str
    icon: str
    figures: Sequence[tuple[int | str, str]] = ()
    cares: Sequence[tuple[str, str]] = ()
    text: str = ""


def show(ctx: Ctx, card: Card) -> Markup:
    """A card as HTML."""
    return pages.part(ctx, "web/admin_parts.html", "card", card)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things that a form lets choose; `why_not` says why this one cannot be."""

    value: str
    text: str
    hint: str = ""
    why_not: str = ""


def about_field(error: Forbidden, field: str) -> Invalid:
    """A refusal to grant, as a flaw of the field that asked for it: shown in the form instead of on a page of its own."""
    return invalid(field, error.template, **error.values)


def renamed(error: Invalid, prefix: str = "", **names: str) -> Invalid:
    """The same flaws under the names that the form's fields have: `names` says which differ from the API's body.

    Without a prefix of the body's, and without the place in a list.
    """
    found = []
    for each in error.errors:
        name = each.field.removeprefix(prefix).partition("[")[0]
        found.append(FieldError(names.get(name, name), each.template, each.values))
    return Invalid(found)
