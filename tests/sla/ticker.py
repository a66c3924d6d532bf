"""The two clocks once more, the slow and obvious way: minute by minute, for the property tests to compare with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

RESPONSE: Final = "response"
RESOLUTION: Final = "resolution"
Told = tuple[int, str, int | None]
"""Minute, clock, percentage (None: breach)."""


@dataclass
class Ticker:
    """Minute 0 is the start. `fixed` is the fixed due minute; `targets` are minutes in force for each clock."""

    policy: dict[str, int | None]
    percents: list[int]
    fixed: int | None = None
    paused: bool = False
    minute: int = 0
    answered: bool = False
    resolved: bool = False
    deleted: bool = False
    targets: dict[str, int | None] = field(default_factory=dict)
    fixed_in_force: int | None = None
    ran: dict[str, list[int]] = field(default_factory=lambda: {RESPONSE: [], RESOLUTION: []})
    warned: dict[str, int] = field(default_factory=lambda: {RESPONSE: 0, RESOLUTION: 0})
    breached: dict[str, int] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.take_policy()

    def ended(self, clock: str) -> bool:
        return self.resolved or (clock == RESPONSE and self.answered)

    def runs(self, clock: str) -> bool:
        return not self.ended(clock) and not (clock == RESOLUTION and self.paused)

    def used(self, clock: str) -> int:
        return len(self.ran[clock])

    def take_policy(self) -> None:
        for clock in (RESPONSE, RESOLUTION):
            if not self.ended(clock):
                self.targets[clock] = self.policy[clock]
        if not self.resolved:
            self.fixed_in_force = self.fixed

    def act(self, verb: str, given: Any = None) -> None:
        if verb == "respond":
            self.answered = True
        elif verb == "resolve" and not self.resolved:
            self.resolved, self.paused = True, False
        elif verb == "reopen" and self.resolved:
            self.resolved = False
            self.take_policy()
        elif verb == "pause":
            self.paused = True
        elif verb == "resume":
            self.paused = False
        elif verb == "retarget":
            self.policy, self.percents = given
            self.take_policy()
        elif verb == "fix":
            self.fixed = given
            self.take_policy()
        elif verb == "delete":
            self.deleted = True
        elif verb == "restore" and self.deleted:
            self.deleted = False
            self.look(silent=True)

    def passed(self, clock: str, percent: int) -> bool:
        """Whether that part of the target was used and the clock ran then, or runs now."""
        target = self.targets[clock]
        if clock == RESOLUTION and self.fixed_in_force is not None:
            moment = self.fixed_in_force * percent // 100
            return (self.runs(clock) and self.minute >= moment) or any(m >= moment for m in self.ran[clock])
        if target is None:
            return False
        threshold = target * percent // 100
        return self.used(clock) > threshold or (self.runs(clock) and self.used(clock) == threshold)

    def look(self, *, silent: bool = False) -> list[Told]:
        """What is told in this minute."""
        found: list[Told] = []
        for clock in (RESPONSE, RESOLUTION):
            if clock in self.breached:
                continue
            for percent in [] if self.ended(clock) else sorted(self.percents):
                if percent > self.warned[clock] and self.passed(clock, percent):
                    self.warned[clock] = percent
                    found.append((self.minute, clock, percent))
            if self.passed(clock, 100):
                self.breached[clock] = self.minute
                found.append((self.minute, clock, None))
        if silent or self.deleted:
            return []
        self.told += found
        return found

    def tick(self) -> None:
        for clock in (RESPONSE, RESOLUTION):
            if self.runs(clock):
                self.ran[clock].append(self.minute)
        self.minute += 1
