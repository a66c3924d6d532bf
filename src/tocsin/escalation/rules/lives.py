"""What happened to an incident, as the record of events tells it: the past that a rehearsal plays a ladder against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.escalation.rules.ladder import STOPPED_BY, UPDATED_BY


@dataclass(frozen=True, slots=True)
class Fact:
    """An event of the record. `group` tells apart transactions, `member` who did it (None: nobody of ours)."""

    name: str
    at: datetime
    group: Any
    member: UUID | None
    facts: Mapping[str, Any]
    imported: bool = False


@dataclass(slots=True)
class Incident:
    """What the incident was like, as far as the record tells."""

    priority: str = ""
    category: str = ""
    status: str = ""
    source: str = ""
    via: str = ""
    reporter: str | None = None
    owner: UUID | None = None
    team: UUID | None = None
    is_open: bool = False
    is_deleted: bool = False
    is_breached: bool = False
    acknowledged_at: datetime | None = None
    answered: bool = False
    reopened: int = 0
    due: dict[str, datetime] = field(default_factory=dict)
    warned: set[str] = field(default_factory=set)


def without_own(life: Sequence[Fact], policy: str) -> list[Fact]:
    """A life without what a policy itself brought about: the play does that anew."""
    kept: list[Fact] = []
    for fact in life:
        if fact.name == "IncidentEscalated" and fact.facts.get("policy") == policy:
            while kept and _is_of_step(kept[-1], fact):
                kept.pop()
        else:
            kept.append(fact)
    return kept


_CAUSED = frozenset(("IncidentAssigned", "IncidentDelegated", "TeamChanged", "IncidentPriorityChanged"))


def _is_of_step(fact: Fact, step: Fact) -> bool:
    """Whether a fact just before a step was brought about by it. A sandbox does many steps in one transaction."""
    return fact.name in _CAUSED and fact.member is None and (fact.group, fact.at) == (step.group, step.at)


def grouped(life: Sequence[Fact]) -> list[list[Fact]]:
    """The events of each transaction together."""
    groups: list[list[Fact]] = []
    for fact in life:
        if groups and groups[-1][0].group == fact.group and groups[-1][0].at == fact.at:
            groups[-1].append(fact)
        else:
            groups.append([fact])
    return groups


def apply(now: Incident, fact: Fact) -> None:
    """What an event makes of the incident."""
    change = _APPLY.get(fact.name)
    if change is not None:
        change(now, fact.facts, fact)


def _id(value: Any) -> UUID | None:
    return UUID(value) if isinstance(value, str) else None


def _time(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def _created(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.priority, now.status = facts.get("priority") or "", facts.get("status") or ""
    now.category, now.source = facts.get("category") or "", facts.get("source") or ""
    now.via, now.reporter, now.is_open = facts.get("reported_via") or "", facts.get("reporter"), True


def _assigned(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    if facts.get("as") == "owner":
        now.owner = _id(facts.get("to"))


def _unassigned(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    if facts.get("as") == "owner":
        now.owner = None


def _recalled(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.owner = _id(facts.get("to"))


def _team(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.team = _id(facts.get("to"))


def _acknowledged(now: Incident, _facts: Mapping[str, Any], fact: Fact) -> None:
    now.acknowledged_at = now.acknowledged_at or fact.at
    _answered(now, fact)


def _answered(now: Incident, fact: Fact) -> None:
    if fact.member is not None and str(fact.member) != now.reporter:
        now.answered = True
        now.due.pop("response", None)


def _unacknowledged(now: Incident, _facts: Mapping[str, Any], _fact: Fact) -> None:
    now.acknowledged_at = None


def _commented(now: Incident, facts: Mapping[str, Any], fact: Fact) -> None:
    if not facts.get("is_internal"):
        _answered(now, fact)


def _moved(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.status = facts.get("to") or now.status


def _prioritised(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.priority = facts.get("to") or now.priority
    due = _time(facts.get("due_at"))
    if due is not None and "resolution" in now.due:
        now.due["resolution"] = due


def _due(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    due = _time(facts.get("to") or facts.get("due_at"))
    if due is not None and "resolution" in now.due:
        now.due["resolution"] = due


def _extended(now: Incident, facts: Mapping[str, Any], fact: Fact) -> None:
    if facts.get("decision") == "approved":
        _due(now, {"to": facts.get("due_at")}, fact)


def _ended(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.status, now.is_open = facts.get("to") or now.status, False
    now.due.clear()


def _reopened(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.status, now.is_open = facts.get("to") or now.status, True
    now.reopened += 1


def _deleted(now: Incident, _facts: Mapping[str, Any], _fact: Fact) -> None:
    now.is_deleted = True


def _restored(now: Incident, _facts: Mapping[str, Any], _fact: Fact) -> None:
    now.is_deleted = False


def _warned(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    due = _time(facts.get("due_at"))
    if due is not None:
        now.due[facts["clock"]] = due
        now.warned.add(facts["clock"])


def _breached(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    now.is_breached = now.is_breached or facts.get("clock") != "update"
    now.warned.discard(facts.get("clock") or "")


def _updated(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    to = facts.get("to")
    if isinstance(to, Mapping) and "category" in to:
        now.category = to["category"] or ""


def _undone(now: Incident, facts: Mapping[str, Any], _fact: Fact) -> None:
    """What an undoing put back, each from and to."""

    def to(name: str) -> Any:
        change = facts.get(name)
        return change.get("to") if isinstance(change, Mapping) else None

    now.priority, now.status = to("priority") or now.priority, to("status") or now.status
    if "owner" in facts:
        now.owner = _id(to("owner"))
    for name in ("resolved_at", "closed_at"):  # as they were before: something, if it is open again
        if name in facts:
            now.is_open = facts[name] is not None
    if "deleted_at" in facts:
        now.is_deleted = False


_APPLY: dict[str, Callable[[Incident, Mapping[str, Any], Fact], None]] = {
    "IncidentCreated": _created,
    "IncidentAssigned": _assigned,
    "IncidentDelegated": _assigned,
    "IncidentUnassigned": _unassigned,
    "IncidentRecalled": _recalled,
    "TeamChanged": _team,
    "IncidentAcknowledged": _acknowledged,
    "IncidentUnacknowledged": _unacknowledged,
    "CommentAdded": _commented,
    "IncidentTransitioned": _moved,
    "IncidentPriorityChanged": _prioritised,
    "DueChanged": _due,
    "ExtensionDecided": _extended,
    "IncidentResolved": _ended,
    "IncidentClosed": _ended,
    "IncidentMerged": _ended,
    "IncidentReopened": _reopened,
    "IncidentDeleted": _deleted,
    "IncidentRestored": _restored,
    "SlaWarning": _warned,
    "SlaBreached": _breached,
    "IncidentUpdated": _updated,
    "OperationUndone": _undone,
}
KNOWN = frozenset((*_APPLY, *UPDATED_BY, *STOPPED_BY))
"""The events a play reads."""
