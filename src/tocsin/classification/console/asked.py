"""Custom fields as forms and pages show them: what is asked, what stands there, and what a form's texts mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tocsin.access import service as access
from tocsin.base.errors import BadValue, FieldError, Invalid
from tocsin.base.ids import parse_id
from tocsin.classification.model import Catalogue, Field
from tocsin.classification.rules import fields as rules
from tocsin.db.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A custom field on a page. `categories` are slugs, none for all; `texts` what a form holds, `people` whom one may choose."""

    field: Field
    categories: tuple[str, ...] = ()
    value: Any = None
    texts: tuple[str, ...] = ()
    name: str = ""
    """Of the member that a value names."""
    people: tuple[tuple[str, str], ...] = ()
    required: bool = False
    is_live: bool = True
    """Whether it takes a new value: it isn't retired, and belongs to the incident's category."""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What one may choose, as a field of choices takes it."""
        return [(one, one) for one in self.options]

    @property
    def persons(self) -> list[tuple[str, str]]:
        """Whom one may choose, and who stands there though they can't be chosen any more."""
        held = [(self.value, self.name)] if self.value and self.value not in dict(self.people) else []
        return [*self.people, *held]

    @property
    def options(self) -> list[str]:
        """What one may choose, and what stands there though it can't be chosen any more."""
        chosen = self.value if isinstance(self.value, list) else [self.value]
        gone = [one for one in chosen if isinstance(one, str) and one not in self.field.choices]
        return [*self.field.choices, *gone] if self.field.type in rules.CHOOSING else []


async def asked(
    tx: Tx,
    catalogue: Catalogue,
    fields: Iterable[Field],
    values: Mapping[str, Any] = {},
    *,
    required: Sequence[str] = (),
    choose_people: bool = True,
    belongs: Iterable[Field] | None = None,
) -> list[Asked]:
    """Fields with the values that stand there; people are listed only where one is to be chosen. `belongs`: the live ones."""
    chosen = list(fields)
    live = {one.id for one in (belongs if belongs is not None else chosen)}
    members = [known for one in chosen if one.type == "user" and (known := parse_id(str(values.get(one.slug))))]
    names = await access.names(tx, members) if members else {}
    people = await _people(tx) if choose_people and any(one.type == "user" for one in chosen) else ()
    return [
        Asked(
            field=one,
            categories=tuple(sorted(catalogue.categories[category].slug for category in one.categories)),
            value=(value := values.get(one.slug)),
            texts=tuple(rules.to_form(value)),
            name=_name(names, value) if one.type == "user" else "",
            people=people if one.type == "user" else (),
            required=one.slug in required,
            is_live=one.id in live,
        )
        for one in chosen
    ]


def _name(names: Mapping[UUID, str], value: Any) -> str:
    known = parse_id(value) if isinstance(value, str) else None
    return names.get(known, "") if known is not None else ""


async def _people(tx: Tx) -> tuple[tuple[str, str], ...]:
    found = await access.people_to_choose(tx)
    return tuple((str(person.id), person.name) for person in found)


@dataclass(slots=True)
class Sent:
    """What a form says of custom fields: values by slug as the API takes them, and what is wrong with which."""

    values: dict[str, Any] = field(default_factory=dict)
    flaws: list[FieldError] = field(default_factory=list)

    def refuse(self) -> None:
        """Raises `Invalid` when something is wrong."""
        if self.flaws:
            raise Invalid(self.flaws)


def sent(catalogue: Catalogue, given: Mapping[str, Sequence[str]], *, clearing: bool = False) -> Sent:
    """The values that a form's fields `custom.<slug>` hold; empty ones are left out, or None with `clearing`."""
    found = Sent()
    for slug, texts in given.items():
        known = catalogue.find_field(slug)
        try:
            value = rules.from_form(known.type, texts) if known is not None else (list(texts) or None)
        except BadValue as error:
            found.flaws.append(FieldError(f"custom.{slug}", error.template, error.values))
            continue
        if value or value is False or value == 0:
            found.values[slug] = value
        elif clearing:
            found.values[slug] = None
    return found
