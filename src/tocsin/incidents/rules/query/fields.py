"""The words of the query language: every field, what values it takes, and how people may call it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from tocsin.base.errors import N_

Kind = Literal[
    "status",
    "priority",
    "category",
    "person",
    "team",
    "choice",
    "truth",
    "time",
    "number",
    "text",
    "name",
    "reference",
    "tag",
    "custom",
    "hour",
]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the language. `choices` are its values where they are the same everywhere; `hint` says what it takes."""

    name: str
    kind: Kind
    hint: str
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    takes_none: bool = False

    @property
    def takes_ranges(self) -> bool:
        """Whether `>` and `..` make sense."""
        return self.kind in ("time", "number", "custom")


_TIME = N_("Give a day such as {field}:2026-01-31, a range such as {field}:>=-7d, or {field}:today.")
_NUMBER = N_("Give a number such as {field}:5, or a range such as {field}:>5.")
_PERSON = N_("Give me, an e-mail address, an id, or none, such as {field}:me.")
_TEXT = N_('Give a word or a phrase, such as {field}:disk or {field}:"disk full".')
_TRUTH = N_("Say {field}:true or {field}:false.")
_SLUGS = N_("Give its short name or several, such as {field}:{example}.")
IS = (
    *("open", "closed", "resolved", "breached", "overdue", "paused", "unassigned", "acknowledged", "reopened"),
    *("public", "internal", "merged"),
)
OUTCOMES = ("met", "met_with_extension", "missed")
DECIDED = (
    *("response_met", "response_missed", "update_met", "update_missed"),
    *("resolution_met", "resolution_extended", "resolution_missed"),
)
"""When what became of each clock: a resolution that was met thanks to more time alone is `resolution_extended` as well."""
HAS = ("owner", "team", "category", "due", "description", "impact", "watchers", "reporter")

FIELDS = {
    field.name: field
    for field in (
        Field("status", "status", _SLUGS),
        Field("priority", "priority", _SLUGS),
        Field("category", "category", _SLUGS, takes_none=True),
        Field("assignee", "person", _PERSON, aliases=("owner", "assigned_to", "assigned"), takes_none=True),
        Field("team", "team", N_("Give a team's short name, mine, or none, such as {field}:mine."), takes_none=True),
        Field(
            "watcher", "person", N_("Give me, an e-mail address or an id, such as {field}:me."), aliases=("watching",)
        ),
        Field(
            "delegator",
            "person",
            N_("Give me, an e-mail address or an id, such as {field}:me."),
            aliases=("delegated_by",),
        ),
        Field(
            "reporter",
            "name",
            N_("Give me, an e-mail address, a name in quotation marks, or an id."),
            aliases=("reported_by",),
        ),
        Field(
            "org",
            "name",
            N_('Give the name of the reporter\'s organisation, such as {field}:"Acme Ltd".'),
            aliases=("organization", "organisation"),
            takes_none=True,
        ),
        Field("source", "choice", N_("Use {names}."), choices=("email", "web", "api", "import", "alert")),
        Field("via", "choice", N_("Use {names}."), choices=("internal", "public"), aliases=("reported_via",)),
        Field("clock", "choice", N_("Use {names}."), choices=("breached", "soon", "on_track", "paused")),
        Field("outcome", "choice", N_("Use {names}."), choices=OUTCOMES),
        Field("is", "choice", N_("Use {names}."), choices=IS),
        Field("has", "choice", N_("Use {names}."), choices=HAS),
        Field("breached", "truth", _TRUTH, choices=("true", "false")),
        Field("overdue", "truth", _TRUTH, choices=("true", "false")),
        Field("major", "truth", _TRUTH, choices=("true", "false")),
        Field("created", "time", _TIME),
        Field("updated", "time", _TIME, aliases=("changed",)),
        Field("due", "time", _TIME, takes_none=True),
        Field("next_due", "time", _TIME, takes_none=True),
        Field("resolved", "time", _TIME, takes_none=True),
        Field("closed", "time", _TIME, takes_none=True),
        Field("acknowledged", "time", _TIME, takes_none=True),
        Field("responded", "time", _TIME, aliases=("answered",), takes_none=True),
        Field("missed", "time", _TIME, takes_none=True),
        *(Field(name, "time", _TIME, takes_none=True) for name in DECIDED),
        Field("escalated", "time", _TIME, takes_none=True),
        Field("reopened", "time", _TIME, takes_none=True),
        Field(
            "hour", "hour", N_("Give a weekday and an hour, such as {field}:mon-09, and with it a range of created.")
        ),
        Field("progress", "number", _NUMBER, takes_none=True),
        Field("reopens", "number", _NUMBER),
        Field(
            "ref",
            "reference",
            N_("Give a reference or several, such as {field}:INC-000123."),
            aliases=("reference", "id"),
        ),
        Field("title", "text", _TEXT),
        Field("description", "text", _TEXT),
        Field("comment", "text", _TEXT, aliases=("comments",)),
        Field(
            "tag", "tag", N_("Give a tag or several, such as {field}:vpn,network."), aliases=("tags",), takes_none=True
        ),
        Field("custom", "custom", N_("Name the field and its value, such as custom.site:berlin."), takes_none=True),
    )
}
_CALLED = {called: field for field in FIELDS.values() for called in (field.name, *field.aliases)}
_LONGEST = 40


def find_field(name: str) -> Field | None:
    """The field of a name or alias, in whatever case."""
    return _CALLED.get(name.lower().replace("-", "_")) if len(name) <= _LONGEST else None


def nearest(name: str, among: list[str] | tuple[str, ...]) -> str | None:
    """What somebody most likely meant, or None. Bounded: what is long is never compared."""
    if len(name) > _LONGEST:
        return None
    found = difflib.get_close_matches(name.lower(), [one for one in among[:200] if len(one) <= _LONGEST], n=1)
    return found[0] if found else None


def nearest_field(name: str) -> str | None:
    """The field that somebody most likely meant."""
    found = nearest(name, list(_CALLED))
    return _CALLED[found].name if found is not None else None
