"""Putting a new incident where it belongs: to whom it is given, within the team it is given to, or where the rules send it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.access import service as access
from tocsin.access.model import Named
from tocsin.base.actor import Actor, system_actor
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import events
from tocsin.incidents.model import NewIncident
from tocsin.incidents.rules.routing import Subject
from tocsin.incidents.service.reporter import organization_of
from tocsin.incidents.service.routing import Asked, Route, needs_organization, route, within_team
from tocsin.incidents.service.stand_in import tell_legs, way_to


async def place(
    tx: Tx,
    actor: Actor,
    new: NewIncident,
    values: dict[str, Any],
    owner: Named | None,
    team: access.TeamRef | None,
    catalogue: Catalogue,
    *,
    take: bool = True,
) -> Route:
    """Where an incident goes whose columns are `values`. Without `take` nobody's turn is used up."""
    if owner is not None:
        way = tuple(await way_to(tx, actor, owner.id, owner.name))
        return Route(Named(team.id, team.name) if team is not None else None, way)
    reporter_id = values["reported_by_reporter_id"] or values["reported_by_user_id"]
    asked = Asked(values["id"], values["priority_level"], reporter_id, take)
    if team is not None:
        found, _ = await within_team(tx, Named(team.id, team.name), team.spread, asked)
        return found
    subject = await subject_of(tx, new.organization, new.reporter_id, values)
    return await route(tx, subject, asked, catalogue)


async def subject_of(tx: Tx, organization: str | None, reporter_id: UUID | None, values: dict[str, Any]) -> Subject:
    """What the rules of routing look at; `values` are columns of the record."""
    if organization is None and reporter_id is not None and await needs_organization(tx):
        organization = await organization_of(tx, reporter_id)
    return Subject(
        category=values["category_id"],
        priority=values["priority_id"],
        source=values["source"],
        organization=organization,
        text=f"{values['title']}\n{values['description'] or ''}",
        custom=values["custom"],
    )


def owned_by(found: Route) -> dict[str, UUID | None]:
    """The columns of the record that say whose it is."""
    return {
        "assigned_to_id": found.way[-1].user_id if found.way else None,
        "team_id": found.team.id if found.team is not None else None,
    }


async def tell_route(tx: Tx, actor: Actor, incident_id: UUID, found: Route) -> None:
    """Record to whom it went; by a rule, in Tocsin's own name."""
    teller, why = actor, {}
    if found.rule is not None:
        teller, why = system_actor(tx.tenant_id), {"because": "routing", "rule": found.rule.id}
    if found.team is not None:
        facts: dict[str, Any] = {"from": None, "to": found.team.id, "at_creation": True, **why}
        tx.emit(events.TeamChanged(actor=teller, incident_id=incident_id, facts=facts))
    if found.way:
        facts = {"from": None, "to": found.way[0].user_id, "as": "owner", **why}
        tx.emit(events.IncidentAssigned(actor=teller, incident_id=incident_id, facts=facts))
        await tell_legs(tx, incident_id, found.way)
