"""What reports count, and what the API shows of it. Every number of incidents carries the filters of the list behind it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal
from uuid import UUID

import msgspec

Dimension = Literal["all", "priority", "category", "team"]
DIMENSIONS: tuple[Dimension, ...] = ("all", "priority", "category", "team")
NOBODY = UUID(int=0)
"""The key of the row for all, and of what has no category or team."""
Key = tuple[Dimension, UUID]
COUNTS = ("created", "resolved", "met", "responded", "breached")


@dataclass(slots=True)
class DayCount:
    """What happened on one day (or on several, added up), of all incidents or of one priority, category or team.

    `met` are those of the resolved that never breached a clock, `extended` those of the met that only an extension saved: they
    are few, so that no day's count is kept of them. Times are counts by bucket; `hours` are creations by hour.
    """

    created: int = 0
    resolved: int = 0
    met: int = 0
    responded: int = 0
    breached: int = 0
    extended: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * 24)
    responses: Counter[int] = field(default_factory=Counter)
    resolutions: Counter[int] = field(default_factory=Counter)

    def add(self, other: DayCount) -> None:
        """Add another day to it."""
        for name in (*COUNTS, "extended"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.hours = [mine + theirs for mine, theirs in zip(self.hours, other.hours, strict=True)]
        self.responses.update(other.responses)
        self.resolutions.update(other.resolutions)


DayCounts = dict[tuple[Dimension, date, UUID], DayCount]


@dataclass(slots=True)
class Tally:
    """A period counted: the course of all incidents by day, and the sums of each priority, category and team."""

    days: dict[date, DayCount] = field(default_factory=dict)
    sums: dict[Key, DayCount] = field(default_factory=lambda: defaultdict(DayCount))

    def take(self, counts: DayCounts) -> None:
        """Add days that were counted from the records."""
        for (dimension, day, key), found in counts.items():
            if dimension == "all":
                self.days[day] = found
            self.sums[dimension, key].add(found)

    @property
    def all(self) -> DayCount:
        """All incidents of the period."""
        return self.sums["all", NOBODY]


# ---------------------------------------------------------------------------------------------------- what is shown


class Counted(msgspec.Struct, frozen=True):
    """A number of incidents, and the list's filters that find exactly these."""

    count: int
    query: str


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure. `before` is the same of the period before (null without comparison).

    Percent have one decimal; seconds are those of a wall clock. `of` is the list behind it: the incidents that were measured.
    """

    value: float | None
    before: float | None
    unit: Literal["incidents", "percent", "seconds"]
    of: Counted


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The measures of a period.

    `open` is of now (or of `as_of`), all others are of the period, each by the time of its own fact: created, resolved, answered,
    breached, escalated, reopened. `sla_met`: of the incidents resolved in it, those that never missed a due time, extensions
    counted; `sla_met_without_extensions`: those that needed none.
    `reopen_rate`: the share of those reopened among all that were resolved or reopened in it.
    """

    open: Figure
    created: Figure
    resolved: Figure
    sla_met: Figure
    sla_met_without_extensions: Figure
    sla_met_with_extension: Figure
    sla_missed: Figure
    breaches: Figure
    escalations: Figure
    reopened: Figure
    reopen_rate: Figure
    response_p50: Figure
    response_p90: Figure
    resolve_p50: Figure
    resolve_p90: Figure


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A part of what is open. `key` is an id, or the name of an age group; null for none."""

    key: str | None
    name: str
    open: Counted


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What a team or person has open, by what the clocks say: `soon` is due within 24 hours, `paused` waits."""

    key: str | None
    name: str
    open: Counted
    breached: Counted
    soon: Counted
    on_track: Counted
    paused: Counted


class OpenNow(msgspec.Struct, frozen=True, kw_only=True):
    """What is open. Ages count from creation."""

    by_status: list[Group]
    by_priority: list[Group]
    by_age: list[Group]
    by_team: list[Load]
    by_person: list[Load]


class Point(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """A day or a week of the period's course. What was resolved is either met, met with an extension, or missed."""

    first: date
    last: date
    created: Counted
    resolved: Counted
    met: Counted
    met_with_extension: Counted
    missed: Counted
    breaches: Counted


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A priority, category or team in the period, as `Point` counts it. Its key is its id, null for incidents without one."""

    key: str | None
    name: str
    created: Counted
    resolved: Counted
    met: Counted
    met_with_extension: Counted
    missed: Counted
    breaches: Counted


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """How long it took in the period, in seconds, by priority."""

    key: str
    name: str
    responded: Counted
    response_p50: float | None
    response_p90: float | None
    resolved: Counted
    resolve_p50: float | None
    resolve_p90: float | None


class Heat(msgspec.Struct, frozen=True, kw_only=True):
    """Creations by weekday (Monday first) and hour, in the organisation's zone: seven rows of 24."""

    weekdays: list[list[Counted]]
    most: int


class PeriodView(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """A row of whole days in the organisation's zone, both included, and where it begins and ends in UTC."""

    first: date
    last: date
    days: int
    starts_at: datetime
    ends_at: datetime


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """The dashboard's figures. `query` everywhere is the query of `/api/incidents/v1/incidents` that lists what was counted.

    `course` is by `unit`, `weeks` always by week (Monday first; the first and last may be cut).
    """

    period: PeriodView
    compared: PeriodView | None
    time_zone: str
    as_of: datetime
    unit: Literal["day", "week"]
    figures: Figures
    open: OpenNow
    course: list[Point]
    weeks: list[Point]
    times: list[Times]
    priorities: list[Row]
    categories: list[Row]
    teams: list[Row]
    heat: Heat


@dataclass(frozen=True, slots=True)
class OpenCounts:
    """What is open, counted: by status, priority and age group; by team and person, these by the state of the clocks too."""

    total: int
    statuses: dict[UUID, int]
    priorities: dict[UUID, int]
    ages: dict[int, int]
    teams: dict[UUID | None, dict[str, int]]
    people: dict[UUID | None, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Difference:
    """A day whose kept counts are not what its records say."""

    day: date
    dimension: Dimension
    key: UUID
    what: str
    kept: object
    counted: object


# ----------------------------------------------------------------------------------------------- against another's verdict


class Confusion(msgspec.Struct, frozen=True, kw_only=True):
    """Our verdict beside the log's, in incidents. `agreement` is the share on which the two agree; null of none."""

    both_met: int
    only_we_met: int
    only_log_met: int
    both_missed: int
    agreement: float | None


class RealityRow(msgspec.Struct, frozen=True, kw_only=True):
    """The incidents of one priority, as it is now."""

    priority: str
    name: str
    confusion: Confusion


class Dissent(msgspec.Struct, frozen=True, kw_only=True):
    """An incident on which the two differ. `used_minutes` are those that count, of `target_minutes`.

    `reason` is the first thing without which they would agree: `pauses`, `reopening`, `first_priority` (the promise of the
    priority that it had first), `calendar` (around the clock instead), else the `target` itself.
    """

    reference_code: str
    number: str
    priority: str
    we_say_met: bool
    due_at: datetime
    resolved_at: datetime
    target_minutes: int | None
    used_minutes: float
    reason: str


class Reality(msgspec.Struct, frozen=True, kw_only=True):
    """Our verdicts on imported incidents beside those of the log that they came from.

    `silent` have no verdict in the log, `unpromised` no target of ours or no resolution; neither is compared.
    """

    basis: str
    compared: int
    silent: int
    unpromised: int
    all: Confusion
    priorities: list[RealityRow]
    reasons: dict[str, int]
    differences: list[Dissent]


# ----------------------------------------------------------------------------------------------------- clock by clock


class ClockLists(msgspec.Struct, frozen=True, kw_only=True):
    """The lists behind the figures of a clock. `in_time` is met with or without an extension, `before` so in the period before."""

    met: Counted
    met_with_extension: Counted
    missed: Counted
    in_time: Counted
    before: Counted | None


class ClockOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a clock: met within the first promise, met within an extension of it, missed; null shares of none.

    `share_before` is the share that was met in the period compared with, extensions included.
    """

    clock: str
    met: int
    met_with_extension: int
    missed: int
    lists: ClockLists
    share: float | None
    share_without_extensions: float | None
    share_before: float | None = None


class ClockRow(msgspec.Struct, frozen=True, kw_only=True):
    """The clocks of one priority's incidents."""

    priority: str
    name: str
    clocks: list[ClockOutcome]


class ClockReport(msgspec.Struct, frozen=True, kw_only=True):
    """Each clock that was decided in the period, once: when it ended in time, or when its time was over."""

    period: PeriodView
    compared: PeriodView | None
    clocks: list[ClockOutcome]
    priorities: list[ClockRow]
