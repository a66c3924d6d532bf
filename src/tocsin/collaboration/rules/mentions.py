"""Who is meant by `@somebody` in a text.

A mention is an at sign that no letter or digit stands before, followed by a member's name (in full, or the first one alone
where only one member bears it), with another sign for its spaces, e-mail address, the part of it before the at sign, or id.
The longest fit counts; what fits two members alike is nobody's.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

MOST_WORDS = 6
"""Words of a name that are looked at."""
MOST = 50
"""At signs of a text that are looked at: who writes more addresses nobody in particular."""
_AT = re.compile(r"(?<![\w@./+-])@(?=\w)")
_WORD = re.compile(r"\S+")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ENDS = ".,;:!?)]}>\"'*_~`|"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be mentioned."""

    id: UUID
    name: str
    email: str | None


def _endings(line: str, start: int) -> list[tuple[str, int]]:
    """What may be a name at a place of a line: the text as it is compared and where it ends, the shortest first."""
    found: list[tuple[str, int]] = []
    words: list[str] = []
    for number, match in enumerate(_WORD.finditer(line, start)):
        if number == MOST_WORDS:
            break
        bare = match.group().rstrip(_ENDS)
        cut = re.split("['\u2019]s$", bare)[0]
        forms = [text for text in dict.fromkeys((cut, bare)) if text]
        found += [(" ".join([*words, text]).lower(), match.start() + len(text)) for text in forms]
        words.append(match.group())
    return found


def handles(text: str) -> set[str]:
    """Everything in a text that may name somebody, as it is compared."""
    found: set[str] = set()
    for number, match in enumerate(_AT.finditer(text)):
        if number == MOST:
            break
        line = text[match.end() : match.end() + 400].split("\n", 1)[0]
        found.update(name for name, _ in _endings(line, 0))
    return found


def ids_in(names: Iterable[str]) -> list[UUID]:
    """The handles that are ids."""
    return sorted(UUID(name) for name in names if _ID.fullmatch(name))


def names_of(person: Person) -> tuple[set[str], set[str], set[str]]:
    """What somebody is called: for sure, by a short form, and by the first name alone."""
    name = " ".join(person.name.split()).lower()
    email = (person.email or "").lower()
    sure = {str(person.id), name, email} - {""}
    short = {name.replace(" ", mark) for mark in (".", "-", "_", "")} | {email.partition("@")[0]}
    return sure, short - {""}, {name.split(" ", 1)[0]}


def by_handle(people: Iterable[Person]) -> dict[str, Person]:
    """Whom each handle names: one person, or it is left out. A surer name outdoes the others."""
    ranks: tuple[dict[str, set[Person]], ...] = (defaultdict(set), defaultdict(set), defaultdict(set))
    for person in people:
        for rank, names in zip(ranks, names_of(person), strict=True):
            for name in names:
                rank[name].add(person)
    found: dict[str, set[Person]] = {}
    for rank in reversed(ranks):
        found |= rank
    return {name: next(iter(those)) for name, those in found.items() if len(those) == 1}


def match(text: str, at: int, known: Mapping[str, Person]) -> tuple[Person, int] | None:
    """Who is mentioned by the at sign at a place of a text, and where the mention ends; None for nobody."""
    if _AT.match(text, at) is None:
        return None
    line = text[at + 1 : at + 401].split("\n", 1)[0]
    for name, end in reversed(_endings(line, 0)):
        if (person := known.get(name)) is not None:
            return person, at + 1 + end
    return None
