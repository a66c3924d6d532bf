"""Putting back a field that one has just changed on an incident, by the verb that changes it: the history shows both.

Verbs that are operations (`undoable`) are put back whole, by their operation.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.base.errors import Refused
from tocsin.db.tx import Tx
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.update import Change, update

Put = Literal["priority", "category"]
"""What can be put back."""


async def put_back(tx: Tx, actor: Actor, ref: str, what: Put, *, now: str, before: str) -> UUID:
    """Put a field back from what it was set to (`now`) to what it was `before`: slugs, empty for none.

    Raises `Refused` when somebody has changed it meanwhile, and what the verb itself raises.
    """
    incident = await lock(tx, actor, ref)
    entry = incident.priority if what == "priority" else incident.category
    if (entry.slug if entry is not None else "") != now:
        raise Refused("{code} was changed meanwhile; nothing was undone.", code=incident.reference_code)
    change = Change(priority=before) if what == "priority" else Change(category=before or None)
    await update(tx, actor, incident.id, change)
    return incident.id
