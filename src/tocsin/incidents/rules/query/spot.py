"""Where somebody stands in a query that they write: what can be completed there, and what it would take the place of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.incidents.rules.query.fields import Field, find_field

_CLAUSE = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)(?:\.([A-Za-z0-9_-]*))?(:)?")
_SIGN = re.compile(r"[<>]=?")


@dataclass(frozen=True, slots=True)
class Spot:
    """What stands between `start` and the cursor is `typed`: the beginning of a field's name, or of a value of `field`.

    `part` is the slug after `custom.`; without a field it may still be written.
    """

    start: int
    typed: str
    field: Field | None = None
    part: str | None = None


def spot(text: str, at: int) -> Spot | None:
    """What can be completed before a cursor; None inside a phrase, or where nothing is written yet."""
    at = max(0, min(at, len(text)))
    start, comma, is_quoted = 0, 0, False
    for place in range(at):
        char = text[place]
        if char == '"' and not (is_quoted and text[place - 1] == "\\"):
            is_quoted = not is_quoted
        elif char.isspace() and not is_quoted:
            start = comma = place + 1
        elif char == "," and not is_quoted:
            comma = place + 1
    if text[start : start + 1] == "-":
        start += 1
    term = text[start:at]
    match = _CLAUSE.match(term)
    if not term or match is None:
        return None
    field = find_field(match[1])
    if match[3] is None:
        if match.end() < len(term) or is_quoted:
            return None
        return Spot(start, term, field if match[2] is not None else None, match[2])
    if field is None or (match[2] is not None) != (field.kind == "custom"):
        return None
    return _value(term, start, max(start + match.end(), comma), at, field, match[2])


def _value(term: str, start: int, begin: int, at: int, field: Field, part: str | None) -> Spot:
    typed = term[begin - start : at - start]
    if field.takes_ranges:
        sign = _SIGN.match(typed)
        skip = sign.end() if sign is not None else typed.rfind("..") + 2 if ".." in typed else 0
        begin, typed = begin + skip, typed[skip:]
    return Spot(begin, typed.lstrip('"'), field, part)
