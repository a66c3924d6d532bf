"""Policies, runs and escalations: as clients write them, as the API shows them, as they stand in their rows."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tocsin.access.model import Named
from tocsin.base.durations import parse_duration
from tocsin.escalation.rules import About, Action as ActionRule, Ladder, On, Step as StepRule
from tocsin.incidents.model import IncidentName, PriorityRef

Stop = Literal["acknowledged", "assigned", "resolved"]
Hours = Literal["24x7", "business"]
OnManual = Literal["outrun", "stop"]
RunState = Literal["running", "finished", "stopped"]
Duration = Annotated[str, Meta(max_length=60)]
Ref = Annotated[str, Meta(max_length=320)]


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Whom an action means: one of a role (slug), a user (id, e-mail, or `owner`: the incident's), a team (id or slug).

    `manager_of` is `owner`: whom the incident's owner reports to, or the leads of their teams.
    """

    role: Ref | None = None
    user: Ref | None = None
    team: Ref | None = None
    schedule: Ref | None = None
    manager_of: Literal["owner"] | None = None

    def named(self) -> list[tuple[str, str]]:
        """The kinds that are given, with their references."""
        return [(name, value) for name in self.__struct_fields__ if (value := getattr(self, name)) is not None]


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One act of a step. `to` for notify and reassign, `channel` for notify only: without it each is told by their own rules."""

    do: Literal["notify", "raise_priority", "reassign", "declare_major"]
    to: Target | None = None
    channel: Literal["email", "sms", "slack"] | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is done together, `after` the step before (the first: after the start). An ISO 8601 duration."""

    after: Duration = "PT0S"
    actions: Annotated[list[Action], Meta(max_length=20)]


class Trigger(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which state starts the ladder, and how long it must last (an ISO 8601 duration).

    `no_update`: no member but the reporter has done anything for so long. `near_breach`: a clock has given its first
    warning; `breached`: it is overdue; `clock` narrows both to one. `reopened`: at least so many `times`.
    """

    on: On
    after: Duration = "PT0S"
    clock: Literal["response", "update", "resolution"] | UnsetType = UNSET
    times: Annotated[int, Meta(ge=1, le=1000)] | UnsetType = UNSET


class PolicyWarning(msgspec.Struct, frozen=True):
    """Something in a policy that has no effect as things stand: where, and why."""

    field: str
    message: str


class ReachGap(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """Ladders that start in this stretch reach nobody in time. `because`: `empty_rota`, `empty_group`, `away` (without a
    deputy), `inactive`, `no_channel`, `too_late`, `uncertain` (whom it reaches depends on the owner) or `tells_nobody`.
    """

    since: datetime
    until: datetime
    because: list[str] = []


class ReachSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What was found when a policy's reachability was last looked at: how many gaps in 30 days, and the first."""

    checked_at: datetime
    gaps: int
    first: ReachGap | None


class Reach(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """Whether at every instant somebody is reached by a verified channel `within` the promised time, else the gaps."""

    since: datetime
    until: datetime
    within: str
    is_reached: bool
    gaps: list[ReachGap]
    last_resort: UUID | None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """An escalation policy as the API shows it. `version` rises with every change.

    `warnings` name the actions for roles that nobody holds now: such an action is skipped, with a record.
    """

    id: UUID
    name: str
    is_active: bool
    conditions: str
    trigger: Trigger
    steps: list[Step]
    repeat: int
    stop_on: list[Stop]
    hours: Hours
    on_manual: OnManual
    version: int
    warnings: list[PolicyWarning]
    reach: ReachSeen | None
    activated_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ActivePolicy(msgspec.Struct, frozen=True):
    """A policy at work: what arming a run needs."""

    id: UUID
    version: int
    ladder: Ladder


class NextStep(msgspec.Struct, frozen=True):
    """The step a run does next (step and round counted from 1, `of` so many steps); `at` is null while the run waits for a
    pause to end.
    """

    step: int
    of: int
    round: int
    at: datetime | None
    actions: list[str]


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A policy at work on an incident. `started_at` is null until the trigger's time has passed."""

    id: UUID
    incident: IncidentName
    policy: Named
    policy_version: int
    state: RunState
    ended_because: str | None
    triggered_at: datetime
    started_at: datetime | None
    next_step: NextStep | None
    stop_on: list[str]
    paused_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Escalation(msgspec.Struct, frozen=True, kw_only=True):
    """One escalation of an incident: by hand, or a step of a policy (step and round counted from 1)."""

    id: UUID
    from_priority: PriorityRef | None
    to_priority: PriorityRef | None
    from_user: Named | None
    to_user: Named | None
    from_team: Named | None
    to_team: Named | None
    escalated_by: Named | None
    reason: str
    policy: Named | None
    run: UUID | None
    step: int | None
    round: int | None
    outcome: list[dict[str, Any]]
    escalated_at: datetime


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody being told of an escalation by their own rules. `next_at` is when the next rule is due."""

    id: UUID
    incident: IncidentName
    user: Named
    reason: str
    state: RunState
    ended_because: str | None
    started_at: datetime
    next_at: datetime | None


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How much a ladder did: notices by the hour of the organisation's day, at night (22 to 6) people are woken."""

    runs: int
    steps: int
    notices: int
    notices_at_night: int
    people_woken: int
    by_hour: list[int]


class ToldOften(msgspec.Struct, frozen=True):
    """A person, and how often they would have been told."""

    user: Named
    notices: int
    at_night: int


class BreachSeen(msgspec.Struct, frozen=True):
    """A recorded breach; `told_at` is when somebody would have been told before it came, null for too late."""

    incident: IncidentName
    clock: str
    due_at: datetime
    told_at: datetime | None


class RehearsedStep(msgspec.Struct, frozen=True):
    """A step that would have been taken: run, round and step counted from 1, and the ids of those told."""

    incident: IncidentName
    run: int
    round: int
    step: int
    at: datetime
    told: list[UUID]


class Rehearsal(msgspec.Struct, frozen=True, kw_only=True, rename={"since": "from", "until": "to"}):
    """What a policy `would` have done with the incidents that lived then, beside what was `recorded` of it.

    `breaches_in_time` of the `breaches` recorded would have been told of before they came. The lists hold the first 500.
    """

    since: datetime
    until: datetime
    incidents: int
    is_draft: bool
    would: Tally
    recorded: Tally
    people: list[ToldOften]
    breaches: int
    breaches_in_time: int
    breaches_seen: list[BreachSeen]
    steps: list[RehearsedStep]
    is_cut: bool


def roles_in(row: Any) -> list[tuple[str, str]]:
    """The roles that a policy's row tells: where (`steps[0].actions[1].to.role`), and which (slug)."""
    return [
        (f"steps[{n}].actions[{m}].to.role", action["to"]["role"])
        for n, step in enumerate(row["steps"])
        for m, action in enumerate(step["actions"])
        if "role" in action.get("to", {})
    ]


def policy_from(row: Any, warnings: list[PolicyWarning]) -> Policy:
    """A policy from its row."""
    steps = [
        {**step, "actions": [{k: v for k, v in action.items() if k != "target"} for action in step["actions"]]}
        for step in row["steps"]
    ]
    same = (
        "id",
        "name",
        "is_active",
        "conditions",
        "repeat",
        "stop_on",
        "hours",
        "on_manual",
        "version",
        "activated_at",
        "created_at",
        "updated_at",
    )
    return Policy(
        trigger=msgspec.convert(row["trigger"], Trigger),
        steps=msgspec.convert(steps, list[Step]),
        warnings=warnings,
        reach=msgspec.convert(row["reach"], ReachSeen) if row["reach"] is not None else None,
        **{name: row[name] for name in same},
    )


def ladder_from(row: Any, business: str | None = None) -> Ladder:
    """The ladder of a policy's row, ready to be kept by runs. `business` is the version of the calendar that those
    with business hours count in.
    """
    on: On = row["trigger"]["on"]
    return Ladder(
        name=row["name"],
        on=on,
        after=parse_duration(row["trigger"]["after"]),
        conditions=row["conditions"],
        steps=tuple(
            StepRule(parse_duration(step["after"]), tuple(_action(action) for action in step["actions"]))
            for step in row["steps"]
        ),
        repeat=row["repeat"],
        stop_on=tuple(row["stop_on"]),
        times=row["trigger"].get("times") or 1,
        clock=row["trigger"].get("clock") or "",
        hours=business if row.get("hours") == "business" else None,
        on_manual=row.get("on_manual") or "outrun",
    )


def _action(stored: dict[str, Any]) -> ActionRule:
    kind, ref = next(iter(stored.get("to", {}).items()), (None, ""))
    target = UUID(stored["target"]) if stored.get("target") else None
    return ActionRule(stored["do"], stored.get("channel", ""), kind, ref, target)


def snapshot_from(row: Any) -> Ladder:
    """The ladder that a run keeps."""
    return msgspec.convert(row["snapshot"], Ladder)


def about_from(row: Any) -> About:
    """What a run was armed by."""
    return msgspec.convert(row["about"], About)


def named(ref: UUID | None, name: str | None) -> Named | None:
    """An id with its name, or nothing."""
    return Named(ref, name or "") if ref is not None else None
