"""Hours of the week as they are written (`"mon": [["09:00", "17:00"]]`) and as the rules count them, in minutes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from tocsin.base.errors import BadValue, invalid
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
        if rows:
            found[day] = [list(row) for row in rows]
    overlap = _overlap(minutes_of(found))
    if overlap is not None:
        raise invalid(f"{field}.{overlap}", "Two stretches of time overlap.")
    return found


def _overlap(hours: Hours) -> str | None:
    """The day whose stretch begins before another is over, also over midnight and over the week's end; None for none."""
    parts = [
        (number * 1440 + begin, number * 1440 + (end if end > begin else end + 1440), day)
        for number, day in enumerate(WEEKDAYS)
        for begin, end in hours.get(day, ())
    ]
    again = [(begin + 7 * 1440, end + 7 * 1440, day) for begin, end, day in parts[:1]]
    return next((day for (_, end, _), (begin, _, day) in pairwise([*parts, *again]) if begin < end), None)


_PART = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?((?:\s+\d\d:\d\d-\d\d:\d\d)+)")


def read_hours(text: str) -> dict[str, list[tuple[str, str]]]:
    """Hours as people write them in one line: `mon-fri 09:00-12:00 13:00-17:00; sat 10:00-14:00`. Raises `BadValue`."""
    found: dict[str, list[tuple[str, str]]] = {}
    for part in filter(None, (each.strip().casefold() for each in text.replace("\n", ";").split(";"))):
        match = _PART.fullmatch(part)
        if match is None or match[1] not in WEEKDAYS or (match[2] or "mon") not in WEEKDAYS:
            raise BadValue("Write such as: mon-fri 09:00-17:00; sat 10:00-14:00.")
        first, last = WEEKDAYS.index(match[1]), WEEKDAYS.index(match[2] or match[1])
        rows = [(begin, end) for begin, _, end in (row.partition("-") for row in match[3].split())]
        for n in range((last - first) % 7 + 1):
            found.setdefault(WEEKDAYS[(first + n) % 7], []).extend(rows)
    return found


def write_hours(hours: Mapping[Any, Sequence[Sequence[str]]]) -> str:
    """Hours in one line, as `read_hours` reads them; days that are alike and follow each other stand together."""
    said = {day: " ".join("-".join(row) for row in hours[day]) for day in WEEKDAYS if hours.get(day)}
    parts: list[list[str]] = []
    for day, text in said.items():
        before = parts[-1] if parts else None
        if before is not None and before[2] == text and WEEKDAYS.index(before[1]) + 1 == WEEKDAYS.index(day):
            before[1] = day
        else:
            parts.append([day, day, text])
    return "; ".join(f"{first if first == last else f'{first}-{last}'} {text}" for first, last, text in parts)
