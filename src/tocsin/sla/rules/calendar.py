"""Working time: which instants of a calendar count, how much of it lies between two, and when an amount is used up.

An instant counts when the clock on the wall of the calendar's zone shows a time within the week's hours, on a day that is no
holiday. So an hour that the wall shows twice counts twice and a skipped one not at all. A holiday closes its date from
midnight to midnight, also for hours that began the evening before; hours that began on it go on when it is over.

A year of stretches is worked out once, from the week's hours and the changes of the zone's distance from UTC in that year;
after that both questions are a search in a sorted list, whatever lies between the two times.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

from tocsin.base.errors import BadValue
from tocsin.base.zones import DAY, day_start, local_day

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_DAY = 1440
FIRST_YEAR, LAST_YEAR = 1970, 2200
END = datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=UTC)
"""When an amount that a calendar never offers is said to be used up."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_SECOND, _DAY_SECONDS = 1_000_000, 86_400
_PROBE = _DAY_SECONDS // 4
"""How closely a zone's distance from UTC is looked at (seconds): no zone changes it and back within six hours."""

Week = tuple[tuple[tuple[int, int], ...], ...]
"""For each weekday, Monday first, when work begins and ends: minutes since midnight, ends after 1440 are of the next day."""


class Calendar(Protocol):
    """Which time counts. Both methods agree: `working_between(a, add_working(a, x)) == x`."""

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest time at which `amount` of working time has passed since `start`."""

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """The working time in a stretch; zero when `end` isn't after `start`."""

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """The parts of a stretch, in order and without holes: open ones, closed ones, holidays by their name."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of time in which a calendar is open or closed, the latter by a holiday's name where one is to blame."""

    since: datetime
    until: datetime
    is_open: bool
    holiday: str | None = None


class AroundTheClock:
    """The calendar 24x7: all time counts."""

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        """`start` and `amount` together."""
        return start + amount

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """The time between the two."""
        return max(end - start, timedelta())

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """One, and open."""
        if end > start:
            yield Stretch(start, end, is_open=True)


AROUND_THE_CLOCK = AroundTheClock()


@dataclass(frozen=True, slots=True)
class Hours:
    """What a calendar is made of: its zone (IANA), its week, and the dates on which it is closed with their names."""

    time_zone: str
    week: Week
    holidays: tuple[tuple[date, str], ...] = ()

    @property
    def is_always_open(self) -> bool:
        """Whether all time counts: such a calendar is the same in every zone."""
        return not self.holidays and all(day == [(0, FULL_DAY)] for day in _by_day(self.week))


@dataclass(frozen=True, slots=True)
class _Year:
    """The open stretches of a UTC year in microseconds since 1970, and how much is open before each of them."""

    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int

    def until(self, at: int) -> int:
        """How much of the year is open before a moment of it."""
        place = bisect_right(self.starts, at) - 1
        return 0 if place < 0 else self.before[place] + min(at, self.ends[place]) - self.starts[place]


class WorkingTime:
    """A calendar of weekly hours and holidays. Years are worked out when they are first asked for, and kept."""

    def __init__(self, hours: Hours) -> None:
        self.hours = hours
        self._zone = ZoneInfo(hours.time_zone)
        self._days = _by_day(hours.week)
        self._closed = {day.toordinal() - _EPOCH.toordinal(): name for day, name in hours.holidays}
        self._years: dict[int, _Year] = {}

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest time at which `amount` has passed; `END` where the calendar never offers it."""
        if amount <= timedelta():
            return start
        at, year = (start - _EPOCH) // _MICRO, start.astimezone(UTC).year
        table = self._year(year)
        place = table.until(at) + amount // _MICRO
        while place > table.total:
            if year >= LAST_YEAR:
                return END
            place -= table.total
            year += 1
            table = self._year(year)
        found = bisect_left(table.before, place) - 1
        return _EPOCH + timedelta(microseconds=table.starts[found] + place - table.before[found])

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """The open time in a stretch."""
        if end <= start:
            return timedelta()
        first, last = start.astimezone(UTC).year, end.astimezone(UTC).year
        found = self._year(last).until((end - _EPOCH) // _MICRO) - self._year(first).until((start - _EPOCH) // _MICRO)
        for year in range(first, last):
            found += self._year(year).total
        return timedelta(microseconds=found)

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """The open and closed parts, holidays apart."""
        at = start
        for since, until in self._open(start, end):
            yield from self._shut(at, since)
            yield Stretch(since, until, is_open=True)
            at = until
        yield from self._shut(at, end)

    def _open(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        low, high = (start - _EPOCH) // _MICRO, (end - _EPOCH) // _MICRO
        held: tuple[int, int] | None = None
        for year in range(start.astimezone(UTC).year, end.astimezone(UTC).year + 1):
            table = self._year(year)
            for place in range(max(bisect_right(table.starts, low) - 1, 0), len(table.starts)):
                since, until = max(table.starts[place], low), min(table.ends[place], high)
                if since >= until:
                    continue
                if held is not None and held[1] == since:
                    held = (held[0], until)
                    continue
                if held is not None:
                    yield _moment(held[0]), _moment(held[1])
                held = (since, until)
        if held is not None:
            yield _moment(held[0]), _moment(held[1])

    def _shut(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """A closed part; the holidays in it stand by themselves."""
        at = start
        day = local_day(start, self._zone)
        while at < end:
            name = self._closed.get(day.toordinal() - _EPOCH.toordinal())
            day += DAY
            while (
                self._closed.get(day.toordinal() - _EPOCH.toordinal()) == name
                and name is None
                and day_start(day, self._zone) < end
            ):
                day += DAY
            until = min(day_start(day, self._zone), end)
            if until > at:
                yield Stretch(at, until, is_open=False, holiday=name)
            at = max(at, until)

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._work_out(year)
        return found

    def _work_out(self, year: int) -> _Year:
        starts: list[int] = []
        ends: list[int] = []
        for since, until, shift in _shifts(self._zone.key, year):
            first, last = since + shift, until + shift
            for day in range(first // _DAY_SECONDS, -(-last // _DAY_SECONDS)):
                if day in self._closed:
                    continue
                midnight = day * _DAY_SECONDS
                for opens, closes in self._days[(day + 3) % 7]:  # 1970 began on a Thursday
                    low, high = max(midnight + opens * 60, first), min(midnight + closes * 60, last)
                    if low >= high:
                        continue
                    if ends and ends[-1] == (low - shift) * _SECOND:
                        ends[-1] = (high - shift) * _SECOND
                    else:
                        starts.append((low - shift) * _SECOND)
                        ends.append((high - shift) * _SECOND)
        sums = list(accumulate((end - start for start, end in zip(starts, ends, strict=True)), initial=0))
        return _Year(starts, ends, sums[:-1], sums[-1])


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _by_day(week: Week) -> list[list[tuple[int, int]]]:
    """The hours of each weekday within that day: what runs overnight is cut at midnight, what touches is joined."""
    days: list[list[tuple[int, int]]] = [[] for _ in WEEKDAYS]
    for number, parts in enumerate(week):
        for opens, closes in parts:
            days[number].append((opens, min(closes, FULL_DAY)))
            if closes > FULL_DAY:
                days[(number + 1) % 7].append((0, closes - FULL_DAY))
    joined = []
    for day in days:
        found: list[tuple[int, int]] = []
        for opens, closes in sorted(day):
            if found and found[-1][1] >= opens:
                found[-1] = (found[-1][0], max(found[-1][1], closes))
            else:
                found.append((opens, closes))
        joined.append(found)
    return joined


@lru_cache(maxsize=8192)
def _shifts(zone: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """The parts of a UTC year in which a zone's distance from UTC stands still: from, to (seconds since 1970), distance."""
    known = ZoneInfo(zone)
    since = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    until = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())

    def shift(at: int) -> int:
        offset = datetime.fromtimestamp(at, known).utcoffset()
        assert offset is not None
        return int(offset.total_seconds())

    found, held, at = [], shift(since), since
    while at < until:
        following = min(at + _PROBE, until)
        now = shift(following - 1)
        if now != held:
            low, high = at - 1, following - 1
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if shift(middle) == held else (low, middle)
            found.append((since, high, held))
            since, held = high, now
        at = following
    return (*found, (since, until, held))


# ------------------------------------------------------------------------------------------------- as people write them


class BadHours(BadValue):
    """Hours that are none. `field` names the interval, such as `mon[0]`; empty for the week as a whole."""

    def __init__(self, field: str, template: str, /, **values: str) -> None:
        super().__init__(template, **values)
        self.field = field


def read_week(hours: Mapping[str, Sequence[Sequence[str]]]) -> Week:
    """The week of `{"mon": [["09:00", "17:00"]], …}`. A missing day is closed, an end before its start is of the next day.

    Raises `BadHours` for an unknown day, a text that is no time, hours that are empty or overlap, and a week without any.
    """
    for day in hours:
        if day not in WEEKDAYS:
            raise BadHours(day, "Name the days {names}.", names=", ".join(WEEKDAYS))
    week = tuple(
        tuple(_read_part(part, f"{day}[{number}]") for number, part in enumerate(hours.get(day, ())))
        for day in WEEKDAYS
    )
    if not any(week):
        raise BadHours("", "Give at least one stretch of working hours.")
    _refuse_overlaps(week)
    return week


def _read_part(part: Sequence[str], field: str) -> tuple[int, int]:
    if len(part) != 2:
        raise BadHours(field, "Give a start and an end, such as 09:00 and 17:00.")
    opens, closes = _read_time(part[0], field), _read_time(part[1], field)
    if opens == FULL_DAY:
        raise BadHours(field, "Hours that begin at 24:00 begin at 00:00 of the next day.")
    if opens == closes:
        raise BadHours(field, "These hours are empty; 00:00 to 24:00 is a whole day.")
    return opens, closes if closes > opens else closes + FULL_DAY


def _read_time(text: str, field: str) -> int:
    hours, colon, minutes = text.partition(":")
    if colon and len(hours) == len(minutes) == 2 and (hours + minutes).isascii() and (hours + minutes).isdigit():
        found = int(hours) * 60 + int(minutes)
        if int(minutes) < 60 and found <= FULL_DAY:
            return found
    raise BadHours(field, "Write a time as 09:00; 24:00 is the end of the day.")


def _refuse_overlaps(week: Week) -> None:
    """Raises `BadHours` for hours that overlap, also over midnight and over the week's end."""
    parts = sorted(
        (number * FULL_DAY + opens, number * FULL_DAY + closes, f"{WEEKDAYS[number]}[{place}]")
        for number, day in enumerate(week)
        for place, (opens, closes) in enumerate(day)
    )
    span = 7 * FULL_DAY
    first = (parts[0][0] + span, parts[0][1] + span, parts[0][2])
    for (_, closes, _), (opens, _, field) in zip(parts, [*parts[1:], first], strict=True):
        if opens < closes:
            raise BadHours(field, "These hours overlap others.")


def write_week(week: Week) -> dict[str, list[list[str]]]:
    """A week as the API writes it; closed days are left out."""
    return {
        WEEKDAYS[number]: [[_write_time(opens), _write_time(_wrapped(closes))] for opens, closes in parts]
        for number, parts in enumerate(week)
        if parts
    }


def _wrapped(minutes: int) -> int:
    return minutes - FULL_DAY if minutes > FULL_DAY else minutes


def _write_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
