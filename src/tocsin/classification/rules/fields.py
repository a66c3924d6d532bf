"""Values of custom fields: what each type takes, how a value is kept, and by what it is found.

The types: `text` (to 2,000 characters), `number`, `date` (`2026-01-31`), `boolean`, `choice` (one of the field's choices),
`multi_choice` (a list of them), `user` (a member's id; whoever stores it looks the person up), `url` (http or https).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal
from urllib.parse import urlsplit

from tocsin.base.errors import N_, BadValue

FieldType = Literal["text", "number", "date", "boolean", "choice", "multi_choice", "user", "url"]
TYPES: tuple[FieldType, ...] = ("text", "number", "date", "boolean", "choice", "multi_choice", "user", "url")
CHOOSING = ("choice", "multi_choice")
RANGED = ("number", "date")
"""The types that a list can narrow to a range."""

TEXT_LIMIT = 2000
FOUND_BY = 200
"""So many characters of a text are what it is found by."""
MOST_NUMBER = 10**15
CHOICE_LIMIT = 100
MOST_CHOICES = 200

Value = str | int | float | bool | list[str]
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOT_CHOSEN = N_("Choose one of the field's choices.")


def read(kind: FieldType, choices: Sequence[str], value: Any) -> Value | None:
    """A value as it is kept; None for none: null, an empty text, an empty list. Raises `BadValue`."""
    if value is None:
        return None
    return _READERS[kind](value, choices)


def _text(value: Any, _choices: Sequence[str]) -> str | None:
    if not isinstance(value, str):
        raise BadValue("Give a text.")
    if len(value.strip()) > TEXT_LIMIT:
        raise BadValue("Give at most {limit} characters.", limit=TEXT_LIMIT)
    return value.strip() or None


def _number(value: Any, _choices: Sequence[str]) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadValue("Give a number.")
    if not math.isfinite(value) or abs(value) > MOST_NUMBER:
        raise BadValue("Give a number up to 1,000,000,000,000,000.")
    return int(value) if float(value).is_integer() else value


def _date(value: Any, _choices: Sequence[str]) -> str | None:
    if not isinstance(value, str):
        raise BadValue("Give a date such as 2026-01-31.")
    if not value.strip():
        return None
    return _day(value.strip()).isoformat()


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None:
        raise BadValue("Give a date such as 2026-01-31.")
    return found


def _boolean(value: Any, _choices: Sequence[str]) -> bool:
    if not isinstance(value, bool):
        raise BadValue("Give true or false.")
    return value


def _choice(value: Any, choices: Sequence[str]) -> str | None:
    if value == "":
        return None
    if not isinstance(value, str) or value not in choices:
        raise BadValue(_NOT_CHOSEN)
    return value


def _choices(value: Any, choices: Sequence[str]) -> list[str] | None:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadValue("Give a list of the field's choices.")
    if any(item not in choices for item in value):
        raise BadValue(_NOT_CHOSEN)
    return [item for item in choices if item in value] or None


def _url(value: Any, _choices: Sequence[str]) -> str | None:
    if not isinstance(value, str):
        raise BadValue("Give an address that begins with https:// or http://.")
    text = value.strip()
    if not text:
        return None
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or any(character.isspace() or not character.isprintable() for character in text):
        raise BadValue("Give an address that begins with https:// or http://.")
    if len(text) > TEXT_LIMIT:
        raise BadValue("Give at most {limit} characters.", limit=TEXT_LIMIT)
    return text


def _user(value: Any, _choices: Sequence[str]) -> str | None:
    if not isinstance(value, str):
        raise BadValue("Give the id or e-mail of a member.")
    return value.strip() or None


_READERS = {
    "text": _text,
    "number": _number,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
    "multi_choice": _choices,
    "user": _user,
    "url": _url,
}


def from_form(kind: FieldType, texts: Sequence[str]) -> Any:
    """What a form's texts mean, for `read` to judge; None for nothing. Raises `BadValue` for what is no number."""
    given = [text.strip() for text in texts if text.strip()]
    if kind == "multi_choice":
        return [part for text in given for part in text.split(",") if part]
    if not given:
        return None
    if kind == "boolean":
        return {"true": True, "false": False}.get(given[-1], given[-1])
    if kind == "number":
        text = given[-1].replace("\u2212", "-")
        plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
        return float(_key("number", plain))
    return given[-1]


def to_form(value: Value | None) -> list[str]:
    """The texts that a form shows of a value."""
    if value is None:
        return []
    if isinstance(value, list):
        return value
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [value if isinstance(value, str) else _spelt(Decimal(str(value)))]


def read_choices(kind: FieldType, given: Sequence[str]) -> list[str]:
    """The choices of a field, trimmed. Raises `BadValue`: only fields that choose have any, each once."""
    found = [" ".join(text.split()) for text in given]
    if kind not in CHOOSING:
        if found:
            raise BadValue("Only a choice or multi_choice has choices.")
        return []
    if not found:
        raise BadValue("Give at least one choice.")
    if len(found) > MOST_CHOICES:
        raise BadValue("Give at most {limit} choices.", limit=MOST_CHOICES)
    if not all(1 <= len(text) <= CHOICE_LIMIT for text in found):
        raise BadValue("Give each choice 1 to {limit} characters.", limit=CHOICE_LIMIT)
    if len({text.casefold() for text in found}) < len(found):
        raise BadValue("Give each choice once.")
    if any("," in text for text in found):
        raise BadValue("Leave commas out of a choice: lists separate several of them by commas.")
    return found


# ------------------------------------------------------------------------------------------------------------ finding


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list narrows a field to: any of some values, a range with open ends, or (`unset`) no value at all."""

    values: tuple[str, ...] = ()
    low: str | None = None
    high: str | None = None
    unset: bool = False


def keys(kind: FieldType, value: Value) -> list[tuple[str, float | None]]:
    """By what a value is found: a text each, and the number of a number."""
    if isinstance(value, list):
        return [(found_by(item), None) for item in value]
    if isinstance(value, bool):
        return [("true" if value else "false", None)]
    if isinstance(value, int | float):
        return [(_spelt(Decimal(str(value))), float(value))]
    return [(value if kind == "user" else found_by(value), None)]


def found_by(text: str) -> str:
    """The beginning of a text in one case and without runs of spaces: lists tell no more of a text apart."""
    return " ".join(text[: 4 * FOUND_BY].casefold().split())[:FOUND_BY].rstrip()


def read_filter(kind: FieldType, text: str) -> Wanted:
    """What somebody wants of a field: `berlin`, `berlin,paris`, `5..10`, `2026-01-01..`, nothing for no value.

    Texts and addresses are one value, whatever commas they hold. Raises `BadValue`.
    """
    if not text.strip():
        return Wanted(unset=True)
    if kind in ("text", "url"):
        return Wanted((found_by(text),))
    if kind in RANGED and ".." in text:
        low, _, high = (part.strip() for part in text.partition(".."))
        if not low and not high:
            raise BadValue("Give at least one end of the range.")
        return Wanted(low=_key(kind, low) if low else None, high=_key(kind, high) if high else None)
    return Wanted(tuple(dict.fromkeys(_key(kind, part.strip()) for part in text.split(","))))


def _key(kind: FieldType, text: str) -> str:
    if kind == "number":
        try:
            number = Decimal(text) if len(text) <= 40 else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or abs(number) > MOST_NUMBER:
            raise BadValue("Give a number.")
        return _spelt(number)
    if kind == "date":
        return _day(text).isoformat()
    if kind == "boolean":
        if text not in ("true", "false"):
            raise BadValue("Give true or false.")
        return text
    return text if kind == "user" else found_by(text)


def _spelt(number: Decimal) -> str:
    """A number in one way only: `5`, `-0.25`; the float that it is kept as decides."""
    value = float(number)
    return str(int(value)) if value.is_integer() else repr(value)
