"""The only door to an incident: what an actor may not see is not there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.access.model import Named
from tocsin.base import markup
from tocsin.base.actor import Actor
from tocsin.base.errors import Forbidden, NotFound, Refused, Stale
from tocsin.base.ids import parse_id
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import rules, store
from tocsin.incidents.model import (
    Assignee,
    CategoryRef,
    Filters,
    Incident,
    IncidentName,
    IncidentView,
    PriorityRef,
    ReporterRef,
    StatusRef,
    incident_from,
)
from tocsin.sla import service as sla

_assignees = msgspec.json.Decoder(list[tuple[UUID, str, Any, datetime, UUID | None, datetime | None]]).decode
"""Reads the people of an incident as the statement that shows it gathers them: the fields of `Assignee`."""
RECORDER = "operation.recorder"
"""Where a transaction keeps who records how incidents were before they are changed (`service.recording`)."""


def _is_visible(actor: Actor, row: Any) -> bool:
    if actor.can(permissions.VIEW) or actor.kind == "public":
        return True
    return actor.id is not None and row["reported_by_user_id"] == actor.id


def must_see_some(actor: Actor) -> None:
    """Raises `Forbidden` unless the actor may see all incidents, or at least the own ones."""
    if not (actor.can(permissions.VIEW) or actor.can(permissions.VIEW_OWN)):
        raise Forbidden(
            "This needs the permission {wanted}; ask an administrator of your organisation for it.",
            wanted=permissions.VIEW,
        )


def only_own(actor: Actor) -> Filters:
    """The list of everything that the actor may see: all of it, or what they reported, found by public words only."""
    restricted = not actor.can(permissions.VIEW)
    return Filters(
        reporter=actor.id if restricted else None,
        public_words=restricted,
        nothing=restricted and actor.id is None,
    )


async def see(tx: Tx, actor: Actor, ref: str | UUID) -> Incident:
    """The incident of an id or reference code. Raises `NotFound` for absent, deleted, another tenant's, not one's own."""
    kept: Incident | None = None if tx.wrote else tx.memo.get("looked_at")
    if kept is not None and ref in (kept.id, str(kept.id), kept.reference_code):
        return kept
    return await _get(tx, actor, ref, lock=False, deleted=False)


async def look(tx: Tx, actor: Actor, ref: str | UUID) -> tuple[IncidentView, Incident]:
    """The incident for a page: verbs that read its parts in the same transaction need not find it again. Raises `NotFound`."""
    row = await store.record.show(tx, ref)
    if row is None or not _is_visible(actor, row):
        raise NotFound
    catalogue = await classification.catalogue(tx)
    incident = incident_from({**row, "is_breached": bool(row["is_breached"])}, catalogue)
    tx.memo["looked_at"] = incident
    return view(row, catalogue, actor), incident


async def describe_in_html(tx: Tx, incident: Incident | IncidentView) -> str:
    """The safe HTML of a description; of one that nobody has written since that was kept, made now. Empty for none.

    The caller has found the incident through this door.
    """
    if not incident.description:
        return ""
    kept = await store.record.description_html(tx, incident.id)
    return kept if kept is not None else await markup.rendered(incident.description)


async def find_deleted(tx: Tx, actor: Actor, ref: str | UUID) -> Incident:
    """A deleted incident, for whoever may restore it. Raises `NotFound`, also when it is not deleted."""
    if not actor.can(permissions.DELETE):
        raise NotFound
    incident = await _get(tx, actor, ref, lock=False, deleted=True)
    if incident.deleted_at is None:
        raise NotFound
    return incident


async def lock(tx: Tx, actor: Actor, ref: str | UUID, *, deleted: bool = False) -> Incident:
    """Like `see`, locked until the commit. Every verb that changes an incident begins here.

    Raises `Stale` when the request's If-Match does not name the incident's version, `Refused` for a merged one.
    """
    incident = await _get(tx, actor, ref, lock=True, deleted=deleted)
    wanted = tx.memo.pop("if_match", None)
    if wanted is not None and not rules.matches(wanted, incident.version):
        raise Stale(
            "{code} is at version {version} by now; read it again.",
            code=incident.reference_code,
            version=incident.version,
        )
    if incident.merged_into_id is not None and actor.kind != "system":
        raise Refused("{code} is merged into another incident; go on there.", code=incident.reference_code)
    recorder = tx.memo.get(RECORDER)
    if recorder is not None:
        await recorder.keep(tx, incident)
    return incident


async def lock_any(tx: Tx, actor: Actor, incident_id: UUID) -> Incident:
    """An incident in whatever state, deleted or merged, locked until the commit: for undoing. Raises `NotFound`."""
    return await _get(tx, actor, incident_id, lock=True, deleted=True)


async def _get(tx: Tx, actor: Actor, ref: str | UUID, *, lock: bool, deleted: bool) -> Incident:
    row = await store.record.get(tx, ref, lock=lock)
    if row is None or (row["deleted_at"] is not None and not deleted) or not _is_visible(actor, row):
        raise NotFound
    return incident_from(row, await classification.catalogue(tx))


async def reference_codes(tx: Tx, ids: Iterable[UUID]) -> dict[UUID, str]:
    """What incidents are called, deleted or not: for the audit trail, whose reader sees every event anyway."""
    return await store.record.reference_codes(tx, sorted(set(ids)))


async def find_id(tx: Tx, ref: str) -> UUID | None:
    """The id of an incident by id or reference code, deleted or not; None for none."""
    row = await store.record.get(tx, ref if parse_id(ref) is not None else ref.upper())
    return row["id"] if row is not None else None


async def look_up(tx: Tx, incident_id: UUID) -> Incident | None:
    """An incident for a job that only reads it; None when it is gone or deleted."""
    row = await store.record.get(tx, incident_id)
    if row is None or row["deleted_at"] is not None:
        return None
    return incident_from(row, await classification.catalogue(tx))


async def lock_id(tx: Tx, incident_id: UUID) -> Incident | None:
    """An incident for a job or sweep, locked; None when it is gone or deleted."""
    row = await store.record.get(tx, incident_id, lock=True)
    if row is None or row["deleted_at"] is not None:
        return None
    return incident_from(row, await classification.catalogue(tx))


async def show(tx: Tx, actor: Actor, ref: str | UUID) -> IncidentView:
    """The incident as the API shows it, in one statement. Raises `NotFound` as `see` does."""
    row = await store.record.show(tx, ref)
    if row is None or not _is_visible(actor, row):
        raise NotFound
    return view(row, await classification.catalogue(tx), actor)


def view(row: Any, catalogue: Catalogue, actor: Actor) -> IncidentView:
    """A shown row as the API's shape. Who doesn't see what is internal is told of progress by the last public report."""
    status, priority = catalogue.statuses[row["status_id"]], catalogue.priorities[row["priority_id"]]
    category = catalogue.categories[row["category_id"]] if row["category_id"] else None
    assignees = [Assignee(*one) for one in _assignees(row["assignees"])] if row["assignees"] else []
    owner = next((Named(a.id, a.name) for a in assignees if a.capacity == "owner"), None)
    return IncidentView(
        id=row["id"],
        reference_code=row["reference_code"],
        title=row["title"],
        description=row["description"],
        status=StatusRef(status.id, status.slug, status.name, status.is_terminal),
        priority=PriorityRef(priority.id, priority.slug, priority.name, priority.level),
        category=CategoryRef(category.id, category.slug, category.name) if category else None,
        reported_via=row["reported_via"],
        source=row["source"],
        reporter=_reporter(row),
        assigned_to=owner,
        assignees=assignees,
        team=Named(row["team_id"], row["team_name"]) if row["team_id"] else None,
        due_at=row["due_at"],
        due_source=row["due_source"],
        acknowledged_at=row["acknowledged_at"],
        resolved_at=row["resolved_at"],
        closed_at=row["closed_at"],
        impact=row["impact"],
        metadata=row["metadata"],
        custom=row["custom"],
        tags=row["tags"],
        progress_percent=row["progress_percent" if actor.can(permissions.VIEW) else "public_percent"],
        sla=sla.clocks_from(row) if row["has_sla"] else None,
        merged_into=IncidentName(row["merged_into_id"], row["merged_into_code"]) if row["merged_into_id"] else None,
        version=row["version"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _reporter(row: Any) -> ReporterRef | None:
    if row["reported_by_user_id"] is not None:
        return ReporterRef("user", row["reported_by_user_id"], row["reporter_name"])
    if row["reported_by_reporter_id"] is not None:
        return ReporterRef("reporter", row["reported_by_reporter_id"], row["reporter_name"])
    return None
