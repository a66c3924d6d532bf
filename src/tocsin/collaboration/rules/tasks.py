"""A task's life, its place among the others, and what it waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from tocsin.base.errors import N_

TaskStatus = Literal["open", "in_progress", "done", "cancelled"]
UNFINISHED: tuple[TaskStatus, ...] = ("open", "in_progress")


def completed_at(status: TaskStatus, before: datetime | None, now: datetime) -> datetime | None:
    """When a task was completed: at the moment it becomes done, never again while it stays, not once it leaves done."""
    return (before or now) if status == "done" else None


def refuse_order(existing: Sequence[UUID], wanted: Sequence[UUID]) -> str | None:
    """Why tasks cannot be put in an order, or None: every task of the incident stands in it exactly once."""
    if set(wanted) - set(existing):
        return N_("There is no such task in this incident.")
    if any(count > 1 for count in Counter(wanted).values()):
        return N_("Name each task once.")
    if set(existing) - set(wanted):
        return N_("Name every task of the incident.")
    return None


def moved(order: Sequence[UUID], task: UUID, *, up: bool) -> list[UUID]:
    """An order with one task a place up or down; at the end of the list it stays."""
    found, at = list(order), order.index(task)
    to = at - 1 if up else at + 1
    if 0 <= to < len(found):
        found[at], found[to] = found[to], found[at]
    return found


def on_cycle(waits: Mapping[UUID, Iterable[UUID]], task: UUID, wanted: Iterable[UUID]) -> list[UUID]:
    """The way back to a task if it waited for those wanted: the tasks on it, from one of those on; empty when there is none.

    `waits` says what each task waits for now; what it says of `task` itself is replaced.
    """
    came_from: dict[UUID, UUID | None] = dict.fromkeys(wanted)
    ahead = list(came_from)
    while ahead:
        at = ahead.pop()
        if at == task:
            way: list[UUID] = []
            step: UUID | None = at
            while step is not None:
                way.append(step)
                step = came_from[step]
            return way[::-1]
        for following in waits.get(at, ()):
            if following not in came_from:
                came_from[following] = at
                ahead.append(following)
    return []


def blocks_start(status: TaskStatus) -> bool:
    """Whether a task may not get into a status while it waits for another."""
    return status in ("in_progress", "done")
