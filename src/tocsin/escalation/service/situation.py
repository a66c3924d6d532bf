"""What an incident is like now, as far as ladders care."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.escalation.rules import Ladder, Situation
from tocsin.incidents.model import Incident
from tocsin.sla import service as sla


async def situation_of(tx: Tx, incident: Incident, ladders: Iterable[Ladder]) -> Situation:
    """What ladders care for of an incident; its clocks only where one of them asks for these."""
    asks = any(ladder.on == "near_breach" for ladder in ladders)
    return Situation(
        is_open=incident.is_open,
        is_paused=incident.status.pauses_sla,
        is_owned=incident.assigned_to_id is not None,
        is_breached=incident.is_breached,
        acknowledged_at=incident.acknowledged_at,
        level=incident.priority.level,
        reopen_count=incident.reopen_count,
        running=await _running(tx, incident.id) if asks else {},
    )


async def _running(tx: Tx, incident_id: UUID) -> dict[str, datetime]:
    clocks = await sla.get(tx, incident_id)
    if clocks is None:
        return {}
    due = {
        "response": None if clocks.first_response_at else clocks.response_due_at,
        "resolution": None if clocks.resolution_at else clocks.resolution_due_at,
    }
    if clocks.resolution_at is None and clocks.update_due_at is not None:
        due["update"] = clocks.update_due_at
    return {name: at for name, at in due.items() if at is not None}
