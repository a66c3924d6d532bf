"""What ends and begins again by itself: a resolved incident closes after the tenant's days, a reply of its reporter reopens it."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import Refused
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock_id
from tocsin.incidents.service.moving import set_closed, set_reopened
from tocsin.incidents.service.status import refuse_reopening
from tocsin.tenancy import service as tenancy

CLOSING_DUE = store.closing.DUE
CLOSING_NEXT = store.closing.NEXT_DUE


async def close_by_itself(tx: Tx, incident_id: UUID) -> None:
    """Close a resolved incident whose time has come; a second run changes nothing."""
    days = (await tenancy.current(tx)).settings.auto_close_days
    if not await store.closing.lock_due(tx, incident_id):
        return
    incident = await lock_id(tx, incident_id)
    due = closes_at(incident, days) if incident is not None else None
    if incident is None or due is None or due > tx.now:
        await store.closing.set_timer(tx, incident_id, due)
        return
    target = (await classification.catalogue(tx)).terminal_status
    await set_closed(tx, system_actor(tx.tenant_id), incident, target, None)


def closes_at(incident: Incident, days: int) -> datetime | None:
    """When an incident closes by itself if it stays resolved; None for never."""
    is_waiting = incident.status.is_resolved and incident.resolved_at is not None and incident.deleted_at is None
    return incident.resolved_at + timedelta(days=days) if is_waiting and incident.resolved_at and days else None


async def rearm(tx: Tx, event: RecordedEvent) -> None:
    """The tenant's settings changed: what is resolved already closes by the days that count now."""
    if "settings" not in event.data.get("fields", ()):
        return
    statuses = [s.id for s in (await classification.catalogue(tx)).statuses.values() if s.is_resolved]
    await store.closing.arm_all(tx, statuses, (await tenancy.current(tx)).settings.auto_close_days)


async def reopens_by_reply(tx: Tx, incident: Incident) -> bool:
    """Whether an answer of the one who reported an incident would reopen it now."""
    if (
        incident.is_open
        or incident.merged_into_id is not None
        or not (await tenancy.current(tx)).settings.reopen_on_reply
    ):
        return False
    try:
        await refuse_reopening(tx, incident)
    except Refused:
        return False
    return True


async def reopen_by_reply(tx: Tx, actor: Actor, incident: Incident) -> bool:
    """Reopen a locked incident because the one who reported it has answered; False where that reopens nothing.

    Nothing is reopened that is open, was closed before the tenant's window, or where the tenant doesn't want it.
    """
    if not await reopens_by_reply(tx, incident):
        return False
    catalogue = await classification.catalogue(tx)
    target = catalogue.reopened_status(owned=incident.assigned_to_id is not None)
    await set_reopened(tx, actor, incident, target, None)
    return True
