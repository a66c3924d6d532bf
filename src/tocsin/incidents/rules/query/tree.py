"""What a query says, as data: terms that must all hold. `str` of a query is its text again, and reads back as the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from tocsin.base.errors import BadValue, filled

Sign = Literal["<", "<=", ">", ">="]


class QueryError(BadValue):
    """A text that is no query: where (characters from 0), why, and what to do about it. Both sentences are templates."""

    def __init__(self, position: int, template: str, hint: str, /, **values: object) -> None:
        super().__init__(template, **values)
        self.position = position
        self.hint_template = hint

    @property
    def hint(self) -> str:
        """What to do about it, in English."""
        return filled(self.hint_template, self.values)


_MARKED = re.compile(r'"|\\(?=["\\]|\Z)')
"""Marks, and backslashes that would be taken for the beginning of an escape."""


def quoted(text: str) -> str:
    """A text in quotation marks, as a query holds what a bare word can't: never longer than somebody wrote it."""
    return '"' + _MARKED.sub(r"\\\g<0>", text) + '"'


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field. A quoted one is always meant literally: `"none"` is a name, `none` is nobody."""

    text: str
    is_quoted: bool = False
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return quoted(self.text) if self.is_quoted else self.text


@dataclass(frozen=True, slots=True)
class Beyond:
    """A value and everything on one side of it: `>=5`."""

    sign: Sign
    value: Value

    @property
    def at(self) -> int:
        """Where it stands."""
        return self.value.at

    def __str__(self) -> str:
        return f"{self.sign}{self.value}"


@dataclass(frozen=True, slots=True)
class Between:
    """From one value to another, both included: `1..5`. One side may be open."""

    low: Value | None
    high: Value | None
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        return f"{self.low or ''}..{self.high or ''}"


AnyValue = Value | Beyond | Between


@dataclass(frozen=True, slots=True)
class Clause:
    """A field and its values, of which one must fit. `part` is the slug of a custom field."""

    name: str
    values: tuple[AnyValue, ...]
    part: str | None = None
    is_negated: bool = False
    at: int = field(default=0, compare=False)

    def __str__(self) -> str:
        name = self.name if self.part is None else f"{self.name}.{self.part}"
        return f"{'-' if self.is_negated else ''}{name}:{','.join(str(value) for value in self.values)}"


@dataclass(frozen=True, slots=True)
class Words:
    """A word, the beginning of one (`disk*`), or a phrase in quotation marks."""

    text: str
    kind: Literal["word", "prefix", "phrase"] = "word"
    is_negated: bool = False
    at: int = field(default=0, compare=False)

    @property
    def is_blank(self) -> bool:
        """Without a letter or digit there is nothing to look for."""
        return not any(char.isalnum() for char in self.text)

    def __str__(self) -> str:
        said = quoted(self.text) if self.kind == "phrase" else f"{self.text}*" if self.kind == "prefix" else self.text
        return f"-{said}" if self.is_negated else said


@dataclass(frozen=True, slots=True)
class Either:
    """Words of which one is enough: `disk OR drive`."""

    options: tuple[Words, ...]

    def __str__(self) -> str:
        return " OR ".join(str(option) for option in self.options)


Term = Clause | Words | Either


@dataclass(frozen=True, slots=True)
class Query:
    """All of a query's terms; none means everything."""

    terms: tuple[Term, ...] = ()

    def __str__(self) -> str:
        return " ".join(str(term) for term in self.terms)

    @property
    def clauses(self) -> Iterator[Clause]:
        """The terms that name a field."""
        return (term for term in self.terms if isinstance(term, Clause))

    @property
    def words(self) -> Iterator[tuple[Words, ...]]:
        """The words that are looked for or must be missing, each with its alternatives; what is blank is left out."""
        for term in self.terms:
            options = term.options if isinstance(term, Either) else (term,) if isinstance(term, Words) else ()
            meant = tuple(option for option in options if not option.is_blank)
            if meant:
                yield meant


TEXTS = ("title", "description", "comment")
"""Fields in whose text words are looked for."""
