"""Plays an imported past through once, in memory: how the incident stands at the end, and what there is to write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from tocsin.access.model import Named
from tocsin.activity.model import Event
from tocsin.base.actor import Actor
from tocsin.classification.model import Category, Priority, Status
from tocsin.incidents import events
from tocsin.incidents.model import PastIncident, PastStep
from tocsin.sla.model import Case
from tocsin.sla.service import Moment

_Told = tuple[type[Event], PastStep, dict[str, Any], dict[str, Any]]


class Replay:
    """`moments` are for the clocks, in order; `assignments` are (person, from, until). Begins in `status`."""

    def __init__(self, past: PastIncident, status: Status) -> None:
        self.past = past
        self.status = self.first_status = status
        self.priority, self.category = past.priority, past.category
        self.team, self.owner = past.team, past.owner
        self.first_case = self._case()
        self.resolved_at: datetime | None = None
        self.closed_at: datetime | None = None
        self.acknowledged_at: datetime | None = None
        self.reopen_count = 0
        self.moments: list[Moment] = []
        self.assignments: list[tuple[UUID, datetime, datetime | None]] = []
        self._told: list[_Told] = []
        self._own(past.owner, past.created_at)
        for step in past.steps:
            _HOW[step.what](self, step)
        if past.first_response_at is not None:
            self.moments.append(Moment("respond", past.first_response_at))
            self.moments.sort(key=lambda moment: (moment.at, moment.verb != "respond"))

    def columns(self) -> dict[str, Any]:
        """The columns that tell how the incident stands; each step was one change of the record."""
        return {
            "status_id": self.status.id,
            "is_open": self.status.is_open,
            "priority_id": self.priority.id,
            "priority_level": self.priority.level,
            "category_id": self.category.id if self.category else None,
            "team_id": self.team.id if self.team else None,
            "assigned_to_id": self.owner.id if self.owner else None,
            "acknowledged_at": self.acknowledged_at,
            "resolved_at": self.resolved_at,
            "closed_at": self.closed_at,
            "reopen_count": self.reopen_count,
            "version": 1 + len(self.past.steps),
        }

    def events(self, actor: Actor, incident_id: UUID, code: str, first_due: datetime | None) -> Iterator[Event]:
        """The trail, in order, with the past's times. `by` names who did it as the other system does."""
        past = self.past
        facts = {
            "reference_code": code,
            "status": self.first_status.slug,
            "priority": past.priority.slug,
            "category": past.category.slug if past.category else None,
            "source": "import",
            "reported_via": "internal",
            "reporter": past.reporter_id,
            "due_at": first_due,
        }
        start = PastStep(what="status", at=past.created_at, by=past.by, to=self.first_status)
        told: list[_Told] = [(events.IncidentCreated, start, facts, {"title": past.title})]
        if past.owner is not None:
            given = {"from": None, "to": past.owner.id, "as": "owner"}
            told.append((events.IncidentAssigned, start, given, {"to_name": past.owner.name}))
        if past.team is not None:
            given = {"from": None, "to": past.team.id}
            told.append((events.TeamChanged, start, given, {"to_name": past.team.name}))
        for kind, step, known, texts in (*told, *self._told):
            by = {"by": step.by} if step.by else {}
            yield kind(actor=actor, incident_id=incident_id, facts=known, texts={**texts, **by}, at=step.at)

    # -------------------------------------------------------------------------------------------- one method a step

    def _tell(self, kind: type[Event], step: PastStep, facts: dict[str, Any], texts: dict[str, Any]) -> None:
        self._told.append((kind, step, facts, texts))

    def _own(self, person: Named | None, at: datetime) -> None:
        """End the running assignment and begin the next."""
        if self.assignments and self.assignments[-1][2] is None:
            user_id, since, _ = self.assignments[-1]
            self.assignments[-1] = (user_id, since, at)
        if person is not None:
            self.assignments.append((person.id, at, None))
        self.owner = person

    def _owner(self, step: PastStep) -> None:
        before, person = self.owner, step.to
        assert person is None or isinstance(person, Named)
        facts: dict[str, Any] = {"from": before.id if before else None, "as": "owner"}
        names = {"from_name": before.name} if before else {}
        self._own(person, step.at)
        if person is None:
            self._tell(events.IncidentUnassigned, step, facts, names)
        else:
            self._tell(events.IncidentAssigned, step, facts | {"to": person.id}, names | {"to_name": person.name})

    def _case(self) -> Case:
        """What decides on the promise as the incident stands. Organisations are no part of an imported past."""
        priority, category, team = self.priority, self.category, self.team
        return Case(
            priority.response_time_minutes,
            priority.resolution_time_minutes,
            priority.slug,
            priority.id,
            category.id if category is not None else None,
            team.id if team is not None else None,
        )

    def _promise(self, at: datetime) -> None:
        self.moments.append(Moment("retarget", at, self._case()))

    def _team(self, step: PastStep) -> None:
        before, team = self.team, step.to
        assert team is None or isinstance(team, Named)
        facts = {"from": before.id if before else None, "to": team.id if team else None}
        names = ({"from_name": before.name} if before else {}) | ({"to_name": team.name} if team else {})
        self.team = team
        self._promise(step.at)
        self._tell(events.TeamChanged, step, facts, names)

    def _category(self, step: PastStep) -> None:
        before, category = self.category, step.to
        assert category is None or isinstance(category, Category)
        texts = {
            "before": {"category": before.slug if before else None},
            "after": {"category": category.slug if category else None},
        }
        self.category = category
        self._promise(step.at)
        self._tell(events.IncidentUpdated, step, {"fields": ["category"]}, texts)

    def _priority(self, step: PastStep) -> None:
        assert isinstance(step.to, Priority)
        self._tell(events.IncidentPriorityChanged, step, {"from": self.priority.slug, "to": step.to.slug}, {})
        self.priority = step.to
        self._promise(step.at)

    def _status(self, step: PastStep) -> None:
        before, after = self._move(step)
        if self.acknowledged_at is None and step.at == self.past.first_response_at:
            self.acknowledged_at = step.at
            self._tell(events.IncidentAcknowledged, step, {"by": None}, {})
        self._pause(before, after, step.at)
        self._tell(events.IncidentTransitioned, step, {"from": before.slug, "to": after.slug}, {})

    def _resolve(self, step: PastStep) -> None:
        before, after = self._move(step)
        if not before.is_open:  # the other system moved the time of resolution: the clock stops at the new one
            last = max(i for i, moment in enumerate(self.moments) if moment.verb == "resolve")
            del self.moments[last]
        self.moments.append(Moment("resolve", step.at))
        self.resolved_at = step.at
        facts = {"from": before.slug, "to": after.slug, "at": step.at}
        self._tell(events.IncidentResolved, step, facts, {})

    def _close(self, step: PastStep) -> None:
        before, after = self._move(step)
        also = self.resolved_at is None
        if also:
            self.resolved_at = step.at
            self.moments.append(Moment("resolve", step.at))
        self.closed_at = step.at
        facts = {"from": before.slug, "to": after.slug, "at": step.at, "also_resolved": also}
        self._tell(events.IncidentClosed, step, facts, {})

    def _reopen(self, step: PastStep) -> None:
        before, after = self._move(step)
        facts = {"from": before.slug, "to": after.slug, "resolved_at": self.resolved_at}
        self.resolved_at = self.closed_at = None
        self.reopen_count += 1
        self.moments.append(Moment("reopen", step.at))
        if after.pauses_sla:
            self.moments.append(Moment("pause", step.at))
        self._tell(events.IncidentReopened, step, facts, {})

    def _move(self, step: PastStep) -> tuple[Status, Status]:
        assert isinstance(step.to, Status)
        before, self.status = self.status, step.to
        return before, step.to

    def _pause(self, before: Status, after: Status, at: datetime) -> None:
        if before.pauses_sla != after.pauses_sla:
            self.moments.append(Moment("pause" if after.pauses_sla else "resume", at))


_HOW: dict[str, Callable[[Replay, PastStep], None]] = {
    "owner": Replay._owner,  # noqa: SLF001  its own methods
    "team": Replay._team,  # noqa: SLF001
    "category": Replay._category,  # noqa: SLF001
    "priority": Replay._priority,  # noqa: SLF001
    "status": Replay._status,  # noqa: SLF001
    "resolve": Replay._resolve,  # noqa: SLF001
    "close": Replay._close,  # noqa: SLF001
    "reopen": Replay._reopen,  # noqa: SLF001
}
