"""What browsers hear as it happens: which events, told how, to whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.db.tx import Database, Tx
from tocsin.incidents import events, store
from tocsin.incidents.service.access import must_see_some
from tocsin.web.live import News, cursor_time, first_id, refresh

OVERLAP = timedelta(seconds=10)
"""An event's id is made before its commit, maybe on another machine: so much earlier than the last one is read anew."""
LONGEST = timedelta(hours=24)
MOST = 500
"""After a longer absence, or more events, a page is told to look anew instead."""
_ENCODE = msgspec.json.Encoder().encode
_REPORTERS_HEAR = frozenset(
    kind.__name__
    for kind in (
        *(events.IncidentCreated, events.IncidentUpdated, events.IncidentAssigned, events.IncidentUnassigned),
        *(
            events.TeamChanged,
            events.IncidentAcknowledged,
            events.IncidentUnacknowledged,
            events.IncidentTransitioned,
            events.IncidentPriorityChanged,
        ),
        *(events.IncidentResolved, events.IncidentClosed, events.IncidentReopened, events.IncidentDeleted),
        *(events.IncidentRestored, events.DueChanged),
    )
)
"""Beside these, whatever says of itself that it is public (comments, attachments, progress)."""


class Change(msgspec.Struct, frozen=True):
    """An event on the wire. Ids, names of events and of people; never a text that somebody wrote."""

    id: UUID
    type: str
    incident: UUID
    reference_code: str
    version: int
    actor: Named | None
    at: datetime


def hears_only(actor: Actor) -> UUID | None:
    """The member whose own reports are all that the actor hears of; None for who hears of everything.

    Raises `Forbidden` for who may see no incident at all.
    """
    must_see_some(actor)
    return None if actor.can(permissions.VIEW) else actor.id


async def told(database: Database, tenant_id: UUID, event_ids: list[UUID]) -> list[News]:
    """The news of events that were just committed, for all browsers of a process."""
    async with database.reading(tenant_id) as tx:
        return [_news(row) for row in await store.live.some(tx, event_ids)]


async def since(database: Database, tenant_id: UUID, moment: datetime) -> list[News] | None:
    """Everybody's news from a moment on (and a little before), None for too many to tell."""
    async with database.reading(tenant_id) as tx:
        return await _since(tx, moment)


async def missed(tx: Tx, actor: Actor, last: UUID | None) -> list[News]:
    """What the actor has not heard since the event `last`: some of it twice rather than anything not at all.

    A `last` that was never an id of ours, or is too old, gives one `refresh`.
    """
    only = hears_only(actor)
    if last is None:
        return []
    moment = cursor_time(last)
    if moment is None or tx.real_now - moment > LONGEST or (found := await _since(tx, moment)) is None:
        return [refresh()]
    return [item for item in found if only is None or item.reporter == only]


async def _since(tx: Tx, moment: datetime) -> list[News] | None:
    rows = await store.live.since(tx, first_id(moment - OVERLAP), MOST + 1)
    return [_news(row) for row in rows] if len(rows) <= MOST else None


def _news(row: Any) -> News:
    actor = Named(row["actor_id"], row["actor_name"]) if row["actor_id"] is not None else None
    change = Change(
        *(row["id"], row["type"], row["incident_id"], row["reference_code"], row["version"], actor, row["at"])
    )
    is_public = row["is_internal"] == "false" or (row["is_internal"] is None and row["type"] in _REPORTERS_HEAR)
    return News(row["id"], _ENCODE(change), row["reported_by_user_id"] if is_public else None)
