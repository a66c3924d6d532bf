"""How a member wants the console: theme, density, keys, and the columns of lists."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access import store
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden
from tocsin.base.fitting import fit
from tocsin.db import signals
from tocsin.db.tx import Tx

Columns = Annotated[list[Annotated[str, Meta(pattern="^[a-z0-9_.-]{1,80}$")]], Meta(max_length=60)]


class Preferences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays; null forgets the choice. `keys` switches single keys, `columns` are those of the queue."""

    theme: Literal["system", "light", "dark"] | UnsetType | None = UNSET
    density: Literal["compact", "normal", "roomy"] | UnsetType | None = UNSET
    keys: bool | UnsetType | None = UNSET
    columns: Columns | UnsetType | None = UNSET


async def set_preferences(tx: Tx, actor: Actor, changes: dict[str, Any]) -> dict[str, Any]:
    """Change one's own preferences; all of them afterwards. Raises `Invalid` naming the preference.

    No permission is asked for, since nobody else is concerned, and no event is kept: how a screen looks is no fact.
    """
    if actor.id is None:
        raise Forbidden("Only members have preferences.")
    wanted = fit(changes, Preferences)
    given = {name: value for name in wanted.__struct_fields__ if (value := getattr(wanted, name)) is not UNSET}
    dropped = [name for name, value in given.items() if value is None]
    values = {name: value for name, value in given.items() if value is not None}
    found = await store.members.set_preferences(tx, actor.id, values, dropped)
    signals.announce(tx)
    return found
