"""An incident that nobody has taken goes where the rules send its new category."""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.base.actor import system_actor
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.assign import set_owner, set_team
from tocsin.incidents.service.placing import subject_of
from tocsin.incidents.service.routing import Asked, route


async def route_again(tx: Tx, incident: Incident) -> Incident:
    """Send a locked incident where the rules send it by now, unless somebody owns it or somebody gave it to its team.

    What no rule takes stays where it is. The incident as it is then.
    """
    if incident.assigned_to_id is not None or not incident.is_open:
        return incident
    if incident.team_id is not None and not await store.routing.was_routed(tx, incident.id):
        return incident
    found = await route(
        tx,
        await subject_of(tx, None, incident.reported_by_reporter_id, _columns(incident)),
        Asked(
            incident.id,
            incident.priority.level,
            incident.reported_by_reporter_id or incident.reported_by_user_id,
        ),
        await classification.catalogue(tx),
    )
    if found.rule is None:
        return incident
    teller, why = system_actor(tx.tenant_id), {"because": "routing", "rule": found.rule.id}
    if found.team is not None:
        await set_team(tx, teller, incident, found.team.id, refuse_same=False, facts=why)
        incident = msgspec.structs.replace(incident, team_id=found.team.id)
    if found.handing is not None:
        await store.routing.remember(tx, found.handing.team_id, found.handing.handed)
    if found.way:
        await set_owner(tx, teller, incident, found.way[0].user_id, facts=why)
        incident = msgspec.structs.replace(incident, assigned_to_id=found.way[-1].user_id)
    return incident


def _columns(incident: Incident) -> dict[str, Any]:
    return {
        "category_id": incident.category.id if incident.category is not None else None,
        "priority_id": incident.priority.id,
        **{name: getattr(incident, name) for name in ("title", "description", "source", "custom")},
    }
