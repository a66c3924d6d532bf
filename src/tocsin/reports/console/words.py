"""Figures as people say them: times in the unit that fits, changes in words, and whether a change is good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

from tocsin.reports.model import Figure, Point
from tocsin.web.i18n import Tongue

Good = Literal["more", "less", "neither"]


@dataclass(frozen=True, slots=True)
class Said:
    """A figure in two parts, the number large and what it is of small."""

    number: str
    unit: str = ""

    @property
    def whole(self) -> str:
        """Both together."""
        return f"{self.number} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure differs from the period before: words, an arrow, and whether that is good, bad or neither."""

    words: str
    icon: str
    tone: str


class Words:
    """Says figures in one reader's language."""

    def __init__(self, tongue: Tongue) -> None:
        self.tongue = tongue

    def number(self, value: float) -> str:
        """A number with the reader's separators."""
        return str(format_decimal(value, locale=self.tongue.locale))

    def figure(self, figure: Figure) -> Said:
        """A figure's value."""
        if figure.value is None:
            return Said("–")
        if figure.unit == "percent":
            return Said(self.number(figure.value), "%")
        return self.time(figure.value) if figure.unit == "seconds" else Said(self.number(figure.value))

    def time(self, seconds: float | None) -> Said:
        """A time: minutes under an hour, hours and minutes under two days, else days."""
        _ = self.tongue.gettext
        if seconds is None:
            return Said("–")
        minutes = round(seconds / 60)
        if seconds < 60:
            return Said(self.number(round(seconds)), _("s"))
        if minutes < 60:
            return Said(self.number(minutes), _("min"))
        if minutes < 48 * 60:
            return Said(f"{minutes // 60}:{minutes % 60:02}", _("h"))
        return Said(self.number(round(minutes / 1440, 1)), _("days"))

    def change(self, figure: Figure, good: Good = "neither") -> Change | None:
        """The difference to the period before; None without one."""
        if figure.value is None or figure.before is None:
            return None
        _ = self.tongue.gettext
        by = figure.value - figure.before
        if abs(by) < 0.05:
            return Change(_("no change"), icon="minus", tone="")
        tone = "" if good == "neither" else "is-good" if (by > 0) == (good == "more") else "is-bad"
        if by > 0:
            return Change(self._words(figure, by), icon="arrow-up", tone=tone)
        return Change(self._words(figure, by), icon="arrow-down", tone=tone)

    def _words(self, figure: Figure, by: float) -> str:
        _ = self.tongue.gettext
        size = abs(by)
        if figure.unit == "percent":
            return _("%(number)s points", number=self.number(round(size, 1)))
        if figure.unit == "seconds":
            time = self.time(size).whole
            return _("%(time)s longer", time=time) if by > 0 else _("%(time)s shorter", time=time)
        if figure.before is not None and figure.before >= 20:
            percent = self.number(round(100 * size / figure.before))
            return _("%(number)s %% more", number=percent) if by > 0 else _("%(number)s %% fewer", number=percent)
        return (
            _("%(number)s more", number=self.number(size))
            if by > 0
            else _("%(number)s fewer", number=self.number(size))
        )

    def day(self, day: date) -> str:
        """A day, short."""
        return str(format_date(day, "d MMM", locale=self.tongue.locale))

    def days(self, first: date, last: date) -> str:
        """A row of days."""
        if first == last:
            return self.day(first)
        if first.year == last.year:
            return f"{self.day(first)} – {self.day(last)}"
        return f"{format_date(first, 'd MMM y', locale=self.tongue.locale)} – {format_date(last, 'd MMM y', locale=self.tongue.locale)}"

    def point(self, point: Point) -> str:
        """A point of the course, in full."""
        if point.first == point.last:
            return str(format_date(point.first, "EEEE d MMMM", locale=self.tongue.locale))
        return self.days(point.first, point.last)

    def weekdays(self, width: Literal["abbreviated", "wide"] = "abbreviated") -> list[str]:
        """Monday to Sunday."""
        names = get_day_names(width, "stand-alone", locale=self.tongue.locale)
        return [str(names[n]) for n in range(7)]
