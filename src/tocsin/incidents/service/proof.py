"""The proof of an incident's history, for who may see the audit trail."""

from __future__ import annotations

from uuid import UUID

from tocsin.activity import permissions, service as activity
from tocsin.activity.adapters import Keys
from tocsin.base.actor import Actor
from tocsin.base.errors import NotFound
from tocsin.incidents import store
from tocsin.incidents.service.access import see


async def prove(open_: activity.Open, actor: Actor, ref: str | UUID, keys: Keys, *, values: bool = False) -> bytes:
    """The proof file of an incident. Tocsin itself proves deleted ones too. Raises `NotFound`, `Refused`."""
    actor.must(permissions.VIEW)
    async with open_() as tx:
        if actor.kind == "system":
            row = await store.record.get(tx, ref)
            if row is None:
                raise NotFound("There is no incident {ref}.", ref=ref)
            incident_id, code = row["id"], row["reference_code"]
        else:
            incident = await see(tx, actor, ref)
            incident_id, code = incident.id, incident.reference_code
    return await activity.prove(open_, keys, incident_id, code, values=values)
