"""Which incidents a policy is for, as far as the record of events tells what they were like at a time that is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FIELDS = ("priority", "category", "source", "via", "status", "assignee", "team", "is")
"""Fields of the query language whose value at any time the record tells."""


@dataclass(frozen=True, slots=True)
class Term:
    """One of the values (lower case, `none` for nothing), or negated none of them."""

    field: str
    values: frozenset[str]
    negated: bool = False


def matches(terms: Iterable[Term], words: Mapping[str, frozenset[str]]) -> bool:
    """Whether all terms hold. `words` says for each field by which words the incident's value goes."""
    return all(bool(words.get(term.field, frozenset()) & term.values) != term.negated for term in terms)
