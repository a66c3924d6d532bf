"""Small changes of the record that other verbs and features share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from tocsin.base.actor import Actor
from tocsin.db.tx import Tx
from tocsin.incidents import events, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.searching import index_comments


async def changed(tx: Tx, incident: Incident, values: dict[str, Any] | None = None) -> None:
    """Set columns of a locked incident; its version rises once in a transaction's call."""
    await store.record.update(tx, incident.id, values or {})


def say_updated(tx: Tx, actor: Actor, incident: Incident, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Record what fields of an incident were and are."""
    facts, texts = {"fields": sorted(after)}, {"before": before, "after": after}
    tx.emit(events.IncidentUpdated(actor=actor, incident_id=incident.id, facts=facts, texts=texts))


async def index_comment(tx: Tx, incident_id: UUID, text: str, *, is_internal: bool) -> None:
    """Make a comment's words findable, for members only when it is internal."""
    await index_comments(tx, incident_id, [(text, is_internal)])


async def index_comments_anew(tx: Tx, incident_id: UUID, comments: Iterable[tuple[str, bool]]) -> None:
    """Comments were rewritten or taken away: make those that stand (text, is_internal) findable, and no others."""
    await store.search.forget_comments(tx, incident_id)
    await index_comments(tx, incident_id, comments)


async def note_progress(tx: Tx, incident: Incident, percent: int, *, is_internal: bool) -> None:
    """Mirror the last progress report on the record, and the last public one beside it."""
    public = {} if is_internal else {"public_percent": percent}
    await changed(tx, incident, {"progress_percent": percent, **public})
