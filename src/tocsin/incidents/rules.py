"""Pure decisions of the lifecycle: references, what a change of status means, who may delegate and recall what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

Change = Literal["none", "transition", "pause", "resume", "resolve", "close", "reopen", "refuse-terminal"]


@dataclass(frozen=True, slots=True)
class StatusFacts:
    """What a rule needs to know of a status."""

    id: UUID
    is_terminal: bool
    is_resolved: bool
    pauses: bool


def reference_code(prefix: str, number: int) -> str:
    """`INC-000123`: at least six digits, so that codes of a tenant line up for its first million."""
    return f"{prefix}{number:06d}"


def change_of_status(old: StatusFacts, new: StatusFacts) -> Change:
    """What moving from one status to another does to the incident and its clocks."""
    if old.id == new.id:
        return "none"
    if old.is_terminal:
        return "refuse-terminal"
    if new.is_terminal:
        return "close"
    if new.is_resolved:
        return "transition" if old.is_resolved else "resolve"
    if old.is_resolved:
        return "reopen"
    if new.pauses == old.pauses:
        return "transition"
    return "pause" if new.pauses else "resume"


def may_reopen(
    *, is_terminal: bool, is_resolved: bool, closed_at: datetime | None, now: datetime, window_days: int
) -> str | None:
    """Why an incident cannot be reopened, or None when it can: from resolved always, from closed within the window."""
    if is_resolved:
        return None
    if not is_terminal:
        return "The incident is open already."
    if closed_at is not None and now - closed_at > timedelta(days=window_days):
        return f"It was closed more than {window_days} days ago; create a new incident instead."
    return None


_TAG = re.compile(r'\s*(W/)?"([^"]*)"\s*')


def matches(if_match: str, version: int) -> bool:
    """Whether an If-Match header names a version: `*`, or one of its entity tags, compared strongly (RFC 9110 13.1.1).

    What stands behind a tag's dot tells what else was shown: clocks and names move without a new version.
    """
    if if_match.strip() == "*":
        return True
    tags = [_TAG.fullmatch(part) for part in if_match.split(",")]
    return any(tag is not None and tag[1] is None and tag[2].partition(".")[0] == str(version) for tag in tags)


@dataclass(frozen=True, slots=True)
class Held:
    """An active assignment, the people it was delegated along (the nearest delegator first), and when it falls back."""

    assignment_id: UUID
    user_id: UUID
    capacity: str
    delegators: tuple[UUID, ...]
    until: datetime | None = None


def refuse_delegation(held: Sequence[Held], source: Held, target: UUID) -> str | None:
    """Why work cannot be delegated to somebody, or None when it can. Chains are allowed, cycles are not."""
    if target == source.user_id:
        return "This person has the work already."
    if target in source.delegators:
        return "This person delegated the work; they can recall it instead."
    if any(other.user_id == target for other in held):
        return "This person works on the incident already."
    return None


def find_recalled(held: Sequence[Held], by: UUID) -> Held | None:
    """The assignment that `by` has delegated, directly or further back in the chain, or None."""
    return next((item for item in held if by in item.delegators), None)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two times, None being never: work handed on falls back no later than what it was handed on from."""
    return min((moment for moment in (one, other) if moment is not None), default=None)


def falls_back_to(links: Sequence[tuple[UUID, datetime | None]], now: datetime) -> UUID | None:
    """To whom work goes at `now`: of those whose time has come the first to have delegated it, or None.

    `links` are the delegators with the time each has set, the nearest first.
    """
    return next((who for who, until in reversed(links) if until is not None and until <= now), None)
