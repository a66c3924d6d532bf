"""PUT: only the given fields change, null clears; status, owner and priority run their verb with its permission."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from tocsin.access import permissions, service as access
from tocsin.base.actor import Actor
from tocsin.base.errors import FieldError, Invalid, Refused, Stale, invalid
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import events, rules, store
from tocsin.incidents.model import Incident
from tocsin.incidents.service.access import lock
from tocsin.incidents.service.assign import owns, refuse_closed, set_owner, set_team
from tocsin.incidents.service.clock import note_due, sync_clock
from tocsin.incidents.service.create import check_due, check_text, check_title, description_html
from tocsin.incidents.service.custom import read_tags, set_custom, set_tags
from tocsin.incidents.service.moving import move
from tocsin.incidents.service.priority import set_category, set_priority
from tocsin.incidents.service.record import say_updated
from tocsin.incidents.service.recording import takes, undoable
from tocsin.incidents.service.reroute import route_again
from tocsin.incidents.service.searching import index_record
from tocsin.sla import service as sla

UNDONE = ("status", "assigned_to", "team", "category", "priority")
"""What runs a verb of its own, or may send the incident elsewhere: with one of these a change can be undone."""
CUSTOM = "custom-"
"""What the name of a custom field begins with where a page names fields."""


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a PUT may change; what is left out stays, null clears; in `custom`, too, field by field. `tags` are replaced."""

    title: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    category: str | UnsetType | None = UNSET
    priority: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    assigned_to: str | UnsetType | None = UNSET
    team: str | UnsetType | None = UNSET
    impact: str | UnsetType | None = UNSET
    metadata: dict[str, Any] | UnsetType | None = UNSET
    custom: dict[str, Any] | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    due_at: datetime | UnsetType | None = UNSET


async def update(tx: Tx, actor: Actor, ref: str | UUID, change: Change) -> UUID:
    """Change an incident. Raises `Invalid`, `Refused`, `Forbidden`, and `Stale` as `lock` does.

    A priority given here is set, up or down, by the right to update; escalating is a verb of its own with its reason.

    A field given as it stands already changes nothing and raises nothing, be its entry or person inactive by now.
    """
    if any(getattr(change, name) is not UNSET for name in UNDONE):
        return await _update_undoably(tx, actor, ref, change)
    return await _update(tx, actor, ref, change)


async def _update(tx: Tx, actor: Actor, ref: str | UUID, change: Change) -> UUID:
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    incident = await change_fields(tx, actor, incident, change)
    if change.status is not UNSET:
        catalogue = await classification.catalogue(tx)
        if catalogue.find_status(change.status) != incident.status:
            await move(tx, actor, incident, catalogue.status(change.status))
    return incident.id


_update_undoably = undoable("update", permissions.UPDATE)(_update)


async def change_fields(tx: Tx, actor: Actor, incident: Incident, change: Change) -> Incident:
    """Change the given fields of a locked incident, all but its status; the incident as it is then."""
    changed = await _plain_fields(tx, actor, incident, change)
    await _due(tx, actor, incident, change)
    fresh = await _catalogue_fields(tx, actor, changed, change)
    fresh = await _labels(tx, actor, fresh, change)
    if change.team is UNSET and change.assigned_to is UNSET and fresh.category != incident.category:
        return await route_again(tx, fresh)
    return await _people(tx, actor, fresh, change)


async def amend(tx: Tx, actor: Actor, ref: str | UUID, name: str, value: Any, *, version: int, seen: str) -> UUID:
    """Change one field (a custom one is `custom-<slug>`) that somebody edited in a page.

    `version` and `seen` (`rules.mark` of the field) are as they saw it.

    A change of other fields since then is no hindrance. Raises `Stale` when this one was changed, and as `update` does.
    """
    actor.must(permissions.UPDATE)
    incident = await lock(tx, actor, ref)
    if incident.version != version and rules.mark(field_of(incident, name)) != seen:
        raise Stale("Somebody changed this field of {code} meanwhile.", code=incident.reference_code)
    given: Any = value
    if name == "due_at" and value is not None:
        given = read_moment(value, "value")
    slug = name.removeprefix(CUSTOM)
    change = Change(custom={slug: given}) if slug != name else Change(**{name: given})
    try:
        return await update(tx, actor, incident.id, change)
    except Invalid as error:  # the page's field is called `value`, whichever it changes
        raise Invalid([FieldError("value", each.template, each.values) for each in error.errors]) from None


def field_of(incident: Incident, name: str) -> str:
    """A field as a page shows it for editing: texts, the category's slug, a due time given by hand."""
    if name == "category":
        return incident.category.slug if incident.category is not None else ""
    if name == "due_at":
        return incident.due_at.isoformat() if incident.due_at is not None and incident.due_source == "manual" else ""
    if name.startswith(CUSTOM):
        return msgspec.json.encode(incident.custom.get(name.removeprefix(CUSTOM))).decode()
    if name == "tags":
        return ", ".join(incident.tags)
    return str(getattr(incident, name) or "")


def read_moment(text: str, field: str) -> datetime:
    """A moment with its zone. Raises `Invalid`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(field, "This is not a date and time.") from None
    if moment.tzinfo is None:
        raise invalid(field, "Give the time with its zone.")
    return moment


async def _plain_fields(tx: Tx, actor: Actor, incident: Incident, change: Change) -> Incident:
    wanted: dict[str, Any] = {}
    if change.title is not UNSET:
        wanted["title"] = check_title(change.title)
    if change.description is not UNSET:
        wanted["description"] = check_text(change.description, "description")
    if change.impact is not UNSET:
        wanted["impact"] = check_text(change.impact, "impact", 2000)
    if change.metadata is not UNSET:
        wanted["metadata"] = change.metadata or {}
    changed = {name: value for name, value in wanted.items() if getattr(incident, name) != value}
    if not changed:
        return incident
    html = {"description_html": await description_html(changed["description"])} if "description" in changed else {}
    await store.record.update(tx, incident.id, {**changed, **html})
    if "title" in changed or "description" in changed:
        await index_record(tx, incident.id)
    say_updated(tx, actor, incident, {name: getattr(incident, name) for name in changed}, changed)
    return msgspec.structs.replace(incident, **changed)


async def _labels(tx: Tx, actor: Actor, incident: Incident, change: Change) -> Incident:
    """Custom values, by the fields of the category that the incident has by now, and tags."""
    if change.custom is not UNSET:
        cleared = dict.fromkeys(incident.custom)
        incident = await set_custom(tx, actor, incident, cleared if change.custom is None else change.custom)
    if change.tags is not UNSET:
        incident = await set_tags(tx, actor, incident, read_tags(change.tags or ()))
    return incident


async def _catalogue_fields(tx: Tx, actor: Actor, incident: Incident, change: Change) -> Incident:
    catalogue = await classification.catalogue(tx)
    if change.category is not UNSET:
        category = catalogue.find_category(change.category) if change.category is not None else None
        if category != incident.category or (category is None and change.category is not None):
            category = catalogue.category(change.category) if change.category is not None else None
            before = {"category": incident.category.slug if incident.category else None}
            incident = await set_category(tx, incident, category)
            say_updated(tx, actor, incident, before, {"category": category.slug if category else None})
    if change.priority is not UNSET and catalogue.find_priority(change.priority) != incident.priority:
        incident = await set_priority(tx, actor, incident, catalogue.priority(change.priority))
    return incident


async def _people(tx: Tx, actor: Actor, incident: Incident, change: Change) -> Incident:
    if change.team is not UNSET:
        known = await access.find_team_id(tx, change.team, "team") if change.team is not None else None
        if known != incident.team_id:
            team = await access.find_team(tx, change.team, "team") if change.team is not None else None
            _must_assign(tx, actor, incident)
            await set_team(tx, actor, incident, team.id if team else None)
            incident = msgspec.structs.replace(incident, team_id=team.id if team else None)
    if change.assigned_to is UNSET:
        return incident
    wanted = change.assigned_to
    known = await access.find_member_id(tx, wanted, "assigned_to", actor) if wanted is not None else None
    if known == incident.assigned_to_id or (known is not None and await owns(tx, actor, incident, known)):
        return incident
    user = await access.find_user(tx, wanted, "assigned_to", actor) if wanted is not None else None
    _must_assign(tx, actor, incident)
    if user is not None:
        await set_owner(tx, actor, incident, user.id)
        return msgspec.structs.replace(incident, assigned_to_id=user.id)
    held = await store.assignments.active(tx, incident.id)
    await store.assignments.end(tx, [row["id"] for row in held if row["capacity"] == "owner"], tx.now)
    await store.record.update(tx, incident.id, {"assigned_to_id": None})
    facts = {"from": incident.assigned_to_id, "as": "owner"}
    tx.emit(events.IncidentUnassigned(actor=actor, incident_id=incident.id, facts=facts))
    return msgspec.structs.replace(incident, assigned_to_id=None)


def _must_assign(tx: Tx, actor: Actor, incident: Incident) -> None:
    actor.must(permissions.ASSIGN)
    refuse_closed(incident)
    takes(tx, [permissions.ASSIGN])


async def _due(tx: Tx, actor: Actor, incident: Incident, change: Change) -> None:
    """A due time by hand fixes the resolution clock's; null gives it back to the SLA."""
    if change.due_at is UNSET:
        return
    given = check_due(change.due_at, incident.created_at) if change.due_at is not None else None
    if given == (incident.due_at if incident.due_source == "manual" else None):
        return
    if not incident.is_open:
        raise Refused(
            "{code} is {status}; nothing is due any more.", code=incident.reference_code, status=incident.status.name
        )
    await note_due(tx, incident.id)
    clocks = await sla.fix_due(tx, incident.id, given)
    due_at = given or (clocks.resolution_due_at if clocks is not None else None)
    source = "manual" if given is not None else "sla"
    await store.record.update(tx, incident.id, {"due_at": due_at, "due_source": source})
    await sync_clock(tx, incident.id, clocks)
    facts = {"from": incident.due_at, "to": due_at, "due_source": source}
    tx.emit(events.DueChanged(actor=actor, incident_id=incident.id, facts=facts))
