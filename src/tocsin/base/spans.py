"""Months and weeks as a calendar shows them, and the moments at which days begin in a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from tocsin.base.zones import day_start


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a calendar shows: `days` of them from `first`, a Monday (ISO 8601), and the addresses' words for the
    span itself, the one before and the one after.
    """

    kind: Literal["month", "week"]
    name: str
    first: date
    days: int
    previous: str
    following: str
    inner: tuple[date, date]
    """The first and the last day that it is about; a month's grid shows some of its neighbours'."""


_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def month_span(text: str) -> Span | None:
    """The weeks that hold a month written as `2026-11`, or None for no month."""
    match = re.fullmatch(r"(\d{4})-(\d{2})", text)
    if match is None or not (_FIRST_YEAR <= int(match[1]) <= _LAST_YEAR and 1 <= int(match[2]) <= 12):
        return None
    first = date(int(match[1]), int(match[2]), 1)
    after = (first + timedelta(days=31)).replace(day=1)
    start = first - timedelta(days=first.weekday())
    weeks = -((start - after).days // 7)
    before = first - timedelta(days=1)
    return Span(
        "month", text, start, weeks * 7, _month(before), _month(after), inner=(first, after - timedelta(days=1))
    )


def week_span(text: str) -> Span | None:
    """A week written as `2026-W48` (ISO 8601), or None for no week."""
    match = re.fullmatch(r"(\d{4})-W(\d{2})", text)
    if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        return None
    try:
        first = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    except ValueError:
        return None
    week = timedelta(days=7)
    return Span(
        "week", text, first, 7, week_name(first - week), week_name(first + week), (first, first + timedelta(days=6))
    )


def _month(day: date) -> str:
    return f"{day:%Y-%m}"


def week_name(day: date) -> str:
    """The ISO week of a day, as addresses write it."""
    year, week, _ = day.isocalendar()
    return f"{year:04}-W{week:02}"


def day_starts(first: date, days: int, zone: tzinfo) -> list[datetime]:
    """The moments (UTC) at which some days begin in a zone, and the end of the last.

    Where the clocks leap over midnight the day begins with the leap, where they show it twice with the first.
    """
    return [day_start(first + timedelta(days=n), zone) for n in range(days + 1)]
