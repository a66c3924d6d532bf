"""Moving through the statuses: transition, resolve, close, reopen, each with what the tenant's table demands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.base.fitting import fit
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import rules
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.create import check_text
from tocsin.incidents.service.demands import EVERYWHERE, meet
from tocsin.incidents.service.moving import move, set_closed, set_reopened, set_resolved
from tocsin.incidents.service.recording import undoable
from tocsin.incidents.service.update import Change, change_fields
from tocsin.tenancy import service as tenancy

Fields = Mapping[str, Any] | None
"""Values that a transition demands, in the same request: custom fields by slug, and fields that every incident has."""


@undoable("transition", permissions.UPDATE)
async def transition(
    tx: Tx, actor: Actor, ref: str | UUID, status: str, *, note: str | None = None, fields: Fields = None
) -> UUID:
    """Move to another status as the tenant's table allows; resolving and closing statuses run those verbs.

    Raises `Invalid` for an unknown status and what is demanded, `Refused` for the same status, a terminal incident, a
    forbidden move, and open tasks where they may not be.
    """
    actor.must(permissions.UPDATE)
    incident = await _filled(tx, actor, await lock(tx, actor, ref), fields)
    target = (await classification.catalogue(tx)).status(status)
    await move(tx, actor, incident, target, check_text(note, "note"))
    return incident.id


async def _filled(tx: Tx, actor: Actor, incident: Incident, fields: Fields) -> Incident:
    if not fields:
        return incident
    plain = {name: value for name, value in fields.items() if name in EVERYWHERE}
    custom = {name.removeprefix("custom."): value for name, value in fields.items() if name not in EVERYWHERE}
    return await change_fields(tx, actor, incident, fit({**plain, "custom": custom}, Change, "fields"))


@undoable("transition", permissions.UPDATE)
async def resolve(tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None, *, fields: Fields = None) -> UUID:
    """Resolve an incident from any open status; both clocks stop.

    Raises `Refused` when it is resolved or closed and for open tasks where they may not be, `Invalid` for what is demanded.
    """
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if not incident.is_open:
        raise Refused("{code} is {status} already.", code=incident.reference_code, status=incident.status.name)
    incident, said = await _filled(tx, actor, incident, fields), check_text(note, "note")
    target = (await classification.catalogue(tx)).resolved_status
    await meet(tx, actor, incident, target, said)
    await set_resolved(tx, actor, incident, target, said)
    return incident.id


@undoable("transition", permissions.UPDATE)
async def close(tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None, *, fields: Fields = None) -> UUID:
    """Close an incident; an unresolved one is resolved with it. Raises `Refused` when it is closed, and as `resolve` does."""
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if incident.status.is_terminal:
        raise Refused("{code} is {status} already.", code=incident.reference_code, status=incident.status.name)
    incident, said = await _filled(tx, actor, incident, fields), check_text(note, "note")
    target = (await classification.catalogue(tx)).terminal_status
    await meet(tx, actor, incident, target, said)
    await set_closed(tx, actor, incident, target, said)
    return incident.id


@undoable("transition", permissions.UPDATE)
async def reopen(tx: Tx, actor: Actor, ref: str | UUID, note: str | None = None, *, fields: Fields = None) -> UUID:
    """Reopen a resolved incident, or a closed one within the tenant's window of days. Raises `Refused`."""
    actor.must(permissions.UPDATE)
    incident = await _filled(tx, actor, await lock(tx, actor, ref), fields)
    await refuse_reopening(tx, incident)
    catalogue = await classification.catalogue(tx)
    target, said = catalogue.reopened_status(owned=incident.assigned_to_id is not None), check_text(note, "note")
    await meet(tx, actor, incident, target, said)
    await set_reopened(tx, actor, incident, target, said)
    return incident.id


async def refuse_reopening(tx: Tx, incident: Incident) -> None:
    """Raises `Refused` for an incident that is open, or was closed before the tenant's window of days."""
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
