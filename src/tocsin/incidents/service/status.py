"""Moving through the statuses: transition, resolve, close, reopen, with what each does to the clocks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.classification import service as classification
from tocsin.classification.model import Status
from tocsin.db.tx import Tx
from tocsin.incidents import events, rules, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.assign import note_of
from tocsin.incidents.service.clock import note_due, sync_clock
from tocsin.incidents.service.create import check_text
from tocsin.incidents.service.recording import undoable
from tocsin.sla import service as sla
from tocsin.tenancy import service as tenancy


@undoable("transition", permissions.UPDATE)
async def transition(tx: Tx, actor: Actor, ref: str | UUID, status: str) -> UUID:
    """Move to another status as the tenant's table allows; resolving and closing statuses run those verbs.

    Raises `Invalid` for an unknown status, `Refused` for the same status, a terminal incident or a forbidden move.
    """
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    await move(tx, actor, incident, (await classification.catalogue(tx)).status(status))
    return incident.id


async def move(tx: Tx, actor: Actor, incident: Incident, target: Status) -> None:
    """Move a locked incident to a status under the table of transitions. Raises `Refused`."""
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
    if change == "resolve":
        await _resolve(tx, actor, incident, target, None)
    elif change == "close":
        await _close(tx, actor, incident, target, None)
    elif change == "reopen":
        await _reopen(tx, actor, incident, target, None)
    else:
        await _set_status(tx, incident, target)
        if change == "pause":
            await sync_clock(tx, incident.id, await sla.pause(tx, incident.id, tx.now))
        elif change == "resume":
            await sync_clock(tx, incident.id, await sla.resume(tx, incident.id, tx.now))
        facts = {"from": incident.status.slug, "to": target.slug}
        tx.emit(events.IncidentTransitioned(actor=actor, incident_id=incident.id, facts=facts))


@undoable("transition", permissions.UPDATE)
async def resolve(tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None) -> UUID:
    """Resolve an incident from any open status; both clocks stop. Raises `Refused` when it is resolved or closed."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if not incident.is_open:
        raise Refused("{code} is {status} already.", code=incident.reference_code, status=incident.status.name)
    await _resolve(tx, actor, incident, (await classification.catalogue(tx)).resolved_status, check_text(note, "note"))
    return incident.id


@undoable("transition", permissions.UPDATE)
async def close(tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None) -> UUID:
    """Close an incident; an unresolved one is resolved with it. Raises `Refused` when it is closed."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if incident.status.is_terminal:
        raise Refused("{code} is {status} already.", code=incident.reference_code, status=incident.status.name)
    await _close(tx, actor, incident, (await classification.catalogue(tx)).terminal_status, check_text(note, "note"))
    return incident.id


@undoable("transition", permissions.UPDATE)
async def reopen(tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None) -> UUID:
    """Reopen a resolved incident, or a closed one within the tenant's window of days. Raises `Refused`."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    window = (await tenancy.current(tx)).settings.reopen_days
    why_not = rules.may_reopen(
        is_terminal=incident.status.is_terminal,
        is_resolved=incident.status.is_resolved,
        closed_at=incident.closed_at,
        now=tx.now,
        window_days=window,
    )
    if why_not is not None:
        raise Refused(why_not, days=window)
    catalogue = await classification.catalogue(tx)
    target = catalogue.reopened_status(owned=incident.assigned_to_id is not None)
    await _reopen(tx, actor, incident, target, check_text(note, "note"))
    return incident.id


def _facts(status: Status) -> rules.StatusFacts:
    return rules.StatusFacts(status.id, status.is_terminal, status.is_resolved, status.pauses_sla)


async def _set_status(tx: Tx, incident: Incident, target: Status, **values: Any) -> None:
    await store.record.update(tx, incident.id, {"status_id": target.id, "is_open": target.is_open, **values})


async def _resolve(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None) -> None:
    await _set_status(tx, incident, target, resolved_at=tx.now)
    await note_due(tx, incident.id)
    await sync_clock(tx, incident.id, await sla.resolve(tx, incident.id, tx.now))
    facts = {"from": incident.status.slug, "to": target.slug, "at": tx.now}
    tx.emit(events.IncidentResolved(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))


async def _close(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None) -> None:
    resolved_at = incident.resolved_at or tx.now
    await _set_status(tx, incident, target, closed_at=tx.now, resolved_at=resolved_at)
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


async def _reopen(tx: Tx, actor: Actor, incident: Incident, target: Status, note: str | None) -> None:
    count = incident.reopen_count + 1
    await _set_status(tx, incident, target, resolved_at=None, closed_at=None, reopen_count=count)
    clocks = await sla.reopen(tx, incident.id, tx.now)
    if target.pauses_sla:
        clocks = await sla.pause(tx, incident.id, tx.now)
    await sync_clock(tx, incident.id, clocks)
    facts = {"from": incident.status.slug, "to": target.slug, "resolved_at": incident.resolved_at}
    tx.emit(events.IncidentReopened(actor=actor, incident_id=incident.id, facts=facts, texts=note_of(note)))
