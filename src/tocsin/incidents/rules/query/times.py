"""What times of a query mean: each names a stretch of time, which a sign turns into what lies before or after it.

`2026`, `2026-01`, `2026-01-31` and the words are days of the organisation's zone; `-7d` is this very moment seven days ago.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.base.zones import day_start, local_day
from tocsin.incidents.rules.query.tree import AnyValue, Between, Beyond, Value

Stretch = tuple[datetime | None, datetime | None]
"""Half-open: the start belongs to it, the end does not; None is without end."""
_INSTANT = timedelta(microseconds=1)
_DAY = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt](\d{2}):(\d{2})(:(\d{2})(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?")
_AGO = re.compile(r"([+-])(\d{1,5})(min|h|d|w)")
_UNITS = {"min": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_FIRST, _LAST = 1971, 2199


def _days(first: date, after: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return day_start(first, zone), day_start(after, zone)


def _month(day: date, shift: int = 0) -> date:
    """The first day of a day's month, or of one some months from it."""
    months = day.year * 12 + day.month - 1 + shift
    return date(months // 12, months % 12 + 1, 1)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


_WORDS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda day: (day, day + timedelta(days=1)),
    "yesterday": lambda day: (day - timedelta(days=1), day),
    "tomorrow": lambda day: (day + timedelta(days=1), day + timedelta(days=2)),
    "this-week": lambda day: (_monday(day), _monday(day) + timedelta(days=7)),
    "last-week": lambda day: (_monday(day) - timedelta(days=7), _monday(day)),
    "next-week": lambda day: (_monday(day) + timedelta(days=7), _monday(day) + timedelta(days=14)),
    "this-month": lambda day: (_month(day), _month(day, 1)),
    "last-month": lambda day: (_month(day, -1), _month(day)),
}
WORDS = ("now", *_WORDS)


def stretch(value: AnyValue, now: datetime, zone: ZoneInfo) -> Stretch:
    """The time that a value of a clause means. Raises `ValueError` with the `Value` at fault as its argument."""
    if isinstance(value, Value):
        return _named(value, now, zone)
    if isinstance(value, Beyond):
        start, end = _named(value.value, now, zone)
        return {"<": (None, start), "<=": (None, end), ">": (end, None), ">=": (start, None)}[value.sign]
    return _between(value, now, zone)


def days(value: Value, now: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last day that a value names, for what has no time of day: `-7d` is that day. Raises `ValueError`."""
    text = value.text.strip()
    if (day := _DAY.fullmatch(text)) is not None and day[3]:
        found = date.fromisoformat(text)
        return found, found
    if value.is_quoted or _MOMENT.fullmatch(text) is not None:
        raise ValueError(value)
    start, end = _named(value, now, zone)
    return local_day(start, zone), local_day(end - _INSTANT, zone)


def _between(value: Between, now: datetime, zone: ZoneInfo) -> Stretch:
    low = _named(value.low, now, zone)[0] if value.low is not None else None
    high = _named(value.high, now, zone)[1] if value.high is not None else None
    return low, high


def _named(value: Value, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    try:
        found = _read(value.text.strip().lower(), now, zone)
    except (ValueError, OverflowError):
        found = None
    if found is None or not all(_FIRST <= moment.year <= _LAST + 1 for moment in found):
        raise ValueError(value)
    return found


def _read(text: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    if text == "now":
        return now, now + _INSTANT
    if text in _WORDS:
        return _days(*_WORDS[text](local_day(now, zone)), zone)
    if (ago := _AGO.fullmatch(text)) is not None:
        moment = now + int(ago[2]) * _UNITS[ago[3]] * (1 if ago[1] == "+" else -1)
        return moment, moment + _INSTANT
    if (day := _DAY.fullmatch(text)) is not None:
        first = date(int(day[1]), int(day[2] or 1), int(day[3] or 1))
        after = first + timedelta(days=1) if day[3] else _month(first, 1 if day[2] else 12)
        return _days(first, after, zone)
    return _moment(text, zone)


def _moment(text: str, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    moment = datetime.fromisoformat(text.upper())
    start = (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    length = _INSTANT if match[5] else timedelta(seconds=1) if match[3] else timedelta(minutes=1)
    return start, start + length
