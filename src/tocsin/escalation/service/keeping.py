"""What undoing an act on an incident does to its runs: they stand as they stood before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.manifest import Keeper
from tocsin.db.tx import Tx
from tocsin.escalation import store


async def put_back(tx: Tx, incident_id: UUID, image: list[dict[str, Any]] | None, at: datetime) -> None:
    """Runs that the act ended or let wait go on as they would have; those that it armed end.

    A run that the act left alone may have taken steps since: it is left alone here too.
    """
    before = {UUID(one["id"]): one for one in image or ()}
    for row in await store.runs.of_incident(tx, incident_id):
        old = before.get(row["id"])
        if old is None and row["state"] == "running" and row["created_at"] == at:
            await store.runs.end_run(tx, row["id"], "stopped", "undone")
        elif old is not None and (
            row["state"] != "running" or (row["paused_at"] is None) != (old["paused_at"] is None)
        ):
            await store.runs.put_run_back(tx, row["id"], old)


KEEPER = Keeper("escalation", store.runs.RUNNING_IMAGE, put_back)
