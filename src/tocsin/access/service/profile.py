"""One's own profile: name, language and zone, and how the console looks."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.access import events, store
from tocsin.access.model import UserView
from tocsin.access.service.users import Name, clean_member, tell_changed, user_view
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused, invalid
from tocsin.db.tx import Tx

MOST_BYTES = 20_000
"""What a member's preferences may take altogether, as JSON."""


class Looks(msgspec.Struct, frozen=True, kw_only=True):
    """The preferences that every screen knows. Features keep others beside them, under names of their own."""

    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["compact", "normal", "roomy"] = "normal"
    keys: bool = True


class ProfileChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; None for zone and language: as the organisation has it."""

    name: Name | UnsetType = UNSET
    time_zone: str | UnsetType | None = UNSET
    locale: str | UnsetType | None = UNSET


async def change_profile(tx: Tx, actor: Actor, change: ProfileChange) -> UserView:
    """Change one's own name, zone and language. Raises `Invalid`, and `Refused` for a token without a person."""
    before = await store.members.get(tx, actor.id) if actor.id is not None else None
    if before is None or before["kind"] != "person" or not await store.members.lock(tx, before["id"]):
        raise Refused("Only people have a profile.")
    given = {name: value for name in change.__struct_fields__ if (value := getattr(change, name)) is not UNSET}
    await store.members.update(tx, before["id"], clean_member(given))
    after = user_view(await store.members.get(tx, before["id"]))
    tell_changed(tx, actor, user_view(before), after)
    return after


async def set_preferences(tx: Tx, actor: Actor, changes: dict[str, Any]) -> dict[str, Any]:
    """Change how the console looks to oneself: what is left out stays, None takes a preference back; all there are then.

    Raises `Invalid`, and `Refused` for a token without a person.
    """
    if actor.id is None or actor.kind != "person":
        raise Refused("Only people have a profile.")
    before = await store.members.preferences(tx, actor.id)
    after = {name: value for name, value in (before | changes).items() if value is not None}
    try:
        msgspec.convert({name: after[name] for name in Looks.__struct_fields__ if name in after}, Looks)
    except msgspec.ValidationError as error:
        field = str(error).partition(" - at `$.")[2].rstrip("`")
        raise invalid(field or "preferences", "Choose one from the list.") from None
    if len(msgspec.json.encode(after)) > MOST_BYTES:
        raise invalid("preferences", "These are more preferences than are kept.")
    fields = sorted(name for name in changes if before.get(name) != after.get(name))
    if fields:
        await store.members.update(tx, actor.id, {"preferences": after})
        tx.emit(events.PreferencesChanged(actor=actor, facts={"user": actor.id, "fields": fields}))
    return after
