"""Doing one step of a ladder: raise, hand over, tell people, and write down what came of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from tocsin.access import service as access
from tocsin.base.actor import system_actor
from tocsin.base.errors import Invalid
from tocsin.classification import service as classification
from tocsin.classification.model import Priority
from tocsin.db.tx import Tx
from tocsin.escalation import rules
from tocsin.escalation.rules import Action, Ladder, Situation
from tocsin.escalation.service.manual import record
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.notifications import service as notifications


def situation_of(incident: Incident) -> Situation:
    """What ladders care for of an incident."""
    priority, category = incident.priority, incident.category
    words = {
        "priority": frozenset((priority.slug, str(priority.id))),
        "category": frozenset((category.slug, str(category.id))) if category else frozenset(("none",)),
        "source": frozenset((incident.source,)),
    }
    return Situation(
        words=words,
        is_open=incident.is_open,
        is_paused=incident.status.pauses_sla,
        is_owned=incident.assigned_to_id is not None,
        is_breached=incident.is_breached,
        acknowledged_at=incident.acknowledged_at,
    )


@dataclass(slots=True)
class _Plan:
    """What a step changes on the record, gathered from its actions."""

    priority: Priority
    raises: bool = False
    user_id: UUID | None = None
    team_id: UUID | None = None
    outcome: list[dict[str, Any]] = field(default_factory=list)


async def perform(tx: Tx, incident: Incident, run: Any, ladder: Ladder) -> None:
    """Do the step a run stands at (row `run`) on a locked incident, in Tocsin's own name."""
    actor, step, round_ = system_actor(tx.tenant_id), run["step"], run["round"]
    reason = rules.reason(ladder, step, round_)
    actions = ladder.steps[step].actions
    plan = _Plan(incident.priority)
    for action in actions:
        if action.do == "raise_priority":
            await _raise(tx, plan)
        elif action.do == "reassign":
            await _reassign(tx, incident, action, plan)
    await incidents.apply_escalation(
        tx, actor, incident, priority=plan.priority, user_id=plan.user_id, team_id=plan.team_id, note=reason
    )
    fresh = await incidents.see(tx, actor, incident.id)
    occasion = f"escalation:{run['id']}:{round_ + 1}:{step + 1}"  # as the escalation's event names it
    for action in actions:
        if action.do == "notify":
            plan.outcome.append(await _notify(tx, fresh, action, reason, occasion))
    raised = plan.priority if plan.raises else None
    columns = {
        "run_id": run["id"],
        "policy_id": run["policy_id"],
        "step": step + 1,
        "round": round_ + 1,
        "outcome": plan.outcome,
    }
    await record(
        tx, actor, incident, priority=raised, user_id=plan.user_id, team_id=plan.team_id, reason=reason, run=columns
    )


async def _raise(tx: Tx, plan: _Plan) -> None:
    """At the top the ladder goes on: the escalation records from = to."""
    higher = (await classification.catalogue(tx)).raised(plan.priority)
    plan.raises = True
    result = "raised" if higher is not None else "at the top"
    plan.priority = higher or plan.priority
    plan.outcome.append({"do": "raise_priority", "result": result, "priority": plan.priority.slug})


async def _reassign(tx: Tx, incident: Incident, action: Action, plan: _Plan) -> None:
    done = {"do": "reassign", "to": {action.kind: action.ref}}
    target = action.target
    if action.kind == "team" and target is not None and await _is_active_team(tx, target):
        plan.team_id = target
        result = "already" if incident.team_id == target else "reassigned"
        plan.outcome.append({**done, "result": result})
    elif action.kind == "user" and target is not None and await access.is_assignable(tx, target):
        plan.user_id = target
        result = "already" if incident.assigned_to_id == target else "reassigned"
        plan.outcome.append({**done, "result": result})
    else:
        plan.outcome.append({**done, "result": "skipped", "why": f"the {action.kind} is not active any more"})


async def _is_active_team(tx: Tx, team_id: UUID) -> bool:
    try:
        await access.find_team(tx, str(team_id), "team")
    except Invalid:
        return False
    return True


_CHANNELS: dict[str, Literal["email", "sms", "slack"]] = {"email": "email", "sms": "sms", "slack": "slack"}


async def _notify(tx: Tx, incident: Incident, action: Action, reason: str, dedupe: str) -> dict[str, Any]:
    channel = _CHANNELS[action.channel]
    done: dict[str, Any] = {"do": "notify", "to": {action.kind: action.ref}, "channel": channel}
    if notifications.MODULE in tx.memo.get("disabled_modules", ()):
        return {**done, "result": "skipped", "why": "notifications are switched off"}
    meant = await _people(tx, incident, action)
    if not meant:
        return {**done, "result": "skipped", "why": _nobody(action)}
    reached = await notifications.people(tx, meant, channel)
    if not reached:
        return {**done, "result": "skipped", "why": f"nobody can be reached by {channel}", "unreachable": len(meant)}
    await notifications.notify(
        tx,
        kind="IncidentEscalated",
        incident_id=incident.id,
        recipients=reached,
        subject=f"[{incident.reference_code}] Escalated: {incident.title}",
        body=f"{await incidents.describe(tx, incident)}\nReason: {reason}\n",
        dedupe=dedupe,
        channel=channel,
    )
    return {**done, "result": "notified", "told": len(reached), "unreachable": len(meant) - len(reached)}


async def _people(tx: Tx, incident: Incident, action: Action) -> list[UUID]:
    if action.kind == "role":
        return await access.users_with_role(tx, action.ref)
    if action.kind == "team" and action.target is not None:
        return await access.team_members(tx, [action.target])
    if action.target is not None:
        return [action.target]
    return [incident.assigned_to_id] if incident.assigned_to_id is not None else []


def _nobody(action: Action) -> str:
    if action.kind == "role":
        return f"nobody holds the role {action.ref}"
    return "the team has no active member" if action.kind == "team" else "nobody owns the incident"
