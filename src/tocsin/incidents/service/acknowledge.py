"""Acknowledging: a member says that the incident is seen. The first one, by anybody but the reporter, stops the response clock.

The reporter's own acknowledgement is no response: the first of another member takes its place, at the time of the first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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


@dataclass(slots=True)
class SeenAgain:
    """Whoever above wakes people must hear that one of them acknowledges what was acknowledged before: of an incident that
    stays as it is there is no event. `call(tx, incident_id)`, filled by `wiring`.
    """

    call: Callable[[Tx, UUID], Awaitable[None]] | None = None


SEEN_AGAIN = SeenAgain()


async def acknowledge(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Acknowledge an incident; a second time it stays as it is. Raises `Refused` for a closed or resolved one."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if incident.acknowledged_at is not None and not (incident.is_open and _is_first_of_others(incident, actor)):
        if incident.is_open and SEEN_AGAIN.call is not None:
            await SEEN_AGAIN.call(tx, incident.id)
        return incident.id
    if not incident.is_open:
        raise Refused(
            "{code} is {status}; there is nothing to acknowledge.",
            code=incident.reference_code,
            status=incident.status.name,
        )
    at = incident.acknowledged_at or tx.now
    await store.record.update(tx, incident.id, {"acknowledged_at": at, "acknowledged_by_id": actor.id})
    await first_response(tx, incident, actor)
    tx.emit(events.IncidentAcknowledged(actor=actor, incident_id=incident.id, facts={"by": actor.id}))
    return incident.id


async def unacknowledge(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Take the acknowledgement back: nobody has seen to it after all. The response clock stays as it is.

    Raises `Refused` for an incident that isn't acknowledged, or isn't open.
    """
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if not incident.is_open:
        raise Refused("{code} is {status}; reopen it first.", code=incident.reference_code, status=incident.status.name)
    if incident.acknowledged_at is None:
        raise Refused("{code} is not acknowledged.", code=incident.reference_code)
    await store.record.update(tx, incident.id, {"acknowledged_at": None, "acknowledged_by_id": None})
    facts = {"by": incident.acknowledged_by_id, "at": incident.acknowledged_at}
    tx.emit(events.IncidentUnacknowledged(actor=actor, incident_id=incident.id, facts=facts))
    return incident.id


def _is_first_of_others(incident: Incident, actor: Actor) -> bool:
    reporter = incident.reported_by_user_id
    return reporter is not None and incident.acknowledged_by_id == reporter != actor.id


async def first_response(tx: Tx, incident: Incident, actor: Actor) -> None:
    """Stop the response clock, if it still runs, unless the actor is the one who reported the incident."""
    if actor.kind in ("person", "service") and actor.id != incident.reported_by_user_id:
        await note_due(tx, incident.id)
        await sync_clock(tx, incident.id, await sla.respond(tx, incident.id, tx.now))
