"""ISO 8601 durations as the API takes them: weeks to seconds. Years and months have no fixed length and are refused."""

from __future__ import annotations

import re
from datetime import timedelta

from tocsin.base.errors import BadValue

LONGEST = timedelta(days=3653)
"""Ten years: no wait of the domain is longer."""

_SHAPE = re.compile(
    r"P(?=[0-9T])(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?"
)
_SECONDS = (7 * 86_400, 86_400, 3600, 60, 1)
_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def parse_duration(text: str) -> timedelta:
    """The time that `PT15M`, `P1DT12H` or `P2W` stands for. Raises `BadValue`."""
    found = _SHAPE.fullmatch(text)
    if found is None:
        raise BadValue("Use an ISO 8601 duration such as PT15M, PT2H or P1D (no years, no months, not negative).")
    seconds = sum(int(given) * unit for given, unit in zip(found.groups(), _SECONDS, strict=True) if given)
    if seconds > LONGEST.total_seconds():
        raise BadValue("Give a duration of at most ten years.")
    return timedelta(seconds=seconds)


def _parts(duration: timedelta) -> list[tuple[int, str]]:
    rest, found = int(duration.total_seconds()), []
    for name, unit in _UNITS:
        count, rest = divmod(rest, unit)
        if count:
            found.append((count, name))
    return found


def format_duration(duration: timedelta) -> str:
    """The shortest ISO 8601 text of a duration in whole seconds: two hours are `PT2H`."""
    days, rest = "", ""
    for count, name in _parts(duration):
        if name == "day":
            days = f"{count}D"
        else:
            rest += f"{count}{name[0].upper()}"
    return f"P{days}T{rest}" if rest else f"P{days}" if days else "PT0S"


def spell_duration(duration: timedelta) -> str:
    """A duration in words: `1 hour 30 minutes`."""
    return " ".join(f"{count} {name}{'' if count == 1 else 's'}" for count, name in _parts(duration)) or "0 minutes"
