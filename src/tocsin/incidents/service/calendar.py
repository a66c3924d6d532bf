"""The calendar: what is open and due on each of some days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from tocsin.access.model import Named
from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import DueDay, DueIncident
from tocsin.incidents.service.access import must_see_some
from tocsin.incidents.service.listing import ListQuery, filters_of


async def due_by_day(tx: Tx, actor: Actor, query: ListQuery, starts: Sequence[datetime], most: int) -> list[DueDay]:
    """What is due on each day, the first `most` of it by time. Raises `Invalid` naming the parameter.

    `starts` are the moments at which the days begin, and the end of the last. Of the query only filters count.
    """
    must_see_some(actor)
    catalogue = await classification.catalogue(tx)
    still_open = [status.id for status in catalogue.statuses.values() if status.is_open]
    filters = await filters_of(tx, actor, query, catalogue)
    filters = msgspec.structs.replace(filters, only_open=True, statuses=filters.statuses or still_open)
    days: list[list[Any]] = [[] for _ in starts[:-1]]
    for row in await store.calendar.due(tx, filters, starts, most):
        days[row["day"]].append(row)
    return [
        DueDay(incidents=[_shown(row, catalogue, tx.now) for row in rows], total=rows[0]["total"] if rows else 0)
        for rows in days
    ]


def _shown(row: Any, catalogue: Catalogue, now: datetime) -> DueIncident:
    status = catalogue.statuses[row["status_id"]]
    return DueIncident(
        id=row["id"],
        reference_code=row["reference_code"],
        title=row["title"],
        status=status,
        priority=catalogue.priorities[row["priority_id"]],
        assigned_to=Named(row["assigned_to_id"], row["owner"]) if row["assigned_to_id"] else None,
        due_at=row["due_at"],
        is_overdue=row["due_at"] < now and not status.pauses_sla,
    )
