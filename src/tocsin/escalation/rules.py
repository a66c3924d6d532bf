"""What a policy's ladder does when, from data alone.

The decisions this page takes (docs of the domain: "Escalation, reminders"):

- A run is *armed* when the trigger's state begins (nobody owns the incident, nobody has acknowledged it, a clock was
  breached) and *starts* `trigger.after` later. The conditions are judged then, by what the incident is like then; a
  trigger whose state has ended meanwhile starts nothing.
- The first step comes `after` the start, each other step `after` the one before it. A further round (`repeat`) waits for
  `trigger.after` anew, then climbs the ladder from its first step.
- A step counts from the planned time of the step before it. Was that one more than a minute late (the worker was down),
  from the time it was done: late steps come in order and never in a burst.
- While the incident's status pauses the SLA the run waits; what was left is left when the pause ends.
- While the incident is deleted the run rests; the time counts, so that what came due meanwhile is done when it is restored.
- A run ends when the incident is resolved or closed, when a fact named in `stop_on` happens, or after its last
  step. Before the start it ends, too, with the trigger's own state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from tocsin.base.durations import spell_duration
from tocsin.base.errors import BadValue

On = Literal["unassigned", "unacknowledged", "breached"]
TRIGGERS: tuple[On, ...] = ("unassigned", "unacknowledged", "breached")
STOPS = ("acknowledged", "assigned", "resolved")
SOURCES = ("email", "web", "api", "import", "alert")
FIELDS = ("priority", "category", "source")
PUNCTUAL = timedelta(minutes=1)
"""A step done within this time of its plan is on time."""

DEFAULT_STOPS: dict[str, tuple[str, ...]] = {
    "unassigned": ("assigned", "resolved"),
    "unacknowledged": ("acknowledged", "resolved"),
    "breached": ("resolved",),
}
ARMED_BY: dict[str, frozenset[str]] = {
    "IncidentCreated": frozenset(("unassigned", "unacknowledged")),
    "IncidentUnassigned": frozenset(("unassigned",)),
    "IncidentRecalled": frozenset(("unassigned",)),
    "IncidentReopened": frozenset(("unassigned", "unacknowledged")),
    "IncidentRestored": frozenset(("unassigned", "unacknowledged")),
    "SlaBreached": frozenset(("breached",)),
}
"""Events after which a trigger's state may have begun."""
STOPPED_BY: dict[str, str] = {
    "IncidentAssigned": "assigned",
    "IncidentAcknowledged": "acknowledged",
    "IncidentResolved": "resolved",
    "IncidentClosed": "closed",
    "IncidentMerged": "closed",
}
"""Events that may end a run, and the fact each stands for."""
_ENDED_BY = {"unassigned": "assigned", "unacknowledged": "acknowledged"}
_ALWAYS = frozenset(("resolved", "closed"))


@dataclass(frozen=True, slots=True)
class Condition:
    """`field:value,value`: one of the values, or with a minus before it none of them. Positions count from 0."""

    field: str
    values: tuple[str, ...]
    negated: bool
    positions: tuple[int, ...]


class BadCondition(BadValue):
    """Conditions that cannot be read; every sentence says at which position."""


_TERM = re.compile(r"(-?)([A-Za-z_]+):(.*)", re.DOTALL)


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """The conditions in `priority:critical,high -category:network`: all of them must hold. Raises `BadCondition`."""
    found = []
    for word in re.finditer(r"\S+", text):
        term = _TERM.fullmatch(word.group())
        if term is None:
            raise BadCondition(
                "At position {position}: write field:value, several values separated by commas.", position=word.start()
            )
        negated, name, values = term.groups()
        if name.lower() not in FIELDS:
            raise BadCondition(
                "At position {position}: there is no field {name}; use {names}.",
                position=word.start() + len(negated),
                name=name,
                names=", ".join(FIELDS),
            )
        positions, start = [], word.start() + term.start(3)
        parts = values.split(",")
        for part in parts:
            if not part:
                raise BadCondition("At position {position}: a value is missing.", position=start)
            positions.append(start)
            start += len(part) + 1
        found.append(Condition(name.lower(), tuple(part.lower() for part in parts), bool(negated), tuple(positions)))
    return tuple(found)


def matches(conditions: Iterable[Condition], facts: Mapping[str, frozenset[str]]) -> bool:
    """Whether all conditions hold. `facts` says for each field by which words the incident's value goes."""
    return all(bool(facts[c.field] & set(c.values)) != c.negated for c in conditions)


@dataclass(frozen=True, slots=True)
class Action:
    """One act of a step. `kind` and `ref` name whom, `target` is the id found when the policy was saved."""

    do: Literal["notify", "raise_priority", "reassign"]
    channel: str = "email"
    kind: Literal["role", "user", "team"] | None = None
    ref: str = ""
    target: UUID | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is done together, `after` the step before."""

    after: timedelta
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """A policy as a run keeps it: later changes of the policy don't touch a run that has started."""

    name: str
    on: On
    after: timedelta
    conditions: str
    steps: tuple[Step, ...]
    repeat: int
    stop_on: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an incident is like now, as far as ladders care."""

    words: Mapping[str, frozenset[str]]
    is_open: bool
    is_paused: bool
    is_owned: bool
    is_breached: bool
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a due run: `end` (and why), `wait` for the end of a pause, or `go`."""

    kind: Literal["end", "wait", "go"]
    because: str = ""


def holds(on: On, situation: Situation) -> bool:
    """Whether a trigger's state is given."""
    if on == "unassigned":
        return not situation.is_owned
    if on == "unacknowledged":
        return situation.acknowledged_at is None
    return situation.is_breached


def judge(ladder: Ladder, situation: Situation, *, triggered_at: datetime, started: bool) -> Verdict:
    """What becomes of a due run."""
    if not situation.is_open:
        return Verdict("end", "resolved")
    if situation.is_paused:
        return Verdict("wait")
    if not started:
        if not holds(ladder.on, situation):
            return Verdict("end", _ENDED_BY.get(ladder.on, "resolved"))
        if not matches(parse_conditions(ladder.conditions), situation.words):
            return Verdict("end", "conditions")
    # Facts whose event was missed because the module was off then.
    if ladder.on == "unassigned" and "assigned" in ladder.stop_on and situation.is_owned:
        return Verdict("end", "assigned")
    acknowledged = situation.acknowledged_at is not None and situation.acknowledged_at >= triggered_at
    if "acknowledged" in ladder.stop_on and acknowledged:
        return Verdict("end", "acknowledged")
    return Verdict("go")


def ends(ladder: Ladder, fact: str, *, started: bool) -> bool:
    """Whether a fact that has just happened ends a run."""
    if fact in _ALWAYS or fact in ladder.stop_on:
        return True
    return not started and _ENDED_BY.get(ladder.on) == fact


def following(ladder: Ladder, step: int, round_: int) -> tuple[int, int] | None:
    """The step after a step and its round (both counted from 0), or None after the last."""
    if step + 1 < len(ladder.steps):
        return step + 1, round_
    return (0, round_ + 1) if round_ < ladder.repeat else None


def wait_for(ladder: Ladder, step: int) -> timedelta:
    """How long after the step before it a step comes; the first one of a further round waits for the trigger's time anew."""
    return ladder.steps[step].after + (ladder.after if step == 0 else timedelta())


def planned_after(planned: datetime, done: datetime, wait: timedelta) -> datetime:
    """When the next step comes: counted from the plan, or from when the last one was done if that was late."""
    return (planned if done - planned <= PUNCTUAL else done) + wait


def repeats_without_pause(ladder: Ladder) -> bool:
    """Whether all rounds would come at once."""
    return ladder.repeat > 0 and not any(wait_for(ladder, step) for step in range(len(ladder.steps)))


_REASONS = {
    "unassigned": "nobody is assigned",
    "unacknowledged": "nobody has acknowledged it",
    "breached": "it is overdue",
}


def reason(ladder: Ladder, step: int, round_: int) -> str:
    """Why a step was done, in words (step and round counted from 0)."""
    since = f" for {spell_duration(ladder.after)}" if ladder.after else ""
    again = f", round {round_ + 1}" if round_ else ""
    return f"{ladder.name}: {_REASONS[ladder.on]}{since} (step {step + 1}{again})"
