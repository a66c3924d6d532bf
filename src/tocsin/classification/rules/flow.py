"""Statuses and the moves between them, and what is wrong with a set of moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stop:
    """A status in the order of the work. `aside`: it pauses the clock, so it stands beside the way, not on it."""

    key: str
    aside: bool = False
    starts: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """An allowed transition."""

    origin: str
    target: str


def unreachable(stops: Sequence[Stop], moves: Iterable[Move]) -> list[str]:
    """Statuses that no allowed move leads to, however far one goes from where incidents start."""
    leads: dict[str, set[str]] = {}
    for move in moves:
        leads.setdefault(move.origin, set()).add(move.target)
    seen = {stop.key for stop in stops if stop.starts}
    edge = set(seen)
    while edge:
        edge = {target for key in edge for target in leads.get(key, ())} - seen
        seen |= edge
    return [stop.key for stop in stops if stop.key not in seen]


def dead_ends(stops: Sequence[Stop], moves: Iterable[Move]) -> list[str]:
    """Statuses that nothing leads out of, though the work isn't ended there."""
    leaving = {move.origin for move in moves}
    return [stop.key for stop in stops if stop.key not in leaving and not stop.ends]
