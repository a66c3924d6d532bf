"""Which incidents a policy is for, as far as the record of events tells what they were like at any time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tocsin.base.errors import BadValue

SOURCES = ("email", "web", "api", "import", "alert")
FIELDS = ("priority", "category", "source")


@dataclass(frozen=True, slots=True)
class Condition:
    """`field:value,value`: one of the values, or with a minus before it none of them. Positions count from 0."""

    field: str
    values: tuple[str, ...]
    negated: bool
    positions: tuple[int, ...]


class BadCondition(BadValue):
    """Conditions that cannot be read; every sentence says at which position."""


_TERM = re.compile(r"(-?)([A-Za-z_]+):(.*)", re.DOTALL)


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions in `priority:critical,high -category:network`: all of them must hold. Raises `BadCondition`."""
    found = []
    for word in re.finditer(r"\S+", text):
        term = _TERM.fullmatch(word.group())
        if term is None:
            raise BadCondition(
                "At position {position}: write field:value, several values separated by commas.", position=word.start()
            )
        negated, name, values = term.groups()
        if name.lower() not in FIELDS:
            raise BadCondition(
                "At position {position}: there is no field {name}; use {names}.",
                position=word.start() + len(negated),
                name=name,
                names=", ".join(FIELDS),
            )
        positions, start = [], word.start() + term.start(3)
        parts = values.split(",")
        for part in parts:
            if not part:
                raise BadCondition("At position {position}: a value is missing.", position=start)
            positions.append(start)
            start += len(part) + 1
        found.append(Condition(name.lower(), tuple(part.lower() for part in parts), bool(negated), tuple(positions)))
    return tuple(found)


def matches(conditions: Iterable[Condition], facts: Mapping[str, frozenset[str]]) -> bool:
    """Whether all conditions hold. `facts` says for each field by which words the incident's value goes."""
    return all(bool(facts[c.field] & set(c.values)) != c.negated for c in conditions)
