"""Acknowledging: a member says that the incident is seen. The first one, by anybody but the reporter, stops the response clock."""

from __future__ import annotations

from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.clock import note_due, sync_clock
from tocsin.sla import service as sla


async def acknowledge(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Acknowledge an incident; a second time changes nothing. Raises `Refused` for a closed or resolved one."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if incident.acknowledged_at is not None:
        return incident.id
    if not incident.is_open:
        raise Refused(f"{incident.reference_code} is {incident.status.name}; there is nothing to acknowledge.")
    await store.record.update(tx, incident.id, {"acknowledged_at": tx.now, "acknowledged_by_id": actor.id})
    await first_response(tx, incident, actor)
    tx.emit(events.IncidentAcknowledged(actor=actor, incident_id=incident.id, facts={"by": actor.id}))
    return incident.id


async def first_response(tx: Tx, incident: Incident, actor: Actor) -> None:
    """Stop the response clock, if it still runs, unless the actor is the one who reported the incident."""
    if actor.kind in ("person", "service") and actor.id != incident.reported_by_user_id:
        await note_due(tx, incident.id)
        await sync_clock(tx, incident.id, await sla.respond(tx, incident.id, tx.now))
