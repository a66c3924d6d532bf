"""The filters of a list as they stand in its address: read, said as chips, and what is wrong with which of them.

`status` left out means all open ones, `any` really any. Several values are separated by commas; a form without a script
sends them one by one. Dates without a time are days of the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from tocsin.access import service as access
from tocsin.base.errors import Invalid
from tocsin.classification.model import Catalogue, Field
from tocsin.classification.rules.fields import RANGED
from tocsin.incidents import service
from tocsin.incidents.console.asking import Flaw, flaw_of
from tocsin.incidents.model import Found
from tocsin.incidents.service.listing import SOURCES, ListQuery
from tocsin.incidents.service.moments import FACTS
from tocsin.web import pages
from tocsin.web.i18n import N_, Tongue
from tocsin.web.routes import Ctx, RawQuery

ANY = "any"
NONE = "none"
CUSTOM = "custom."
"""What the filter of a custom field begins with; its slug follows."""
LABELS = {
    "q": N_("Words"),
    "status": N_("Status"),
    "priority": N_("Priority"),
    "category": N_("Category"),
    "assigned_to": N_("Owner"),
    "team": N_("Team"),
    "watcher": N_("Watched by"),
    "delegated_by": N_("Delegated by"),
    "tag": N_("Tag"),
    "source": N_("Source"),
    "reported_via": N_("Reported"),
    "breached": N_("Breached"),
    "overdue": N_("Overdue"),
    "major": N_("Major incident"),
    "due_after": N_("Due from"),
    "due_before": N_("Due before"),
    "next_due_before": N_("Next due before"),
    "created_after": N_("Created from"),
    "created_before": N_("Created before"),
    "updated_after": N_("Changed from"),
    "created_hour": N_("Created in the hour"),
    "resolved_after": N_("Resolved from"),
    "resolved_before": N_("Resolved before"),
    "responded_after": N_("Answered from"),
    "responded_before": N_("Answered before"),
    "breached_after": N_("Missed from"),
    "breached_before": N_("Missed before"),
    "escalated_after": N_("Escalated from"),
    "escalated_before": N_("Escalated before"),
    "reopened_after": N_("Reopened from"),
    "reopened_before": N_("Reopened before"),
    "clock": N_("Clock"),
    "outcome": N_("Outcome"),
    "as_of": N_("As of"),
}
"""Every filter, in the order of the chips."""
BESIDE = {"sort": N_("Sort"), "cursor": N_("Page"), "view": N_("View"), "columns": N_("Columns")}
"""What else an address says of a list."""
SORTS = {
    "time_left": N_("Time left"),
    "priority": N_("Priority"),
    "reference_code": N_("Reference"),
    "created_at": N_("Created"),
    "updated_at": N_("Changed"),
    "due_at": N_("Due"),
}
SOURCE_WORDS = {
    "email": N_("E-mail"),
    "web": N_("Web"),
    "api": N_("API"),
    "import": N_("Import"),
    "alert": N_("Alert"),
}
VIA_WORDS = {"internal": N_("By members"), "public": N_("From outside")}
TRUTHS = ("breached", "overdue", "major")
"""The filters that say yes or no."""
_TRUTH = {"true": True, "false": False}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
CLOCK_WORDS = {
    "breached": N_("breached"),
    "soon": N_("due within 24 hours"),
    "on_track": N_("on track"),
    "paused": N_("paused"),
}
OUTCOME_WORDS = {"met": N_("met"), "met_with_extension": N_("met with extension"), "missed": N_("missed")}
_MOMENTS = (
    *("due_after", "due_before", "next_due_before", "created_after", "created_before", "updated_after", "as_of"),
    *(f"{fact}_{end}" for fact in FACTS for end in ("after", "before")),
)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on: its name, what it is narrowed to, the address without it, and what is wrong with it."""

    name: str
    label: str
    value: str
    remove: str
    wrong: str = ""


@dataclass(slots=True)
class Wanted:
    """What an address asks for. `given` holds its parameters one text each, `wrong` what is wrong by parameter."""

    path: str
    given: dict[str, str]
    query: ListQuery = field(default_factory=ListQuery)
    wrong: dict[str, str] = field(default_factory=dict)
    flaw: Flaw | None = None
    """Where the query is wrong, if it is."""

    def address(self, **changes: str | None) -> str:
        """This address with other parameters (None: without); it begins at the first page."""
        values = {"cursor": None, **changes}
        kept = {**self.given, **{name: value for name, value in values.items() if value is not None}}
        for name in [name for name, value in values.items() if value is None]:
            kept.pop(name, None)
        return f"{self.path}?{urlencode(kept, safe=',:@')}" if kept else self.path

    @property
    def sort(self) -> str:
        """The sort in force."""
        return self.query.sort

    @property
    def sort_word(self) -> str:
        """The sort in force, in words still to be translated."""
        return SORTS[self.query.sort.removeprefix("-")]

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is on beside the usual one."""
        return any(name in LABELS or name.startswith(CUSTOM) for name in self.given)

    def without_wrong(self) -> str:
        """This address without what is wrong in it."""
        return self.address(**dict.fromkeys(self.wrong))

    def values(self, name: str) -> list[str]:
        """The values of a filter, for the form that sets it."""
        return [value for value in self.given.get(name, "").split(",") if value]


def canonical(path: str, raw: RawQuery) -> str | None:
    """The address as it is kept, when a form has sent it with empty fields or values one by one; else None."""
    if all(len(values) == 1 and values[0].strip() for values in raw.values.values()):
        return None
    return Wanted(path, _joined(raw)).address()


def _joined(raw: RawQuery) -> dict[str, str]:
    found = {}
    for name, values in raw.values.items():
        kept = [value.strip() for value in values if value.strip()]
        if kept:
            found[name] = ",".join(dict.fromkeys(kept))
    return found


def count_new(ctx: Ctx, given: dict[str, Any]) -> str:
    """Where a page asks how many incidents of those it is narrowed to (`given`) have come since it was made."""
    asked = {**given, "created_after": ctx.tx.now}
    said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asked.items()}
    return f"/queue/count?{urlencode(said, safe=',:@')}"


def read(
    ctx: Ctx, raw: RawQuery, catalogue: Catalogue, path: str, *, beside: tuple[str, ...] = ("open",), **fixed: Any
) -> Wanted:
    """What an address asks for, as far as it can be told without the database.

    `beside` are parameters that are no filters, `fixed` filters that the screen itself sets.
    """
    wanted = Wanted(path, _joined(raw))
    tongue = pages.speech(ctx)
    _ = tongue.gettext
    values: dict[str, Any] = {}
    for name, text in wanted.given.items():
        if name in _MOMENTS:
            moment = _moment(text, tongue)
            values[name] = moment
            if moment is None:
                wanted.wrong[name] = _("Give a day such as 2026-01-31, or a time with its zone.")
        elif name in TRUTHS:
            values[name] = _TRUTH.get(text)
            if text not in _TRUTH:
                wanted.wrong[name] = _("Say true or false.")
        elif name.startswith(CUSTOM) and (field := catalogue.find_field(name.removeprefix(CUSTOM))) is not None:
            values.setdefault("custom", {})[field.slug] = _unless_none(field, text)
        elif name in LABELS or name in ("cursor", "view", "columns"):
            values[name] = text
        elif name == "sort":
            if text.removeprefix("-") not in SORTS:
                wanted.wrong[name] = _("There is no such sort.")
            values[name] = text
        elif name not in beside:
            wanted.wrong[name] = _("There is no such filter.")
    _check_choices(wanted, catalogue, _)
    wanted.query = _query({**values, **fixed}, wanted.wrong, catalogue)
    return wanted


def _unless_none(field: Field, text: str) -> str:
    """What the list takes of a custom field: `none` asks for incidents without a value, unless it is a choice itself."""
    return "" if text == NONE and NONE not in (choice.casefold() for choice in field.choices) else text


def _query(values: dict[str, Any], wrong: dict[str, str], catalogue: Catalogue) -> ListQuery:
    known = {name: value for name, value in values.items() if name not in wrong and name in ListQuery.__struct_fields__}
    is_open = [status.slug for status in catalogue.statuses.values() if status.is_open]
    chosen = known.get("status")
    if chosen is None:
        known["status"] = ",".join(is_open)
    elif ANY in chosen.split(","):
        del known["status"]
    if "sort" not in known:
        only_open = "status" in known and set(known["status"].split(",")) <= set(is_open)
        known["sort"] = "time_left" if only_open else "-updated_at"
    return ListQuery(**known)


def _moment(text: str, tongue: Tongue) -> datetime | None:
    """A day of the reader's begins at its midnight."""
    try:
        if _DAY.fullmatch(text):
            return datetime.combine(date.fromisoformat(text), time(), tongue.zone)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and 1970 < moment.year < 2200 else None


def end_of_today(ctx: Ctx) -> datetime:
    """The reader's next midnight."""
    zone = pages.speech(ctx).zone
    return datetime.combine(ctx.tx.now.astimezone(zone).date() + timedelta(days=1), time(), zone)


def _check_choices(wanted: Wanted, catalogue: Catalogue, _: Callable[..., str]) -> None:
    finders: dict[str, Callable[[str], Any]] = {
        "status": lambda ref: ref == ANY or catalogue.find_status(ref),
        "priority": catalogue.find_priority,
        "category": lambda ref: ref == NONE or catalogue.find_category(ref),
        "source": lambda ref: ref in SOURCES,
        "reported_via": lambda ref: ref in VIA_WORDS,
        "clock": lambda ref: ref in CLOCK_WORDS,
        "outcome": lambda ref: ref in OUTCOME_WORDS,
    }
    for name, find in finders.items():
        unknown = [ref for ref in wanted.values(name) if not find(ref)]
        if unknown:
            wanted.wrong[name] = _("There is no “%(value)s” here.", value=unknown[0][:80])


async def find(ctx: Ctx, wanted: Wanted) -> Found:
    """The page that is asked for; empty when something is wrong, which is then noted by its parameter."""
    if not wanted.wrong:
        try:
            return await service.list_incidents(ctx.tx, ctx.actor, wanted.query)
        except Invalid as refused:
            say = pages.speech(ctx).say
            wanted.wrong.update({error.field: say(error.template, error.values) for error in refused.errors})
            wanted.flaw = flaw_of(ctx, wanted.given.get("q", ""), refused)
    return Found([])


def sorts(ctx: Ctx, wanted: Wanted) -> list[tuple[str, str]]:
    """The sorts that may be chosen, in words, and the one in force where it is another."""
    _ = pages.speech(ctx).gettext
    names = ["time_left", "priority", "-created_at", "-updated_at", "due_at", "reference_code"]
    if wanted.sort not in names:
        names.append(wanted.sort)
    usual = {name.removeprefix("-"): name for name in reversed(names)}
    return [
        (n, _(SORTS[n.removeprefix("-")]) + ("" if usual[n.removeprefix("-")] == n else _(" (reversed)")))
        for n in names
    ]


# ------------------------------------------------------------------------------------------------------------- chips


def chips(ctx: Ctx, wanted: Wanted, catalogue: Catalogue) -> list[Chip]:
    """The chips of an address, in a fixed order; what nobody knows comes last. After `find`, which learns names."""
    tongue = pages.speech(ctx)
    _ = tongue.gettext
    shown = dict(wanted.given)
    shown.setdefault("status", "")
    found = []
    custom = [name for name in shown if name.startswith(CUSTOM) and catalogue.find_field(name.removeprefix(CUSTOM))]
    for name in [*(name for name in (*LABELS, *custom, *BESIDE) if name in shown), *_unknown(wanted, custom)]:
        if name in BESIDE and name not in wanted.wrong:
            continue
        label = LABELS.get(name) or BESIDE.get(name)
        if name in custom and (field := catalogue.find_field(name.removeprefix(CUSTOM))) is not None:
            label = field.name
        value = _value(ctx, tongue, catalogue, name, shown[name]) if name not in wanted.wrong else shown[name]
        remove = wanted.address(**{name: ANY if name == "status" and not shown[name] else None})
        found.append(Chip(name, _(label) if label else name, value[:120], remove, wanted.wrong.get(name, "")))
    return found


def _unknown(wanted: Wanted, known: list[str]) -> Iterable[str]:
    known = [*LABELS, *BESIDE, *known]
    return (name for name in wanted.wrong if name not in known and name in wanted.given)


def _value(ctx: Ctx, tongue: Tongue, catalogue: Catalogue, name: str, text: str) -> str:
    _ = tongue.gettext
    if name.startswith(CUSTOM):
        return _custom_value(ctx, tongue, catalogue.find_field(name.removeprefix(CUSTOM)), text)
    if name == "status":
        if not text or ANY in text.split(","):
            return _("any") if text else _("all open")
        return _names(text, catalogue.find_status)
    if name == "priority":
        return _names(text, catalogue.find_priority)
    if name == "clock":
        return _(CLOCK_WORDS.get(text, text))
    if name == "outcome":
        return _some([_(OUTCOME_WORDS[one]) for one in text.split(",")])
    if name == "category" and text == NONE:
        return _("none")
    if name == "category":
        return _names(text, catalogue.find_category)
    if name in ("source", "reported_via"):
        words = SOURCE_WORDS if name == "source" else VIA_WORDS
        return _some([_(words[one]) for one in text.split(",")])
    if name in TRUTHS:
        return _("yes") if text == "true" else _("no")
    if name in _MOMENTS:
        moment = _moment(text, tongue)
        return (
            tongue.day(moment) if moment is not None and _DAY.fullmatch(text) else tongue.exactly(moment or ctx.tx.now)
        )
    if name in ("assigned_to", "team", "watcher", "delegated_by"):
        special = {"me": _("me"), "none": _("nobody") if name == "assigned_to" else _("none")}
        return special.get(text) or access.named(ctx.tx, text) or text
    return text


def _custom_value(ctx: Ctx, tongue: Tongue, field: Field | None, text: str) -> str:
    _ = tongue.gettext
    if field is None or not _unless_none(field, text):
        return _("none")
    if field.type == "boolean":
        return _("yes") if text == "true" else _("no")
    if field.type == "user":
        return _some([access.named(ctx.tx, ref) or ref for ref in text.split(",")])
    if field.type in ("choice", "multi_choice"):
        by_key = {choice.casefold(): choice for choice in field.choices}
        return _some([by_key.get(ref.strip().casefold(), ref) for ref in text.split(",")])
    return text.replace("..", " – ") if field.type in RANGED else text


def _names(text: str, find: Callable[[str], Any]) -> str:
    return _some([entry.name for ref in text.split(",") if (entry := find(ref)) is not None])


def _some(names: list[str]) -> str:
    """Two of them by name, the rest as a number."""
    return ", ".join(names[:2]) + (f" +{len(names) - 2}" if len(names) > 2 else "")
