"""Which team works on an incident, for the clocks of teams; and what the public hears, for the promise to tell it."""

from __future__ import annotations

from uuid import UUID

from tocsin.activity.model import Event
from tocsin.base.actor import system_actor
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.service.access import lock_id
from tocsin.incidents.service.clock import note_public, tell_fired
from tocsin.sla import service as sla

MOVES = (
    *("TeamChanged", "IncidentTransitioned", "IncidentResolved", "IncidentClosed", "IncidentReopened"),
    *("IncidentDeleted", "IncidentRestored", "IncidentMerged", "OperationUndone"),
)
"""Events after which another team may work on an incident, or none."""
WORDS = ("CommentAdded", "ProgressReported", "MajorUpdatePosted")
"""Events by which the public may have heard how an incident stands."""


async def follow_hands(tx: Tx, event: Event) -> None:
    """A reaction: the team whose incident this is now has it, unless nobody works on it."""
    if event.incident_id is None or event.actor.source == "import" or not await sla.teams_promise(tx):
        return
    row = await store.record.get(tx, event.incident_id)
    if row is None:
        return
    status = (await classification.catalogue(tx)).statuses[row["status_id"]]
    works = row["deleted_at"] is None and status.is_open and not status.pauses_sla
    await sla.hand_to(tx, row["id"], row["team_id"] if works else None, event.at or tx.now)


async def check_hands(tx: Tx, row_id: UUID) -> None:
    """What the sweep does with a team's clock that is due: record warnings and breaches, each once, and say so."""
    incident_id = await sla.incident_in_hands(tx, row_id)
    if incident_id is None or await lock_id(tx, incident_id) is None:
        return
    for team_id, fired in await sla.check_hands(tx, incident_id):
        tell_fired(tx, system_actor(tx.tenant_id), incident_id, fired, team=team_id)


async def hear_public(tx: Tx, event: Event) -> None:
    """A reaction: a member has told the public how it stands, so the next word is due later."""
    is_public = event.facts.get("is_internal") is False
    if event.incident_id is None or not is_public or event.actor.kind not in ("person", "service"):
        return
    row = await store.record.get(tx, event.incident_id)
    if row is not None and row["reported_by_user_id"] != event.actor.id:
        await note_public(tx, event.incident_id)
