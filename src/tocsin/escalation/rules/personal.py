"""A person's own ladder: by what, and after how long, they want to be told, and whom to call when they don't answer.

All times count from when the person is first told. A rule without a working channel is skipped, the others stay.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

LONGEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rule:
    """By a channel (`address` empty: that of the profile), or by calling somebody else, who is told by their own rules."""

    after: timedelta
    channel: Literal["email", "sms", ""] = ""
    address: str = ""
    user: UUID | None = None


DEFAULT = (Rule(timedelta(), "email"),)
"""Who has said nothing is told by e-mail at once."""


def in_order(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """The rules by their time; those of the same time stay as they were given."""
    return tuple(sorted(rules, key=lambda rule: rule.after))


def due_rules(rules: Sequence[Rule], step: int, started_at: datetime, now: datetime) -> Sequence[Rule]:
    """The rules that are due by now, behind the `step` that are done."""
    end = step
    while end < len(rules) and started_at + rules[end].after <= now:
        end += 1
    return rules[step:end]


def next_at(rules: Sequence[Rule], step: int, started_at: datetime) -> datetime | None:
    """When the rule behind those that are done is due; None after the last."""
    return started_at + rules[step].after if step < len(rules) else None


def circle(calls: Mapping[UUID, Collection[UUID]], start: UUID) -> list[UUID] | None:
    """The way on which calls lead from somebody back to them, or None. `calls` says whom each calls."""
    ways: list[list[UUID]] = [[start]]
    seen: set[UUID] = set()
    while ways:
        way = ways.pop()
        for called in sorted(calls.get(way[-1], ())):
            if called == start:
                return [*way, start]
            if called not in seen:
                seen.add(called)
                ways.append([*way, called])
    return None
