"""Keeping the record in step with its clocks: due time and breach are mirrored for lists, warnings become events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tocsin.base.actor import Actor, system_actor
from tocsin.classification.model import Priority
from tocsin.db.tx import Tx
from tocsin.incidents import rules, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock_id
from tocsin.sla import events as sla_events, service as sla
from tocsin.sla.model import Case, Clocks, Fired
from tocsin.tenancy import service as tenancy

LATE_SECONDS = 300
"""A warning or breach that is found later than this was missed when it came: nobody is told of it as if it were new."""


async def auto_close_at(tx: Tx) -> datetime | None:
    """When what is resolved now closes by itself, as the tenant wants it; None for never."""
    days = (await tenancy.current(tx)).settings.auto_close_days
    return tx.now + timedelta(days=days) if days else None


async def case_of(tx: Tx, incident: Incident) -> Case:
    """What decides on the incident's promise as it stands now."""
    category_id = incident.category.id if incident.category is not None else None
    reporter_id = incident.reported_by_reporter_id
    return await case(tx, incident.priority, category_id, incident.team_id, reporter_id)


async def case(
    tx: Tx, priority: Priority, category_id: UUID | None, team_id: UUID | None, reporter_id: UUID | None
) -> Case:
    """What decides on a promise. Who reported is asked for only where a policy is about that."""
    _, asks_for_organisation = await sla.asks(tx)
    reporter = None
    if asks_for_organisation and reporter_id is not None:
        reporter = await store.people.get_reporter(tx, reporter_id)
    return Case(
        priority.response_time_minutes,
        priority.resolution_time_minutes,
        priority.slug,
        priority.id,
        category_id,
        team_id,
        reporter["organization"] if reporter is not None else None,
    )


async def renew_promise(tx: Tx, incident: Incident) -> Clocks | None:
    """Priority, category or team of a locked incident changed: its clocks take what is promised now."""
    await note_due(tx, incident.id)
    clocks = await sla.retarget(tx, incident.id, await case_of(tx, incident))
    await sync_clock(tx, incident.id, clocks)
    return clocks


def next_due_of(clocks: Clocks) -> rules.NextDue | None:
    """What the clocks have to meet next."""
    resolution = (clocks.resolution_due_at, clocks.resolution_at)
    return rules.next_due(clocks.response_due_at, clocks.first_response_at, *resolution, clocks.paused_at)


def _mirrored(clocks: Clocks) -> tuple[datetime | None, datetime | None, bool]:
    """What lists need of the clocks on the record."""
    return clocks.resolution_due_at, rules.queue_time(next_due_of(clocks)), clocks.is_breached


async def sync_clock(tx: Tx, incident_id: UUID, clocks: Clocks | None) -> None:
    """Mirror what lists need of the clocks on the record; nothing to mirror without a clock."""
    if clocks is not None:
        await store.record.mirror_clock(tx, incident_id, *_mirrored(clocks))


async def check_clock(tx: Tx, incident_id: UUID) -> None:
    """What the sweep does with a due clock: record warnings and breaches, each once, and say so."""
    if await lock_id(tx, incident_id) is not None:
        await note_due(tx, incident_id)


async def check_clocks(tx: Tx, ids: Sequence[UUID]) -> None:
    """As `check_clock`, for some incidents at once; what somebody else has locked in a live tenant is left for later."""
    waits = (await tenancy.current(tx)).kind == "sandbox"
    locked = await store.record.lock_present(tx, list(ids), wait=waits)
    actor, mirrored = system_actor(tx.tenant_id), []
    for incident_id, fired, clocks in await sla.check_many(tx, locked) if locked else ():
        for item in fired:
            tell_fired(tx, actor, incident_id, item)
        if any(item.kind == "breach" for item in fired):
            mirrored.append((incident_id, *_mirrored(clocks)))
    if mirrored:
        await store.record.mirror_clocks(tx, mirrored)


async def note_due(tx: Tx, incident_id: UUID) -> None:
    """Record and tell what the clocks of a locked incident have reached by now.

    Verbs that end a clock or move its due time call this first: what was missed stays missed, however late the sweep.
    """
    actor = system_actor(tx.tenant_id)
    fired, clocks = await sla.check_clocks(tx, incident_id)
    for item in fired:
        tell_fired(tx, actor, incident_id, item)
    if any(item.kind == "breach" for item in fired):
        await sync_clock(tx, incident_id, clocks)


async def note_public(tx: Tx, incident_id: UUID) -> None:
    """The public has heard how a locked incident stands: what was missed until then stays missed."""
    fired, clocks = await sla.tell_public(tx, incident_id)
    for item in fired:
        tell_fired(tx, system_actor(tx.tenant_id), incident_id, item)
    if any(item.kind == "breach" for item in fired):
        await sync_clock(tx, incident_id, clocks)


def tell_fired(tx: Tx, actor: Actor, incident_id: UUID, fired: Fired, **facts: Any) -> None:
    """Say that a clock has given a warning or was breached."""
    known = {
        "clock": fired.clock,
        "due_at": fired.due_at,
        "percent": fired.percent,
        "late_seconds": fired.late_seconds,
        "is_late": fired.late_seconds > LATE_SECONDS,
    }
    kind = sla_events.SlaWarning if fired.kind == "warning" else sla_events.SlaBreached
    tx.emit(kind(actor=actor, incident_id=incident_id, facts={**known, **facts}))
