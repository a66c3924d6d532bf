"""Judging what a client wrote as a policy: every field, every reference, before anything is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import service as access
from tocsin.base.actor import system_actor
from tocsin.base.durations import parse_duration
from tocsin.base.errors import N_, BadValue, invalid
from tocsin.db.tx import Tx
from tocsin.escalation import rules, store
from tocsin.escalation.model import Action, Hours, OnManual, Step, Stop, Target, Trigger
from tocsin.incidents import service as incidents
from tocsin.oncall import service as oncall


class Draft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy as a client writes it; what is left out stays (or takes its default in a new one)."""

    name: Annotated[str, Meta(max_length=200)] | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    conditions: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    trigger: Trigger | UnsetType = UNSET
    steps: Annotated[list[Step], Meta(max_length=50)] | UnsetType = UNSET
    repeat: Annotated[int, Meta(ge=0, le=100)] | UnsetType = UNSET
    stop_on: Annotated[list[Stop], Meta(max_length=10)] | UnsetType = UNSET
    hours: Hours | UnsetType = UNSET
    on_manual: OnManual | UnsetType = UNSET


async def check_conditions(tx: Tx, text: str) -> str:
    """Conditions in the query language, trimmed. Raises `WrongQuery` naming the position. Tocsin asks: nobody is `me`."""
    await incidents.check_query(tx, system_actor(tx.tenant_id), text, "conditions")
    return text.strip()


def check_trigger(trigger: Trigger) -> dict[str, Any]:
    """A trigger as it is stored. Raises `Invalid`."""
    after = _duration(trigger.after, "trigger.after")
    if trigger.clock is not UNSET and trigger.on not in rules.WITH_CLOCK:
        raise invalid("trigger.clock", "Only {names} may be narrowed to a clock.", names=" and ".join(rules.WITH_CLOCK))
    if trigger.times is not UNSET and trigger.on != "reopened":
        raise invalid("trigger.times", "Only reopened is counted.")
    if trigger.on == "no_update" and not after:
        raise invalid("trigger.after", "Say how long nothing may have been done.")
    found: dict[str, Any] = msgspec.to_builtins(trigger)
    return found


async def check_steps(tx: Tx, steps: list[Step]) -> list[dict[str, Any]]:
    """Steps as they are stored, with the ids of the people and teams they name. Raises `Invalid`."""
    if not any(step.actions for step in steps):
        raise invalid("steps", "Give at least one step with an action; a policy that does nothing is refused.")
    found = []
    for number, step in enumerate(steps):
        path = f"steps[{number}]"
        _duration(step.after, f"{path}.after")
        if not step.actions:
            raise invalid(f"{path}.actions", "Give the step at least one action.")
        actions = [await _action(tx, action, f"{path}.actions[{n}]") for n, action in enumerate(step.actions)]
        found.append({"after": step.after, "actions": actions})
    return found


def check_whole(ladder: rules.Ladder) -> None:
    """Raises `Invalid` for a ladder whose rounds would all come at once, or that would start itself."""
    if rules.feeds_itself(ladder):
        raise invalid("steps", "A ladder that a raised priority starts can't raise it: it would start itself again.")
    if rules.repeats_without_pause(ladder):
        raise invalid("repeat", "Its rounds would all come at once; give the trigger or a step a time to wait.")


def _duration(text: str, field: str) -> timedelta:
    try:
        return parse_duration(text)
    except BadValue as error:
        raise invalid(field, error.template, **error.values) from None


async def _action(tx: Tx, action: Action, path: str) -> dict[str, Any]:
    if action.channel is not None and action.do != "notify":
        raise invalid(f"{path}.channel", "Only notify has a channel.")
    if action.do in ("raise_priority", "declare_major"):
        if action.to is not None:
            raise invalid(f"{path}.to", "{act} takes no `to`.", act=action.do)
        return {"do": action.do}
    if action.to is None:
        raise invalid(f"{path}.to", "Say whom to {act}.", act=action.do)
    target = await _target(tx, action.do, action.to, f"{path}.to")
    more = {"channel": action.channel} if action.channel is not None else {}
    return {"do": action.do, "to": msgspec.to_builtins(action.to), "target": target, **more}


async def _target(tx: Tx, do: str, to: Target, path: str) -> str | None:
    """The id of the person or team that `to` names; None for a role and for the incident's own people."""
    few = do == "reassign"
    if len(to.named()) != 1:
        raise invalid(
            path,
            N_("Name one of user, team, schedule or manager_of.")
            if few
            else N_("Name one of role, user, team, schedule or manager_of."),
        )
    kind, ref = to.named()[0]
    if kind == "schedule":
        return str((await oncall.find_named(tx, ref, f"{path}.schedule")).id)
    if kind == "role":
        if do == "reassign":
            raise invalid(f"{path}.role", "An incident is reassigned to a user or a team.")
        if not await store.policies.role_exists(tx, ref):
            raise invalid(f"{path}.role", "There is no role by this slug.")
        return None
    if kind == "team":
        return str((await access.find_team(tx, ref, f"{path}.team")).id)
    if kind == "manager_of" or (ref == "owner" and do == "notify"):
        return None
    return str((await access.find_user(tx, ref, f"{path}.user")).id)


async def find_role(tx: Tx, slug: str, field: str) -> str:
    """The slug of a role of the tenant. Raises `Invalid` naming `field`."""
    if not await store.policies.role_exists(tx, slug):
        raise invalid(field, "There is no role by this slug.")
    return slug
