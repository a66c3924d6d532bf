"""Runs: climbed by the sweep, hurried and ended by hand, listed. `reactions` says what events do to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, get_args
from uuid import UUID

import structlog

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused, WrongQuery, invalid
from tocsin.base.ids import parse_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.escalation import rules, store
from tocsin.escalation.events import EscalationRunEnded, EscalationRunHurried
from tocsin.escalation.model import NextStep, Run, RunState, about_from, snapshot_from
from tocsin.escalation.service.hours import hours_of
from tocsin.escalation.service.reactions import hold_all
from tocsin.escalation.service.situation import situation_of
from tocsin.escalation.service.steps import perform
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident, IncidentName

log = structlog.get_logger()


async def climb(tx: Tx, run_id: UUID) -> None:
    """What the sweep does with a due run: check again, then exactly one step (or the start, or the end)."""
    incident_id = await store.runs.incident_of(tx, run_id)
    if incident_id is None:
        return
    incident = await incidents.lock_id(tx, incident_id)
    run = await store.runs.lock_due(tx, run_id)
    if run is None:
        return
    if incident is None:
        await hold_all(tx, incident_id)
        return
    ladder, about, started = snapshot_from(run), about_from(run), run["started_at"] is not None
    situation = await situation_of(tx, incident, [ladder])
    fits = started or await _fits(tx, incident, ladder)
    verdict = rules.judge(ladder, situation, about, triggered_at=run["triggered_at"], started=started, fits=fits)
    if verdict.kind == "end":
        await store.runs.end_run(tx, run_id, "stopped", verdict.because)
        await store.alerts.stop_alerts_of_run(tx, run_id, verdict.because)
    elif verdict.kind == "wait":
        await hold_all(tx, incident.id)
    elif not started and ladder.steps[0].after > timedelta():
        planned, wait = run["next_step_at"], ladder.steps[0].after
        await store.runs.start_run(tx, run_id, rules.planned_after(planned, tx.now, wait, await hours_of(tx, ladder)))
    else:
        await _take_step(tx, incident, run, ladder)


async def _fits(tx: Tx, incident: Incident, ladder: rules.Ladder) -> bool:
    """Whether an incident fits a ladder's conditions. What they name may be gone by now: then nothing fits them."""
    try:
        return bool(await incidents.fitting(tx, incident.id, {0: ladder.conditions}))
    except WrongQuery as error:
        log.warning("conditions of a policy are wrong by now", policy=ladder.name, why=str(error))
        return False


async def _take_step(tx: Tx, incident: Incident, run: Any, ladder: rules.Ladder) -> None:
    """Do the step and set the next one. What the step itself brings about (it assigns, say) ends the run at the commit."""
    started_at = run["started_at"] or tx.now
    told = await perform(tx, incident, run, ladder)
    to = rules.coming(
        ladder,
        run["step"],
        run["round"],
        planned=run["next_step_at"],
        done=tx.now,
        hours=await hours_of(tx, ladder),
        skipped=run["skipped"],
        idle=told is False,
    )
    if to is None:
        await store.runs.end_run(tx, run["id"], "finished", "done", started_at=started_at)
    else:
        reached = (run["reached"] or bool(told)) and to.round == run["round"]
        await store.runs.move_run(tx, run["id"], started_at, to, reached=reached)


async def hurry(tx: Tx, actor: Actor, ref: str, incident: str | None = None) -> UUID:
    """Bring a run's next step forward to now; the incident's id (`incident`: it must be this one's).

    Raises `NotFound`, `Refused` for one that isn't at work.
    """
    row = await _lock_run(tx, actor, ref, incident)
    if row["paused_at"] is not None:
        raise Refused("The run waits until the incident's pause ends.")
    if row["started_at"] is None:
        await store.runs.start_run(tx, row["id"], tx.now)
    else:
        to = rules.Coming(row["step"], row["round"], tx.now, row["skipped"])
        await store.runs.move_run(tx, row["id"], row["started_at"], to, reached=row["reached"])
    facts = {**_place(row), "from": row["next_step_at"]}
    tx.emit(EscalationRunHurried(actor=actor, incident_id=row["incident_id"], facts=facts))
    return row["incident_id"]  # type: ignore[no-any-return]


async def end_run(tx: Tx, actor: Actor, ref: str, incident: str | None = None) -> UUID:
    """End a run by hand; the incident's id. Raises `NotFound`, `Refused` for one that has ended."""
    row = await _lock_run(tx, actor, ref, incident)
    await store.runs.end_run(tx, row["id"], "stopped", "by_hand")
    await store.alerts.stop_alerts_of_run(tx, row["id"], "by_hand")
    tx.emit(EscalationRunEnded(actor=actor, incident_id=row["incident_id"], facts=_place(row)))
    return row["incident_id"]  # type: ignore[no-any-return]


async def _lock_run(tx: Tx, actor: Actor, ref: str, incident: str | None) -> Any:
    """A run at work, its incident locked before it. Raises `NotFound`, `Refused`."""
    actor.must(permissions.ESCALATE)
    run_id = parse_id(ref)
    incident_id = await store.runs.incident_of(tx, run_id) if run_id is not None else None
    if run_id is None or incident_id is None:
        raise NotFound
    if (await incidents.lock(tx, actor, incident or incident_id)).id != incident_id:
        raise NotFound
    row = await store.runs.get_run(tx, run_id)
    if row["state"] != "running":
        raise Refused("This run has ended.")
    return row


def _place(row: Any) -> dict[str, Any]:
    return {"run": row["id"], "policy": row["policy_id"], "step": row["step"] + 1, "round": row["round"] + 1}


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
    _must_see(actor)
    if state is not None and state not in get_args(RunState):
        raise invalid("state", "Use one of {names}.", names=", ".join(get_args(RunState)))
    policy_id = parse_id(policy) if policy is not None else None
    if policy is not None and policy_id is None:
        raise invalid("policy", "Give the id of a policy.")
    limit, question = check_limit(limit), ["runs", tx.tenant_id, incident, policy, state]
    before = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    wanted = (parse_id(incident) or incident) if incident is not None else None
    rows = await store.runs.runs(tx, incident=wanted, policy_id=policy_id, state=state, before=before, limit=limit + 1)
    items = [await _view(tx, row) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].created_at, items[-1].id]) if more else None)


async def get_run(tx: Tx, actor: Actor, ref: str) -> Run:
    """One run. Raises `NotFound`."""
    _must_see(actor)
    run_id = parse_id(ref)
    rows = await store.runs.runs(tx, run_id=run_id, limit=1) if run_id is not None else []
    if not rows:
        raise NotFound
    return await _view(tx, rows[0])


def _must_see(actor: Actor) -> None:
    if not (actor.can(permissions.ESCALATION_MANAGE) or actor.can(permissions.VIEW)):
        raise Forbidden(
            "This needs the permission {one} or {other}.", one=permissions.ESCALATION_MANAGE, other=permissions.VIEW
        )


async def _view(tx: Tx, row: Any) -> Run:
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
        next_step=await _next_step(tx, row) if row["state"] == "running" else None,
        stop_on=list(snapshot_from(row).stop_on),
        **{name: row[name] for name in same},
    )


async def _next_step(tx: Tx, row: Any) -> NextStep:
    ladder, at = snapshot_from(row), row["next_step_at"]
    step = ladder.steps[row["step"]]
    if at is not None and row["started_at"] is None:
        at = (await hours_of(tx, ladder)).add_working(at, step.after)
    return NextStep(row["step"] + 1, len(ladder.steps), row["round"] + 1, at, [action.do for action in step.actions])
