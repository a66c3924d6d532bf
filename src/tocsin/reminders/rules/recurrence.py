"""Recurrence as RFC 5545 writes it (`FREQ=WEEKLY;BYDAY=MO,TH`), narrowed to what a reminder can sensibly do.

Days and times of day are those of the tenant's zone, so that 09:00 stays 09:00 when the clocks change; `HOURLY` and
`MINUTELY` count real time. Every rule that is taken has an occurrence, and finding the next one costs little.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import rrule

from tocsin.base.errors import BadValue

LENGTH = 300
MOST_COUNT = 1000
MOST_MISSED = 100
LONGEST = timedelta(days=5 * 366)
"""How far a rule may reach, and how far the first occurrence may lie."""
LEAST_MINUTES = 15
MOST_TIMES = 12
"""Times of day that a rule may name, as hours times minutes."""
_FREQUENCIES = {
    "MINUTELY": rrule.MINUTELY,
    "HOURLY": rrule.HOURLY,
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
_REAL_TIME = ("MINUTELY", "HOURLY")
_DAYS = {"MO": rrule.MO, "TU": rrule.TU, "WE": rrule.WE, "TH": rrule.TH, "FR": rrule.FR, "SA": rrule.SA, "SU": rrule.SU}
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z)?)?")
_TAKEN = {
    "MINUTELY": (),
    "HOURLY": (),
    "DAILY": ("BYDAY", "BYHOUR", "BYMINUTE"),
    "WEEKLY": ("BYDAY", "BYHOUR", "BYMINUTE", "WKST"),
    "MONTHLY": ("BYDAY", "BYMONTHDAY", "BYSETPOS", "BYHOUR", "BYMINUTE"),
    "YEARLY": ("BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "BYHOUR", "BYMINUTE"),
}
"""The parts that each frequency takes beside INTERVAL, COUNT and UNTIL."""


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule that was read. `until` is a UTC moment; `text` the rule as it is kept."""

    text: str
    frequency: str
    options: tuple[tuple[str, Any], ...]
    until: datetime | None

    def after(self, start: datetime, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The first occurrence later than a moment, in UTC, of a series that starts at `start`; None after the last."""
        if self.frequency in _REAL_TIME:
            found = self._rule(_naive(start, UTC)).after(_naive(moment, UTC))
            return self._within(found.replace(tzinfo=UTC)) if found is not None else None
        # A day earlier in local time: where clocks go back, local times before the moment may be later in truth.
        rule, local = self._rule(_naive(start, zone)), _naive(moment, zone) - timedelta(days=1)
        while (found := rule.after(local)) is not None:
            at = found.replace(tzinfo=zone).astimezone(UTC)
            if at > moment:
                return self._within(at)
            local = found
        return None

    def count(self, start: datetime, since: datetime, until: datetime, zone: ZoneInfo) -> int:
        """How many occurrences lie after `since` and not after `until`; counted up to a hundred."""
        number, at = 0, self.after(start, since, zone)
        while at is not None and at <= until and number < MOST_MISSED:
            number, at = number + 1, self.after(start, at, zone)
        return number

    def _within(self, at: datetime) -> datetime | None:
        return at if self.until is None or at <= self.until else None

    def _rule(self, start: datetime) -> rrule.rrule:
        return rrule.rrule(_FREQUENCIES[self.frequency], dtstart=start, **dict(self.options))


def _naive(at: datetime, zone: Any) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def read_rule(text: str, start: datetime, zone: ZoneInfo) -> Recurrence:
    """The rule of a series that starts at `start`. Raises `BadValue` for one that cannot be read, is too tight, or never comes."""
    parts = _parts(text)
    frequency = parts.pop("FREQ", "")
    if frequency not in _FREQUENCIES:
        raise BadValue("Begin with one of {names}.", names=", ".join(f"FREQ={name}" for name in reversed(_FREQUENCIES)))
    options = {"interval": _number(parts.pop("INTERVAL", "1"), "INTERVAL", 1, 10_000)}
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadValue("Give either COUNT or UNTIL.")
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if count is not None:
        options["count"] = _number(count, "COUNT", 1, MOST_COUNT)
    ends_at = _until(until, start, zone) if until is not None else None
    for name, value in parts.items():
        if name not in _TAKEN[frequency]:
            raise BadValue("{name} does not go with FREQ={frequency} here.", name=name, frequency=frequency)
        options |= _READERS[name](value)
    _check_pace(frequency, options, is_endless=count is None and until is None)
    if ends_at is not None and frequency in _REAL_TIME:
        step = timedelta(minutes=options["interval"] * (60 if frequency == "HOURLY" else 1))
        if (ends_at - start) / step > MOST_COUNT:
            raise BadValue("These are more than {most} times; let it end earlier.", most=MOST_COUNT)
    _check_days(frequency, options)
    found = Recurrence(_text(text), frequency, tuple(options.items()), ends_at)
    first = found.after(start, start - timedelta(microseconds=1), zone)
    if first is None or first - start > LONGEST:
        raise BadValue("This never comes: the rule has no time within five years.")
    return found


def _text(text: str) -> str:
    return text.strip().upper().removeprefix("RRULE:")


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    plain = _text(text)
    if len(plain) > LENGTH or not plain.isascii():
        raise BadValue("Write a rule such as FREQ=WEEKLY;BYDAY=MO,TH.")
    for part in plain.strip(";").split(";"):
        name, sign, value = part.partition("=")
        if not sign or not value or name in found:
            raise BadValue("Write a rule such as FREQ=WEEKLY;BYDAY=MO,TH.")
        found[name] = value
    return found


def _number(text: str, name: str, low: int, high: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or not low <= int(text) <= high:
        raise BadValue("{name} is a number from {low} to {high}.", name=name, low=low, high=high)
    return int(text)


def _until(text: str, start: datetime, zone: ZoneInfo) -> datetime:
    """A day counts to its end; a time without Z is the tenant's."""
    shape = _UNTIL.fullmatch(text)
    try:
        if shape is None:
            raise ValueError
        clock = shape.group(2) or "235959"
        moment = datetime.strptime(shape.group(1) + clock, "%Y%m%d%H%M%S")  # noqa: DTZ007  its zone follows
        until = moment.replace(tzinfo=UTC if shape.group(3) else zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadValue("UNTIL is a day such as 20271231, or a time such as 20271231T170000Z.") from None
    if until < start:
        raise BadValue("UNTIL lies before the first time.")
    if until - start > LONGEST:
        raise BadValue("UNTIL lies more than five years ahead.")
    return until


def _list(text: str, name: str, low: int, high: int) -> list[int]:
    found = []
    for part in text.split(","):
        if not re.fullmatch(r"[+-]?[0-9]{1,3}", part) or not low <= int(part) <= high or int(part) == 0 != low:
            raise BadValue("{name} holds numbers from {low} to {high}.", name=name, low=low, high=high)
        found.append(int(part))
    return sorted(set(found))


def _byday(text: str) -> dict[str, Any]:
    days = []
    for part in text.split(","):
        found = _DAY.fullmatch(part)
        if found is None:
            raise BadValue("BYDAY holds days such as MO,TU, in a month also 1MO (the first) or -1FR (the last).")
        day = _DAYS[found.group(2)]
        days.append(day(int(found.group(1))) if found.group(1) else day)
    return {"byweekday": days}


def _wkst(text: str) -> dict[str, Any]:
    if text not in _DAYS:
        raise BadValue("WKST is a day such as MO.")
    return {"wkst": _DAYS[text]}


_READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "BYDAY": _byday,
    "BYMONTHDAY": lambda text: {"bymonthday": _list(text, "BYMONTHDAY", -31, 31)},
    "BYMONTH": lambda text: {"bymonth": _list(text, "BYMONTH", 1, 12)},
    "BYSETPOS": lambda text: {"bysetpos": _list(text, "BYSETPOS", -4, 4)},
    "BYHOUR": lambda text: {"byhour": _list(text, "BYHOUR", 0, 23)},
    "BYMINUTE": lambda text: {"byminute": _list(text, "BYMINUTE", 0, 59)},
    "WKST": _wkst,
}


def _check_pace(frequency: str, options: dict[str, Any], *, is_endless: bool) -> None:
    """Nobody is reminded more often than every quarter of an hour, nor by the hour without an end."""
    if frequency in _REAL_TIME and is_endless:
        raise BadValue("FREQ={frequency} needs an end: COUNT or UNTIL.", frequency=frequency)
    if frequency == "MINUTELY" and options["interval"] < LEAST_MINUTES:
        raise BadValue("Leave at least {least} minutes between two times.", least=LEAST_MINUTES)
    hours, minutes = options.get("byhour", [0]), options.get("byminute", [0])
    if len(hours) * len(minutes) > MOST_TIMES:
        raise BadValue("Name at most {most} times of day.", most=MOST_TIMES)
    clock = sorted(60 * hour + minute for hour in hours for minute in minutes)
    if any(late - early < LEAST_MINUTES for early, late in pairwise([*clock, clock[0] + 1440])):
        raise BadValue("Leave at least {least} minutes between two times.", least=LEAST_MINUTES)


def _check_days(frequency: str, options: dict[str, Any]) -> None:
    """Refuses what can never come, which would be looked for in vain until the end of the calendar."""
    days = options.get("byweekday", [])
    has_places = any(day.n for day in days)
    if frequency == "DAILY" and days and options["interval"] > 1:
        raise BadValue("BYDAY goes with every day only; take FREQ=WEEKLY instead.")
    if has_places and (frequency not in ("MONTHLY", "YEARLY") or (frequency == "YEARLY" and "bymonth" not in options)):
        raise BadValue("A day such as 1MO needs a month: FREQ=MONTHLY, or BYMONTH with FREQ=YEARLY.")
    if "bysetpos" in options and (not days or has_places or "bymonthday" in options):
        raise BadValue("BYSETPOS goes with plain days in BYDAY only.")
    if "bysetpos" in options and frequency == "YEARLY" and "bymonth" not in options:
        raise BadValue("BYSETPOS needs a month: FREQ=MONTHLY, or BYMONTH with FREQ=YEARLY.")
    if frequency == "YEARLY" and "bymonthday" in options and "bymonth" in options:
        longest = max(monthrange(2028, month)[1] for month in options["bymonth"])
        if all(abs(day) > longest for day in options["bymonthday"]):
            raise BadValue("This never comes: the rule has no time within five years.")
