"""Triage: open incidents that nobody owns, one by one, the most urgent first, each choice a single key.

The address holds where one is: how many are `done` in this sitting, which were put off (`skip`), and which one is shown.
"""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import NotFound
from tocsin.classification.model import Catalogue
from tocsin.incidents import service
from tocsin.incidents.console.common import MODULE, SEE, clock_of, with_catalogue
from tocsin.incidents.console.queue import capped
from tocsin.incidents.model import IncidentView
from tocsin.incidents.service.listing import ListQuery
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

PATH = "/triage"
MAY = (permissions.UPDATE, permissions.ASSIGN)
MOST_SKIPPED = 100
TAKEN = "acgijk"
"""Letters that mean something here or everywhere."""


class TriageQuery(msgspec.Struct, frozen=True):
    """`skip` holds the references put off, separated by commas; `ref` the one that is looked at."""

    ref: str | None = None
    skip: str = ""
    done: int = 0


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what it sets, its key, and whether it is so now."""

    value: str
    text: str
    key: str
    entry: Any
    is_current: bool


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where somebody is in the pile."""

    done: int
    skipped: tuple[str, ...]

    def address(self, *, ref: str | None = None, skip: str | None = None, done: int = 0) -> str:
        """Here, at another incident or one further."""
        skipped = [*self.skipped, *([skip] if skip is not None else [])][-MOST_SKIPPED:]
        given = {"ref": ref, "skip": ",".join(skipped) or None, "done": self.done + done or None}
        kept = {name: value for name, value in given.items() if value is not None}
        return f"{PATH}?{urlencode(kept, safe=',')}" if kept else PATH


@page(PATH, module=MODULE, permission=MAY)
async def show_triage(ctx: Ctx, query: TriageQuery) -> Reply:
    """The next incident that nobody owns, with what can be decided about it."""
    catalogue = await with_catalogue(ctx)
    skipped = tuple(dict.fromkeys(ref for ref in query.skip.split(",") if ref))[-MOST_SKIPPED:]
    sitting = Sitting(max(0, min(query.done, 100_000)), skipped)
    still_open = ",".join(status.slug for status in catalogue.statuses.values() if status.is_open)
    asked = ListQuery(status=still_open, assigned_to="none", sort="priority", limit=len(skipped) + 1)
    sees = any(ctx.actor.can(permission) for permission in SEE)
    left = (await service.count_incidents(ctx.tx, ctx.actor, {"triage": asked}))["triage"] if sees else 0
    incident = await _shown(ctx, catalogue, query.ref) or (await _next(ctx, asked, skipped) if sees else None)
    values: dict[str, Any] = {"sitting": sitting, "incident": incident, "left": left, "catalogue": catalogue}
    if incident is not None:
        values |= _choices(catalogue, incident)
        values["description"] = await service.describe_in_html(ctx.tx, incident)
        values["clock"] = clock_of(incident, ctx.tenant.settings.warning_percents)
        values["place"] = min(sitting.done + len(skipped) + 1, sitting.done + left)
        values["total"] = capped(sitting.done + left)
    return pages.render(ctx, "incidents/triage.html", **values)


async def _shown(ctx: Ctx, catalogue: Catalogue, ref: str | None) -> IncidentView | None:
    """The incident that one is at, as long as it belongs here."""
    if ref is None:
        return None
    try:
        incident = await service.show(ctx.tx, ctx.actor, ref)
    except NotFound:
        return None
    return incident if incident.assigned_to is None and catalogue.statuses[incident.status.id].is_open else None


async def _next(ctx: Ctx, asked: ListQuery, skipped: tuple[str, ...]) -> IncidentView | None:
    found = await service.list_incidents(ctx.tx, ctx.actor, asked)
    return next((incident for incident in found.items if incident.reference_code not in skipped), None)


def _choices(catalogue: Catalogue, incident: IncidentView) -> dict[str, list[Choice]]:
    """The buttons with their keys: digits for priorities, a letter of its name for everything else."""
    priorities = sorted((p for p in catalogue.priorities.values() if p.is_active), key=lambda p: p.level)
    statuses = sorted(
        (s for s in catalogue.statuses.values() if s.is_active and catalogue.allowed(incident.status.id, s.id)),
        key=lambda s: s.sort_order,
    )
    categories = sorted((c for c in catalogue.categories.values() if c.is_active), key=lambda c: c.name.lower())
    letters = mnemonics([*(s.name for s in statuses), *(c.name for c in categories)], TAKEN)
    mine = incident.category.id if incident.category is not None else None
    at = len(statuses)
    return {
        "priorities": [
            Choice(p.slug, p.name, str(n) if n < 10 else "", p, p.id == incident.priority.id)
            for n, p in enumerate(priorities, 1)
        ],
        "statuses": [Choice(s.slug, s.name, key, s, False) for s, key in zip(statuses, letters[:at], strict=True)],
        "categories": [
            Choice(c.slug, c.name, key, c, c.id == mine) for c, key in zip(categories, letters[at:], strict=True)
        ],
    }


def mnemonics(names: Iterable[str], taken: str) -> list[str]:
    """A letter of each name, no letter twice, empty where none is free: first come all that can have their initial."""
    free = {letter for letter in string.ascii_lowercase if letter not in taken}
    lowered = [name.lower() for name in names]
    found = [""] * len(lowered)
    for reach in (1, None):
        for place, name in enumerate(lowered):
            if not found[place] and (letter := next((one for one in name[:reach] if one in free), "")):
                free.remove(letter)
                found[place] = letter
    return found


ENDPOINTS = (show_triage,)
