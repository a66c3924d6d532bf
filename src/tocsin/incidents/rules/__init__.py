"""Pure decisions of the lifecycle: references, what a change of status means, who may delegate and recall what, and what
a list says of the clocks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from tocsin.base.errors import N_

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
    """Why an incident cannot be reopened, or None when it can: from resolved always, from closed within the window.

    The sentence is a template: `{days}` is the window.
    """
    if is_resolved:
        return None
    if not is_terminal:
        return N_("The incident is open already.")
    if closed_at is not None and now - closed_at > timedelta(days=window_days):
        return N_("It was closed more than {days} days ago; create a new incident instead.")
    return None


LinkType = Literal["relates", "duplicates", "blocks", "caused_by", "child_of"]
LinkSeen = Literal[LinkType, "duplicated_by", "blocked_by", "causes", "parent_of"]
INVERSE: dict[LinkType, LinkSeen] = {
    "relates": "relates",
    "duplicates": "duplicated_by",
    "blocks": "blocked_by",
    "caused_by": "causes",
    "child_of": "parent_of",
}
"""What a link is called at its other end."""


def refuse_link(kind: LinkType, *, is_so: bool, circles: bool, has_parent: bool) -> str | None:
    """Why two incidents cannot be linked, or None when they can. A template: `{one}` is to be linked to `{code}`."""
    if is_so:
        return N_("{one} is linked to {code} in this way already.")
    if circles and kind == "child_of":
        return N_("{code} is part of {one} itself; an incident can't be part of its own part.")
    if circles:
        return N_("{code} is blocked by {one} itself; the two would wait for each other for ever.")
    if has_parent:
        return N_("{one} is part of another incident already; take that link away first.")
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
        return N_("This person has the work already.")
    if target in source.delegators:
        return N_("This person delegated the work; they can recall it instead.")
    if any(other.user_id == target for other in held):
        return N_("This person works on the incident already.")
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


def mark(value: str) -> str:
    """A short mark of a field's text, by which a form says what it was made of; line breaks as forms send them."""
    plain = value.replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:16]


FOLD_FROM = 6
"""So many lines in a row fold: shorter runs take hardly more room than the fold itself."""


def fold(is_line: Sequence[bool], *, keep_last: int = 2) -> list[tuple[int, int]]:
    """Which stretches of a timeline fold, as half-open ranges: long runs of lines but their first and their last ones."""
    found, start = [], 0
    for place in range(len(is_line) + 1):
        if place < len(is_line) and is_line[place]:
            continue
        if place - start >= FOLD_FROM:
            found.append((start + 1, place - keep_last))
        start = place + 1
    return found


# ------------------------------------------------------------------------------------------------ the clock of a list

ASLEEP = datetime(5000, 1, 1, tzinfo=UTC)
"""Of a paused clock no moment is due: what it has left stands in a queue as a distance from here (negative when late)."""
AWAKE_UNTIL = datetime(3000, 1, 1, tzinfo=UTC)
"""What a queue knows before this is a real due time, what it knows after is time left of a paused clock."""


@dataclass(frozen=True, slots=True)
class NextDue:
    """What an open incident has to meet next: a reply or its resolution, when, and since when that clock is paused."""

    what: Literal["reply", "resolve"]
    at: datetime
    paused_at: datetime | None = None


def next_due(
    response_due_at: datetime | None,
    first_response_at: datetime | None,
    resolution_due_at: datetime | None,
    resolution_at: datetime | None,
    paused_at: datetime | None,
) -> NextDue | None:
    """The clock that a list shows and sorts by: the one that is due first of those that run; None when none is left.

    The clock of the reply is never paused, so a paused incident without an answer shows that one.
    """
    if resolution_at is not None:
        return None
    reply = response_due_at if first_response_at is None else None
    if reply is not None and (resolution_due_at is None or paused_at is not None or reply <= resolution_due_at):
        return NextDue("reply", reply)
    return NextDue("resolve", resolution_due_at, paused_at) if resolution_due_at is not None else None


def queue_time(due: NextDue | None) -> datetime | None:
    """Where an incident stands in a queue by time left: its due time, or what is left of a paused clock from `ASLEEP`."""
    if due is None or due.paused_at is None:
        return due.at if due is not None else None
    return ASLEEP + (due.at - due.paused_at)


ClockState = Literal["ok", "warn", "urgent", "breach", "pause"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows: its state, the seconds left (negative when late), the fraction of the target that is used."""

    state: ClockState
    left: float
    used: float


def read_clock(now: float, start: float, due: float, warnings: Sequence[float], paused: float | None) -> Reading:
    """A clock at a moment (seconds since 1970). `warnings` are fractions of the target, ascending.

    Browsers go on by the same rule: `read` in assets/src/reading.ts.
    """
    at = now if paused is None else paused
    left, whole = due - at, due - start
    used = min(1.0, max(0.0, (at - start) / whole)) if whole > 0 else 1.0
    if paused is not None:
        return Reading("pause", left, used)
    if left < 0:
        return Reading("breach", left, 1.0)
    passed = sum(used >= warning for warning in warnings)
    return Reading("ok" if passed == 0 else "urgent" if 1 < passed >= len(warnings) else "warn", left, used)


def short_time(seconds: float) -> str:
    """`4:12` under ten minutes, `47m`, `1h 22m`, `2d 7h`; late `−0:12`, then `−1m`. As `short` in assets/src/reading.ts."""
    sign = "\N{MINUS SIGN}" if seconds < 0 else ""
    left = abs(int(seconds))
    minutes = left // 60
    if left < (600 if seconds >= 0 else 60):
        return f"{sign}{minutes}:{left % 60:02d}"
    if minutes < 60:
        return f"{sign}{minutes}m"
    if minutes < 1440:
        return f"{sign}{minutes // 60}h {minutes % 60:02d}m"
    return f"{sign}{minutes // 1440}d {minutes % 1440 // 60}h"


def long_time(seconds: float) -> str:
    """`1:22:41`, past a day `2d 7h`; late with a minus sign."""
    left, sign = abs(int(seconds)), "\u2212" if seconds < 0 else ""
    if left >= 86_400:
        return f"{sign}{left // 86_400}d {left % 86_400 // 3600}h"
    return f"{sign}{left // 3600}:{left % 3600 // 60:02d}:{left % 60:02d}"


def spent_time(seconds: float) -> str:
    """Hours and minutes, `0:09`; past two days `2d 7h`."""
    minutes = int(seconds) // 60
    if minutes >= 2880:
        return f"{minutes // 1440}d {minutes % 1440 // 60}h"
    return f"{minutes // 60}:{minutes % 60:02d}"
