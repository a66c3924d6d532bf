"""Doing one step of a ladder: raise, hand over, tell people, and write down what came of each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from tocsin.base.actor import system_actor
from tocsin.base.errors import Refused
from tocsin.classification import service as classification
from tocsin.classification.model import Priority
from tocsin.collaboration.service import major
from tocsin.db.tx import Tx
from tocsin.escalation import rules, store
from tocsin.escalation.model import about_from
from tocsin.escalation.rules import Action, Ladder
from tocsin.escalation.service import whom
from tocsin.escalation.service.alerts import Occasion, Told, alert
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

    Whether its notices reached anybody; None for a step that has none. The last resort is told when a round of a ladder
    with notices ends and nobody was reached in it.
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
        elif action.do == "declare_major":
            plan.outcome.append(await _declare(tx, incident, reason))
    await incidents.apply_escalation(
        tx, actor, incident, priority=plan.priority, user_id=plan.user_id, team_id=plan.team_id, note=reason
    )
    fresh = await incidents.see(tx, actor, incident.id)
    # The key is that of the escalation's event: who is told here isn't told of the event again.
    occasion = Occasion(key=f"escalation:{run['id']}:{round_ + 1}:{step + 1}", reason=reason, run_id=run["id"])
    told = None
    for action in actions:
        if action.do == "notify":
            outcome = await _notify(tx, fresh, action, occasion)
            plan.outcome.append(outcome)
            told = outcome["result"] == "notified" or bool(told)
    if rules.tells(ladder) and not (told or run["reached"]) and rules.is_last_of_round(ladder, step):
        plan.outcome += await _tell_last_resort(tx, fresh, occasion)
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


async def _tell_last_resort(tx: Tx, incident: Incident, occasion: Occasion) -> list[dict[str, Any]]:
    last = await store.settings.last_resort(tx)
    if last is None:
        return []
    action = Action("notify", kind="user", ref=str(last), target=last)
    said = replace(occasion, reason=f"{occasion.reason}; nobody else was reached")
    return [{**await _notify(tx, incident, action, said), "to": {"last_resort": str(last)}}]


async def _raise(tx: Tx, plan: _Plan) -> None:
    """At the top the ladder goes on: the escalation records from = to."""
    higher = (await classification.catalogue(tx)).raised(plan.priority)
    plan.raises = True
    result = "raised" if higher is not None else "at the top"
    plan.priority = higher or plan.priority
    plan.outcome.append({"do": "raise_priority", "result": result, "priority": plan.priority.slug})


async def _declare(tx: Tx, incident: Incident, reason: str) -> dict[str, Any]:
    """A major incident, in Tocsin's own name; nobody leads it until somebody takes the role."""
    try:
        await major.declare(tx, system_actor(tx.tenant_id), incident.id, major.Declaration(reason=reason))
    except Refused:
        return {"do": "declare_major", "result": "already"}
    return {"do": "declare_major", "result": "declared"}


async def _reassign(tx: Tx, incident: Incident, action: Action, plan: _Plan) -> None:
    done = {"do": "reassign", "to": {action.kind: action.ref}}
    if action.kind == "team" and (team := await whom.team(tx, action)) is not None:
        plan.team_id = team
        plan.outcome.append({**done, "result": "already" if incident.team_id == team else "reassigned"})
        return
    person = await whom.assignable(tx, action, incident.assigned_to_id) if action.kind != "team" else None
    if person is not None:
        plan.user_id = person
        result = "already" if incident.assigned_to_id == person else "reassigned"
        plan.outcome.append({**done, "result": result, "user": str(person)})
    else:
        plan.outcome.append({**done, "result": "skipped", "why": whom.nobody_to_take_over(action)})


async def _notify(tx: Tx, incident: Incident, action: Action, occasion: Occasion) -> dict[str, Any]:
    channel = action.channel or None
    done: dict[str, Any] = {
        "do": "notify",
        "to": {action.kind: action.ref},
        **({"channel": channel} if channel else {}),
    }
    if notifications.MODULE in tx.memo.get("disabled_modules", ()):
        return {**done, "result": "skipped", "why": "notifications are switched off"}
    meant = await whom.people(tx, action, incident.assigned_to_id)
    if not meant:
        return {**done, "result": "skipped", "why": whom.nobody(action)}
    if channel == "slack":
        told = await _tell_slack(tx, incident, meant, occasion)
    else:
        told = await alert(tx, incident, meant, occasion, channel=channel)
    if not told.users:
        why = f"nobody can be reached by {channel}" if channel else "nobody can be reached"
        return {**done, "result": "skipped", "why": why, "unreachable": told.unreachable}
    count = {"told": len(told.users), "unreachable": told.unreachable}
    return {**done, "result": "notified", **count, "users": [str(user) for user in told.users]}


async def _tell_slack(tx: Tx, incident: Incident, meant: list[UUID], occasion: Occasion) -> Told:
    """Slack is one channel for all."""
    await notifications.notify(
        tx,
        kind="IncidentEscalated",
        incident_id=incident.id,
        recipients=await notifications.people(tx, meant, "slack"),
        subject=f"[{incident.reference_code}] Escalated: {incident.title}",
        body=f"{await incidents.describe(tx, incident)}\nReason: {occasion.reason}\n",
        dedupe=occasion.key,
        channel="slack",
    )
    return Told(meant)
