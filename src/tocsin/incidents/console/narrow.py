"""Narrowing a board or a calendar by its address: the queue's filters that fit both, as chips and as a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import msgspec

from tocsin.access import service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import Invalid, NotFound
from tocsin.classification.model import Catalogue
from tocsin.incidents.service.listing import ListQuery
from tocsin.web import pages
from tocsin.web.routes import Ctx

NAMES = ("team", "assigned_to", "priority", "category", "q")
FORM = "narrow"
"""The id of the form's place: what a browser asks for when it wants nothing else."""
MOST = 200
"""People and teams that a choice lists."""


class Narrow(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of the queue that a board and a calendar take, in the queue's own form. `choose` opens their form."""

    team: str | None = None
    assigned_to: str | None = None
    priority: str | None = None
    category: str | None = None
    q: str | None = None
    choose: bool = False

    @property
    def given(self) -> dict[str, str]:
        """The filters that are set."""
        return {name: value for name in NAMES if (value := getattr(self, name))}

    def as_list(self, **more: Any) -> ListQuery:
        """The list's question with these filters."""
        given: dict[str, Any] = {**self.given, **more}
        return ListQuery(**given)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is set: its parameter, its title and value in words, and the address without it."""

    name: str
    title: str
    value: str
    without: str


@dataclass(slots=True)
class Narrowed:
    """What a screen shows of its filters. `kept` are the other parameters of its address."""

    path: str
    chips: list[Chip]
    query: Narrow
    kept: dict[str, str]
    wrong: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[tuple[str, str]]] | None = None

    def address(self, **changes: str | None) -> str:
        """The screen's address with its filters and some parameters changed (None: without)."""
        return address(self.path, {**self.kept, **self.query.given, **changes})

    def without_wrong(self) -> str:
        """The screen's address without what is wrong in it."""
        return self.address(**dict.fromkeys(self.wrong))


def address(path: str, parameters: dict[str, Any]) -> str:
    """A path with its parameters, empty ones left out."""
    found = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{path}?{found}" if found else path


async def narrowed(
    ctx: Ctx, path: str, query: Narrow, catalogue: Catalogue, kept: dict[str, str], error: Invalid | None = None
) -> Narrowed:
    """The chips of what is set, and the form's choices when it is open. `error` is what is wrong with a filter."""
    tongue = pages.speech(ctx)
    _ = tongue.gettext
    wrong = {one.field: tongue.say(one.template, one.values) for one in error.errors} if error is not None else {}
    titles = {
        "team": _("Team"),
        "assigned_to": _("Owner"),
        "priority": _("Priority"),
        "category": _("Category"),
        "q": _("Words"),
    }
    made = Narrowed(path, [], query, kept, wrong)
    for name, value in query.given.items():
        try:
            words = value if name in wrong else await _in_words(ctx, name, value, catalogue)
        except (Invalid, NotFound) as missing:
            words, wrong[name] = value, tongue.say(missing.template, missing.values)
        made.chips.append(Chip(name, titles[name], words, made.address(**{name: None})))
    if query.choose:
        made.choices = await _choices(ctx, catalogue)
    return made


async def _in_words(ctx: Ctx, name: str, value: str, catalogue: Catalogue) -> str:
    _ = pages.speech(ctx).gettext
    if name == "q":
        return value
    if name in ("priority", "category"):
        find = catalogue.find_priority if name == "priority" else catalogue.find_category
        entries = [find(ref.strip()) for ref in value.split(",")]
        return ", ".join(entry.name for entry in entries if entry is not None)
    if value == "none":
        return _("Nobody") if name == "assigned_to" else _("No team")
    if name == "team":
        return (await access.get_team(ctx.tx, value)).name
    if value == "me":
        return _("Me")
    member = await access.find_member_id(ctx.tx, value, name, ctx.actor)
    return (await access.names(ctx.tx, [member])).get(member, value)


async def _choices(ctx: Ctx, catalogue: Catalogue) -> dict[str, list[tuple[str, str]]]:
    _ = pages.speech(ctx).gettext
    people = await access.people_to_choose(ctx.tx)
    teams = (await access.list_teams(ctx.tx, TeamQuery(limit=MOST))).items
    priorities = sorted(catalogue.priorities.values(), key=lambda entry: entry.level)
    categories = sorted(catalogue.categories.values(), key=lambda entry: entry.name.casefold())
    own = [("me", _("Me"))] if ctx.actor.kind == "person" else []
    return {
        "team": [("none", _("No team")), *((team.slug, team.name) for team in teams)],
        "assigned_to": [*own, ("none", _("Nobody")), *((str(person.id), person.name) for person in people)],
        "priority": [(entry.slug, entry.name) for entry in priorities if entry.is_active],
        "category": [(entry.slug, entry.name) for entry in categories if entry.is_active],
    }
