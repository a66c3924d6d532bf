"""Escalating by hand, and reading how an incident was escalated."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused, invalid
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue, Priority
from tocsin.db.tx import Tx
from tocsin.escalation import store
from tocsin.escalation.model import Escalation, named
from tocsin.incidents import service as incidents
from tocsin.incidents.events import IncidentEscalated
from tocsin.incidents.model import Incident, PriorityRef

REASON_LIMIT = 2000


async def escalate_manually(
    tx: Tx,
    actor: Actor,
    ref: str | UUID,
    *,
    priority: str | None = None,
    user: str | None = None,
    team: str | None = None,
    reason: str,
) -> UUID:
    """Raise an incident's priority and/or hand it to a person or team, with a reason; the incident's id.

    Raises `Invalid` for a missing reason, an unknown reference or nothing asked for, `Refused` for a less urgent
    priority, for what is so already, and for an incident that isn't open.
    """
    actor.must(permissions.ESCALATE)
    incident = await incidents.lock(tx, actor, ref)
    reason = reason.strip()
    if not 1 <= len(reason) <= REASON_LIMIT:
        raise invalid("reason", "Give a reason of 1 to {limit} characters.", limit=REASON_LIMIT)
    if priority is None and user is None and team is None:
        raise invalid("priority", "Name a more urgent priority, a user or a team.")
    target = (await classification.catalogue(tx)).priority(priority) if priority is not None else None
    to_user = (await access.find_user(tx, user, "user", actor)).id if user is not None else None
    to_team = (await access.find_team(tx, team, "team")).id if team is not None else None
    _check(incident, target, to_user, to_team)
    await incidents.apply_escalation(
        tx, actor, incident, priority=target, user_id=to_user, team_id=to_team, note=reason
    )
    await record(tx, actor, incident, priority=target, user_id=to_user, team_id=to_team, reason=reason)
    return incident.id


def _check(incident: Incident, priority: Priority | None, user_id: UUID | None, team_id: UUID | None) -> None:
    if not incident.is_open:
        raise Refused("{code} is {status}; reopen it first.", code=incident.reference_code, status=incident.status.name)
    if priority is not None and priority.level > incident.priority.level:
        raise Refused(
            "{wanted} is less urgent than {present}; an escalation only raises.",
            wanted=priority.name,
            present=incident.priority.name,
        )
    new_priority = priority is not None and priority.id != incident.priority.id
    new_user = user_id is not None and user_id != incident.assigned_to_id
    new_team = team_id is not None and team_id != incident.team_id
    if not (new_priority or new_user or new_team):
        raise Refused("The incident has this priority, owner or team already.")


async def record(
    tx: Tx,
    actor: Actor,
    before: Incident,
    *,
    priority: Priority | None,
    user_id: UUID | None,
    team_id: UUID | None,
    reason: str,
    run: dict[str, Any] | None = None,
) -> UUID:
    """Write the escalation of an incident that was `before`, and say so. `run` are the columns of a policy's step."""
    step = run or {}
    values = {
        "incident_id": before.id,
        "from_priority_id": before.priority.id if priority is not None else None,
        "to_priority_id": priority.id if priority is not None else None,
        "from_user_id": before.assigned_to_id if user_id is not None else None,
        "to_user_id": user_id,
        "from_team_id": before.team_id if team_id is not None else None,
        "to_team_id": team_id,
        "escalated_by_id": actor.id,
        "reason": reason,
        **step,
    }
    escalation_id = await store.record.insert_escalation(tx, values)
    facts = {
        "escalation": escalation_id,
        "from": before.priority.slug if priority is not None else None,
        "to": priority.slug if priority is not None else None,
        **{
            name.removesuffix("_id"): values[name]
            for name in ("from_user_id", "to_user_id", "from_team_id", "to_team_id")
        },
        "step": step.get("step"),
        "round": step.get("round"),
        "policy": step.get("policy_id"),
        "run": step.get("run_id"),
    }
    tx.emit(IncidentEscalated(actor=actor, incident_id=before.id, facts=facts, texts={"reason": reason}))
    return escalation_id


async def escalations(tx: Tx, actor: Actor, ref: str, *, limit: int, cursor: str | None) -> Page[Escalation]:
    """How an incident was escalated, oldest first. Raises `NotFound`, `Invalid`."""
    actor.must(permissions.VIEW)
    incident = await incidents.see(tx, actor, ref)
    limit, question = check_limit(limit), ["escalations", str(incident.id)]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[datetime, UUID])
    rows = await store.record.escalations(tx, incident.id, after, limit + 1)
    catalogue = await classification.catalogue(tx)
    items = [_view(row, catalogue) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items, encode_cursor(question, [items[-1].escalated_at, items[-1].id]) if more else None)


def _view(row: Any, catalogue: Catalogue) -> Escalation:
    return Escalation(
        id=row["id"],
        from_priority=_priority(catalogue, row["from_priority_id"]),
        to_priority=_priority(catalogue, row["to_priority_id"]),
        from_user=named(row["from_user_id"], row["from_user_name"]),
        to_user=named(row["to_user_id"], row["to_user_name"]),
        from_team=named(row["from_team_id"], row["from_team_name"]),
        to_team=named(row["to_team_id"], row["to_team_name"]),
        escalated_by=named(row["escalated_by_id"], row["escalated_by_name"]),
        reason=row["reason"],
        policy=named(row["policy_id"], row["policy_name"]),
        run=row["run_id"],
        step=row["step"],
        round=row["round"],
        outcome=row["outcome"],
        escalated_at=row["escalated_at"],
    )


def _priority(catalogue: Catalogue, priority_id: UUID | None) -> PriorityRef | None:
    if priority_id is None:
        return None
    found = catalogue.priorities[priority_id]
    return PriorityRef(found.id, found.slug, found.name, found.level)
