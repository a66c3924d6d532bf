"""Deciding where a new incident goes: the tenant's rules in order, then the spreading of the team, always with the reasons.

The rules are kept in the process for as long as the tenant's revision stands; one statement asks whose turn it is.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import service as access
from tocsin.access.model import Named
from tocsin.access.rules import StandIn
from tocsin.base.errors import N_
from tocsin.base.ids import first_id
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.rules import routing as rules
from tocsin.incidents.rules.routing import Candidate, Conditions, Handed, Said, Subject
from tocsin.incidents.store.record import Handing
from tocsin.tenancy.service.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule as it stands, with its targets as far as they can be known ahead."""

    id: UUID
    name: str
    position: int
    is_active: bool
    conditions: Conditions
    categories: tuple[UUID, ...]
    priorities: tuple[UUID, ...]
    sources: tuple[str, ...]
    team: Named | None
    team_is_active: bool
    spread: str
    user: Named | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Tried:
    """A rule that was asked: whether it took the incident, and why or why not."""

    rule: Named
    matched: bool
    because: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """Where an incident goes. `way` leads from who is meant to who gets it (empty: nobody yet), over deputies.

    `handing` is what the team's turn shall remember once it is written.
    """

    team: Named | None = None
    way: tuple[StandIn, ...] = ()
    rule: Named | None = None
    tried: tuple[Tried, ...] = ()
    candidates: tuple[tuple[Candidate, int], ...] = ()
    handing: Handing | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the incident for the choice of a person: its id and level, and who reported it."""

    incident_id: UUID
    level: int
    reporter_id: UUID | None
    take: bool = True
    """Whether the turn is taken; a preview only looks."""


IN_FLIGHT = timedelta(seconds=60)
MOST_IN_FLIGHT = 100
"""How long, and how many, a team's turn remembers: longer than a request takes, more than create at the same time. Who
waits for the turn looks at the incidents as they stood before the wait, so what is seen by one may be unseen by the next.
"""


async def _read(tx: Tx) -> list[Rule]:
    """The tenant's rules in order."""
    return [_rule(row) for row in await store.routing.rules(tx)]


_KEPT = Kept("routing", _read)
rules_of = _KEPT.get
reread = _KEPT.reread


def _rule(row: Any) -> Rule:
    custom = {slug: tuple(values) for slug, values in row["custom"].items()}
    return Rule(
        **{name: row[name] for name in ("id", "name", "position", "is_active", "created_at", "updated_at")},
        conditions=Conditions(
            categories=frozenset(row["categories"]),
            priorities=frozenset(row["priorities"]),
            sources=frozenset(row["sources"]),
            organizations=tuple(row["organizations"]),
            keywords=tuple(row["keywords"]),
            custom=custom,
        ),
        categories=tuple(row["categories"]),
        priorities=tuple(row["priorities"]),
        sources=tuple(row["sources"]),
        team=Named(row["team_id"], row["team_name"]) if row["team_id"] else None,
        team_is_active=bool(row["team_is_active"]),
        spread=row["spread"] or "none",
        user=Named(row["user_id"], row["user_name"]) if row["user_id"] else None,
    )


async def route(tx: Tx, subject: Subject, asked: Asked, catalogue: Catalogue) -> Route:
    """Where an incident goes that nobody has given to anybody: to the first rule that fits and whose target can take it."""
    tried: list[Tried] = []
    names = {one.id: one.name for one in catalogue.categories.values()}
    names |= {one.id: one.name for one in catalogue.priorities.values()}
    for rule in await rules_of(tx):
        if not rule.is_active:
            continue
        verdict = rules.judge(rule.conditions, subject, names)
        itself = Named(rule.id, rule.name)
        if not verdict.matched:
            tried.append(Tried(itself, False, verdict.because))
            continue
        taken, said = await _send(tx, rule, asked)
        tried.append(Tried(itself, taken is not None, (*verdict.because, *said)))
        if taken is not None:
            return dataclasses.replace(taken, rule=itself, tried=tuple(tried))
    return Route(tried=tuple(tried))


async def needs_organization(tx: Tx) -> bool:
    """Whether any rule looks at the reporter's organisation."""
    return any(rule.is_active and rule.conditions.organizations for rule in await rules_of(tx))


async def _send(tx: Tx, rule: Rule, asked: Asked) -> tuple[Route | None, list[Said]]:
    """What a fitting rule does: its person, else its team; None when neither can take it."""
    said: list[Said] = []
    team = rule.team if rule.team_is_active else None
    if rule.user is not None:
        way = tuple(await access.way_to(tx, rule.user.id))
        if way:
            return Route(team, way), [*said, *_over(way)]
        said.append(Said(N_("{person} is not here, and nobody stands in."), {"person": rule.user.name}))
    if rule.team is None:
        return None, said
    if team is None:
        return None, [*said, Said(N_("The team {team} is not active."), {"team": rule.team.name})]
    spread, chosen = await within_team(tx, team, rule.spread, asked)
    return spread, [*said, Said(N_("It goes to the team {team}."), {"team": team.name}), chosen]


def _over(way: tuple[StandIn, ...]) -> list[Said]:
    first, last = way[0], way[-1]
    if first is last:
        return [Said(N_("It goes to {person}."), {"person": first.name})]
    values = {"person": first.name, "deputy": last.name}
    return [Said(N_("It is meant for {person}, who is away: {deputy} stands in."), values)]


async def within_team(tx: Tx, team: Named, spread: str, asked: Asked) -> tuple[Route, Said]:
    """Who of a team gets an incident, and why: by the team's own way of spreading, past those who are away."""
    if spread == "none":
        return Route(team), rules.choose(spread, (), 0).because
    reporter = asked.reporter_id if spread == "sticky" else None
    row = await store.routing.turn(tx, team.id, reporter, weighs=spread != "round_robin", take=asked.take)
    candidates = msgspec.convert(row["people"], list[_Member], str_keys=True)
    unseen = [Handed(UUID(item["user"]), item["level"]) for item in row["unseen"]]
    members = [one.candidate for one in candidates]
    choice = rules.choose(spread, members, row["turn"], unseen, row["previous"])
    shown = tuple((one, choice.loads[one.id]) for one in members)
    if choice.user is None:
        return Route(team, candidates=shown), choice.because
    mine = {"user": str(choice.user.id), "level": asked.level, "incident": str(asked.incident_id)}
    remembered = [item for item in row["handed"] if UUID(item["incident"]) > first_id(tx.real_now - IN_FLIGHT)]
    handing = Handing(team.id, [*remembered[1 - MOST_IN_FLIGHT :], mine]) if spread != "round_robin" else None
    way = (StandIn(choice.user.id, choice.user.name, is_assignable=True, away_until=None),)
    return Route(team, way, candidates=shown, handing=handing), choice.because


class _Member(msgspec.Struct, frozen=True):
    id: UUID
    name: str
    away_until: datetime | None
    open_work: dict[int, int]

    @property
    def candidate(self) -> Candidate:
        """The member as the rules know them."""
        return Candidate(self.id, self.name, self.away_until, self.open_work)
