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
from tocsin.escalation import rules, store
from tocsin.escalation.model import about_from
from tocsin.escalation.rules import Action, Ladder
from tocsin.escalation.service.manual import record
from tocsin.incidents import service as incidents
from tocsin.incidents.model import Incident
from tocsin.notifications import service as notifications


@dataclass(slots=True)
class _Plan:
    """What a step changes on the record, gathered from its actions."""

    priority: Priority
    raises: bool = False
    user_id: UUID | None = None
    team_id: UUID | None = None
    outcome: list[dict[str, Any]] = field(default_factory=list)


async def perform(tx: Tx, incident: Incident, run: Any, ladder: Ladder) -> bool | None:
    """Do the step a run stands at (row `run`) on a locked incident, in Tocsin's own name.

    Whether its notices reached anybody; None for a step that has none. The last resort is told when a round ends and
    nobody was reached in it.
    """
    actor, step, round_ = system_actor(tx.tenant_id), run["step"], run["round"]
    reason = rules.reason(ladder, about_from(run), step, round_)
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
    told = None
    for action in actions:
        if action.do == "notify":
            outcome = await _notify(tx, fresh, action, reason, occasion)
            plan.outcome.append(outcome)
            told = outcome["result"] == "notified" or bool(told)
    if not (told or run["reached"]) and rules.is_last_of_round(ladder, step):
        plan.outcome += await _tell_last_resort(tx, fresh, reason, occasion)
    if told is False and not rules.is_last_of_round(ladder, step):
        plan.outcome.append({"do": "move_on", "result": "at once", "why": "nobody was reached"})
    columns = {
        "run_id": run["id"],
        "policy_id": run["policy_id"],
        "step": step + 1,
        "round": round_ + 1,
        "outcome": plan.outcome,
    }
    raised = plan.priority if plan.raises else None
    await record(
        tx, actor, incident, priority=raised, user_id=plan.user_id, team_id=plan.team_id, reason=reason, run=columns
    )
    return told


async def _tell_last_resort(tx: Tx, incident: Incident, reason: str, occasion: str) -> list[dict[str, Any]]:
    last = await store.last_resort(tx)
    if last is None:
        return []
    action = Action("notify", kind="user", ref=str(last), target=last)
    said = f"{reason}; nobody else was reached"
    return [{**await _notify(tx, incident, action, said, occasion), "to": {"last_resort": str(last)}}]


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
        return
    if action.kind in ("user", "manager_of"):
        target = await _person(tx, incident, action)
    if action.kind != "team" and target is not None:
        plan.user_id = target
        result = "already" if incident.assigned_to_id == target else "reassigned"
        plan.outcome.append({**done, "result": result})
    else:
        plan.outcome.append({**done, "result": "skipped", "why": _NOBODY_TO[action.kind or ""]})


_NOBODY_TO = {
    "user": "the user is not active any more",
    "team": "the team is not active any more",
    "manager_of": "the owner reports to nobody",
}


async def _person(tx: Tx, incident: Incident, action: Action) -> UUID | None:
    """The one person that an action names and who can own work; None for nobody."""
    if action.kind == "user":
        return action.target if action.target is not None and await access.is_assignable(tx, action.target) else None
    managers = await access.managers_of(tx, incident.assigned_to_id) if incident.assigned_to_id is not None else []
    return managers[0] if managers else None


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
    if action.kind == "manager_of":
        return await access.managers_of(tx, incident.assigned_to_id) if incident.assigned_to_id is not None else []
    if action.target is not None:
        return [action.target]
    return [incident.assigned_to_id] if incident.assigned_to_id is not None else []


def _nobody(action: Action) -> str:
    if action.kind == "role":
        return f"nobody holds the role {action.ref}"
    if action.kind == "manager_of":
        return "the incident's owner reports to nobody"
    return "the team has no active member" if action.kind == "team" else "nobody owns the incident"
