"""Help while a query is written: what can stand where the cursor is, and where a wrong one is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from tocsin.access import permissions, service as access
from tocsin.access.service import TeamQuery
from tocsin.base.errors import Invalid, WrongQuery
from tocsin.classification.model import Catalogue
from tocsin.classification.rules import tag_beginning
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, SEE, with_catalogue
from tocsin.incidents.rules import query as language
from tocsin.web import pages
from tocsin.web.i18n import N_, Tongue
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

PATH = "/queue/complete"
MOST = 10
SAID = {
    "assignee": N_("who owns it"),
    "team": N_("whose it is"),
    "status": N_("where it stands"),
    "priority": N_("how urgent it is"),
    "category": N_("what it is about"),
    "is": N_("open, overdue, unassigned …"),
    "has": N_("what it has: owner, team, due …"),
    "tag": N_("its tags"),
    "custom": N_("your own fields"),
    "created": N_("when it was reported"),
    "updated": N_("when it last changed"),
    "due": N_("when it is due"),
    "resolved": N_("when it was resolved"),
    "reporter": N_("who reported it"),
    "org": N_("the reporter's organisation"),
    "watcher": N_("who watches it"),
    "title": N_("words of the title"),
    "comment": N_("words of comments"),
    "breached": N_("whether it missed a due time"),
    "overdue": N_("whether it is late now"),
    "outcome": N_("met, met with extension, missed"),
    "major": N_("whether it is a major incident"),
}
"""The fields that are offered first, and what they mean."""
TIMES = ("today", "yesterday", "this-week", "last-week", "this-month", "-24h", "-7d", "-30d", "now")


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to put in place of what is typed, from `start` on."""

    insert: str
    text: str
    hint: str
    start: int


@dataclass(frozen=True, slots=True)
class Flaw:
    """A query with the place where it is wrong: what stands before, there, and after; why, and what to do."""

    before: str
    at: str
    after: str
    why: str
    hint: str


class CompleteQuery(msgspec.Struct, frozen=True):
    """What is written so far, and where the cursor stands in it."""

    text: str = ""
    at: int = 0


@page("/queue/tags", module=MODULE, permission=SEE)
async def complete_tags(ctx: Ctx, query: CompleteQuery) -> Reply:
    """Tags in use that begin as the one at the cursor, the most used first, without those that stand there already."""
    at = max(0, min(query.at, len(query.text)))
    start = query.text.rfind(",", 0, at) + 1
    typed = query.text[start:at]
    start += len(typed) - len(typed.lstrip())
    there = {tag_beginning(tag) for tag in [*query.text[:start].split(","), *query.text[at:].split(",")]}
    found: list[str] = []
    if tag_beginning(typed):
        found, _more = await service.list_tags(ctx.tx, ctx.actor, typed, MOST + len(there), by_use=True)
    offers = [Offer(f"{tag}, ", tag, "", start) for tag in found if tag not in there]
    return pages.render(ctx, "incidents/complete.html", offers=offers[:MOST])


@page(PATH, module=MODULE, permission=SEE)
async def complete(ctx: Ctx, query: CompleteQuery) -> Reply:
    """What can stand where the cursor is."""
    found = language.spot(query.text[: language.MOST_CHARACTERS], query.at)
    offers = await _offers(ctx, found) if found is not None else []
    return pages.render(ctx, "incidents/complete.html", offers=offers[:MOST])


async def _offers(ctx: Ctx, spot: language.Spot) -> list[Offer]:
    tongue = pages.speech(ctx)
    catalogue = await with_catalogue(ctx)
    if spot.field is None:
        return _names(spot, tongue)
    if spot.field.kind == "custom" and spot.typed.lower().startswith("custom."):
        return [
            Offer(f"custom.{field.slug}:", f"custom.{field.slug}", field.name, spot.start)
            for field in catalogue.fields.values()
            if field.is_active and field.slug.startswith((spot.part or "").lower())
        ]
    pairs = await _values(ctx, spot, catalogue, tongue)
    typed = spot.typed.casefold()
    fitting = [pair for pair in pairs if pair[0].casefold().startswith(typed) or typed in pair[1].casefold()]
    return [Offer(_written(value), value, hint, spot.start) for value, hint in fitting if value.casefold() != typed]


def _names(spot: language.Spot, tongue: Tongue) -> list[Offer]:
    """Fields whose name begins so: the usual ones first."""
    typed = spot.typed.lower().replace("-", "_")
    names = [*SAID, *(name for name in language.FIELDS if name not in SAID)]
    return [
        Offer(
            f"{name}{'.' if name == 'custom' else ':'}",
            name,
            tongue.gettext(SAID[name]) if name in SAID else "",
            spot.start,
        )
        for name in names
        if name.startswith(typed) or any(alias.startswith(typed) for alias in language.FIELDS[name].aliases)
    ]


def _written(value: str) -> str:
    """A value as it stands in a query, and a space to go on."""
    plain = value and not any(char.isspace() or char in ',"' for char in value)
    return f"{value if plain else language.quoted(value)} "


async def _values(ctx: Ctx, spot: language.Spot, catalogue: Catalogue, tongue: Tongue) -> Iterable[tuple[str, str]]:
    """Values that a field takes, each with what it is called."""
    field = spot.field
    if field is None:
        return []
    none = [("none", tongue.gettext("nothing there"))] if field.takes_none else []
    entries = {"status": catalogue.statuses, "priority": catalogue.priorities, "category": catalogue.categories}
    if field.kind in entries:
        known = entries[field.kind].values()  # type: ignore[attr-defined]  # all three have slug and name
        return [*((one.slug, one.name) for one in known if one.is_active), *none]
    if field.kind == "time":
        return [*((text, "") for text in TIMES), *none]
    if field.kind in ("choice", "truth"):
        return [(choice, "") for choice in service.choices_of(field)]
    if field.kind == "tag":
        tags, _more = await service.list_tags(ctx.tx, ctx.actor, spot.typed, MOST, by_use=True)
        return [*((tag, "") for tag in tags), *none]
    if field.kind == "custom":
        custom = catalogue.find_field(spot.part or "")
        choices = custom.choices if custom is not None else []
        if custom is not None and custom.type == "boolean":
            choices = ["true", "false"]
        elif custom is not None and custom.type == "date":
            choices = [text for text in TIMES if text != "now"]
        return [*((choice, "") for choice in choices), *none]
    return [*(await _people(ctx, field.kind, spot.typed, tongue)), *none]


async def _people(ctx: Ctx, kind: str, typed: str, tongue: Tongue) -> list[tuple[str, str]]:
    """Members by a part of their name, or teams; for whoever may see more than their own."""
    own = [("me", ctx.actor.name)] if kind in ("person", "name") and ctx.actor.kind == "person" else []
    if kind == "team":
        own = [("mine", tongue.gettext("every team that you are in"))]
    if not ctx.actor.can(permissions.VIEW) or kind not in ("person", "team"):
        return own
    if kind == "team":
        teams = (await access.list_teams(ctx.tx, TeamQuery(q=typed.strip()[:200] or None, limit=MOST))).items
        return [*own, *((team.slug, team.name) for team in teams)]
    people = await access.find_people(ctx.tx, typed, MOST)
    return [*own, *((person.email or str(person.id), person.name) for person in people)]


def flaw_of(ctx: Ctx, text: str, refused: Invalid) -> Flaw | None:
    """Where a query is wrong; None when something else is."""
    if not isinstance(refused, WrongQuery):
        return None
    say = pages.speech(ctx).say
    start = min(refused.position, len(text))
    end = start
    while end < len(text) and not text[end].isspace() and text[end] != ",":
        end += 1
    error = refused.errors[0]
    why, hint = say(error.template, error.values), say(refused.hint, refused.hint_values)
    return Flaw(text[:start], text[start:end], text[end:], why, hint)


ENDPOINTS = (complete, complete_tags)
