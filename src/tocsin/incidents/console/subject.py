"""An incident's page as its parts see it: what the slots of other features are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from markupsafe import Markup

from tocsin.access import permissions, service as access
from tocsin.access.model import Person, TeamView
from tocsin.classification import service as classification
from tocsin.classification.console.asked import Asked, asked
from tocsin.classification.model import Catalogue, Status
from tocsin.incidents import rules, service
from tocsin.incidents.model import Around, Incident, IncidentView, Offers
from tocsin.incidents.service import Needs
from tocsin.incidents.service.history import Show
from tocsin.web.routes import Ctx
from tocsin.web.shell import fill_slots

EDITABLE = ("title", "description", "category", "impact", "due_at", "tags")
MOST_PEOPLE = 100
"""So many people stand in a list to choose from; the others are found by their name."""


class IncidentQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`show` filters the timeline, `before` pages it, `since` is the oldest event it reaches back to.

    `do` opens a form of the page; `q` finds people in it.
    """

    show: Show = "all"
    before: str | None = None
    since: int | None = None
    do: str | None = None
    q: str | None = None


@dataclass(frozen=True, kw_only=True)
class IncidentPage:
    """The incident, its surroundings, and what the address asks for. `do` names the form that stands open."""

    view: IncidentView
    incident: Incident
    catalogue: Catalogue
    around: Around
    offers: Offers
    query: IncidentQuery
    do: str
    sees_all: bool
    description: Markup
    """The description's safe HTML."""
    small: bool = False
    """Shown beside the queue."""
    printed: bool = False
    needs: Needs | None = None
    """What the move whose form stands open asks for."""
    wanted: tuple[Asked, ...] = ()
    """The custom fields among it."""
    target: Status | None = None
    """Where that move leads."""
    custom: tuple[Asked, ...] = ()
    """The custom fields of its category, and those that it has values of."""

    def has(self, name: str) -> bool:
        """Whether the page shows a field: of every incident, or a custom one as `custom-<slug>`."""
        return name in EDITABLE or self.asked(name) is not None

    def asked(self, name: str) -> Asked | None:
        """The custom field of a name `custom-<slug>`."""
        slug = name.removeprefix(service.CUSTOM)
        return next((one for one in self.custom if name != slug and one.field.slug == slug), None)

    @property
    def categories(self) -> list[tuple[str, str]]:
        """The categories that may be chosen."""
        return [(entry.slug, entry.name) for entry in self.catalogue.categories.values() if entry.is_active]

    @property
    def ref(self) -> str:
        """The reference code, which addresses are made of."""
        return self.view.reference_code

    @property
    def path(self) -> str:
        """The page's address."""
        return f"/incidents/{self.ref}/pane" if self.small else f"/incidents/{self.ref}"

    def act(self, verb: str) -> str:
        """The address of what is done with the incident."""
        return f"/incidents/{self.ref}/{verb}"

    @property
    def here(self) -> str:
        """The page without an open form: where an act leads back to."""
        return self.url()

    def url(self, **changes: str | None) -> str:
        """The page with the same filter, and what `changes` say."""
        asked = {"show": self.query.show if self.query.show != "all" else None, **changes}
        given = {name: value for name, value in asked.items() if value is not None}
        return f"{self.path}?{urlencode(given)}" if given else self.path

    def mark(self, name: str) -> str:
        """The mark of a field as the page shows it: a form that changes it says by this what it has seen."""
        return rules.mark(service.field_of(self.incident, name))


async def open_page(
    ctx: Ctx, ref: str, query: IncidentQuery, *, small: bool = False, printed: bool = False
) -> IncidentPage:
    """What every part of the page needs. Raises `NotFound`."""
    view, incident = await service.look(ctx.tx, ctx.actor, ref)
    catalogue = await classification.catalogue(ctx.tx)
    around = await service.around(ctx.tx, ctx.actor, incident.id)
    html = "" if small else await service.describe_in_html(ctx.tx, incident)
    opened = query.do or (ctx.failed.form.name if ctx.failed is not None else "")
    target = _target(catalogue, incident, opened)
    needs = await service.needs(ctx.tx, incident, target) if target is not None else None
    return IncidentPage(
        needs=needs,
        target=target,
        wanted=await _wanted(ctx, catalogue, needs),
        custom=await _custom(ctx, incident, catalogue, opened),
        view=view,
        incident=incident,
        catalogue=catalogue,
        around=around,
        offers=Offers() if printed else await service.offers(ctx.tx, ctx.actor, incident, catalogue, around),
        query=query,
        do=opened,
        sees_all=ctx.actor.can(permissions.VIEW),
        description=Markup(html),  # noqa: S704  cleaned when it was made
        small=small,
        printed=printed,
    )


MOVE = "move-"
"""What the name of the form begins with that fills in what a move to a status (its slug follows) asks for."""


def _target(catalogue: Catalogue, incident: Incident, do: str) -> Status | None:
    """Where the form that stands open leads the incident."""
    if do.startswith(MOVE):
        return catalogue.find_status(do.removeprefix(MOVE))
    named = {
        "resolve": catalogue.resolved_status,
        "close": catalogue.terminal_status,
        "reopen": catalogue.reopened_status(owned=incident.assigned_to_id is not None),
    }
    return named.get(do)


async def _wanted(ctx: Ctx, catalogue: Catalogue, needs: Needs | None) -> tuple[Asked, ...]:
    if needs is None:
        return ()
    required = [field.slug for field in needs.custom]
    return tuple(await asked(ctx.tx, catalogue, needs.custom, required=required))


async def _custom(ctx: Ctx, incident: Incident, catalogue: Catalogue, do: str) -> tuple[Asked, ...]:
    live = catalogue.fields_of(incident.category)
    shown = [field for field in catalogue.fields.values() if field in live or field.slug in incident.custom]
    edited = next((field for field in shown if do == f"edit-{service.CUSTOM}{field.slug}"), None)
    chooses = edited is not None and edited.type == "user"
    required = [field.slug for field in live if field.required_at == "create"]
    return tuple(
        await asked(ctx.tx, catalogue, shown, incident.custom, required=required, choose_people=chooses, belongs=live)
    )


@dataclass(frozen=True)
class Choice:
    """People and teams to choose from; `more`: there are more people than shown."""

    people: list[Person]
    teams: list[TeamView]
    more: bool

    @property
    def people_pairs(self) -> list[tuple[str, str]]:
        """The people as a field of choices takes them."""
        return [(str(person.id), person.name) for person in self.people]

    @property
    def team_pairs(self) -> list[tuple[str, str]]:
        """The teams as a field of choices takes them."""
        return [(str(team.id), team.name) for team in self.teams]


async def choices(ctx: Ctx, page: IncidentPage) -> Choice:
    """The people who may be chosen, narrowed by the address's `q`, and the teams."""
    taken = _taken(page)
    found = await access.find_people(ctx.tx, page.query.q or "", MOST_PEOPLE + 1 + len(taken))
    people = [person for person in found if person.id not in taken]
    teams = await access.list_teams(ctx.tx, access.TeamQuery(limit=200))
    return Choice(people[:MOST_PEOPLE], teams.items, len(people) > MOST_PEOPLE)


def _taken(page: IncidentPage) -> set[UUID]:
    """Whom the form that stands open would refuse: they are so already."""
    if page.do == "delegate":
        here = page.view.assignees
        return {one.id for one in here} | {one.delegated_from for one in here if one.delegated_from is not None}
    if page.do == "watch":
        return {watcher.user for watcher in page.around.watchers if watcher.user is not None}
    return {page.view.assigned_to.id} if page.do == "assign" and page.view.assigned_to is not None else set()


async def fill_in(ctx: Ctx, page: IncidentPage, places: tuple[str, ...]) -> dict[str, list[Any]]:
    """What features put at some places of the page."""
    return {place: await fill_slots(ctx, f"incident.{place}", page) for place in places}
