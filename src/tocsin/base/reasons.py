"""What msgspec says of a value that does not fit, in words for people who fill in forms. The API keeps msgspec's own."""

from __future__ import annotations

import re
from typing import Any

from tocsin.base.errors import N_

FILL_IN = N_("Fill this in.")
_LIMIT = r"(?P<limit>-?\d+(?:\.\d+)?)"
_REASONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Expected `str` of length >= 1\b"), FILL_IN),
    (re.compile(rf"Expected `str` of length >= {_LIMIT}"), N_("Write at least {limit} characters.")),
    (re.compile(rf"Expected `str` of length <= {_LIMIT}"), N_("Write at most {limit} characters.")),
    (re.compile(rf"Expected `(?:array|object)` of length >= {_LIMIT}"), N_("Choose at least {limit}.")),
    (re.compile(rf"Expected `(?:array|object)` of length <= {_LIMIT}"), N_("Choose at most {limit}.")),
    (re.compile(rf"Expected `(?:int|float)` >= {_LIMIT}"), N_("Give a number of at least {limit}.")),
    (re.compile(rf"Expected `(?:int|float)` <= {_LIMIT}"), N_("Give a number of at most {limit}.")),
    (re.compile(r"Expected `(?:int|float)(?: \| null)?`, got"), N_("Give a number.")),
    (re.compile(r"(?:Integer|Number) (?:value )?out of range"), N_("The number is too large.")),
    (re.compile(r"Expected `bool(?: \| null)?`, got"), N_("Say yes or no.")),
    (re.compile(r"Invalid enum value"), N_("Choose one from the list.")),
    (re.compile(r"Invalid ISO8601 duration"), N_("Give a duration, such as PT15M.")),
    (re.compile(r"Invalid (?:RFC3339|ISO8601)|Expected `(?:datetime|date)"), N_("Give a date and time.")),
    (re.compile(r"Invalid UUID"), N_("This is not an id.")),
    (re.compile(r"Expected `str` matching regex"), N_("This does not have the right form.")),
    (re.compile(r"Expected `str(?: \| null)?`, got"), N_("Give a text.")),
    (re.compile(r"Expected `array(?: \| null)?`, got"), N_("Give a list.")),
    (re.compile(r"Expected `[^`]+`, got `"), N_("This kind of value does not fit here.")),
    (re.compile(r"Object missing required field `"), N_("This field is required.")),
    (re.compile(r"Object contains unknown field `"), N_("There is no such field here.")),
)


def foreseen(text: str) -> tuple[str, dict[str, Any]] | None:
    """A template and its values for what msgspec says; None for texts that are not its, or that nobody foresaw."""
    for pattern, template in _REASONS:
        if (match := pattern.match(text)) is not None:
            return template, match.groupdict()
    return None


def reason(text: str) -> tuple[str, dict[str, Any]]:
    """A template and its values for a validation error's text; texts that nobody foresaw stay as they are."""
    return foreseen(text) or (f"{text}.", {})
