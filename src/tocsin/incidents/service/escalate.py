"""What an escalation does to the record; the feature `escalation` decides when, and keeps the row about it."""

from __future__ import annotations

from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.classification.model import Priority
from tocsin.db.tx import Tx
from tocsin.incidents.model import Incident
from tocsin.incidents.service.assign import set_owner, set_team
from tocsin.incidents.service.priority import set_priority


async def apply_escalation(
    tx: Tx,
    actor: Actor,
    incident: Incident,
    *,
    priority: Priority | None = None,
    user_id: UUID | None = None,
    team_id: UUID | None = None,
    note: str | None = None,
) -> Incident:
    """Raise the priority of a locked incident and hand it to a person or team; what is so already is left alone.

    The caller has checked the right and the rules. Answers the incident as it is then.
    """
    if priority is not None and priority.id != incident.priority.id:
        incident = await set_priority(tx, actor, incident, priority)
    if team_id is not None:
        await set_team(tx, actor, incident, team_id, note=note, refuse_same=False)
    if user_id is not None and user_id != incident.assigned_to_id:
        await set_owner(tx, actor, incident, user_id, note=note)
    return incident
