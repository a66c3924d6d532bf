"""Hours of the week as they are written (`"mon": [["09:00", "17:00"]]`) and as the rules count them, in minutes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tocsin.base.errors import invalid
from tocsin.oncall.rules import WEEKDAYS, Hours

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


def minutes_of(hours: Mapping[str, Any]) -> Hours:
    """Written hours in minutes of the day."""
    return {day: [(_minutes(begin), _minutes(end)) for begin, end in rows] for day, rows in hours.items()}


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def check_hours(hours: Mapping[Any, Sequence[tuple[str, str]]], field: str) -> dict[str, list[list[str]]]:
    """Hours as they are kept: days in order, stretches in order, empty days left out.

    Raises `Invalid` naming the day for a bad time, an empty stretch or two that overlap.
    """
    found: dict[str, list[list[str]]] = {}
    for day in WEEKDAYS:
        rows = sorted(hours.get(day, ()))
        for begin, end in rows:
            if not (_TIME.fullmatch(begin) and _TIME.fullmatch(end)) or begin == "24:00":
                raise invalid(f"{field}.{day}", "Give times such as 09:00, and 24:00 for a day's end.")
            if begin == end:
                raise invalid(f"{field}.{day}", "A stretch of time must not be empty.")
        for (begin, end), (following, _) in pairwise(rows):
            if end <= begin or end > following:
                raise invalid(f"{field}.{day}", "Two stretches of time overlap.")
        if rows:
            found[day] = [list(row) for row in rows]
    return found
