"""Small changes of the record that other verbs and features share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Incident


async def changed(tx: Tx, incident: Incident, values: dict[str, Any] | None = None) -> None:
    """Set columns of a locked incident; its version rises once in a transaction's call."""
    await store.record.update(tx, incident.id, values or {})


async def index_comment(tx: Tx, incident_id: UUID, text: str, *, is_internal: bool) -> None:
    """Make a comment's words findable, for members only when it is internal."""
    await store.search.append(tx, incident_id, text, is_internal=is_internal)


async def forget_comments(tx: Tx, incident_id: UUID) -> None:
    """Take the words of all comments out of the search, for whoever adds again those that are left."""
    await store.search.forget_comments(tx, incident_id)


async def note_progress(tx: Tx, incident: Incident, percent: int) -> None:
    """Mirror the last progress report on the record."""
    await changed(tx, incident, {"progress_percent": percent})
