"""Soft deletion and restoring: nothing is lost, timers stop meanwhile, the gap counts."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.clock import note_due, sync_clock
from tocsin.incidents.service.closing import closes_at
from tocsin.incidents.service.recording import undoable
from tocsin.sla import service as sla
from tocsin.tenancy import service as tenancy


@undoable("delete", permissions.DELETE)
async def delete(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Delete an incident softly: it is found nowhere, its timers stop. Raises `NotFound`."""
    actor.must(permissions.DELETE)
    incident = await lock(tx, actor, ref)
    await note_due(tx, incident.id)
    await store.record.update(tx, incident.id, {"deleted_at": tx.now, "auto_close_at": None})
    await sync_clock(tx, incident.id, await sla.stop(tx, incident.id, tx.now))
    tx.emit(events.IncidentDeleted(actor=actor, incident_id=incident.id))
    return incident.id


@undoable("delete", permissions.DELETE)
async def restore(tx: Tx, actor: Actor, ref: str | UUID) -> UUID:
    """Bring a deleted incident back. Raises `NotFound`, `Refused` for one that is not deleted."""
    actor.must(permissions.DELETE)
    incident = await lock(tx, actor, ref, deleted=True)
    if incident.deleted_at is None:
        raise Refused("{code} is not deleted.", code=incident.reference_code)
    alive = msgspec.structs.replace(incident, deleted_at=None)
    closes = closes_at(alive, (await tenancy.current(tx)).settings.auto_close_days)
    await store.record.update(tx, incident.id, {"deleted_at": None, "auto_close_at": closes})
    await sync_clock(tx, incident.id, await sla.restart(tx, incident.id, tx.now))
    facts = {"deleted_at": incident.deleted_at}
    tx.emit(events.IncidentRestored(actor=actor, incident_id=incident.id, facts=facts))
    return incident.id
