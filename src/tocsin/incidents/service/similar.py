"""Likely duplicates: open incidents of late whose title resembles a text."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import invalid
from tocsin.base.paging import check_limit
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Similar
from tocsin.incidents.service.access import must_see_some, see, view

AMONG = 1500
"""The newest open incidents are compared: this bounds the work, however many there are."""
OF_LATE = timedelta(days=180)
ALIKE = 0.3
"""From so much similarity on (1 is the same) two titles may speak of one thing."""
SHORTEST = 4


async def similar_to(tx: Tx, actor: Actor, text: str, limit: int = 5, but: UUID | None = None) -> list[Similar]:
    """The open incidents the actor may see that a text most likely speaks of too, the most similar first.

    `but` leaves one out; there are never more than ten. Fewer than four characters resemble nothing. Raises `Invalid`.
    """
    must_see_some(actor)
    check_limit(limit)
    if len(text) > 1000:
        raise invalid("title", "Give at most {limit} characters.", limit=1000)
    words = " ".join(text.split())
    restricted = not actor.can(permissions.VIEW)
    if len(words) < SHORTEST or (restricted and actor.id is None):
        return []
    found = await store.similar.titles(
        tx, words, reporter=actor.id if restricted else None, since=tx.now - OF_LATE, among=AMONG, least=ALIKE, but=but
    )
    alike = dict(found[:limit])
    rows = await store.page.rows(tx, list(alike)) if alike else []
    catalogue = await classification.catalogue(tx)
    return [Similar(view(row, catalogue, actor), round(alike[row["id"]], 2)) for row in rows]


async def similar_incidents(tx: Tx, actor: Actor, ref: str, limit: int = 5) -> list[Similar]:
    """Other open incidents that resemble one. Raises `NotFound`."""
    incident = await see(tx, actor, ref)
    return await similar_to(tx, actor, incident.title, limit, incident.id)
