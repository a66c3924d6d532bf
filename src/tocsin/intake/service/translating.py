"""From a log's history to the past that `incidents` writes: its names become members, its words the tenant's catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from tocsin.access.model import Named
from tocsin.classification.model import Catalogue, Category, Priority, Status
from tocsin.incidents.model import PastIncident, PastStep
from tocsin.intake.rules.servicenow import (
    Assigned,
    CategoryChanged,
    Closed,
    Created,
    ImportedIncident,
    PriorityChanged,
    Reopened,
    Resolved,
    StatusChanged,
    Step,
    TeamChanged,
)

_PRIORITIES = ("critical", "high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Names:
    """What the log's names stand for."""

    people: Mapping[str, Named]
    teams: Mapping[str, Named]
    categories: Mapping[str, Category]
    reporters: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class Words:
    """What the seeded catalogue's slugs stand for in this tenant, and what had to stand in for a missing one."""

    statuses: Mapping[str, Status]
    priorities: Mapping[str, Priority]
    remarks: tuple[str, ...]

    @classmethod
    def of(cls, catalogue: Catalogue, found: Iterable[ImportedIncident]) -> Words:
        """The words that some incidents use, looked up in a catalogue whose entries may have been renamed or retired."""
        remarks: dict[str, str] = {}
        statuses = {
            "open": catalogue.default_status,
            "resolved": catalogue.resolved_status,
            "closed": catalogue.terminal_status,
        }
        statuses["in-progress"] = _status(catalogue, "in-progress", remarks)
        statuses["waiting"] = _status(catalogue, "waiting", remarks)
        priorities = {slug: _priority(catalogue, slug, remarks) for slug in _PRIORITIES}
        used = _slugs(found)
        return cls(statuses, priorities, tuple(text for slug, text in remarks.items() if slug in used))


def _slugs(found: Iterable[ImportedIncident]) -> set[str]:
    used: set[str] = set()
    for one in found:
        for step in one.steps:
            if isinstance(step, Created | PriorityChanged):
                used.add(step.priority)
            elif isinstance(step, StatusChanged | Reopened):
                used.add(step.status)
    return used


def _status(catalogue: Catalogue, slug: str, remarks: dict[str, str]) -> Status:
    found = catalogue.find_status(slug)
    if found is not None and found.is_active and found.is_open:
        return found
    active = [s for s in catalogue.statuses.values() if s.is_active and s.is_open]
    fitting = [s for s in active if s.pauses_sla == (slug == "waiting") and not s.is_default]
    stand_in = min(fitting, key=lambda s: s.sort_order, default=catalogue.default_status)
    remarks[slug] = f"{slug} is no status here: {stand_in.name} stands in for it"
    return stand_in


def _priority(catalogue: Catalogue, slug: str, remarks: dict[str, str]) -> Priority:
    found = catalogue.find_priority(slug)
    if found is not None and found.is_active:
        return found
    remarks[slug] = f"{slug} is no priority here: {catalogue.default_priority.name} stands in for it"
    return catalogue.default_priority


def past_of(incident: ImportedIncident, key: str, names: Names, words: Words) -> PastIncident:
    """The incident as `incidents` takes it; steps that change nothing in this tenant's words are left out."""
    first = incident.steps[0]
    assert isinstance(first, Created)
    last_status, last_priority = words.statuses["open"], words.priorities[first.priority]
    steps = []
    for step in incident.steps[1:]:
        past = _step(step, names, words)
        is_same_status = past.what == "status" and past.to == last_status
        is_same_priority = past.what == "priority" and past.to == last_priority
        if isinstance(past.to, Status):
            last_status = past.to
        if isinstance(past.to, Priority):
            last_priority = past.to
        if not is_same_status and not is_same_priority:
            steps.append(past)
    return PastIncident(
        import_key=key,
        title=incident.title,
        description=incident.description,
        impact=incident.impact,
        metadata=dict(incident.metadata),
        created_at=incident.created_at,
        updated_at=incident.updated_at,
        by=first.by,
        reporter_id=names.reporters.get(incident.caller) if incident.caller else None,
        priority=words.priorities[first.priority],
        category=names.categories.get(first.category) if first.category else None,
        team=names.teams[first.team] if first.team else None,
        owner=names.people[first.assignee] if first.assignee else None,
        first_response_at=incident.first_response_at,
        steps=tuple(steps),
    )


def _step(step: Step, names: Names, words: Words) -> PastStep:
    match step:
        case Assigned():
            return PastStep(what="owner", at=step.at, by=step.by, to=names.people[step.person] if step.person else None)
        case TeamChanged():
            return PastStep(what="team", at=step.at, by=step.by, to=names.teams[step.team] if step.team else None)
        case CategoryChanged():
            category = names.categories.get(step.category) if step.category else None
            return PastStep(what="category", at=step.at, by=step.by, to=category)
        case PriorityChanged():
            return PastStep(what="priority", at=step.at, by=step.by, to=words.priorities[step.priority])
        case StatusChanged():
            return PastStep(what="status", at=step.at, by=step.by, to=words.statuses[step.status])
        case Reopened():
            return PastStep(what="reopen", at=step.at, by=step.by, to=words.statuses[step.status])
        case Resolved():
            return PastStep(what="resolve", at=step.at, by=step.by, to=words.statuses["resolved"])
        case Closed():
            return PastStep(what="close", at=step.at, by=step.by, to=words.statuses["closed"])
        case _:
            raise TypeError(f"{type(step).__name__} is no step of a history")
