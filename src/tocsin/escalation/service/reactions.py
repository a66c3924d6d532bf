"""What events do to runs, inside the transaction that emits them: arm, move, stop, let wait, let go on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from tocsin.activity.model import Event
from tocsin.base.actor import system_actor
from tocsin.base.errors import NotFound
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.escalation import rules, store
from tocsin.escalation.model import ActivePolicy, snapshot_from
from tocsin.escalation.rules import About
from tocsin.escalation.service.arming import arm_runs
from tocsin.escalation.service.hours import hours_of
from tocsin.escalation.service.policies import active
from tocsin.escalation.service.situation import situation_of
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident


async def arm(tx: Tx, event: Event) -> None:
    """An event after which a trigger's state may have begun: arm the policies that wait for it. Imports arm none."""
    if event.incident_id is None or event.actor.source == "import":
        return
    policies = [policy for policy in await active(tx) if policy.ladder.on in rules.ARMED_BY[event.type]]
    if not policies:
        return
    levels = {p.slug: p.level for p in (await classification.catalogue(tx)).priorities.values()}
    found = [(policy, rules.begins(policy.ladder, event.type, event.facts, levels)) for policy in policies]
    waiting = [(policy, about) for policy, about in found if about is not None]
    incident = await _see(tx, event.incident_id) if waiting else None
    if incident is None or not incident.is_open:
        return
    situation = await situation_of(tx, incident, [policy.ladder for policy, _ in waiting])
    done = await store.runs.climbed(tx, incident.id) if event.type == "IncidentRestored" else set()
    for policy, about in waiting:
        if policy.id not in done and rules.holds(policy.ladder, situation, about):
            await _arm(tx, policy, incident, about, event)


async def _arm(tx: Tx, policy: ActivePolicy, incident: Incident, about: About, event: Event) -> None:
    if policy.ladder.on == "near_breach" and await store.runs.had_run_for(tx, policy.id, incident.id, about):
        return
    who = [(incident.id, incident.status.pauses_sla, about)]
    await arm_runs(tx, policy, who, event.at or tx.now)


async def stop(tx: Tx, event: Event) -> None:
    """An event that may end runs."""
    if event.incident_id is None or not await active(tx):
        return
    if event.type == "IncidentAssigned" and event.facts.get("as") != "owner":
        return
    if event.type == "IncidentEscalated" and event.facts.get("policy") is not None:
        return
    fact = rules.STOPPED_BY[event.type]
    await _stop(tx, event.incident_id, fact)
    if fact == "assigned" and event.actor.kind != "system":
        await store.alerts.stop_alerts_by_policy(tx, event.incident_id, fact)


async def stop_on_seen_again(tx: Tx, incident_id: UUID) -> None:
    """Somebody acknowledges what was acknowledged before: whoever is told since, and what has begun since, ends."""
    await store.alerts.stop_alerts(tx, incident_id, "acknowledged")
    if await active(tx):
        await _stop(tx, incident_id, "acknowledged")


async def _stop(tx: Tx, incident_id: UUID, fact: str) -> None:
    for row in await store.runs.running(tx, incident_id):
        ladder = snapshot_from(row)
        if rules.ends(ladder, fact, started=row["started_at"] is not None):
            left = await _left(tx, row) if fact == "acknowledged" and row["started_at"] is not None else None
            await store.runs.end_run(tx, row["id"], "stopped", fact, left_over=left)
            await store.alerts.stop_alerts_of_run(tx, row["id"], fact)


async def _left(tx: Tx, row: Any) -> timedelta:
    """How much of its time a run still has to wait."""
    if row["paused_at"] is not None:
        kept: timedelta = row["remaining"]
        return kept
    return (await hours_of(tx, snapshot_from(row))).working_between(tx.now, row["next_step_at"])


async def note_update(tx: Tx, event: Event) -> None:
    """A member has done something: what waits for nobody doing anything begins to count anew."""
    policies = [policy for policy in await active(tx) if policy.ladder.on == "no_update"]
    if not policies or event.incident_id is None or event.actor.kind not in ("person", "service"):
        return
    incident = await _see(tx, event.incident_id)
    if incident is None or not incident.is_open or event.actor.id == incident.reported_by_user_id:
        return
    at = event.at or tx.now
    await _stop(tx, incident.id, "updated")
    for row in await store.runs.running(tx, incident.id):
        ladder = snapshot_from(row)
        if ladder.on == "no_update" and row["triggered_at"] < at:
            hours = await hours_of(tx, ladder)
            first = hours.add_working(at, ladder.after)
            await store.runs.trigger_anew(tx, row["id"], at, first, hours.working_between(tx.now, first))
    for policy in policies:
        await arm_runs(tx, policy, [(incident.id, incident.status.pauses_sla, About())], at)


async def resume(tx: Tx, event: Event) -> None:
    """An acknowledgement was taken back: what it stopped goes on with what was left."""
    if event.incident_id is None or not await active(tx):
        return
    incident = await _see(tx, event.incident_id)
    if incident is None or not incident.is_open:
        return
    at_work = {policy.id for policy in await active(tx)}
    for row in await store.runs.stopped_by_acknowledgement(tx, incident.id):
        if row["policy_id"] not in at_work:
            continue
        hours = await hours_of(tx, snapshot_from(row))
        await store.runs.release_run(tx, row["id"], hours.add_working(tx.now, row["left_over"]))
        if incident.status.pauses_sla:
            await store.runs.hold_run(tx, row["id"], row["left_over"])


async def follow_pause(tx: Tx, event: Event) -> None:
    """The status changed: runs wait in one that pauses the SLA, and go on in any other."""
    if event.incident_id is None or not await active(tx):
        return
    incident = await _see(tx, event.incident_id)
    if incident is not None:
        await (hold_all if incident.status.pauses_sla else _release_all)(tx, incident.id)


async def follow_deletion(tx: Tx, event: Event) -> None:
    """The incident was deleted: its runs rest. It was restored: they go on, the time between counts."""
    if event.incident_id is None or not await active(tx):
        return
    incident = await _see(tx, event.incident_id)
    if incident is None:
        await hold_all(tx, event.incident_id)
    elif not incident.status.pauses_sla:
        await _release_all(tx, incident.id, counted=True)


async def hold_all(tx: Tx, incident_id: UUID) -> None:
    """Let the runs of an incident wait; what is left of their time is kept."""
    for row in await store.runs.running(tx, incident_id):
        if row["paused_at"] is None:
            await store.runs.hold_run(tx, row["id"], await _left(tx, row))


async def _release_all(tx: Tx, incident_id: UUID, *, counted: bool = False) -> None:
    """Let the runs of an incident go on; with `counted` as if the time since hadn't been waited."""
    for row in await store.runs.running(tx, incident_id):
        if row["paused_at"] is not None:
            since = row["paused_at"] if counted else tx.now
            hours = await hours_of(tx, snapshot_from(row))
            await store.runs.release_run(tx, row["id"], hours.add_working(since, row["remaining"]))


async def _see(tx: Tx, incident_id: UUID) -> Incident | None:
    try:
        return await incidents.see(tx, system_actor(tx.tenant_id), incident_id)
    except NotFound:
        return None
