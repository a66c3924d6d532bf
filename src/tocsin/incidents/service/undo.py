"""Putting back what one has just changed on an incident, by the verb that changes it: the history shows both."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.base.errors import Refused, invalid
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.assign import assign, unassign
from tocsin.incidents.service.status import reopen, transition
from tocsin.incidents.service.update import Change, update

Put = Literal["status", "priority", "category", "owner", "team"]
"""What can be put back."""


async def put_back(tx: Tx, actor: Actor, ref: str, what: Put, *, now: str, before: str) -> UUID:
    """Put a field back from what it was set to (`now`) to what it was `before`: slugs, or ids of people and teams, empty
    for none. Raises `Refused` when somebody has changed it meanwhile, and what the verb itself raises.
    """
    incident = await lock(tx, actor, ref)
    if _value(incident, what) != now:
        raise Refused("{code} was changed meanwhile; nothing was undone.", code=incident.reference_code)
    if what == "status":
        await _status_back(tx, actor, incident, before)
    elif what == "priority":
        await update(tx, actor, incident.id, Change(priority=before))
    elif what == "category":
        await update(tx, actor, incident.id, Change(category=before or None))
    elif what == "team":
        await update(tx, actor, incident.id, Change(team=before or None))
    elif before:
        await assign(tx, actor, incident.id, user=before)
    else:
        await unassign(tx, actor, incident.id)
    return incident.id


def _value(incident: Incident, what: Put) -> str:
    category = incident.category.slug if incident.category is not None else ""
    values = {"status": incident.status.slug, "priority": incident.priority.slug, "category": category}
    people = {"owner": incident.assigned_to_id, "team": incident.team_id}
    return values[what] if what in values else str(people[what] or "")


async def _status_back(tx: Tx, actor: Actor, incident: Incident, before: str) -> None:
    """A resolved or closed incident is reopened, and goes on to where it was if the table of transitions allows."""
    catalogue = await classification.catalogue(tx)
    target = catalogue.find_status(before)
    if target is None:
        raise invalid("was", "There is no such status.")
    if not incident.status.is_terminal and (incident.is_open or catalogue.allowed(incident.status.id, target.id)):
        await transition(tx, actor, incident.id, before)
        return
    await reopen(tx, actor, incident.id)
    reopened = catalogue.reopened_status(owned=incident.assigned_to_id is not None)
    if target.id != reopened.id and catalogue.allowed(reopened.id, target.id):
        await transition(tx, actor, incident.id, before)
