"""The two large clocks of an incident, drawn by the server as they stand; the script only lets them run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from tocsin.incidents import rules
from tocsin.incidents.model import IncidentView
from tocsin.sla.model import Clocks

_ICON = {
    "ok": "clock",
    "warn": "hourglass-high",
    "urgent": "flame",
    "breach": "bell-ringing",
    "pause": "player-pause",
    "met": "check",
    "late": "alert-triangle",
}


@dataclass(frozen=True, kw_only=True)
class Hero:
    """A large clock. Times as seconds since 1970 are for the script; `used` is the part of the target that is gone."""

    what: Literal["reply", "resolve"]
    state: str
    text: str
    used: float
    target: str | None
    due_at: datetime
    ended_at: datetime | None
    start: int
    due: int
    paused: int | None
    warnings: str
    percents: list[int]
    passed: int | None
    """The highest warning that is passed, in per cent."""
    original_due_at: datetime | None = None
    """When it was due before more time was granted."""

    @property
    def icon(self) -> str:
        """The icon of its state."""
        return _ICON[self.state]

    @property
    def look(self) -> str:
        """The class of its state: what ended late looks like a breach."""
        return "breach" if self.state == "late" else self.state

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None


def heroes(view: IncidentView, now: datetime, warnings: list[int]) -> list[Hero]:
    """The clocks that an incident has: what is due next stands first and large."""
    clocks = view.sla
    if clocks is None:
        return []
    reply = _hero("reply", clocks, view, now, warnings)
    solve = _hero("resolve", clocks, view, now, warnings)
    found = [one for one in (solve, reply) if one is not None]
    return sorted(found, key=lambda one: (not one.runs, one.due_at if one.runs else one.start))


def _hero(
    what: Literal["reply", "resolve"], clocks: Clocks, view: IncidentView, now: datetime, warnings: list[int]
) -> Hero | None:
    is_reply = what == "reply"
    due = clocks.response_due_at if is_reply else clocks.resolution_due_at
    if due is None:
        return None
    ended = clocks.first_response_at if is_reply else clocks.resolution_at
    late = clocks.response_breached_at if is_reply else clocks.resolution_breached_at
    minutes = clocks.response_target_minutes if is_reply else clocks.resolution_target_minutes
    paused = None if is_reply or view.resolved_at is not None else clocks.paused_at
    percents = sorted(warnings)
    start = clocks.started_at.timestamp()
    halted = paused.timestamp() if paused is not None else None
    at = (ended or now).timestamp()
    reading = rules.read_clock(at, start, due.timestamp(), [p / 100 for p in percents], halted)
    state: str = reading.state
    text = rules.long_time(reading.left)
    if ended is not None:
        state = "late" if late is not None or ended > due else "met"
        text = rules.spent_time((ended - clocks.started_at).total_seconds())
    passed = [percent for percent in percents if reading.used * 100 >= percent]
    return Hero(
        what=what,
        state=state,
        text=text,
        used=reading.used,
        target=rules.spent_time(minutes * 60) if minutes is not None else None,
        due_at=due,
        ended_at=ended,
        start=int(clocks.started_at.timestamp()),
        due=int(due.timestamp()),
        paused=int(paused.timestamp()) if paused is not None else None,
        warnings=",".join(str(percent / 100) for percent in percents),
        percents=percents,
        original_due_at=None if is_reply else clocks.original_due_at,
        passed=passed[-1] if passed and ended is None and reading.left >= 0 else None,
    )
