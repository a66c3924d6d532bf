"""What an organisation sets for all of its ladders: the last resort."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import permissions, service as access
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.db.tx import Tx
from tocsin.escalation import events, store


class EscalationSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`last_resort` is told when a round of a ladder ends and nobody was reached in it; null: nobody is."""

    last_resort: Named | None


class SettingsChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`last_resort`: a person by id or e-mail, null for nobody. What is left out stays."""

    last_resort: Annotated[str, Meta(max_length=320)] | UnsetType | None = UNSET


async def settings(tx: Tx, actor: Actor) -> EscalationSettings:
    """What is set."""
    actor.must(permissions.ESCALATION_MANAGE)
    last = await store.settings.last_resort(tx)
    if last is None:
        return EscalationSettings(last_resort=None)
    return EscalationSettings(last_resort=Named(last, (await access.names(tx, [last])).get(last, "")))


async def change_settings(tx: Tx, actor: Actor, change: SettingsChange) -> EscalationSettings:
    """Change what is set. Raises `Invalid` for somebody who isn't an active person here."""
    actor.must(permissions.ESCALATION_MANAGE)
    if change.last_resort is not UNSET:
        ref = change.last_resort
        found = await access.find_user(tx, ref, "last_resort", actor) if ref is not None else None
        before = await store.settings.last_resort(tx)
        await store.settings.set_last_resort(tx, found.id if found is not None else None)
        facts = {"from": before, "to": found.id if found is not None else None}
        tx.emit(events.LastResortChanged(actor=actor, facts=facts))
    return await settings(tx, actor)
