"""Runs: armed, stopped and paused inside the transaction whose event does it, climbed by the sweep, listed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.activity.model import Event
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import Forbidden, NotFound, invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.escalation import rules, store
from tocsin.escalation.model import IncidentName, NextStep, Run, RunState, snapshot_from
from tocsin.escalation.service.policies import active
from tocsin.escalation.service.steps import perform, situation_of
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident


async def arm(tx: Tx, event: Event) -> None:
    """An event after which a trigger's state may have begun: arm the policies that wait for it. Imports arm none."""
    triggers = rules.ARMED_BY[event.type]
    waiting = [policy for policy in await active(tx) if policy.ladder.on in triggers]
    if not waiting or event.incident_id is None or event.actor.source == "import" or _is_beside_the_point(event):
        return
    incident = await _see(tx, event.incident_id)
    if incident is None or not incident.is_open:
        return
    situation = situation_of(incident)
    done = await store.climbed(tx, incident.id) if event.type == "IncidentRestored" else set()
    for policy in waiting:
        if policy.id not in done and rules.holds(policy.ladder.on, situation):
            who = [(incident.id, situation.is_paused)]
            await store.arm(tx, policy.id, policy.version, policy.ladder, who, event.at or tx.now)


def _is_beside_the_point(event: Event) -> bool:
    """A collaborator was taken off, or recalled work has an owner: the incident's owner is who it was."""
    if event.type == "IncidentUnassigned":
        return event.facts.get("as") != "owner"
    return event.type == "IncidentRecalled" and event.facts.get("to") is not None


async def stop(tx: Tx, event: Event) -> None:
    """An event that may end runs."""
    if event.incident_id is None or not await active(tx):
        return
    if event.type == "IncidentAssigned" and event.facts.get("as") != "owner":
        return
    fact = rules.STOPPED_BY[event.type]
    for row in await store.running(tx, event.incident_id):
        if rules.ends(snapshot_from(row), fact, started=row["started_at"] is not None):
            await store.end_run(tx, row["id"], "stopped", fact)


async def follow_pause(tx: Tx, event: Event) -> None:
    """The status changed: runs wait in one that pauses the SLA, and go on in any other."""
    if event.incident_id is None or not await active(tx):
        return
    incident = await _see(tx, event.incident_id)
    if incident is not None:
        pauses = incident.status.pauses_sla
        await (store.pause_runs if pauses else store.resume_runs)(tx, incident.id)


async def follow_deletion(tx: Tx, event: Event) -> None:
    """The incident was deleted: its runs rest. It was restored: they go on, the time between counts."""
    if event.incident_id is None or not await active(tx):
        return
    incident = await _see(tx, event.incident_id)
    if incident is None:
        await store.pause_runs(tx, event.incident_id)
    elif not incident.status.pauses_sla:
        await store.resume_runs(tx, incident.id, counted=True)


async def _see(tx: Tx, incident_id: UUID) -> Incident | None:
    try:
        return await incidents.see(tx, system_actor(tx.tenant_id), incident_id)
    except NotFound:
        return None


async def climb(tx: Tx, run_id: UUID) -> None:
    """What the sweep does with a due run: check again, then exactly one step (or the start, or the end)."""
    incident_id = await store.incident_of(tx, run_id)
    if incident_id is None:
        return
    incident = await incidents.lock_id(tx, incident_id)
    run = await store.lock_due(tx, run_id)
    if run is None:
        return
    if incident is None:
        await store.pause_runs(tx, incident_id)
        return
    ladder, started = snapshot_from(run), run["started_at"] is not None
    verdict = rules.judge(ladder, situation_of(incident), triggered_at=run["triggered_at"], started=started)
    if verdict.kind == "end":
        await store.end_run(tx, run_id, "stopped", verdict.because)
    elif verdict.kind == "wait":
        await store.pause_runs(tx, incident.id)
    elif not started and ladder.steps[0].after > timedelta():
        at = rules.planned_after(run["next_step_at"], tx.now, ladder.steps[0].after)
        await store.move_run(tx, run_id, started_at=tx.now, step=0, round_=0, at=at)
    else:
        await _take_step(tx, incident, run, ladder)


async def _take_step(tx: Tx, incident: Incident, run: Any, ladder: rules.Ladder) -> None:
    """Set the next step first, so that an end caused by this one (it assigns, say) has the last word."""
    started_at = run["started_at"] or tx.now
    place = rules.following(ladder, run["step"], run["round"])
    if place is None:
        await store.end_run(tx, run["id"], "finished", "done", started_at)
    else:
        at = rules.planned_after(run["next_step_at"], tx.now, rules.wait_for(ladder, place[0]))
        await store.move_run(tx, run["id"], started_at=started_at, step=place[0], round_=place[1], at=at)
    await perform(tx, incident, run, ladder)


async def runs(
    tx: Tx,
    actor: Actor,
    *,
    incident: str | None,
    policy: str | None,
    state: str | None,
    limit: int,
    cursor: str | None,
) -> Page[Run]:
    """Runs, newest first. `incident` is an id or reference code. Raises `Invalid`."""
    if not (actor.can(permissions.ESCALATION_MANAGE) or actor.can(permissions.VIEW)):
        raise Forbidden(
            "This needs the permission {one} or {other}.", one=permissions.ESCALATION_MANAGE, other=permissions.VIEW
        )
    if state is not None and state not in get_args(RunState):
        raise invalid("state", "Use one of {names}.", names=", ".join(get_args(RunState)))
    policy_id = parse_id(policy) if policy is not None else None
    if policy is not None and policy_id is None:
        raise invalid("policy", "Give the id of a policy.")
    limit, question = check_limit(limit), ["runs", incident, policy, state]
    before = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    wanted = (parse_id(incident) or incident) if incident is not None else None
    rows = await store.runs(tx, incident=wanted, policy_id=policy_id, state=state, before=before, limit=limit + 1)
    items = [_view(row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].created_at, items[-1].id]) if more else None)


def _view(row: Any) -> Run:
    same = (
        "id",
        "policy_version",
        "state",
        "ended_because",
        "triggered_at",
        "started_at",
        "paused_at",
        "created_at",
        "updated_at",
    )
    return Run(
        incident=IncidentName(row["incident_id"], row["reference_code"]),
        policy=Named(row["policy_id"], row["policy_name"]),
        next_step=_next_step(row) if row["state"] == "running" else None,
        **{name: row[name] for name in same},
    )


def _next_step(row: Any) -> NextStep:
    step = snapshot_from(row).steps[row["step"]]
    at = row["next_step_at"]
    if at is not None and row["started_at"] is None:
        at += step.after
    return NextStep(row["step"] + 1, row["round"] + 1, at, [action.do for action in step.actions])
