"""What the clocks of an incident must say, worked out the slow and obvious way from what people did, half minute by half
minute. It knows nothing of the code it judges.

People act at odd halves, timers come due at even ones: no act ever falls on the moment of a timer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

HALF = timedelta(seconds=30)
RESPONSE: Final = "response"
RESOLUTION: Final = "resolution"
UPDATE: Final = "update"
CLOCKS = (RESPONSE, UPDATE, RESOLUTION)
Told = tuple[int, str, int | None]
"""When (in halves), of which clock, the percentage (None: breach)."""


@dataclass(frozen=True, slots=True)
class Climate:
    """A place and a week to work in, from when the story begins. `week`: for each day (Monday first) minutes of the day."""

    start: datetime
    zone: str = "UTC"
    week: tuple[tuple[tuple[int, int], ...], ...] = ()

    @property
    def is_always_open(self) -> bool:
        return not self.week


@lru_cache(maxsize=64)
def working(climate: Climate, halves: int) -> bytes:
    """Which halves count, from the start on: what the wall's clock shows at each."""
    if climate.is_always_open:
        return bytes([1]) * halves
    zone, found = ZoneInfo(climate.zone), bytearray()
    for minute in range(halves // 2 + 1):
        wall = (climate.start + minute * 2 * HALF).astimezone(zone)
        shown = wall.hour * 60 + wall.minute
        today, before = climate.week[wall.weekday()], climate.week[(wall.weekday() - 1) % 7]
        counts = any(a <= shown < b for a, b in today) or any(a <= shown + 1440 < b for a, b in before)
        found += bytes([counts, counts])
    return bytes(found[:halves])


def recurring(climate: Climate, start: int, frequency: str, every: int, count: int) -> list[int]:
    """The times of a series, half by half: every so many hours, or whenever the wall's clock of a day shows what it did."""
    if frequency == "HOURLY":
        return [start + every * 120 * n for n in range(count)]
    zone = ZoneInfo(climate.zone)
    began = (climate.start + start * HALF).astimezone(zone)
    found: list[int] = []
    half = start
    while len(found) < count:
        wall = (climate.start + half * HALF).astimezone(zone)
        same = (wall.hour, wall.minute, wall.second) == (began.hour, began.minute, began.second)
        if same and (wall.date() - began.date()).days % every == 0:
            found.append(half)
        half += 1
    return found


def is_clear(climate: Climate, at: int) -> bool:
    """Whether the wall's clock shows this time of day once on every day: no clock of ours is changed at it."""
    return not 1 <= (climate.start + at * HALF).astimezone(ZoneInfo(climate.zone)).hour < 4


@dataclass(slots=True)
class Watch:
    """The three clocks of one incident. Times are halves since the story's start; targets are halves that count."""

    open: bytes
    at: int
    targets: dict[str, int | None]
    percents: Sequence[int]
    is_answered: bool = False
    is_resolved: bool = False
    is_deleted: bool = False
    extended: int | None = None
    """What an extension lets the resolution use, in halves that count."""
    paused_at: int | None = None
    ran: dict[str, list[int]] = field(default_factory=lambda: {clock: [] for clock in CLOCKS})
    """For each half that counted, when it was over."""
    stood: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLOCKS, -1))
    """What each clock had used when it last ran on, be it through closed hours."""
    warned: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLOCKS, 0))
    breached: dict[str, int] = field(default_factory=dict)
    due: dict[str, int | None] = field(default_factory=dict)
    in_force: dict[str, int | None] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._take_targets()

    # ------------------------------------------------------------------------------------------------- what people do

    def respond(self) -> None:
        self.is_answered = True

    def inform(self) -> None:
        """The public was told how it stands: the next word is due so much later, and warned of anew."""
        self.ran[UPDATE], self.stood[UPDATE], self.warned[UPDATE] = [], -1, 0
        self.breached.pop(UPDATE, None)
        self.due[UPDATE] = None
        self._take_targets()

    def pause(self) -> None:
        if self.paused_at is None:
            self.paused_at = self.at

    def resume(self) -> None:
        self.paused_at = None
        self._project()

    def resolve(self) -> None:
        if self.paused_at is not None:
            self.resume()  # the pause ends first: what was left is left
        self.is_resolved = True

    def reopen(self) -> None:
        self.is_resolved = False
        self._take_targets()

    def retarget(self, targets: dict[str, int | None]) -> None:
        self.targets = targets
        self._take_targets()

    def later(self, more: int) -> int | None:
        """When the resolution would be due with so many halves more; None where nobody may ask for that."""
        target = self.in_force.get(RESOLUTION)
        if target is None or self.is_resolved or self.paused_at is not None or RESOLUTION in self.breached:
            return None
        return self._used_up(RESOLUTION, target + more, self.at)

    def extend(self, more: int) -> None:
        target = self.in_force[RESOLUTION]
        assert target is not None
        self.extended = target + more
        self.in_force[RESOLUTION] = self.extended
        passed = [p for p in self.percents if len(self.ran[RESOLUTION]) >= self.extended * p // 100]
        self.warned[RESOLUTION] = max(passed, default=0)
        self._project()

    def delete(self) -> None:
        self.is_deleted = True

    def restore(self) -> None:
        self._look(silent=True)
        self.is_deleted = False

    # ------------------------------------------------------------------------------------------------------ what is so

    def ended(self, clock: str) -> bool:
        return self.is_resolved or (clock == RESPONSE and self.is_answered)

    def runs(self, clock: str) -> bool:
        return not self.ended(clock) and not (clock == RESOLUTION and self.paused_at is not None)

    def advance(self, to: int) -> None:
        """Let time pass; what is reached at `to` itself is told, too."""
        while self.at < to:
            for clock in CLOCKS:
                if self.runs(clock):
                    self.stood[clock] = len(self.ran[clock])
                    if self.open[self.at]:
                        self.ran[clock].append(self.at + 1)
            self.at += 1
            self._look()

    def _take_targets(self) -> None:
        if not self.is_resolved:
            for clock in CLOCKS:
                if not self.ended(clock):
                    self.in_force[clock] = self.targets[clock]
            if self.extended is not None:
                self.in_force[RESOLUTION] = max(self.targets[RESOLUTION] or 0, self.extended)
            self._project()
        self._look()

    def _project(self) -> None:
        """When each clock that runs would be used up, were nothing more to happen; a pause that is open does not count."""
        for clock in CLOCKS:
            target = self.in_force[clock]
            if self.ended(clock):
                continue
            if target is None:
                self.due[clock] = None
                continue
            ran, at = self.ran[clock], self.at
            if len(ran) >= target:
                self.due[clock] = ran[target - 1]
                continue
            if clock == RESOLUTION and self.paused_at is not None:
                at = self.paused_at
            self.due[clock] = self._used_up(clock, target, at)

    def _used_up(self, clock: str, target: int, at: int) -> int:
        """When a target is used up if the clock runs on from a moment."""
        left = target - len(self.ran[clock])
        while left > 0:
            left -= self.open[at]
            at += 1
        return at

    def _look(self, *, silent: bool = False) -> None:
        for clock in CLOCKS:
            target = self.in_force[clock]
            if target is None or clock in self.breached:
                continue
            found: list[Told] = []
            for percent in () if self.ended(clock) else self.percents:
                if percent > self.warned[clock] and self._passed(clock, target * percent // 100):
                    self.warned[clock] = percent
                    found.append((self.at, clock, percent))
            if self._passed(clock, target):
                self.breached[clock] = self.at
                found.append((self.at, clock, None))
            if not silent and not self.is_deleted:
                self.told += found

    def _passed(self, clock: str, threshold: int) -> bool:
        used = len(self.ran[clock])
        return used > threshold or (used == threshold and (self.runs(clock) or self.stood[clock] == threshold))
