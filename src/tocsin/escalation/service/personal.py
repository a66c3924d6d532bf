"""How each person wants to be told of an escalation: their own rules, checked against their channels."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.base.durations import format_duration, parse_duration
from tocsin.base.errors import N_, BadValue, Forbidden, NotFound, Refused, invalid
from tocsin.db.tx import Tx
from tocsin.escalation import events, store
from tocsin.escalation.model import Duration, PolicyWarning, Ref
from tocsin.escalation.rules import personal
from tocsin.notifications import service as notifications
from tocsin.notifications.model import PersonalChannel
from tocsin.notifications.service import Contact

MOST_RULES = 20
NO_ADDRESS = N_("You have no {channel} address yet; as long as that is so, this rule is skipped.")
NOT_VERIFIED = N_("{address} is not verified; the reachability of policies doesn't count on it.")


class PersonalRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`after` counts from when one is first told. Either a `channel` (with an `address`, else that of the profile), or a
    `user` to call, who is told by their own rules.
    """

    after: Duration = "PT0S"
    channel: PersonalChannel | UnsetType = UNSET
    address: Annotated[str, Meta(max_length=254)] | UnsetType = UNSET
    user: Ref | UnsetType = UNSET


class RulesView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's rules. `is_default`: they have said nothing, and are told by e-mail at once."""

    user: Named
    rules: list[PersonalRule]
    is_default: bool
    warnings: list[PolicyWarning]


async def get_rules(tx: Tx, actor: Actor, ref: str) -> RulesView:
    """Somebody's rules: one's own, or anybody's with the right to manage policies. Raises `NotFound`, `Forbidden`."""
    person = await _person(tx, actor, ref)
    stored = (await rules_of(tx, [person.id])).get(person.id)
    rules = stored or personal.DEFAULT
    contacts = (await notifications.contacts(tx, [person.id])).get(person.id, [])
    return RulesView(
        user=person,
        rules=[_shown(rule) for rule in rules],
        is_default=stored is None,
        warnings=[found for n, rule in enumerate(rules) if (found := _warning(n, rule, contacts)) is not None],
    )


async def set_rules(tx: Tx, actor: Actor, ref: str, given: list[PersonalRule] | None) -> RulesView:
    """Say how one wants to be told; None: as everybody is. Raises `NotFound`, `Forbidden`, `Invalid`, `Refused`."""
    person = await _person(tx, actor, ref)
    if given is None:
        await store.personal.forget_rules(tx, person.id)
    else:
        if not given:
            raise invalid("rules", "Give at least one rule; without any you would never be told.")
        contacts = (await notifications.contacts(tx, [person.id])).get(person.id, [])
        rules = personal.in_order([await _rule(tx, person, rule, n, contacts) for n, rule in enumerate(given)])
        if not any(rule.channel for rule in rules):
            raise invalid("rules", "Give at least one rule by which you are told yourself.")
        await _refuse_circle(tx, person, rules)
        await store.personal.set_rules(tx, person.id, rules)
    tx.emit(events.NotificationRulesChanged(actor=actor, facts={"user": person.id, "count": len(given or ())}))
    return await get_rules(tx, actor, str(person.id))


async def rules_of(tx: Tx, user_ids: list[UUID]) -> dict[UUID, tuple[personal.Rule, ...]]:
    """The rules of those who have said how they want to be told."""
    rows = await store.personal.rules_of(tx, user_ids) if user_ids else []
    return {row["user_id"]: msgspec.convert(row["rules"], tuple[personal.Rule, ...]) for row in rows}


async def _person(tx: Tx, actor: Actor, ref: str) -> Named:
    if ref == "me" and actor.kind != "person":
        raise Refused("A token without a person behind it is told of nothing.")
    row = await access.find_member(tx, ref, actor)
    if row is None or row["kind"] != "person":
        raise NotFound
    if actor.id != row["id"] and not actor.can(permissions.ESCALATION_MANAGE):
        raise Forbidden("Rules of others need the permission {wanted}.", wanted=permissions.ESCALATION_MANAGE)
    return Named(row["id"], row["name"])


async def _rule(tx: Tx, person: Named, given: PersonalRule, number: int, contacts: list[Contact]) -> personal.Rule:
    place = f"rules[{number}]"
    after = _after(given.after, f"{place}.after")
    if (given.channel is UNSET) == (given.user is UNSET):
        raise invalid(place, "Give either a channel or a user.")
    if given.user is not UNSET:
        if given.address is not UNSET:
            raise invalid(f"{place}.address", "Only a channel has an address.")
        called = await access.find_user(tx, given.user, f"{place}.user")
        if called.id == person.id:
            raise invalid(f"{place}.user", "Name somebody else.")
        return personal.Rule(after, user=called.id)
    assert given.channel is not UNSET
    if given.address is UNSET:
        return personal.Rule(after, given.channel)
    address = given.address.strip()
    if not any((one.kind, one.address) == (given.channel, address) for one in contacts):
        raise invalid(f"{place}.address", "This is no channel of theirs; add it first.")
    return personal.Rule(after, given.channel, address)


def _after(text: str, field: str) -> timedelta:
    try:
        after = parse_duration(text)
    except BadValue as error:
        raise invalid(field, error.template, **error.values) from None
    if after > personal.LONGEST:
        raise invalid(field, "Give at most a week.")
    return after


async def _refuse_circle(tx: Tx, person: Named, rules: tuple[personal.Rule, ...]) -> None:
    """Raises `Refused` when those who are called would call back. One such change at a time, lest two make a circle."""
    await store.personal.lock_rules(tx)
    everybody = msgspec.convert(
        {row["user_id"]: row["rules"] for row in await store.personal.all_rules(tx)},
        dict[UUID, tuple[personal.Rule, ...]],
    )
    everybody[person.id] = rules
    calls = {user: {rule.user for rule in own if rule.user is not None} for user, own in everybody.items()}
    way = personal.circle(calls, person.id)
    if way is not None:
        names = await access.names(tx, way)
        number = next(n for n, rule in enumerate(rules) if rule.user == way[1])
        raise Refused(
            "Calls would go round in a circle: {way}.",
            field=f"rules[{number}].user",
            way=", ".join(names.get(one, "") for one in way),
        )


def _shown(rule: personal.Rule) -> PersonalRule:
    if rule.user is not None:
        return PersonalRule(after=format_duration(rule.after), user=str(rule.user))
    channel: Any = rule.channel
    return PersonalRule(after=format_duration(rule.after), channel=channel, address=rule.address or UNSET)


def _warning(number: int, rule: personal.Rule, contacts: list[Contact]) -> PolicyWarning | None:
    if not rule.channel:
        return None
    found = contact_for(rule, contacts)
    if found is None:
        return PolicyWarning(f"rules[{number}]", NO_ADDRESS.format(channel=rule.channel))
    return None if found.is_verified else PolicyWarning(f"rules[{number}]", NOT_VERIFIED.format(address=found.address))


def contact_for(rule: personal.Rule, contacts: list[Contact]) -> Contact | None:
    """The channel that a rule means; None where it is gone."""
    for one in contacts:
        if one.kind == rule.channel and (one.address == rule.address if rule.address else one.is_primary):
            return one
    return None
