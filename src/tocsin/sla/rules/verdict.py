"""Whether a resolution came in time under a promise that need not be the one it had, and what decides about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from tocsin.sla.rules.calendar import AROUND_THE_CLOCK, Calendar
from tocsin.sla.rules.clocks import retargeted, used
from tocsin.sla.rules.history import Clock, History, Policy

Reason = Literal["pauses", "reopening", "first_priority", "calendar", "target"]
REASONS: tuple[Reason, ...] = ("pauses", "reopening", "first_priority", "calendar", "target")


@dataclass(frozen=True, slots=True)
class Verdict:
    """When it would have been due, whether it was resolved by then, and how much of the target was used."""

    due_at: datetime
    ended_at: datetime
    met: bool
    used: timedelta
    target_minutes: int | None


def due_under(
    history: History, policy: Policy, calendar: Calendar, *, pauses: bool = True, gaps: bool = True
) -> datetime | None:
    """When the resolution would have been due under a promise, counted from the incident's own start.

    Extensions and due times given by hand belong to the promise that there was. Without `pauses` or `gaps` (from a
    resolution to the reopening) time runs on through them.
    """
    bare = replace(
        history,
        resolution=Clock(),
        fixed_due_at=None,
        extended_at=None,
        extended_due_at=None,
        paused=history.paused if pauses else (),
        paused_at=history.paused_at if pauses else None,
        gaps=history.gaps if gaps else (),
    )
    return retargeted(bare, policy, calendar).resolution.due_at


def judge(history: History, policy: Policy, calendar: Calendar) -> Verdict | None:
    """The verdict on a resolved incident under a promise; None without a resolution or a target."""
    ended, due = history.resolution.ended_at, due_under(history, policy, calendar)
    if ended is None or due is None:
        return None
    spent = used(replace(history, policy=policy, calendar=calendar), "resolution", ended)
    return Verdict(due, ended, ended <= due, spent, policy.targets.resolution_minutes)


def why_not(
    history: History, policy: Policy, calendar: Calendar, said: bool, others: Sequence[tuple[Policy, Calendar]] = ()
) -> Reason:
    """What makes a verdict differ from what somebody else says: the first thing without which the two would agree.

    `others` are promises of priorities that the incident had before. When nothing alone explains it, the target does.
    """
    ended = history.resolution.ended_at

    def agrees(due: datetime | None) -> bool:
        return due is not None and ended is not None and (ended <= due) == said

    if history.paused and agrees(due_under(history, policy, calendar, pauses=False)):
        return "pauses"
    if history.gaps and agrees(due_under(history, policy, calendar, gaps=False)):
        return "reopening"
    if any(agrees(due_under(history, *other)) for other in others):
        return "first_priority"
    if calendar is not AROUND_THE_CLOCK and agrees(due_under(history, policy, AROUND_THE_CLOCK)):
        return "calendar"
    return "target"
