"""Work that is meant for somebody who is away: it is theirs for a moment, and delegated on to whoever stands in.

So the history shows both, whoever is away watches and may recall it, and at the end of the absence it falls back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from tocsin.access import service as access
from tocsin.access.rules import StandIn
from tocsin.base.actor import Actor, system_actor
from tocsin.base.ids import new_id
from tocsin.db.tx import Tx
from tocsin.incidents import events, rules, store


async def way_to(tx: Tx, actor: Actor, user_id: UUID, name: str = "") -> Sequence[StandIn]:
    """Who is meant, and over which deputies the work gets to somebody who is here.

    It stays with who is meant when nobody stands in, and when they take it themselves: then they are at work.
    """
    way = await access.way_to(tx, user_id) if actor.id != user_id else ()
    return way or (StandIn(user_id, name, is_assignable=True, away_until=None),)


@dataclass(frozen=True, slots=True)
class Origin:
    """What the first of a way was delegated from: by whom, out of which assignment, until when."""

    user_id: UUID
    assignment_id: UUID
    until: datetime | None


def legs(
    incident_id: UUID,
    way: Sequence[StandIn],
    *,
    by: UUID | None,
    at: datetime,
    note: str | None = None,
    capacity: str = "owner",
    origin: Origin | None = None,
) -> list[dict[str, Any]]:
    """The rows of `incident_assignments` that a way makes: the last one works on it, the others did for no time."""
    rows: list[dict[str, Any]] = []
    until = origin.until if origin is not None else None
    for place, one in enumerate(way):
        before = way[place - 1] if place else None
        until = rules.earlier(until, before.away_until) if before is not None else until
        came_from = before.user_id if before is not None else origin.user_id if origin is not None else None
        previous = rows[-1]["id"] if rows else origin.assignment_id if origin is not None else None
        is_last = place == len(way) - 1
        rows.append(
            {
                "id": new_id(),
                "incident_id": incident_id,
                "assigned_to_id": one.user_id,
                "assigned_by_id": by if before is None else None,
                "capacity": capacity,
                "assigned_at": at,
                "note": note if before is None else None,
                "delegated_from_id": came_from,
                "previous_assignment_id": previous,
                "delegated_until": until,
                "unassigned_at": None if is_last else at,
                "is_active": is_last,
            }
        )
    return rows


async def tell_legs(
    tx: Tx, incident_id: UUID, way: Sequence[StandIn], capacity: str = "owner", until: datetime | None = None
) -> None:
    """Record each step from somebody who is away to their deputy; who is away watches."""
    for one, deputy in pairwise(way):
        until = rules.earlier(until, one.away_until)
        facts = {"from": one.user_id, "to": deputy.user_id, "as": capacity, "until": until, "because": "absence"}
        tx.emit(events.IncidentDelegated(actor=system_actor(tx.tenant_id), incident_id=incident_id, facts=facts))
        await store.people.add_watcher(
            tx, incident_id, user_id=one.user_id, team_id=None, email=None, reason="delegated"
        )
