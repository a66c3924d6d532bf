"""From the rows of one incident to its history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypedDict

from tocsin.intake.rules.servicenow import words
from tocsin.intake.rules.servicenow.rows import Note, Refusal, Row, Unreadable, parse_date, parse_rows
from tocsin.intake.rules.servicenow.steps import (
    CLOSED,
    DEFAULT_PRIORITY,
    IN_PROGRESS,
    OPEN,
    RESOLVED,
    Assigned,
    CategoryChanged,
    Closed,
    Created,
    ImportedIncident,
    PriorityChanged,
    Reopened,
    Resolved,
    State,
    StatusChanged,
    Step,
    TeamChanged,
    after,
    first_response_at,
    replay,
)

_DONE = (RESOLVED, CLOSED)


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole log: what to import, in order of creation, and what the closing report tells."""

    rows_read: int
    incidents: tuple[ImportedIncident, ...]
    refused: tuple[Refusal, ...]
    notes: tuple[Note, ...]


def read_log(lines: Iterable[str]) -> Reading:
    """Everything a file says. Never raises for bad input."""
    parsed = parse_rows(lines)
    groups: dict[str, list[Row]] = {}
    for row in parsed.rows:
        groups.setdefault(row.number, []).append(row)
    incidents = sorted((history(rows) for rows in groups.values()), key=lambda one: (one.created_at, one.number))
    notes = [*parsed.notes, *(note for one in incidents for note in one.notes)]
    notes.sort(key=lambda note: note.line)
    return Reading(parsed.rows_read, tuple(incidents), parsed.refused, tuple(notes))


def history(rows: Sequence[Row]) -> ImportedIncident:
    """The history of one incident from its rows, which may come in any order. Raises ValueError without rows.

    Rows are ordered by `sys_updated_at`, then `sys_mod_count`. Each is a snapshot: an unknown assignee, group or
    category means none, an unknown priority or state means unchanged. Nothing happens before `created_at`.
    """
    if not rows:
        raise ValueError("an incident has at least one row")
    if len({row.number for row in rows}) > 1:
        raise ValueError("the rows belong to several incidents")
    ordered = sorted(rows, key=lambda row: (row.updated_at, row.mod_count, row.fields, row.line))
    life = _Life(ordered)
    for row in ordered[1:]:
        life.take(row)
    life.settle(ordered)
    last = ordered[-1]
    return ImportedIncident(
        number=last.number,
        title=words.title_of(ordered),
        description=words.description_of(ordered),
        created_at=life.created_at,
        updated_at=max(last.updated_at, life.steps[-1].at),
        caller=words.last_known(ordered, "caller_id"),
        impact=words.last_known(ordered, "impact"),
        state=replay(life.steps),
        first_response_at=first_response_at(life.steps),
        made_sla=words.flag_of(last.get("made_sla")),
        metadata=words.metadata_of(last),
        steps=tuple(life.steps),
        notes=tuple(life.notes),
    )


class _Life:
    """Collects the steps of one incident, row by row."""

    def __init__(self, ordered: Sequence[Row]) -> None:
        first = ordered[0]
        self.notes: list[Note] = []
        self.created_at = self._created_at(ordered)
        early = [row for row in ordered if row.updated_at < self.created_at]
        if early:
            self._note(early[0], "updated before opened_at: taken as of opened_at")
        opened = Created(
            at=self.created_at,
            by=first.get("opened_by") or first.get("sys_created_by") or first.get("sys_updated_by"),
            lines=(first.line,),
            priority=self._priority(first) or DEFAULT_PRIORITY,
            category=first.get("category"),
            team=first.get("assignment_group"),
            assignee=first.get("assigned_to"),
            caller=next((name for row in ordered if (name := row.get("caller_id"))), None),
        )
        self.steps: list[Step] = [opened]
        self.state: State = replay(self.steps)
        self._reopen_count = first.reopen_count
        self._done_mod_count = 0
        self._move(first, self._target(first))

    def take(self, row: Row) -> None:
        """Adds what this row changed."""
        target = self._target(row)
        reopened = row.reopen_count > self._reopen_count
        done = self.state.status in _DONE
        backwards = done and target is not None and (target not in _DONE or _order(target) < _order(self.state.status))
        if backwards and not reopened and row.mod_count < self._done_mod_count:
            # Its own counter says that it was written before the incident was finished, and nobody counted a reopening.
            self._note(row, "a late copy of an older state (by its sys_mod_count): left out")
            return
        self._reopen_count = max(self._reopen_count, row.reopen_count)
        if done and (reopened or backwards):
            work = IN_PROGRESS if self.state.assignee else OPEN
            again = work if target is None or target in _DONE else target
            self._add(Reopened(**_told(self, row), status=again, before=self.state.status))
        elif reopened:
            self._note(row, "reopen_count rises though nobody had resolved the incident: no reopening made of it")
        self._fields(row)
        self._move(row, target)

    def settle(self, ordered: Sequence[Row]) -> None:
        """Brings the times of the last resolving and closing to what the log's own columns say."""
        last = ordered[-1]
        if self.state.status in _DONE:
            self._settle(Resolved, ordered, last.resolved_at, "resolved_at")
        elif last.resolved_at or last.closed_at:
            self._note(last, f"resolved_at or closed_at is given but the last state is {self.state.status}: left out")
        if self.state.status == CLOSED:
            self._settle(Closed, ordered, last.closed_at, "closed_at")

    def _settle(
        self, kind: type[Resolved | Closed], ordered: Sequence[Row], said: datetime | None, column: str
    ) -> None:
        at = self._first_of_last_run(kind)
        step = self.steps[at]
        if said is None or said == step.at:
            return
        others = self.steps[at + 1 :] if said > step.at else self.steps[:at]
        bounds = [other.at for other in others if _is_move(other) or other.at < step.at]
        if said > step.at and said <= min(bounds, default=said):
            told = _told(self, next((row for row in ordered if row.updated_at == said), ordered[-1]))
            told["at"] = said
            again: Step = Resolved(**told, before=RESOLVED, again=True)
            self._insert(again if kind is Resolved else Closed(**told, before=CLOSED, again=True), at + 1)
        elif said < step.at and said >= max(bounds):
            del self.steps[at]
            self._insert(replace(step, at=said), 1)
        else:
            self._note(ordered[-1], f"{column} {said:%Y-%m-%d %H:%M} contradicts the rows: the row's own time is taken")

    def _first_of_last_run(self, kind: type[Resolved | Closed]) -> int:
        start = max((i for i, step in enumerate(self.steps) if isinstance(step, Reopened)), default=0)
        return next(i for i in range(start, len(self.steps)) if isinstance(self.steps[i], kind))

    def _insert(self, step: Step, lowest: int) -> None:
        """Puts a step behind all others of its time, yet before a closing that follows it."""
        at = lowest
        while at < len(self.steps) and self.steps[at].at <= step.at and not _closes_after(step, self.steps[at]):
            at += 1
        self.steps.insert(at, step)

    def _fields(self, row: Row) -> None:
        told, state = _told(self, row), self.state
        team, person, category = row.get("assignment_group"), row.get("assigned_to"), row.get("category")
        priority = self._priority(row) or state.priority
        if team != state.team:
            self._add(TeamChanged(**told, team=team, before=state.team))
        if person != state.assignee:
            self._add(Assigned(**told, person=person, before=state.assignee))
        if category != state.category:
            self._add(CategoryChanged(**told, category=category, before=state.category))
        if priority != state.priority:
            self._add(PriorityChanged(**told, priority=priority, before=state.priority))

    def _move(self, row: Row, target: str | None) -> None:
        told, before = _told(self, row), self.state.status
        if target in _DONE:
            self._done_mod_count = max(self._done_mod_count, row.mod_count)
        if target is None or target == before:
            return
        if target == RESOLVED or (target == CLOSED and before != RESOLVED):
            self._add(Resolved(**told, before=before))
        if target == CLOSED:
            self._add(Closed(**told, before=RESOLVED))
        elif target != RESOLVED:
            self._add(StatusChanged(**told, status=target, before=before))

    def _target(self, row: Row) -> str | None:
        """The status that the row asks for; None, with a note, when nobody knows it."""
        state = row.get("incident_state")
        status = words.status_of(state) if state else None
        if state and status is None:
            self._note(row, f"unknown state {state[:40]!r}: the status stays as it was")
        return status

    def _priority(self, row: Row) -> str | None:
        text = row.get("priority")
        priority = words.priority_of(text) if text else None
        if text and priority is None:
            self._note(row, f"unknown priority {text[:40]!r}: the priority stays as it was")
        return priority

    def _created_at(self, ordered: Sequence[Row]) -> datetime:
        known = [row.opened_at for row in ordered if row.opened_at is not None]
        if known:
            if len(set(known)) > 1:
                self._note(ordered[0], "its rows name several opened_at: the earliest is taken")
            return min(known)
        created = words.last_known(ordered, "sys_created_at")
        self._note(ordered[0], "opened_at is unknown: the first time the log tells is taken")
        try:
            return min(ordered[0].updated_at, parse_date(created)) if created else ordered[0].updated_at
        except Unreadable:
            return ordered[0].updated_at

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self.state = after(self.state, step)

    def _note(self, row: Row, text: str) -> None:
        self.notes.append(Note(row.line, text, row.number))


class _Told(TypedDict):
    at: datetime
    by: str | None
    lines: tuple[int, ...]


def _told(life: _Life, row: Row) -> _Told:
    return _Told(at=max(row.updated_at, life.created_at), by=row.get("sys_updated_by"), lines=(row.line,))


def _order(status: str) -> int:
    return _DONE.index(status)


def _is_move(step: Step) -> bool:
    return isinstance(step, Created | StatusChanged | Resolved | Reopened | Closed)


def _closes_after(step: Step, other: Step) -> bool:
    """A closing of the same minute; an older one belongs to a life before a reopening."""
    return isinstance(step, Resolved) and isinstance(other, Closed) and other.at == step.at
