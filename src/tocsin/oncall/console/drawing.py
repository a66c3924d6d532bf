"""A rota drawn: where each shift, gap and day stands, in percent of the time that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from tocsin.access.model import Named
from tocsin.base.zones import DAY, day_start, local_day
from tocsin.oncall.model import RotaView, Schedule, ShiftView
from tocsin.oncall.rules import joined

SPANS = {"week": 7, "fortnight": 14, "month": 28}
"""The stretches of time that can be shown, in days."""
LETTER, MARGIN = 0.8, 1.6
"""What a letter and the rim of a bar take, in percent of a rota that is 800 pixels wide."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A shift or gap in a row. `x` and `width` are percent; `user` is None for a gap."""

    x: str
    width: str
    since: datetime
    until: datetime
    user: Named | None = None
    is_override: bool = False
    stands_in_for: Named | None = None

    @property
    def caption(self) -> str:
        """What stands in the bar, as much as it is wide enough for: a name, its first part, nothing; a gap its hours."""
        if self.user is None:
            hours = f"{(self.until - self.since) / timedelta(hours=1):.3g} h"
            return hours if self._holds(hours) else "!"
        names = (self.user.name, *self.user.name.split()[:1])
        return next((name for name in names if self._holds(name)), "")

    def _holds(self, text: str) -> bool:
        return float(self.width) > len(text) * LETTER + MARGIN


@dataclass(frozen=True, slots=True)
class Row:
    """A layer, the overrides, or what comes of all."""

    title: str
    hint: str
    bars: Sequence[Bar]
    kind: str = "layer"


@dataclass(frozen=True, slots=True)
class Day:
    """A column: its day, where it begins, whether it is today."""

    day: date
    x: str
    width: str
    is_today: bool
    is_weekend: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The time that is shown, in whole days of a zone."""

    first: date
    days: int
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """Its first moment."""
        return day_start(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """The moment after its last."""
        return day_start(self.first + DAY * self.days, self.zone)

    def at(self, moment: datetime) -> float:
        """Where a moment stands, in percent."""
        return (moment - self.since) / (self.until - self.since) * 100

    def columns(self, now: datetime) -> list[Day]:
        """The days; one of a clock change is as much narrower or wider as it is shorter or longer."""
        found = []
        for n in range(self.days):
            day = self.first + DAY * n
            begin, end = self.at(day_start(day, self.zone)), self.at(day_start(day + DAY, self.zone))
            today = day == local_day(now, self.zone)
            found.append(Day(day, f"{begin:.3f}", f"{end - begin:.3f}", today, day.weekday() > 4))
        return found


def window(first: date | None, span: str, now: datetime, zone: ZoneInfo) -> Window:
    """The time of an address: from the Monday of this week when it names no day."""
    today = local_day(now, zone)
    return Window(first or today - timedelta(days=today.weekday()), SPANS.get(span, 7), zone)


def _bar(shown: Window, shift: ShiftView) -> Bar:
    begin, end = shown.at(shift.since), shown.at(shift.until)
    return Bar(
        *(f"{begin:.3f}", f"{max(end - begin, 0.05):.3f}", shift.since, shift.until, shift.user),
        is_override=shift.override is not None,
        stands_in_for=shift.stands_in_for,
    )


def _gap(shown: Window, since: datetime, until: datetime) -> Bar:
    begin, end = shown.at(since), shown.at(until)
    return Bar(f"{begin:.3f}", f"{max(end - begin, 0.2):.3f}", since, until)


def rows(
    shown: Window, rota: RotaView, schedule: Schedule, titles: tuple[str, str], hints: dict[str, str]
) -> list[Row]:
    """The rows, the highest layer first, then overrides, then the final schedule with its gaps."""
    names = {layer.id: layer.name for layer in schedule.layers}
    found = [
        Row(names.get(each.layer, each.name), hints.get(str(each.layer), ""), [_bar(shown, one) for one in each.shifts])
        for each in reversed(rota.layers)
        if each.layer in names or each.shifts
    ]
    overrides = [_bar(shown, one) for one in rota.final if one.override is not None]
    if overrides:
        found.append(Row(titles[0], "", overrides, "override"))
    gaps = [_gap(shown, gap.since, gap.until) for gap in rota.gaps]
    final = sorted([_bar(shown, one) for one in rota.final] + gaps, key=lambda bar: bar.since)
    found.append(Row(titles[1], "", final, "final"))
    return found


@dataclass(frozen=True, slots=True)
class Share:
    """How much of a time somebody has the watch: hours, and their part of the most anybody has, in percent."""

    user: Named
    hours: float
    part: str


def shares(shifts: Iterable[ShiftView]) -> list[Share]:
    """Who has how much of the watch, the most first."""
    hours: dict[Named, float] = {}
    for shift in shifts:
        hours[shift.user] = hours.get(shift.user, 0) + (shift.until - shift.since).total_seconds() / 3600
    most = max(hours.values(), default=1)
    return [
        Share(user, amount, f"{100 * amount / most:.1f}")
        for user, amount in sorted(hours.items(), key=lambda pair: (-pair[1], pair[0].name))
    ]


def total(stretches: Iterable[tuple[datetime, datetime]]) -> timedelta:
    """How long stretches are together."""
    return sum((until - since for since, until in joined(stretches)), timedelta())
