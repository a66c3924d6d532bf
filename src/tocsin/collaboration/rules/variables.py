"""Texts with variables, such as `{{incident.reference}}`, that are filled in when they are used."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tocsin.base.errors import BadValue

VARIABLES = (
    *("incident.reference", "incident.title", "incident.status", "incident.priority", "incident.category"),
    *("incident.owner", "incident.team", "incident.due", "reporter.name", "me.name", "organisation.name", "today"),
)
"""Every variable there is."""
NOTHING = "–"
"""What stands for a variable that has no value, such as the owner of an incident that nobody owns."""
_PLACE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_SIGNS = re.compile(r"([\\`*_\[\]<>~|@&!])")
_START = re.compile(r"^(\s*)(?:([#+\-=])|(\d{1,9})([.)]))")


def check(text: str) -> None:
    """Raises `BadValue` for a text with a variable that there is not."""
    for match in _PLACE.finditer(text):
        if match[1] not in VARIABLES:
            raise BadValue(
                "There is no variable {name}; there are {names}.",
                name=match[1][:60] or "{{}}",
                names=", ".join(VARIABLES),
            )


def fill(text: str, values: Mapping[str, str | None], *, markdown: bool) -> str:
    """A text with its variables filled in. In Markdown a value stays what it is: it makes no link, mention or heading."""

    def value(match: re.Match[str]) -> str:
        found = " ".join((values.get(match[1]) or "").split()) or NOTHING
        return escaped(found) if markdown else found

    return _PLACE.sub(value, text)


def escaped(text: str) -> str:
    """A line of text as Markdown that shows it to the letter."""
    quiet = _SIGNS.sub(r"\\\1", text)
    return _START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[2] else f"{m[1]}{m[3]}\\{m[4]}", quiet)
