"""Playing a ladder against what really happened to an incident: the same decisions as live runs, on a copy of the past.

What the ladder itself would have changed (an owner, a priority) holds until the record says otherwise. People, their
channels and absences are those of today; who was on call is known for any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from tocsin.escalation.rules.ladder import (
    STOPPED_BY,
    UPDATED_BY,
    WITH_CLOCK,
    About,
    Action,
    Hours,
    Ladder,
    Situation,
    begins,
    coming,
    ends,
    holds,
    is_last_of_round,
    judge,
    planned_after,
    tells,
)
from tocsin.escalation.rules.lives import Fact, Incident, apply, grouped
from tocsin.escalation.rules.people import People

_DONE = frozenset(("done", "conditions"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Levels of priorities, by slug; who is raised to what; which statuses pause, which are open."""

    levels: Mapping[str, int]
    raised: Mapping[str, str]
    pausing: frozenset[str]


@dataclass(slots=True)
class _Run:
    about: About
    triggered_at: datetime
    next_at: datetime | None
    remaining: timedelta | None = None
    paused_at: datetime | None = None
    started_at: datetime | None = None
    step: int = 0
    round: int = 0
    skipped: timedelta = timedelta()
    reached: bool = False
    number: int = 1
    not_before: datetime | None = None

    @property
    def done_at(self) -> datetime | None:
        """When what comes next is done: what came due while the incident was deleted is done when it is restored."""
        if self.next_at is None or self.not_before is None:
            return self.next_at
        return max(self.next_at, self.not_before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A step that would have been taken (run, step and round counted from 1), and who would have been told."""

    run: int
    step: int
    round: int
    at: datetime
    told: tuple[UUID, ...]
    reassigned: bool


Fits = Callable[[Incident], bool]


def play(
    ladder: Ladder,
    life: Sequence[Fact],
    catalogue: Catalogue,
    people: People,
    hours: Hours,
    fits: Fits,
    *,
    until: datetime,
    since: datetime | None = None,
) -> list[Played]:
    """The steps a ladder would have taken by `until`. `since`: the policy was activated then, and imports arm nothing.

    Without it the policy is taken to have been at work all along.
    """
    return _Play(ladder, catalogue, people, hours, fits, until, since).play(life)


class _Play:
    """One ladder on one incident."""

    def __init__(
        self,
        ladder: Ladder,
        catalogue: Catalogue,
        people: People,
        hours: Hours,
        fits: Fits,
        until: datetime,
        since: datetime | None,
    ) -> None:
        self.ladder, self.catalogue, self.people, self.hours = ladder, catalogue, people, hours
        self.fits, self.until, self.since = fits, until, since
        self.now = Incident()
        self.run: _Run | None = None
        self.stopped: tuple[_Run, timedelta] | None = None
        self.ended: set[str] = set()
        self.nearing: dict[str, datetime] = {}
        self.runs = 0
        self.played: list[Played] = []
        self.is_at_work = since is None

    def play(self, life: Sequence[Fact]) -> list[Played]:
        """Everything in its order; what happens at the very moment a step is due comes first."""
        for group in grouped(life):
            if not self.is_at_work and self.since is not None and group[0].at >= self.since:
                self._activate(self.since)
            self._climb_before(group[0].at)
            if group[0].at > self.until:
                return self.played
            for fact in group:
                self._apply(fact)
            for fact in group:
                self._react(fact)
        if not self.is_at_work and self.since is not None and self.since <= self.until:
            self._activate(self.since)
        self._climb_before(self.until + timedelta(microseconds=1))
        return self.played

    # ----------------------------------------------------------------------------------------------------- the past

    def _apply(self, fact: Fact) -> None:
        """What an event made of the incident."""
        apply(self.now, fact)

    def _react(self, fact: Fact) -> None:
        """What live runs do after an event, in the same order."""
        if not self.is_at_work:
            return
        if fact.name == "IncidentUnacknowledged":
            self._resume(fact.at)
        self._arm(fact)
        if fact.name in STOPPED_BY and not self._is_beside_the_point(fact):
            self._stop(STOPPED_BY[fact.name], fact.at)
        if fact.name in UPDATED_BY and fact.member is not None and str(fact.member) != self.now.reporter:
            self._note_update(fact)
        if fact.name == "IncidentTransitioned":
            self._hold(fact.at) if self._is_paused else self._release(fact.at)
        if fact.name == "IncidentDeleted":
            self._hold(fact.at)
        if fact.name == "IncidentRestored" and not self._is_paused:
            self._release(fact.at, counted=True)

    def _is_beside_the_point(self, fact: Fact) -> bool:
        if fact.name == "IncidentAssigned":
            return fact.facts.get("as") != "owner"
        return fact.name == "IncidentEscalated" and fact.facts.get("policy") is not None

    @property
    def _is_paused(self) -> bool:
        return self.now.status in self.catalogue.pausing

    @property
    def _is_alive(self) -> bool:
        return self.now.is_open and not self.now.is_deleted

    def _situation(self) -> Situation:
        now = self.now
        return Situation(
            is_open=now.is_open,
            is_paused=self._is_paused,
            is_owned=now.owner is not None,
            is_breached=now.is_breached,
            acknowledged_at=now.acknowledged_at,
            level=self.catalogue.levels.get(now.priority, 0),
            reopen_count=now.reopened,
            running=now.due,
        )

    # ----------------------------------------------------------------------------------------------------- the run

    def _activate(self, at: datetime) -> None:
        """The policy counts what is so already from its activation."""
        self.is_at_work = True
        self._climb_before(at)
        if not self._is_alive or self.ladder.on == "priority_raised":
            return
        if self.ladder.on not in WITH_CLOCK:
            self._begin(About(), at, at)
            return
        for clock in sorted(self.now.warned, key=lambda one: self.now.due.get(one, at)):
            if clock in self.now.due and self.ladder.clock in ("", clock):
                self._begin(About(clock, self.now.due[clock]), at, at)
                return

    def _arm(self, fact: Fact) -> None:
        about = begins(self.ladder, fact.name, fact.facts, self.catalogue.levels)
        if about is None or not self._is_alive or (fact.imported and self.since is not None):
            return
        if fact.name == "IncidentRestored" and (self.run is not None or self.ended & _DONE):
            return
        if self.ladder.on == "near_breach" and about.due_at is not None:
            known = self.nearing.get(about.clock)
            if known is not None and known >= about.due_at:
                return
        self._begin(about, fact.at, fact.at)

    def _begin(self, about: About, triggered_at: datetime, at: datetime) -> None:
        if self.run is not None or not holds(self.ladder, self._situation(), about):
            return
        if about.due_at is not None:
            self.nearing[about.clock] = about.due_at
        first = self.hours.add_working(triggered_at, self.ladder.after)
        self.runs += 1
        self.run = _Run(about, triggered_at, first, number=self.runs)
        if self._is_paused:
            self._hold(at)

    def _end(self, because: str) -> None:
        self.ended.add(because)
        self.run = None

    def _stop(self, because: str, at: datetime) -> None:
        run = self.run
        if run is None or not ends(self.ladder, because, started=run.started_at is not None):
            return
        if because == "acknowledged" and run.started_at is not None:
            self.stopped = (run, self._left(run, at))
        self._end(because)

    def _left(self, run: _Run, at: datetime) -> timedelta:
        if run.next_at is None:
            return run.remaining or timedelta()
        return self.hours.working_between(at, run.next_at)

    def _resume(self, at: datetime) -> None:
        if self.stopped is None or self.run is not None or not self._is_alive:
            return
        run, left = self.stopped
        self.stopped = None
        run.next_at, run.remaining, run.paused_at = self.hours.add_working(at, left), None, None
        self.run = run
        if self._is_paused:
            self._hold(at)

    def _note_update(self, fact: Fact) -> None:
        if self.ladder.on != "no_update" or not self._is_alive:
            return
        self._stop("updated", fact.at)
        run = self.run
        if run is None:
            self._begin(About(), fact.at, fact.at)
        elif run.triggered_at < fact.at:
            run.triggered_at = fact.at
            first = self.hours.add_working(fact.at, self.ladder.after)
            if run.next_at is not None:
                run.next_at = first
            else:
                run.remaining = self.hours.working_between(fact.at, first)

    def _hold(self, at: datetime) -> None:
        run = self.run
        if run is not None and run.next_at is not None:
            run.remaining, run.paused_at, run.next_at = self._left(run, at), at, None

    def _release(self, at: datetime, *, counted: bool = False) -> None:
        run = self.run
        if run is not None and run.next_at is None and run.paused_at is not None:
            since = run.paused_at if counted else at
            run.next_at = self.hours.add_working(since, run.remaining or timedelta())
            run.remaining = run.paused_at = None
            run.not_before = at

    # ----------------------------------------------------------------------------------------------------- the steps

    def _climb_before(self, moment: datetime) -> None:
        """Whatever is due before a moment."""
        while (run := self.run) is not None and run.next_at is not None and run.done_at is not None:
            if run.done_at >= moment or run.done_at > self.until:
                return
            self._climb(run, run.next_at, run.done_at)

    def _climb(self, run: _Run, planned: datetime, at: datetime) -> None:
        if self.now.is_deleted:
            self._hold(at)
            return
        started = run.started_at is not None
        verdict = judge(
            self.ladder,
            self._situation(),
            run.about,
            triggered_at=run.triggered_at,
            started=started,
            fits=started or self.fits(self.now),
        )
        if verdict.kind == "end":
            self._end(verdict.because)
        elif verdict.kind == "wait":
            self._hold(at)
        elif not started and self.ladder.steps[0].after > timedelta():
            run.started_at = at
            run.next_at = planned_after(planned, at, self.ladder.steps[0].after, self.hours)
        else:
            run.started_at = run.started_at or at
            self._step(run, planned, at)

    def _step(self, run: _Run, planned: datetime, at: datetime) -> None:
        is_told, told, takes_over = self._perform(run, at)
        is_reassigned = takes_over is not None and takes_over != self.now.owner
        self.played.append(
            Played(run=run.number, step=run.step + 1, round=run.round + 1, at=at, told=told, reassigned=is_reassigned)
        )
        to = coming(
            self.ladder,
            run.step,
            run.round,
            planned=planned,
            done=at,
            hours=self.hours,
            skipped=run.skipped,
            idle=is_told is False,
        )
        if to is None:
            self._end("done")
        else:
            run.reached = (run.reached or bool(is_told)) and to.round == run.round
            run.step, run.round, run.next_at, run.skipped = to.step, to.round, to.at, to.skipped
        if is_reassigned:
            self.now.owner = takes_over
            self._stop("assigned", at)

    def _perform(self, run: _Run, at: datetime) -> tuple[bool | None, tuple[UUID, ...], UUID | None]:
        """Whether notices reached anybody (None: there are none), who was told, and who takes over."""
        told: dict[UUID, None] = {}
        is_told: bool | None = None
        takes_over = self._change(self.ladder.steps[run.step].actions, at)
        owner = takes_over or self.now.owner
        for action in self.ladder.steps[run.step].actions:
            if action.do == "notify":
                found = self.people.reached(action, owner, at)
                told |= dict.fromkeys(found)
                is_told = bool(found) or bool(is_told)
        last = self.people.last_resort
        is_due = tells(self.ladder) and is_last_of_round(self.ladder, run.step) and not (is_told or run.reached)
        if is_due and last is not None:
            resort = Action("notify", kind="user", ref=str(last), target=last)
            told |= dict.fromkeys(self.people.reached(resort, owner, at))
        return is_told, tuple(told), takes_over

    def _change(self, actions: Iterable[Action], at: datetime) -> UUID | None:
        """What the step changes of the record; who takes over."""
        takes_over = None
        for action in actions:
            if action.do == "raise_priority":
                self.now.priority = self.catalogue.raised.get(self.now.priority, self.now.priority)
            elif action.do == "reassign" and action.kind == "team":
                self.now.team = action.target
            elif action.do == "reassign":
                meant = [one for one in self.people.meant(action, self.now.owner, at) if one in self.people.delays]
                takes_over = (self.people.stand_in(meant[0], at) or meant[0]) if meant else takes_over
        return takes_over
