"""Targets as people write them: `15 min`, `4 h`, `1 h 30 min`."""

from __future__ import annotations

import re

from tocsin.base.errors import BadValue

MOST = 5_256_000
"""Minutes of ten years."""
_PART = re.compile(r"([0-9]{1,7})\s*(d|h|m|min)?(?=[\s0-9,]|$)")
_MINUTES = {"d": 1440, "h": 60, "m": 1, "min": 1}


def parse_minutes(text: str) -> int | None:
    """The minutes of `90`, `15 min`, `1h 30m` or `2 d` (a day is 24 hours of the calendar), None for nothing.

    Raises `BadValue`.
    """
    rest, total, bare = text.strip().lower(), 0, 0
    if not rest:
        return None
    while rest:
        found = _PART.match(rest)
        if found is None:
            raise BadValue("Write it like 15 min, 4 h or 1 h 30 min.")
        bare += found.group(2) is None
        total += int(found.group(1)) * _MINUTES[found.group(2) or "min"]
        rest = rest[found.end() :].lstrip(" ,")
    if bare > 1:
        raise BadValue("Write it like 15 min, 4 h or 1 h 30 min.")
    if not 1 <= total <= MOST:
        raise BadValue("Give at least one minute, and at most ten years.")
    return total


def spell_minutes(minutes: int | None) -> str:
    """Minutes as hours and minutes: `1 h 30 min`. Never days: a target counts the calendar's hours, not the clock's."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    parts = ([f"{hours} h"] if hours else []) + ([f"{rest} min"] if rest or not hours else [])
    return " ".join(parts)
