"""Whom an action of a step means, as things stand."""

from __future__ import annotations

from uuid import UUID

from tocsin.access import service as access
from tocsin.base.errors import Invalid
from tocsin.db.tx import Tx
from tocsin.escalation.rules import Action
from tocsin.oncall import service as oncall


async def people(tx: Tx, action: Action, owner_id: UUID | None) -> list[UUID]:
    """The people an action names; `owner_id` is the incident's owner."""
    if action.kind == "role":
        return await access.users_with_role(tx, action.ref)
    if action.kind == "team" and action.target is not None:
        return await access.team_members(tx, [action.target])
    if action.kind == "manager_of":
        return await access.managers_of(tx, owner_id) if owner_id is not None else []
    if action.kind == "schedule" and action.target is not None:
        return await oncall.on_call_at(tx, action.target, tx.now)
    if action.target is not None:
        return [action.target]
    return [owner_id] if owner_id is not None else []


def nobody(action: Action) -> str:
    """Why an action names nobody, in words."""
    if action.kind == "role":
        return f"nobody holds the role {action.ref}"
    if action.kind == "manager_of":
        return "the incident's owner reports to nobody"
    if action.kind == "schedule":
        return "nobody is on call"
    return "the team has no active member" if action.kind == "team" else "nobody owns the incident"


async def assignable(tx: Tx, action: Action, owner_id: UUID | None) -> UUID | None:
    """The one person an action names and who can own work; None for nobody."""
    for person in await people(tx, action, owner_id):
        if await access.is_assignable(tx, person):
            return person
    return None


async def team(tx: Tx, action: Action) -> UUID | None:
    """The active team an action names."""
    try:
        return (await access.find_team(tx, str(action.target), "team")).id
    except Invalid:
        return None


def nobody_to_take_over(action: Action) -> str:
    """Why nobody takes over, in words."""
    if action.kind == "manager_of":
        return "the owner reports to nobody"
    if action.kind == "schedule":
        return "nobody is on call"
    return f"the {action.kind} is not active any more"
