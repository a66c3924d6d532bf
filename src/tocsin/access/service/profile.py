"""One's own profile: name, language and zone."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.access import store
from tocsin.access.model import UserView
from tocsin.access.service.users import Name, clean_member, tell_changed, user_view
from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.db.tx import Tx


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
