"""What undoing an act on an incident does to its reminders."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.base.manifest import Keeper
from tocsin.db.tx import Tx
from tocsin.reminders import store


async def put_back(tx: Tx, incident_id: UUID, image: list[dict[str, Any]] | None, at: datetime) -> None:
    """Reminders that the act cancelled are scheduled again; those that go by the due time follow it back."""
    await store.reschedule(tx, [UUID(one["id"]) for one in image or ()], at)
    await store.follow_due(tx, incident_id)


KEEPER = Keeper("reminders", store.SCHEDULED_IMAGE, put_back)
