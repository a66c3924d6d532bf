"""Changing the priority: the clocks take the new targets from the original start. And keeping its level beside it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.classification.model import Category, Priority
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.clock import renew_promise

_BATCH = 2000
"""Incidents whose level follows in one transaction."""


async def set_priority(tx: Tx, actor: Actor, incident: Incident, priority: Priority) -> Incident:
    """Set another priority on a locked incident; the incident as it is then."""
    await store.record.update(tx, incident.id, {"priority_id": priority.id, "priority_level": priority.level})
    fresh = msgspec.structs.replace(incident, priority=priority)
    clocks = await renew_promise(tx, fresh)
    due_at = clocks.resolution_due_at if clocks is not None else incident.due_at
    facts = {"from": incident.priority.slug, "to": priority.slug, "due_at": due_at}
    tx.emit(events.IncidentPriorityChanged(actor=actor, incident_id=incident.id, facts=facts))
    return fresh


async def set_category(tx: Tx, incident: Incident, category: Category | None) -> Incident:
    """Set another category on a locked incident; the clocks take the then current targets."""
    await store.record.update(tx, incident.id, {"category_id": category.id if category else None})
    fresh = msgspec.structs.replace(incident, category=category)
    await renew_promise(tx, fresh)
    return fresh


async def follow_level(tx: Tx, event: RecordedEvent) -> None:
    """A priority became more or less urgent: its incidents, which lists sort by its level, follow in batches.

    Nothing of theirs changes for who reads them but their place: no version, no event.
    """
    if "level" not in event.data.get("fields", ()):
        return
    moved = _BATCH
    while moved == _BATCH:
        async with tx.database.tenant(tx.tenant_id) as part:
            priority = (await classification.catalogue(part)).priorities.get(UUID(event.data["priority"]))
            moved = await store.record.set_level(part, priority.id, priority.level, _BATCH) if priority else 0
