"""Policies: reading them (those at work are kept as long as the tenant's revision stands), and changing them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import UNSET

from tocsin.access import permissions, service as access
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, Refused, invalid
from tocsin.base.ids import new_id
from tocsin.base.paging import Page, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line
from tocsin.db.tx import Tx
from tocsin.escalation import events, rules, store
from tocsin.escalation.model import ActivePolicy, Policy, PolicyWarning, ladder_from, policy_from, roles_in
from tocsin.escalation.service import draft
from tocsin.escalation.service.arming import arm_open
from tocsin.escalation.service.find import existing
from tocsin.escalation.service.hours import business_hours
from tocsin.escalation.service.reach import look
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.service.kept import Kept

MOST_ACTIVE = 50
"""Policies a tenant may have at work: each writes a row for every new incident."""
_DEFAULTS = {"is_active": True, "conditions": "", "repeat": 0, "hours": "24x7", "on_manual": "outrun"}


async def _read_active(tx: Tx) -> list[ActivePolicy]:
    """The policies at work."""
    hours = await business_hours(tx)
    return [
        ActivePolicy(row["id"], row["version"], ladder_from(row, hours))
        for row in await store.policies.active_policies(tx)
    ]


_ACTIVE = Kept("escalation_policies", _read_active)
active = _ACTIVE.get


async def policies(tx: Tx, actor: Actor, *, is_active: bool | None, limit: int, cursor: str | None) -> Page[Policy]:
    """Policies by name. Raises `Invalid`."""
    actor.must(permissions.ESCALATION_MANAGE)
    limit, question = check_limit(limit), ["policies", tx.tenant_id, is_active]
    after = None if cursor is None else decode_cursor(cursor, question, tuple[str, UUID])
    rows = await store.policies.policies(tx, is_active=is_active, after=after, limit=limit + 1)
    items = await _shown(tx, rows[:limit])
    return Page(items, encode_cursor(question, [items[-1].name, items[-1].id]) if len(rows) > limit else None)


async def get_policy(tx: Tx, actor: Actor, ref: str) -> Policy:
    """One policy. Raises `NotFound`."""
    actor.must(permissions.ESCALATION_MANAGE)
    return (await _shown(tx, [await existing(tx, ref)]))[0]


async def add_policy(tx: Tx, actor: Actor, given: draft.Draft) -> Policy:
    """Add a policy; an active one counts open incidents from now. Raises `Invalid`, `Refused` for a name in use."""
    actor.must(permissions.ESCALATION_MANAGE)
    if given.name is UNSET or given.trigger is UNSET or given.steps is UNSET:
        raise invalid("name", "A policy needs a name, a trigger and steps.")
    values: dict[str, Any] = {**_DEFAULTS, **await checked(tx, given)}
    values.setdefault("stop_on", list(rules.DEFAULT_STOPS[values["trigger"]["on"]]))
    ladder = ladder_from(values, await business_hours(tx))
    draft.check_whole(ladder)
    policy_id = new_id()
    if values["is_active"]:
        await _check_room(tx)
        values["activated_at"] = tx.now
    if not await store.policies.insert_policy(tx, policy_id, values):
        raise Refused("A policy with this name exists already.", field="name")
    if values["is_active"]:
        await arm_open(tx, ActivePolicy(policy_id, 1, ladder))
    return await _changed(tx, actor, policy_id, events.EscalationPolicyCreated)


async def change_policy(tx: Tx, actor: Actor, ref: str, given: draft.Draft) -> Policy:
    """Change the given fields of a policy. Raises `NotFound`, `Invalid`, `Refused` for a name in use.

    Runs that have started keep their ladder, others get the new one. Another trigger counts open incidents anew from
    now, as activating does; deactivating ends the policy's runs.
    """
    actor.must(permissions.ESCALATION_MANAGE)
    row = await existing(tx, ref, lock=True)
    values = await checked(tx, given)
    if "trigger" in values and values["trigger"]["on"] != row["trigger"]["on"] and "stop_on" not in values:
        values["stop_on"] = list(rules.DEFAULT_STOPS[values["trigger"]["on"]])
    values = {name: value for name, value in values.items() if row[name] != value}
    after = {**dict(row), **values}
    draft.check_whole(ladder_from(after))
    if "name" in values and await store.policies.name_taken(tx, values["name"], row["id"]):
        raise Refused("A policy with this name exists already.", field="name")
    if values:
        await _apply(tx, row, values, after)
        return await _changed(tx, actor, row["id"], events.EscalationPolicyChanged, fields=sorted(values))
    return (await _shown(tx, [row]))[0]


async def _apply(tx: Tx, row: Any, values: dict[str, Any], after: dict[str, Any]) -> None:
    policy = ActivePolicy(row["id"], row["version"] + 1, ladder_from(after, await business_hours(tx)))
    begins = after["is_active"] and not row["is_active"]
    if begins:
        await _check_room(tx)
    moment = {"activated_at": tx.now if begins else None} if "is_active" in values else {}
    await store.policies.update_policy(tx, policy.id, {**values, **moment, "version": policy.version})
    if not after["is_active"]:
        await store.runs.stop_policy(tx, policy.id, "policy", started=True)
        await store.alerts.stop_alerts_of_policy(tx, policy.id, "policy")
    elif begins:
        await arm_open(tx, policy)
    elif "trigger" in values:
        await store.runs.stop_policy(tx, policy.id, "policy", started=False)
        await arm_open(tx, policy)
    else:
        await store.runs.renew(tx, policy.id, policy.version, policy.ladder)


async def remove_policy(tx: Tx, actor: Actor, ref: str) -> bool:
    """Delete a policy that never ran; deactivate any other. True when it was deleted. Raises `NotFound`."""
    actor.must(permissions.ESCALATION_MANAGE)
    row = await existing(tx, ref, lock=True)
    if not await store.policies.has_runs(tx, row["id"]):
        await store.policies.delete_policy(tx, row["id"])
        texts = {"name": row["name"]}
        tx.emit(events.EscalationPolicyDeleted(actor=actor, facts={"policy": row["id"]}, texts=texts))
        await _reread(tx)
        return True
    if row["is_active"]:
        await _apply(tx, row, {"is_active": False}, {**dict(row), "is_active": False})
        await _changed(tx, actor, row["id"], events.EscalationPolicyChanged, fields=["is_active"])
    return False


async def _shown(tx: Tx, rows: Sequence[Any]) -> list[Policy]:
    """Policies with their warnings."""
    told = [roles_in(row) for row in rows]
    empty = {role for role in {role for each in told for _, role in each} if not await access.users_with_role(tx, role)}
    return [
        policy_from(row, [_warning(field, role) for field, role in each if role in empty])
        for row, each in zip(rows, told, strict=True)
    ]


NOBODY_HOLDS = N_("Nobody holds the role {role} now; as long as that is so, this action is skipped.")


def _warning(field: str, role: str) -> PolicyWarning:
    return PolicyWarning(field, NOBODY_HOLDS.format(role=role))


async def _check_room(tx: Tx) -> None:
    if await store.policies.count_active(tx) >= MOST_ACTIVE:
        raise Refused("{most} policies are active already; deactivate one first.", most=MOST_ACTIVE)


async def checked(tx: Tx, given: draft.Draft) -> dict[str, Any]:
    """The columns that the given fields set. Raises `Invalid`."""
    values: dict[str, Any] = {}
    if given.name is not UNSET:
        values["name"] = clean_line(given.name)
        if not 1 <= len(values["name"]) <= 200:
            raise invalid("name", "Give a name of 1 to 200 characters.")
    if given.conditions is not UNSET:
        values["conditions"] = await draft.check_conditions(tx, given.conditions)
    if given.trigger is not UNSET:
        values["trigger"] = draft.check_trigger(given.trigger)
    if given.steps is not UNSET:
        values["steps"] = await draft.check_steps(tx, given.steps)
    if given.stop_on is not UNSET:
        values["stop_on"] = list(dict.fromkeys(given.stop_on))
    for name in ("is_active", "repeat", "hours", "on_manual"):
        if (value := getattr(given, name)) is not UNSET:
            values[name] = value
    return values


async def _changed(tx: Tx, actor: Actor, policy_id: UUID, kind: type[Event], **more: Any) -> Policy:
    await look(tx, policy_id)
    (policy,) = await _shown(tx, [await store.policies.get_policy(tx, policy_id)])
    facts = {"policy": policy.id, "version": policy.version, "is_active": policy.is_active, **more}
    tx.emit(kind(actor=actor, facts=facts, texts={"name": policy.name}))
    await _reread(tx)
    return policy


async def _reread(tx: Tx) -> None:
    await tenancy.configuration_changed(tx)
    await _ACTIVE.reread(tx)
