"""What a policy's ladder does when, from data alone.

The decisions this page takes (docs of the domain: "Escalation, reminders"):

- A run is *armed* when the trigger's state begins (nobody owns the incident, nobody has acknowledged it, a clock was
  warned of or breached, it was reopened or raised) and *starts* `trigger.after` later. The conditions are judged then, by
  what the incident is like then; a trigger whose state has ended meanwhile starts nothing.
- `no_update` counts from the last thing that a member other than the reporter did to the incident. Each such thing moves
  a run that hasn't started; one that has ends, and counting begins anew.
- `near_breach` starts once for each clock, however many warnings there are, and again when its due time moved away.
- The first step comes `after` the start, each other step `after` the one before it. A further round (`repeat`) waits for
  `trigger.after` anew, then climbs the ladder from its first step.
- A step counts from the planned time of the step before it. Was that one more than a minute late (the worker was down),
  from the time it was done: late steps come in order and never in a burst.
- A step whose notices reached nobody makes the next step of its round come at once. The next round comes when it would
  have come anyway.
- Times are counted around the clock, or in the hours that the policy kept when the run was armed.
- While the incident's status pauses the SLA the run waits; what was left is left when the pause ends.
- While the incident is deleted the run rests; the time counts, so that what came due meanwhile is done when it is restored.
- A run ends when the incident is resolved or closed, when a fact named in `stop_on` happens, or after its last
  step. Before the start it ends, too, with the trigger's own state. One that an acknowledgement stopped goes on, with
  what was left, when the acknowledgement is taken back.
- Escalating by hand outruns a run, which goes on behind it, or stops it: as the policy says (`on_manual`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

from tocsin.base.durations import spell_duration

On = Literal["unassigned", "unacknowledged", "no_update", "near_breach", "breached", "reopened", "priority_raised"]
TRIGGERS: tuple[On, ...] = (
    *("unassigned", "unacknowledged", "no_update", "near_breach", "breached", "reopened", "priority_raised"),
)
WITH_CLOCK: tuple[On, ...] = ("near_breach", "breached")
"""Triggers that may be narrowed to one clock."""
STOPS = ("acknowledged", "assigned", "resolved")
PUNCTUAL = timedelta(minutes=1)
"""A step done within this time of its plan is on time."""

DEFAULT_STOPS: dict[str, tuple[str, ...]] = {
    "unassigned": ("assigned", "resolved"),
    "unacknowledged": ("acknowledged", "resolved"),
    "no_update": ("resolved",),
    "near_breach": ("resolved",),
    "breached": ("resolved",),
    "reopened": ("acknowledged", "resolved"),
    "priority_raised": ("acknowledged", "resolved"),
}
_AT_ONCE = ("unassigned", "unacknowledged", "no_update")
ARMED_BY: dict[str, frozenset[str]] = {
    "IncidentCreated": frozenset(_AT_ONCE),
    "IncidentUnassigned": frozenset(("unassigned",)),
    "IncidentRecalled": frozenset(("unassigned",)),
    "IncidentUnacknowledged": frozenset(("unacknowledged",)),
    "IncidentReopened": frozenset((*_AT_ONCE, "reopened")),
    "IncidentRestored": frozenset(_AT_ONCE),
    "IncidentPriorityChanged": frozenset(("priority_raised",)),
    "SlaWarning": frozenset(("near_breach",)),
    "SlaBreached": frozenset(("breached",)),
}
"""Events after which a trigger's state may have begun."""
STOPPED_BY: dict[str, str] = {
    "IncidentAssigned": "assigned",
    "IncidentAcknowledged": "acknowledged",
    "IncidentResolved": "resolved",
    "IncidentClosed": "closed",
    "IncidentMerged": "closed",
    "IncidentEscalated": "escalated",
}
"""Events that may end a run, and the fact each stands for."""
UPDATED_BY = (
    *("CommentAdded", "ProgressReported", "AttachmentAdded", "TaskCreated", "TaskUpdated", "TaskCompleted"),
    *(
        "IncidentUpdated",
        "IncidentTransitioned",
        "IncidentPriorityChanged",
        "IncidentAcknowledged",
        "DueChanged",
        "ExtensionDecided",
    ),
    *("IncidentAssigned", "IncidentUnassigned", "IncidentDelegated", "IncidentRecalled", "TeamChanged"),
    "IncidentEscalated",
)
"""What counts as an update when a member does it."""
_ENDED_BY = {
    "unassigned": "assigned",
    "unacknowledged": "acknowledged",
    "no_update": "updated",
    "near_breach": "in_time",
    "priority_raised": "lowered",
}
_ALWAYS = frozenset(("resolved", "closed"))


class Hours(Protocol):
    """Which time counts, as calendars of the service levels say it."""

    def add_working(self, start: datetime, amount: timedelta) -> datetime:
        """The earliest time at which `amount` of it has passed since `start`."""

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of it there is in a stretch."""


@dataclass(frozen=True, slots=True)
class Action:
    """One act of a step. `kind` and `ref` name whom, `target` is the id found when the policy was saved.

    `channel` empty: each person is told by their own rules.
    """

    do: Literal["notify", "raise_priority", "reassign", "declare_major"]
    channel: Literal["email", "sms", "slack", ""] = ""
    kind: Literal["role", "user", "team", "schedule", "manager_of"] | None = None
    ref: str = ""
    target: UUID | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What is done together, `after` the step before."""

    after: timedelta
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """A policy as a run keeps it: later changes of the policy don't touch a run that has started.

    `times` counts reopenings, `clock` narrows to one clock (empty: either), `hours` is the version of the calendar that it
    counts in (None: around the clock).
    """

    name: str
    on: On
    after: timedelta
    conditions: str
    steps: tuple[Step, ...]
    repeat: int
    stop_on: tuple[str, ...]
    times: int = 1
    clock: str = ""
    hours: str | None = None
    on_manual: Literal["outrun", "stop"] = "outrun"


@dataclass(frozen=True, slots=True)
class About:
    """What a run was armed by: the clock and its due time, or the level that the priority was raised to."""

    clock: str = ""
    due_at: datetime | None = None
    level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an incident is like now, as far as ladders care. `running` are the clocks that run, with their due times."""

    is_open: bool
    is_paused: bool
    is_owned: bool
    is_breached: bool
    acknowledged_at: datetime | None
    level: int = 0
    reopen_count: int = 0
    running: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a due run: `end` (and why), `wait` for the end of a pause, or `go`."""

    kind: Literal["end", "wait", "go"]
    because: str = ""


def begins(ladder: Ladder, event: str, facts: Mapping[str, Any], levels: Mapping[str, int]) -> About | None:
    """What a run would be about that an event arms, or None when the event is not of this ladder.

    `levels` are the priorities' by their slugs. Whether the state is given is for `holds` to say.
    """
    if ladder.on not in ARMED_BY.get(event, ()):
        return None
    if event == "IncidentUnassigned" and facts.get("as") != "owner":
        return None
    if event == "IncidentRecalled" and facts.get("to") is not None:
        return None
    if ladder.on in WITH_CLOCK:
        if facts["clock"] == "team":
            return None  # how long a team has had it is no clock of the incident's
        due = facts["due_at"]
        about = About(facts["clock"], datetime.fromisoformat(due) if isinstance(due, str) else due)
        return about if ladder.clock in ("", about.clock) else None
    if ladder.on == "priority_raised":
        before, after = levels.get(facts.get("from", "")), levels.get(facts.get("to", ""))
        return About(level=after) if before is not None and after is not None and after < before else None
    return About()


def holds(ladder: Ladder, situation: Situation, about: About) -> bool:
    """Whether the trigger's state is given. `no_update` always is: an update moves the run."""
    if ladder.on == "unassigned":
        return not situation.is_owned
    if ladder.on == "unacknowledged":
        return situation.acknowledged_at is None
    if ladder.on == "near_breach":
        due = situation.running.get(about.clock)
        return due is not None and (about.due_at is None or due <= about.due_at)
    if ladder.on == "breached":
        return situation.is_breached
    if ladder.on == "reopened":
        return situation.reopen_count >= ladder.times
    if ladder.on == "priority_raised":
        return about.level is None or situation.level <= about.level
    return True


def judge(
    ladder: Ladder,
    situation: Situation,
    about: About,
    *,
    triggered_at: datetime,
    started: bool,
    fits: bool,
) -> Verdict:
    """What becomes of a due run. `fits`: whether the incident fits the conditions now, which counts at the start only."""
    if not situation.is_open:
        return Verdict("end", "resolved")
    if situation.is_paused:
        return Verdict("wait")
    if not started:
        if not holds(ladder, situation, about):
            return Verdict("end", _ENDED_BY.get(ladder.on, "resolved"))
        if not fits:
            return Verdict("end", "conditions")
    elif ladder.on == "near_breach" and about.clock not in situation.running:
        return Verdict("end", "in_time")
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
    if fact == "escalated":
        return started and ladder.on_manual == "stop"
    if fact == "updated":
        return started and ladder.on == "no_update"
    return not started and _ENDED_BY.get(ladder.on) == fact


def following(ladder: Ladder, step: int, round_: int) -> tuple[int, int] | None:
    """The step after a step and its round (both counted from 0), or None after the last."""
    if step + 1 < len(ladder.steps):
        return step + 1, round_
    return (0, round_ + 1) if round_ < ladder.repeat else None


def is_last_of_round(ladder: Ladder, step: int) -> bool:
    """Whether a round ends with a step (counted from 0)."""
    return step + 1 == len(ladder.steps)


def wait_for(ladder: Ladder, step: int) -> timedelta:
    """How long after the step before it a step comes; the first one of a further round waits for the trigger's time anew."""
    return ladder.steps[step].after + (ladder.after if step == 0 else timedelta())


def planned_after(planned: datetime, done: datetime, wait: timedelta, hours: Hours) -> datetime:
    """When the next step comes: counted from the plan, or from when the last one was done if that was late."""
    return hours.add_working(planned if done - planned <= PUNCTUAL else done, wait)


@dataclass(frozen=True, slots=True)
class Coming:
    """The step that comes next (counted from 0) and when. `skipped` is the waiting that this round was spared so far."""

    step: int
    round: int
    at: datetime
    skipped: timedelta = timedelta()


def coming(
    ladder: Ladder,
    step: int,
    round_: int,
    *,
    planned: datetime,
    done: datetime,
    hours: Hours,
    skipped: timedelta = timedelta(),
    idle: bool = False,
) -> Coming | None:
    """What follows a step that was planned and done; `idle`: its notices reached nobody. None after the last."""
    place = following(ladder, step, round_)
    if place is None:
        return None
    wait = wait_for(ladder, place[0])
    if place[1] != round_:
        return Coming(*place, planned_after(planned, done, wait + skipped, hours))
    if idle:
        return Coming(*place, done, skipped + wait)
    return Coming(*place, planned_after(planned, done, wait, hours), skipped)


def repeats_without_pause(ladder: Ladder) -> bool:
    """Whether all rounds would come at once."""
    return ladder.repeat > 0 and not any(wait_for(ladder, step) for step in range(len(ladder.steps)))


def tells(ladder: Ladder) -> bool:
    """Whether it is there to tell anybody at all; one that isn't leaves the last resort alone."""
    return any(action.do == "notify" for step in ladder.steps for action in step.actions)


def feeds_itself(ladder: Ladder) -> bool:
    """Whether its own steps would bring about what starts it."""
    acts = {action.do for step in ladder.steps for action in step.actions}
    return ladder.on == "priority_raised" and "raise_priority" in acts


_CLOCKS = {"response": "the first reply", "update": "the next update", "resolution": "the resolution"}


def _state(ladder: Ladder, about: About) -> str:
    if ladder.on == "near_breach":
        return f"{_CLOCKS.get(about.clock, 'it')} is nearly due"
    if ladder.on == "reopened":
        return "it was reopened" + (f" {ladder.times} times" if ladder.times > 1 else "")
    return {
        "unassigned": "nobody is assigned",
        "unacknowledged": "nobody has acknowledged it",
        "no_update": "nobody has done anything",
        "breached": "it is overdue",
        "priority_raised": "its priority was raised",
    }[ladder.on]


def reason(ladder: Ladder, about: About, step: int, round_: int) -> str:
    """Why a step was done, in words (step and round counted from 0)."""
    since = f" for {spell_duration(ladder.after)}" if ladder.after else ""
    again = f", round {round_ + 1}" if round_ else ""
    return f"{ladder.name}: {_state(ladder, about)}{since} (step {step + 1}{again})"
