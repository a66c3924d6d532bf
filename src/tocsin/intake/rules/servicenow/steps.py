"""What happened to an imported incident, step by step, and what follows from the steps for its clocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tocsin.intake.rules.servicenow.rows import Note

# Slugs of the seeded catalogue (domain.md).
OPEN, IN_PROGRESS, WAITING, RESOLVED, CLOSED = "open", "in-progress", "waiting", "resolved", "closed"
DEFAULT_PRIORITY = "medium"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that happened at `at` (UTC), done by the person the log names, told by these lines of the file."""

    at: datetime
    by: str | None
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Created(Step):
    """The incident came into being, always in status open, with what its first row says."""

    priority: str
    category: str | None
    team: str | None
    assignee: str | None
    caller: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Step):
    """The owner changed; None means nobody."""

    person: str | None
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChanged(Step):
    """The assignment group changed; None means none."""

    team: str | None
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityChanged(Step):
    """The priority changed; both are slugs of the catalogue."""

    priority: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryChanged(Step):
    """The category changed; both are the log's names, None means none."""

    category: str | None
    before: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChanged(Step):
    """The status moved among open, in-progress and waiting."""

    status: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved(Step):
    """The incident was resolved; `again` when it already was and the log moved its time of resolution."""

    before: str
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(Step):
    """A resolved or closed incident went back to work in `status`."""

    status: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Step):
    """The incident was closed; `again` when it already was and the log moved its time of closing."""

    before: str
    again: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """How an incident stands after some of its steps."""

    status: str
    priority: str
    category: str | None
    team: str | None
    assignee: str | None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    reopened: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open interval of time; `end` is None while it lasts."""

    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedIncident:
    """One incident of the log: how it ended, how it got there, and everything else the log knows, as metadata.

    Names of people, teams and categories are the log's, to the letter; status and priority are slugs of the catalogue.
    The resolution clock stops at `resolved_at`, the response clock at `first_response_at`.
    """

    number: str
    title: str
    description: str
    created_at: datetime
    updated_at: datetime
    caller: str | None
    impact: str | None
    state: State
    first_response_at: datetime | None
    made_sla: bool | None
    metadata: Mapping[str, str | int | bool]
    steps: tuple[Step, ...]
    notes: tuple[Note, ...]


def replay(steps: Iterable[Step]) -> State:
    """The state after these steps, the first of which is Created. Raises ValueError otherwise."""
    ordered = list(steps)
    if not ordered or not isinstance(ordered[0], Created):
        raise ValueError("a history begins with Created")
    first = ordered[0]
    state = State(OPEN, first.priority, first.category, first.team, first.assignee)
    for step in ordered[1:]:
        state = after(state, step)
    return state


def after(state: State, step: Step) -> State:
    """The state once `step` has happened."""
    status, resolved_at, closed_at = state.status, state.resolved_at, state.closed_at
    match step:
        case Resolved():
            status, resolved_at = RESOLVED, step.at
        case Closed():
            status, resolved_at, closed_at = CLOSED, resolved_at or step.at, step.at
        case Reopened():
            status, resolved_at, closed_at = step.status, None, None
        case StatusChanged():
            status = step.status
        case _:
            pass
    return State(
        status=status,
        priority=step.priority if isinstance(step, PriorityChanged) else state.priority,
        category=step.category if isinstance(step, CategoryChanged) else state.category,
        team=step.team if isinstance(step, TeamChanged) else state.team,
        assignee=step.person if isinstance(step, Assigned) else state.assignee,
        resolved_at=resolved_at,
        closed_at=closed_at,
        reopened=state.reopened + isinstance(step, Reopened),
    )


def first_response_at(steps: Iterable[Step]) -> datetime | None:
    """When the response clock stops: the first step that takes the incident out of open.

    The log holds no replies. Somebody who makes an incident Active, asks the caller (Awaiting User Info) or hands it to
    a problem has taken it up, which is what acknowledging means; being put on somebody's list (an assignment) has not.
    Resolving or closing stops an unanswered clock.
    """
    for step in steps:
        if isinstance(step, StatusChanged | Resolved | Closed):
            return step.at
    return None


def pauses(steps: Iterable[Step]) -> list[Span]:
    """The times in waiting, in order, without empty ones: the resolution clock rests in them."""
    return _spans(steps, frozenset({WAITING}))


def gaps(steps: Iterable[Step]) -> list[Span]:
    """The times in resolved or closed, in order, without empty ones: those that a reopening ended aren't counted."""
    return _spans(steps, frozenset({RESOLVED, CLOSED}))


def _spans(steps: Iterable[Step], statuses: frozenset[str]) -> list[Span]:
    found: list[Span] = []
    since: datetime | None = None
    for step in steps:
        status = _status_after(step)
        if status is None:
            continue
        if status in statuses:
            since = since or step.at
        elif since is not None:
            if since < step.at:
                found.append(Span(since, step.at))
            since = None
    if since is not None:
        found.append(Span(since, None))
    return found


def _status_after(step: Step) -> str | None:
    match step:
        case Created():
            return OPEN
        case StatusChanged() | Reopened():
            return step.status
        case Resolved():
            return RESOLVED
        case Closed():
            return CLOSED
        case _:
            return None
