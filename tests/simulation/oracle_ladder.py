"""When a ladder's steps must be taken, and who must be told when by their own rules, from what people did and from when a
worker was at hand. It knows nothing of the code it judges. Times are halves since the story's start.

What people did comes before what a timer does at the same moment; of two timers of the same moment either may come first.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

NEVER: Final = 1 << 40
Fact = tuple[int, str]
"""When, and what was done to the incident."""
REARMING = ("unassigned", "unacknowledged", "reopened", "restored")
"""After these a policy may begin anew."""
OWN_END = {"unassigned": "assigned", "unacknowledged": "acknowledged"}
"""What ends a run that has not begun, by its trigger."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A policy: what starts it, how long after; the wait before each step; further rounds; what stops it."""

    on: str
    after: int
    waits: tuple[int, ...]
    repeat: int
    stop_on: frozenset[str]

    def ends(self, what: str, *, begun: bool) -> bool:
        """Whether something that was done ends a run."""
        return what == "resolved" or what in self.stop_on or (not begun and OWN_END[self.on] == what)


Taken = tuple[int, int, int]
"""The round, the step (both from 0), and when."""


@dataclass(slots=True)
class Climb:
    """One run from when it is armed. `idle` says whether a step taken at a time reaches nobody."""

    plan: Plan
    due: int
    at_hand: Callable[[int], int]
    idle: Callable[[int, int], bool]
    round: int = 0
    step: int = 0
    skipped: int = 0
    has_begun: bool = False
    is_over: bool = False
    left: int | None = None
    """What is left to wait, while the incident rests."""
    taken: list[Taken] = field(default_factory=list)

    def until(self, end: int, facts: Sequence[Fact]) -> int:
        """Let time pass to `end`; up to when `taken` claims to be all there is."""
        todo = deque(facts)
        while not self.is_over:
            next_at = self.at_hand(self.due) if self.left is None else NEVER
            if todo and todo[0][0] <= next_at:
                at, what = todo.popleft()
                if what == "deleted":
                    return at
                self._hear(at, what)
            elif next_at > end:
                break
            else:
                self._act(next_at)
        return next((at for at, what in todo if what in REARMING), NEVER) if self.is_over else NEVER

    def _hear(self, at: int, what: str) -> None:
        if what == "paused" and self.left is None:
            self.left = max(self.due - at, 0)
        elif what == "resumed" and self.left is not None:
            self.due, self.left = at + self.left, None
        elif self.plan.ends(what, begun=self.has_begun):
            self.is_over = True

    def _act(self, now: int) -> None:
        base = self.due if now - self.due <= 2 else now
        if not self.has_begun:
            self.has_begun = True
            if self.plan.waits[0]:
                self.due = base + self.plan.waits[0]
                return
        self.taken.append((self.round, self.step, now))
        if self.step + 1 < len(self.plan.waits):
            self.step += 1
            wait = self.plan.waits[self.step]
            if self.idle(self.step - 1, now):
                self.due, self.skipped = now, self.skipped + wait
            else:
                self.due = base + wait
        elif self.round < self.plan.repeat:
            wait = self.plan.after + self.plan.waits[0] + self.skipped
            self.round, self.step, self.skipped, self.due = self.round + 1, 0, 0, base + wait
        else:
            self.is_over = True


# ------------------------------------------------------------------------------------------------------- people's rules


@dataclass(frozen=True, slots=True)
class Rule:
    """So long after one is first told: by a channel at an address, or by telling somebody else."""

    after: int
    channel: str = ""
    address: str | None = None
    call: UUID | None = None

    @property
    def works(self) -> bool:
        return self.call is not None or self.address is not None


@dataclass(frozen=True, slots=True)
class Order:
    """A step has named people: each with the rules by which they are told."""

    at: int
    occasion: tuple[object, ...]
    people: tuple[tuple[UUID, tuple[Rule, ...]], ...]


Message = tuple[int, UUID, str, str]
"""When, whom, by what, at which address."""


@dataclass(slots=True)
class _Ring:
    who: UUID
    since: int
    rules: tuple[Rule, ...]
    occasion: tuple[object, ...]
    is_sure: bool
    done: int = 0

    @property
    def due(self) -> int:
        return self.since + self.rules[self.done].after if self.done < len(self.rules) else NEVER


@dataclass(slots=True)
class Bells:
    """Everybody who is told about one incident. `must` were sent, `may` where two timers of one moment leave it open."""

    stops: frozenset[str]
    """What stops everybody, beside what always does."""
    at_hand: Callable[[int], int]
    called: Callable[[UUID, int], tuple[UUID, tuple[Rule, ...]] | None]
    """Who is told, and how, when somebody is called at a time."""
    must: Counter[Message] = field(default_factory=Counter)
    may: Counter[Message] = field(default_factory=Counter)
    _rings: list[_Ring] = field(default_factory=list)
    _told: set[tuple[tuple[object, ...], UUID]] = field(default_factory=set)
    _rests: bool = False

    @property
    def are_ringing(self) -> bool:
        """Whether somebody is still to be told more."""
        return any(ring.due < NEVER for ring in self._rings)

    def until(self, end: int, facts: Sequence[Fact], orders: Sequence[Order]) -> None:
        """Let time pass to `end`."""
        heard, asked = deque(sorted(facts)), deque(sorted(orders, key=lambda order: order.at))
        while True:
            due = min((self.at_hand(ring.due) for ring in self._rings if ring.due < NEVER), default=NEVER)
            now = min(due, heard[0][0] if heard else NEVER, asked[0].at if asked else NEVER)
            if now > end:
                return
            while heard and heard[0][0] <= now:
                self._hear(heard.popleft()[1])
            orders_now = []
            while asked and asked[0].at <= now:
                orders_now.append(asked.popleft())
            anew = {who for order in orders_now for who, _ in order.people}
            for ring in [ring for ring in self._rings if ring.due < NEVER and self.at_hand(ring.due) <= now]:
                self._go_on(ring, now, is_sure=ring.who not in anew)
            for order in orders_now:
                for who, rules in order.people:
                    self._begin(who, rules, order.occasion, now, is_sure=True)

    def _hear(self, what: str) -> None:
        if what in ("paused", "resumed"):
            self._rests = what == "paused"
        elif what in self.stops or what in ("acknowledged", "resolved", "deleted"):
            self._rings.clear()
        if what in ("resolved", "reopened"):
            self._rests = False

    def _begin(
        self, who: UUID, rules: tuple[Rule, ...], occasion: tuple[object, ...], now: int, *, is_sure: bool
    ) -> None:
        if not any(rule.works for rule in rules) or (occasion, who) in self._told:
            return
        self._told.add((occasion, who))
        for other in self._rings:
            other.is_sure = other.is_sure and (is_sure or other.who != who)
        if is_sure:
            self._rings = [other for other in self._rings if other.who != who]
        ring = _Ring(who, now, rules, occasion, is_sure)
        self._rings.append(ring)
        self._go_on(ring, now, is_sure=is_sure)

    def _go_on(self, ring: _Ring, now: int, *, is_sure: bool) -> None:
        if ring not in self._rings:
            return
        if self._rests:
            self._rings.remove(ring)
            return
        while ring.due <= now:
            rule = ring.rules[ring.done]
            ring.done += 1
            if rule.call is not None:
                found = self.called(rule.call, now)
                if found is not None:
                    self._begin(*found, ring.occasion, now, is_sure=is_sure and ring.is_sure)
            elif rule.address is not None:
                counted = self.must if is_sure and ring.is_sure else self.may
                counted[(now, ring.who, rule.channel, rule.address)] += 1
