"""What clocks are made of: the promise as it was snapshotted, and all that happened to an incident's clocks since."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from tocsin.sla.rules.calendar import AROUND_THE_CLOCK, Calendar

ClockName = Literal["response", "update", "resolution"]
AnyClock = Literal["response", "update", "resolution", "team"]
"""The clocks that tell of themselves: those of an incident, and those of the teams that have it."""
CLOCKS: tuple[ClockName, ...] = ("response", "update", "resolution")
Span = tuple[datetime, datetime]
"""A closed stretch of time: from, to (the end belongs no more to it)."""
ALWAYS = "24x7"
"""The name of the calendar in which all time counts."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What is promised, in working minutes (None: no promise, no clock), and the priority (slug) that promises it."""

    response_minutes: int | None
    resolution_minutes: int | None
    priority: str
    update_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Which service-level policy, in which version, made a part of a promise: `what` is a clock, `calendar`, …"""

    what: str
    policy: str
    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The snapshot under which clocks run: later changes of priorities and settings don't touch it.

    `warning_percents` are fractions of the target, ascending; `calendar` names a version of one; `extensions` is how many
    an incident may have (None: any number); `sources` say where it all is from, what comes from the priority has none.
    `version` is that of this snapshot's own form.
    """

    targets: Targets
    warning_percents: tuple[int, ...]
    calendar: str = ALWAYS
    extensions: int | None = None
    sources: tuple[Source, ...] = ()
    version: int = 1

    def minutes(self, name: ClockName) -> int | None:
        """The target of a clock."""
        targets = self.targets
        found = {
            "response": targets.response_minutes,
            "update": targets.update_minutes,
            "resolution": targets.resolution_minutes,
        }
        return found[name]

    def source(self, what: str) -> Source | None:
        """The policy that made a part of the promise."""
        return next((source for source in self.sources if source.what == what), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One of them. `warned` is the highest percentage warned of so far (0: none)."""

    target_minutes: int | None = None
    due_at: datetime | None = None
    ended_at: datetime | None = None
    warned: int = 0
    breached_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All that happened to an incident's clocks. `paused_at` and `stopped_at` (deleted) are open stretches.

    `paused` and `gaps` (from resolution to reopening) are closed ones, in order. `breached_at` is the first breach
    recorded of response and resolution. `updated_at` is the last public update, `extended_at` when the extension to
    `extended_due_at` was granted. `calendar` is the one that the policy names.
    """

    policy: Policy
    started_at: datetime
    calendar: Calendar = AROUND_THE_CLOCK
    response: Clock = field(default_factory=Clock)
    update: Clock = field(default_factory=Clock)
    resolution: Clock = field(default_factory=Clock)
    updated_at: datetime | None = None
    fixed_due_at: datetime | None = None
    extended_at: datetime | None = None
    extended_due_at: datetime | None = None
    paused_at: datetime | None = None
    paused: tuple[Span, ...] = ()
    gaps: tuple[Span, ...] = ()
    stopped_at: datetime | None = None
    breached_at: datetime | None = None

    def clock(self, name: ClockName) -> Clock:
        """The clock of a name."""
        return {"response": self.response, "update": self.update, "resolution": self.resolution}[name]

    def with_clock(self, name: ClockName, clock: Clock) -> History:
        """The same history with another state of one clock."""
        return replace(self, **{name: clock})  # type: ignore[arg-type]  # the three are all clocks


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A warning (`percent` of the target is used) or a breach (`percent` None), to be told once.

    `at` is when it was reached, `late_seconds` how long after that it was found.
    """

    kind: Literal["warning", "breach"]
    clock: AnyClock
    percent: int | None
    due_at: datetime
    at: datetime
    late_seconds: int
