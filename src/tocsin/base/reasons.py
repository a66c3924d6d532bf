"""What msgspec says of a value that does not fit, in words for people who fill in forms."""

from __future__ import annotations

import re
from typing import Any

from tocsin.base.errors import N_

_REASONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Expected `str` of length >= 1\b"), N_("Fill this in.")),
    (re.compile(r"Expected `str` of length >= (?P<limit>\d+)"), N_("Write at least {limit} characters.")),
    (re.compile(r"Expected `str` of length <= (?P<limit>\d+)"), N_("Write at most {limit} characters.")),
    (re.compile(r"Expected `array` of length >= (?P<limit>\d+)"), N_("Choose at least {limit}.")),
    (re.compile(r"Expected `array` of length <= (?P<limit>\d+)"), N_("Choose at most {limit}.")),
    (re.compile(r"Expected `(?:int|float)` >= (?P<limit>-?[\d.]+)"), N_("Give a number of at least {limit}.")),
    (re.compile(r"Expected `(?:int|float)` <= (?P<limit>-?[\d.]+)"), N_("Give a number of at most {limit}.")),
    (re.compile(r"Expected `(?:int|float)(?: \| null)?`, got"), N_("Give a number.")),
    (re.compile(r"Expected `bool(?: \| null)?`, got"), N_("Say yes or no.")),
    (re.compile(r"Invalid enum value"), N_("Choose one from the list.")),
    (re.compile(r"Invalid (?:RFC3339|ISO8601)|Expected `(?:datetime|date)"), N_("Give a date and time.")),
    (re.compile(r"Expected `str` matching regex"), N_("This does not have the right form.")),
)


def reason(text: str) -> tuple[str, dict[str, Any]]:
    """A template and its values for a validation error's text; texts that nobody foresaw stay as they are."""
    for pattern, template in _REASONS:
        if (match := pattern.match(text)) is not None:
            return template, match.groupdict()
    return f"{text}.", {}
