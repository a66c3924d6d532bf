"""What reports decide from data alone: periods of whole local days, buckets of times, percentiles, text safe for sheets.

- A **period** is a row of whole days in the organisation's zone, today included; the one it is compared with has as many
  days and ends the day before.
- **Times** are counted in buckets, eight to each doubling of the seconds, so that days can be added up. A percentile is read
  out of its bucket by how far into it the rank lies: at most 9 % off, a fraction of a percent with a hundred times or more.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from tocsin.base.errors import N_

Unit = Literal["day", "week"]
PRESETS = {"7d": 7, "30d": 30, "90d": 90, "year": 365}
CUSTOM = "custom"
MOST_DAYS = 1100
DAYS_AS_POINTS = 45
"""The longest period whose points are days unless asked otherwise; longer ones are shown by week."""
GRACE = timedelta(hours=1)
"""How long after its end a day is counted: longer than any transaction that began in it can last."""

PER_OCTAVE = 8
DANGEROUS = "=+-@\t\r\n＝＋－＠"
"""A cell that begins with one of these is a formula to some spreadsheet (OWASP: CSV Injection)."""

AGES: tuple[tuple[str, timedelta], ...] = (
    ("under-1d", timedelta(days=1)),
    ("1d-3d", timedelta(days=3)),
    ("3d-7d", timedelta(days=7)),
    ("7d-30d", timedelta(days=30)),
)
OLDEST = "over-30d"


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period of as many days that ends where this one begins."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def unit(self) -> Unit:
        """By what its course is shown when nobody says."""
        return "day" if self.days <= DAYS_AS_POINTS else "week"

    def points(self, unit: Unit) -> list[Period]:
        """Its days, or its weeks from Monday to Sunday; the first and last week may be cut."""
        if unit == "day":
            return [Period(day, day) for day in (self.first + timedelta(days=n) for n in range(self.days))]
        found, at = [], self.first
        while at <= self.last:
            end = min(at + timedelta(days=6 - at.weekday()), self.last)
            found.append(Period(at, end))
            at = end + timedelta(days=1)
        return found


def period_of(name: str, today: date, first: date | None, last: date | None) -> Period | str:
    """The period of a name (or between two days, for `custom`); a template that says what is wrong with it otherwise."""
    if name != CUSTOM:
        if first is not None or last is not None:
            return N_("Days are for the period custom; leave them out, or ask for period=custom.")
        return Period(today - timedelta(days=PRESETS[name] - 1), today)
    if first is None:
        return N_("Give the first day of the period, such as 2026-06-01.")
    last = min(last or today, today)
    if first > last:
        return N_("The period ends before it begins.") if first <= today else N_("The period has not begun yet.")
    if (last - first).days >= MOST_DAYS:
        return N_("Ask for at most {most} days.")
    return Period(first, last)


# ---------------------------------------------------------------------------------------------------------------- times


def bucket_of(seconds: float) -> int:
    """The bucket of a time: n holds the times from 2^(n/8) seconds on; shorter ones than a second are in the first."""
    return math.floor(PER_OCTAVE * math.log2(max(seconds, 1.0)))


def bucket_from(bucket: int) -> float:
    """The shortest time of a bucket, in seconds."""
    return 0.0 if bucket == 0 else float(2 ** (bucket / PER_OCTAVE))


def percentile(counts: Mapping[int, int], share: float) -> float | None:
    """The time that a share of all (0 to 1) did not exceed, in seconds; None without any."""
    total = sum(counts.values())
    if total == 0:
        return None
    rank, below = share * total, 0
    bucket = max(counts)
    for bucket in sorted(counts):
        if below + counts[bucket] >= rank and counts[bucket]:
            break
        below += counts[bucket]
    low, high = bucket_from(bucket), bucket_from(bucket + 1)
    inside = min(max((rank - below) / counts[bucket], 0.0), 1.0)
    return high * inside if low == 0 else low * (high / low) ** inside


def share(part: int, whole: int) -> float | None:
    """A part of a whole in percent, to one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def heat_step(count: int, most: int) -> int:
    """The shade of a cell: 0 for none, then 1 to 5 in even steps up to the busiest."""
    return 0 if count == 0 else 1 + min(4, (count - 1) * 5 // most)


def ages(now: datetime) -> list[tuple[str, datetime | None, datetime | None]]:
    """The age groups of what is open, youngest first: name, created from (included), created before."""
    found: list[tuple[str, datetime | None, datetime | None]] = []
    before: datetime | None = None
    for name, age in AGES:
        found.append((name, now - age, before))
        before = now - age
    return [*found, (OLDEST, None, before)]


# ---------------------------------------------------------------------------------------------------------------- cells


def neutral(text: str) -> str:
    """A text as a cell that no spreadsheet takes for a formula: an apostrophe goes before it. `original` takes it back."""
    return f"'{text}" if _is_dangerous(text) else text


def original(cell: str) -> str:
    """The text of a cell that `neutral` made."""
    return cell[1:] if cell.startswith("'") and _is_dangerous(cell[1:]) else cell


def _is_dangerous(text: str) -> bool:
    """Whether a text begins as a formula does, also behind apostrophes: so that taking one away is never a doubt."""
    bare = text.lstrip("'")
    return bool(bare) and bare[0] in DANGEROUS
