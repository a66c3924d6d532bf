"""Creating an incident: the record, its clocks, its first owner, its words for search, one event."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tocsin.access import permissions, service as access
from tocsin.base import markup
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import invalid
from tocsin.base.ids import new_id
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue, Category, Priority, Status
from tocsin.db.tx import Tx
from tocsin.incidents import events, rules, store
from tocsin.incidents.model import NewIncident
from tocsin.incidents.service.clock import auto_close_at, case
from tocsin.incidents.service.custom import index_custom, index_tags, read_custom, read_tags, refuse_missing
from tocsin.incidents.service.placing import owned_by, place, tell_route
from tocsin.incidents.service.searching import add_words
from tocsin.incidents.service.stand_in import legs
from tocsin.sla import service as sla
from tocsin.sla.model import Case, Clocks
from tocsin.tenancy import service as tenancy

UNASKED = ("alert", "import")
"""Sources of which nobody can be asked for a required field."""
TITLE_LIMIT = 200
TEXT_LIMIT = 100_000


async def create(tx: Tx, actor: Actor, new: NewIncident) -> UUID:
    """Create an incident; its id. Raises `Invalid` naming the field.

    An owner or team on creation takes the right to assign. The public creates through the same verb with its own right.
    """
    actor.must(permissions.PUBLIC_SUBMIT if new.reported_via == "public" else permissions.CREATE)
    if new.assigned_to is not None or new.team is not None:
        actor.must(permissions.ASSIGN)
    catalogue = await classification.catalogue(tx)
    category = catalogue.category(new.category) if new.category is not None else None
    priority = catalogue.priority(new.priority) if new.priority is not None else catalogue.default_priority
    status = starting_status(catalogue.status(new.status)) if new.status is not None else catalogue.default_status
    due_at = check_due(new.due_at, tx.now) if new.due_at is not None else None
    owner = await access.find_user(tx, new.assigned_to, "assigned_to", actor) if new.assigned_to is not None else None
    team = await access.find_spreading_team(tx, new.team, "team") if new.team is not None else None
    values = {
        **await _texts(new),
        **await _labels(tx, actor, new, catalogue, category, status),
        **await _identity(tx),
        **_catalogue_columns(category, priority, status),
        "reported_by_user_id": actor.id if new.reporter_id is None else None,
        "reported_by_reporter_id": new.reporter_id,
        "due_source": "manual" if due_at is not None else "sla",
        "resolved_at": tx.now if status.is_resolved else None,
        "auto_close_at": await auto_close_at(tx) if status.is_resolved else None,
    }
    found = await place(tx, actor, new, values, owner, team, catalogue)
    incident_id: UUID = values["id"]
    values |= owned_by(found)
    promised = await case(tx, priority, values["category_id"], values["team_id"], new.reporter_id)
    values |= _due_columns(tx, await sla.first_clocks(tx, promised, tx.now), due_at, status)
    rows = legs(incident_id, found.way, by=actor.id if found.rule is None else None, at=tx.now)
    await store.record.insert(tx, values, rows, found.handing)
    await _start_clocks(tx, incident_id, promised, due_at, status)
    await index_custom(tx, incident_id, {}, values["custom"])
    await index_tags(tx, incident_id, [], values["tags"])
    await add_words(tx, values, actor)
    _emit(tx, actor, values, category, priority, status)
    await tell_route(tx, actor, incident_id, found)
    return incident_id


async def _start_clocks(tx: Tx, incident_id: UUID, promised: Case, due_at: datetime | None, status: Status) -> None:
    paused = status.pauses_sla
    await sla.start(tx, incident_id, promised, started_at=tx.now, due_override=due_at, paused=paused)
    if status.is_resolved:
        await sla.resolve(tx, incident_id, tx.now)


async def _labels(
    tx: Tx, actor: Actor, new: NewIncident, catalogue: Catalogue, category: Category | None, status: Status
) -> dict[str, Any]:
    """Custom values and tags. Raises `Invalid`, also for what is required where somebody is there to be asked."""
    at: Literal["create", "resolve"] = "create" if status.is_open else "resolve"
    is_public = new.reported_via == "public"
    custom = await read_custom(tx, actor, new.custom, category, public_only=is_public)
    if not new.by_machine and new.source not in UNASKED:
        refuse_missing(catalogue, category, custom, at=at, public_only=is_public)
    return {"custom": custom, "tags": read_tags(new.tags)}


def _due_columns(tx: Tx, clocks: Clocks | None, due_at: datetime | None, status: Status) -> dict[str, datetime | None]:
    """When it is due, and where it stands in a queue by time left."""
    due_at = due_at or (clocks.resolution_due_at if clocks is not None else None)
    response = clocks.response_due_at if clocks is not None else None
    first = rules.next_due(response, None, due_at, None, tx.now if status.pauses_sla else None)
    return {"due_at": due_at, "next_due_at": rules.queue_time(first) if status.is_open else None}


def check_title(title: str) -> str:
    """A trimmed title of 1 to 200 characters. Raises `Invalid`."""
    trimmed = title.strip()
    if not 1 <= len(trimmed) <= TITLE_LIMIT:
        raise invalid("title", "Give a title of 1 to {limit} characters.", limit=TITLE_LIMIT)
    return trimmed


def check_text(text: str | None, field: str, limit: int = TEXT_LIMIT) -> str | None:
    """A text no longer than `limit` characters. Raises `Invalid`."""
    if text is not None and len(text) > limit:
        raise invalid(field, "Give at most {limit} characters.", limit=limit)
    return text


async def description_html(text: str | None) -> str | None:
    """The safe HTML of a description, made once when it is written; None for none."""
    return await markup.rendered(text) if text else None


def check_due(due_at: datetime, after: datetime) -> datetime:
    """A due time given by hand. Raises `Invalid` for one before the incident's creation."""
    moment = check_moment(due_at, "due_at")
    if moment < after:
        raise invalid("due_at", "The due time lies before the incident's creation.")
    return moment


def starting_status(status: Status) -> Status:
    """A status that a new incident may start in. Raises `Invalid` for a terminal one."""
    if status.is_terminal:
        raise invalid("status", "An incident cannot start in a terminal status.")
    return status


async def _texts(new: NewIncident) -> dict[str, Any]:
    return {
        "title": check_title(new.title),
        "description": check_text(new.description, "description"),
        "description_html": await description_html(new.description),
        "impact": check_text(new.impact, "impact", 2000),
        "metadata": new.metadata,
        "source": new.source,
        "reported_via": new.reported_via,
        "tracking_hash": new.tracking_hash,
    }


async def _identity(tx: Tx) -> dict[str, Any]:
    prefix = (await tenancy.current(tx)).settings.reference_prefix
    number = await store.record.next_number(tx.database, tx.tenant_id)
    return {
        "id": new_id(),
        "reference_no": number,
        "reference_code": rules.reference_code(prefix, number),
        "created_at": tx.now,
        "updated_at": tx.now,
    }


def _catalogue_columns(category: Category | None, priority: Priority, status: Status) -> dict[str, Any]:
    return {
        "category_id": category.id if category else None,
        "priority_id": priority.id,
        "priority_level": priority.level,
        "status_id": status.id,
        "is_open": status.is_open,
    }


def _emit(
    tx: Tx, actor: Actor, values: dict[str, Any], category: Category | None, priority: Priority, status: Status
) -> None:
    incident_id = values["id"]
    facts = {
        "reference_code": values["reference_code"],
        "status": status.slug,
        "priority": priority.slug,
        "category": category.slug if category else None,
        "source": values["source"],
        "reported_via": values["reported_via"],
        "reporter": values["reported_by_reporter_id"] or values["reported_by_user_id"],
        "due_at": values["due_at"],
    }
    texts = {name: values[name] for name in ("title", "custom", "tags") if values[name]}
    tx.emit(events.IncidentCreated(actor=actor, incident_id=incident_id, facts=facts, texts=texts))
