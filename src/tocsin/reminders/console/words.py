"""Reminders in words, and the choices of their form."""

from __future__ import annotations

import re

from tocsin.base.durations import parse_duration
from tocsin.web.i18n import N_, Tongue

ADD = "remind"
CHANGE = "remind-"
"""The names of the forms; the id of the reminder that is changed follows."""
TO = {"owner": N_("the owner"), "watchers": N_("the watchers"), "reporter": N_("the reporter")}
CHOSEN = ("user", "team", "role")
"""The kinds of whom a reminder names, each with a field of choices of its own."""
BEFORE = (
    ("PT15M", N_("15 minutes before it is due")),
    ("PT30M", N_("30 minutes before it is due")),
    ("PT1H", N_("1 hour before it is due")),
    ("PT2H", N_("2 hours before it is due")),
    ("PT4H", N_("4 hours before it is due")),
    ("P1D", N_("1 day before it is due")),
)
REPEATS = (
    ("FREQ=DAILY", N_("Every day")),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", N_("Every weekday")),
    ("FREQ=WEEKLY", N_("Every week")),
    ("FREQ=MONTHLY", N_("Every month")),
)
_UNTIL = re.compile(r";UNTIL=([0-9]{4})([0-9]{2})([0-9]{2})$")


def until_of(rule: str | None) -> tuple[str, str]:
    """A rule without the day it ends on, and that day as a form's field holds it; both empty for none."""
    found = _UNTIL.search(rule or "")
    return (rule or "", "") if found is None else (_UNTIL.sub("", rule or ""), "-".join(found.groups()))


def with_until(rule: str, day: str | None) -> str:
    """A rule that ends on a day (as a form's field holds it)."""
    return f"{rule};UNTIL={day.replace('-', '')}" if day else rule


def repeats_in_words(tongue: Tongue, rule: str | None) -> str:
    """How a reminder recurs; the rule itself where the form has no words for it."""
    plain, until = until_of(rule)
    if not plain:
        return ""
    text = dict(REPEATS).get(plain)
    if text is None:
        return tongue.gettext("by the rule %(rule)s", rule=rule)
    said = tongue.gettext(text)
    return tongue.gettext("%(often)s until %(day)s", often=said, day=tongue.date(until)) if until else said


def before_in_words(tongue: Tongue, before: str | None) -> str:
    """How long before the due time; empty for one at a fixed time."""
    if before is None:
        return ""
    minutes = int(parse_duration(before).total_seconds()) // 60
    if minutes % 1440 == 0:
        return tongue.ngettext("%(num)s day before due", "%(num)s days before due", minutes // 1440)
    if minutes % 60 == 0:
        return tongue.ngettext("%(num)s hour before due", "%(num)s hours before due", minutes // 60)
    return tongue.ngettext("%(num)s minute before due", "%(num)s minutes before due", minutes)
