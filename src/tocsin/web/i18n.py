"""Languages: the catalogues beside this file, and what pages ask of them. English stands in the code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from tocsin.base.errors import N_, filled
from tocsin.base.reasons import foreseen

__all__ = ["LOCALES", "N_", "Tongue", "accepted", "preferred", "tongue", "translations"]

LOCALES = {"en": "English", "de": "Deutsch"}
FORMATS = {"en": "en_GB", "de": "de_DE"}
"""How dates and times are written: in English too by the 24-hour clock."""
CATALOGUES = Path(__file__).parent / "locale"


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a language; English has none."""
    path = CATALOGUES / locale / "LC_MESSAGES" / "tocsin.po"
    if not path.is_file():
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


class Tongue:
    """How one reader is spoken to: their language and their zone."""

    def __init__(self, locale: str, time_zone: str) -> None:
        self.locale = locale if locale in LOCALES else "en"
        self.zone = ZoneInfo(time_zone)
        self.formats = FORMATS[self.locale]
        self._catalogue = translations(self.locale)

    def gettext(self, text: str, **values: Any) -> str:
        """A text in the reader's language, with `%(name)s` filled in."""
        found = self._catalogue.ugettext(text)
        return found % values if values else found

    def ngettext(self, one: str, many: str, count: int, **values: Any) -> str:
        """A text for a count; `%(num)s` is the count."""
        return str(self._catalogue.ungettext(one, many, count) % {"num": count, **values})

    def say(self, template: str, values: Mapping[str, Any]) -> str:
        """A text that verbs use (see `base.errors`) in the reader's language, with its `{names}` filled in.

        What msgspec said of a value becomes a sentence for people, in English too.
        """
        if not values and (known := foreseen(template)) is not None:
            template, values = known
        return filled(self._catalogue.ugettext(template), values)

    def exactly(self, at: datetime) -> str:
        """A moment with its date, time and zone."""
        return str(format_datetime(at, "long", tzinfo=self.zone, locale=self.formats))

    def minute(self, at: datetime) -> str:
        """A moment with its date, to the minute."""
        return f"{self.day(at)}, {format_time(at, 'short', tzinfo=self.zone, locale=self.formats)}"

    def day(self, at: datetime) -> str:
        """The date of a moment."""
        return str(format_date(at.astimezone(self.zone).date(), "medium", locale=self.locale))

    def date(self, text: str) -> str:
        """A day that is written as `2026-01-31`, without a zone."""
        return str(format_date(date.fromisoformat(text), "medium", locale=self.formats))

    def moment(self, at: datetime, now: datetime) -> str:
        """A moment as short as it can be: the time today, the weekday this week, else the date."""
        local, today = at.astimezone(self.zone), now.astimezone(self.zone)
        time = format_time(at, "short", tzinfo=self.zone, locale=self.formats)
        if local.date() == today.date():
            return str(time)
        if abs((local.date() - today.date()).days) < 6:
            return f"{format_date(local.date(), 'EEE', locale=self.formats)} {time}"
        skeleton = "MMMd" if local.year == today.year else "yMMMd"
        return f"{format_skeleton(skeleton, local, locale=self.formats)}, {time}"


@cache
def tongue(locale: str, time_zone: str) -> Tongue:
    """The way of speaking to readers of a language in a zone."""
    return Tongue(locale, time_zone)


def accepted(header: str, available: Mapping[str, str] = LOCALES) -> str:
    """The first language of an Accept-Language header (RFC 9110 section 12.5.4) that there is; English otherwise."""
    return preferred(header, available) or "en"


def preferred(header: str, available: Mapping[str, str] = LOCALES) -> str | None:
    """The first language of an Accept-Language header that there is, or None."""
    wanted = []
    for part in header.split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((-float(quality or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((tag for _, tag in sorted(wanted, key=lambda pair: pair[0]) if tag in available), None)
