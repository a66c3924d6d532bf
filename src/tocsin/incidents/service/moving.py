"""What moving to another status does: the table of transitions, what it demands, the clocks, the event."""

from __future__ import annotations

from typing import Any

from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.classification import service as classification
from tocsin.classification.model import Status
from tocsin.db.tx import Tx
from tocsin.incidents import events, rules, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.assign import note_of
from tocsin.incidents.service.clock import auto_close_at, note_due, sync_clock
from tocsin.incidents.service.demands import meet
from tocsin.sla import service as sla


async def move(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None = None) -> None:
    """Move a locked incident to a status under the table of transitions and what it demands.

    Raises `Refused`, and `Invalid` naming what is demanded and not there.
    """
    change = rules.change_of_status(_facts(incident.status), _facts(target))
    if change == "none":
        raise Refused("The incident is {status} already.", field="status", status=target.name)
    if change == "refuse-terminal":
        raise Refused(
            "{code} is {status}; reopen it first.",
            field="status",
            code=incident.reference_code,
            status=incident.status.name,
        )
    if not (await classification.catalogue(tx)).allowed(incident.status.id, target.id):
        raise Refused(
            "Your organisation does not allow going from {before} to {after}.",
            field="status",
            before=incident.status.name,
            after=target.name,
        )
    await meet(tx, actor, incident, target, note)
    if change == "resolve":
        await set_resolved(tx, actor, incident, target, note)
    elif change == "close":
        await set_closed(tx, actor, incident, target, note)
    elif change == "reopen":
        await set_reopened(tx, actor, incident, target, note)
    else:
        await _set_status(tx, incident, target)
        if change == "pause":
            await sync_clock(tx, incident.id, await sla.pause(tx, incident.id, tx.now))
        elif change == "resume":
            await sync_clock(tx, incident.id, await sla.resume(tx, incident.id, tx.now))
        facts = {"from": incident.status.slug, "to": target.slug}
        tx.emit(events.IncidentTransitioned(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))


def _facts(status: Status) -> rules.StatusFacts:
    return rules.StatusFacts(status.id, status.is_terminal, status.is_resolved, status.pauses_sla)


async def _set_status(tx: Tx, incident: Incident, target: Status, **values: Any) -> None:
    await store.record.update(tx, incident.id, {"status_id": target.id, "is_open": target.is_open, **values})


async def set_resolved(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None) -> None:
    """Resolve a locked open incident: both clocks stop, and the one starts after which it closes by itself."""
    await _set_status(tx, incident, target, resolved_at=tx.now, auto_close_at=await auto_close_at(tx))
    await note_due(tx, incident.id)
    await sync_clock(tx, incident.id, await sla.resolve(tx, incident.id, tx.now))
    facts = {"from": incident.status.slug, "to": target.slug, "at": tx.now}
    tx.emit(events.IncidentResolved(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))


async def set_closed(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None) -> None:
    """Close a locked incident; an unresolved one is resolved with it."""
    resolved_at = incident.resolved_at or tx.now
    await _set_status(tx, incident, target, closed_at=tx.now, resolved_at=resolved_at, auto_close_at=None)
    if incident.resolved_at is None:
        await note_due(tx, incident.id)
        await sync_clock(tx, incident.id, await sla.resolve(tx, incident.id, tx.now))
    facts = {
        "from": incident.status.slug,
        "to": target.slug,
        "at": tx.now,
        "also_resolved": incident.resolved_at is None,
    }
    tx.emit(events.IncidentClosed(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))


async def set_reopened(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None) -> None:
    """Reopen a locked resolved or closed incident; its clocks go on with what was used."""
    count = incident.reopen_count + 1
    await _set_status(tx, incident, target, resolved_at=None, closed_at=None, auto_close_at=None, reopen_count=count)
    clocks = await sla.reopen(tx, incident.id, tx.now)
    if target.pauses_sla:
        clocks = await sla.pause(tx, incident.id, tx.now)
    await sync_clock(tx, incident.id, clocks)
    await store.assignments.wake(tx, incident.id)
    facts = {"from": incident.status.slug, "to": target.slug, "resolved_at": incident.resolved_at}
    tx.emit(events.IncidentReopened(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))
