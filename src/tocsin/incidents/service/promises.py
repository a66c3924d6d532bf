"""What incidents are promised: why they are due then, and changes of calendars, policies and targets with what they move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.activity import service as activity
from tocsin.base.actor import Actor
from tocsin.base.errors import FieldError, Invalid, NotFound, invalid
from tocsin.base.fitting import fit
from tocsin.classification import service as classification
from tocsin.classification.model import Priority
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident
from tocsin.incidents.service import following
from tocsin.incidents.service.access import see
from tocsin.sla import service as sla
from tocsin.sla.model import (
    CalendarChange,
    CalendarView,
    Explained,
    NewSlaPolicy,
    PolicyView,
    Preview,
    PriorityTargets,
    PromiseView,
    SlaPolicyChange,
    WhatIf,
)


async def explain(tx: Tx, actor: Actor, ref: str | UUID) -> Explained:
    """Why the clocks of an incident are due when they are. Raises `NotFound`."""
    incident = await see(tx, actor, ref)
    found = await sla.explain(tx, incident.id, await granted_for(tx, incident.id))
    nothing = Explained(response=None, resolution=None, update=None)
    found = found or nothing
    resolution = found.resolution
    if resolution is not None and any(span.rule == "pause" for span in resolution.spans):
        resolution = sla.name_pauses(resolution, await _statuses(tx, incident))
    return msgspec.structs.replace(found, resolution=resolution, teams=await sla.hands(tx, incident.id))


async def _statuses(tx: Tx, incident: Incident) -> Callable[[datetime], str | None]:
    """What names the pausing status that an incident was in at a moment; None for one that nothing tells of."""
    pausing = {one.slug: one.name for one in (await classification.catalogue(tx)).statuses.values() if one.pauses_sla}
    turns = sorted(
        (
            (row["at"], row["facts"]["from"], row["facts"]["to"])
            for row in await activity.histories(tx, [incident.id], _TURNS)
        ),
        key=lambda turn: turn[0],
    )
    began_as = turns[0][1] if turns else incident.status.slug

    def status_at(moment: datetime) -> str | None:
        to = [to for at, _, to in turns if at <= moment]
        return pausing.get(to[-1] if to else began_as)

    return status_at


_TURNS = ("IncidentTransitioned", "IncidentResolved", "IncidentClosed", "IncidentReopened")
"""What takes an incident from one status to another."""


async def list_promises(tx: Tx, actor: Actor, ref: str | UUID) -> list[PromiseView]:
    """What an incident was promised, the first promise first. Raises `NotFound`."""
    return await sla.promises_of(tx, (await see(tx, actor, ref)).id)


async def granted_for(tx: Tx, incident_id: UUID) -> tuple[str, str]:
    """Why an incident was granted more time, and by whom; empty where it was not."""
    known: dict[UUID, tuple[str, str]] = tx.memo.setdefault("granted_for", {})
    if incident_id not in known or tx.wrote:
        row = await store.extensions.granted(tx, incident_id)
        known[incident_id] = (row["reason"], row["decided_by_name"] or "") if row is not None else ("", "")
    return known[incident_id]


async def change_calendar(tx: Tx, actor: Actor, ref: str, change: CalendarChange) -> CalendarView:
    """Change a calendar; clocks that run by it follow if the change says so. Raises as `sla.change_calendar` does."""
    actor.must(permissions.SLA_MANAGE)
    known = await sla.get_calendar(tx, actor, ref)
    view: CalendarView = await following.save(
        tx,
        actor,
        lambda: sla.change_calendar(tx, actor, ref, change),
        follow=change.apply_to_running,
        because="calendar",
        calendar_id=known.id,
    )
    return view


async def preview_calendar(tx: Tx, actor: Actor, ref: str, change: CalendarChange) -> Preview:
    """What a change of a calendar would do to the clocks that run. Raises as `change_calendar` does."""
    actor.must(permissions.SLA_MANAGE)
    known = await sla.get_calendar(tx, actor, ref)
    return await following.preview(tx, lambda: sla.change_calendar(tx, actor, ref, change), calendar_id=known.id)


async def add_policy(tx: Tx, actor: Actor, given: NewSlaPolicy) -> PolicyView:
    """Add a policy; clocks that run take its promise if that is wished. Raises as `sla.add_policy` does."""
    actor.must(permissions.SLA_MANAGE)
    view: PolicyView = await following.save(
        tx, actor, lambda: sla.add_policy(tx, actor, given), follow=given.apply_to_running, because="policy"
    )
    return view


async def change_policy(tx: Tx, actor: Actor, ref: str, change: SlaPolicyChange) -> PolicyView:
    """Change a policy; clocks that run follow if the change says so. Raises as `sla.change_policy` does."""
    actor.must(permissions.SLA_MANAGE)
    view: PolicyView = await following.save(
        tx, actor, lambda: sla.change_policy(tx, actor, ref, change), follow=change.apply_to_running, because="policy"
    )
    return view


async def preview_policy(tx: Tx, actor: Actor, ref: str, change: SlaPolicyChange) -> Preview:
    """What a change of a policy would do to the clocks that run. Raises as `change_policy` does."""
    return await following.preview(tx, lambda: sla.change_policy(tx, actor, ref, change))


async def preview_new_policy(tx: Tx, actor: Actor, given: NewSlaPolicy) -> Preview:
    """What a new policy would do to the clocks that run. Raises as `add_policy` does."""
    return await following.preview(tx, lambda: sla.add_policy(tx, actor, given))


async def change_priority(
    tx: Tx, actor: Actor, ref: str, values: dict[str, Any], *, apply_to_running: bool = False
) -> Priority:
    """Change a priority; clocks that run follow its targets if that is wished. Raises as `classification.change_priority`."""
    actor.must(permissions.PRIORITIES_MANAGE)
    if apply_to_running:
        actor.must(permissions.SLA_MANAGE)
    after: Priority = await following.save(
        tx,
        actor,
        lambda: classification.change_priority(tx, actor, ref, values),
        follow=apply_to_running,
        because="priority",
    )
    return after


async def change_targets(tx: Tx, actor: Actor, ref: str, change: PriorityTargets) -> Priority:
    """Change a priority's own targets; clocks that run follow if the change says so. Raises as `change_priority` does."""
    return await change_priority(tx, actor, ref, _targets(change), apply_to_running=change.apply_to_running)


async def preview_priority(tx: Tx, actor: Actor, ref: str, values: dict[str, Any]) -> Preview:
    """What a change of a priority would do to the clocks that run. Raises as `change_priority` does."""
    actor.must(permissions.SLA_MANAGE)
    actor.must(permissions.PRIORITIES_MANAGE)
    return await following.preview(tx, lambda: classification.change_priority(tx, actor, ref, values))


async def preview_targets(tx: Tx, actor: Actor, ref: str, change: PriorityTargets) -> Preview:
    """What other targets of a priority would do to the clocks that run. Raises as `change_targets` does."""
    return await preview_priority(tx, actor, ref, _targets(change))


def _targets(change: PriorityTargets) -> dict[str, Any]:
    names = ("response_time_minutes", "resolution_time_minutes")
    given = ((name, getattr(change, name)) for name in names)
    return {name: value for name, value in given if value is not msgspec.UNSET}


async def what_if(tx: Tx, actor: Actor, asked: WhatIf) -> Preview:
    """What a change would do to the clocks that run, without making it.

    Raises `Invalid` (fields of the change under `change`, and one for a calendar, policy or priority that is not there).
    """
    actor.must(permissions.SLA_MANAGE)
    named = [name for name in ("calendar", "policy", "priority") if getattr(asked, name) is not None]
    if len(named) > 1:
        raise invalid(named[1], "Name one of calendar, policy and priority.")
    await _check_named(tx, actor, asked)
    try:
        if asked.calendar is not None:
            return await preview_calendar(tx, actor, asked.calendar, fit(asked.change, CalendarChange, "change"))
        if asked.priority is not None:
            return await preview_targets(tx, actor, asked.priority, fit(asked.change, PriorityTargets, "change"))
        if asked.policy is not None:
            return await preview_policy(tx, actor, asked.policy, fit(asked.change, SlaPolicyChange, "change"))
        return await preview_new_policy(tx, actor, fit(asked.change, NewSlaPolicy, "change"))
    except Invalid as wrong:
        known = [each for each in wrong.errors if not each.field.startswith("change")]
        raise Invalid(
            [FieldError(f"change.{e.field}", e.template, e.values) for e in known] or list(wrong.errors)
        ) from None


async def _check_named(tx: Tx, actor: Actor, asked: WhatIf) -> None:
    """Raises `Invalid` for a calendar, policy or priority that is not there."""
    field = "calendar"
    try:
        if asked.calendar is not None:
            await sla.get_calendar(tx, actor, asked.calendar)
        if asked.policy is not None:
            field = "policy"
            await sla.get_policy(tx, actor, asked.policy)
    except NotFound:
        raise invalid(field, "There is no active entry by this id or slug.") from None
    if asked.priority is not None and (await classification.catalogue(tx)).find_priority(asked.priority) is None:
        raise invalid("priority", "There is no active entry by this id or slug.")
