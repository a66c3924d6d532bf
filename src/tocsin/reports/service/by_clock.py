"""Service levels by clock: what was met, met thanks to an extension, and missed, of all that was decided in a period."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents.service import OUTCOME_FACTS
from tocsin.reports import store
from tocsin.reports.model import ClockLists, ClockOutcome, ClockReport, ClockRow, Counted
from tocsin.reports.rules import Period
from tocsin.reports.service.links import Links
from tocsin.reports.service.periods import MeasuresQuery, resolve

CLOCKS = ("response", "update", "resolution")


async def by_clock(tx: Tx, actor: Actor, query: MeasuresQuery) -> ClockReport:
    """Count the clocks that were decided in a period: when they ended in time, or when they missed it. Raises `Invalid`."""
    actor.must(permissions.REPORTS_VIEW)
    asked = await resolve(tx, query)
    catalogue = await classification.catalogue(tx)
    links = Links(catalogue, None)
    now = _Decided(asked.period, await store.reality.decided(tx, *asked.bounds(asked.period)))
    past = None
    if asked.compared is not None:
        past = _Decided(asked.compared, await store.reality.decided(tx, *asked.bounds(asked.compared)))
    ordered = sorted(catalogue.priorities.values(), key=lambda one: (one.level, one.name))
    return ClockReport(
        period=asked.view(asked.period),
        compared=asked.view(asked.compared) if asked.compared is not None else None,
        clocks=[_outcome(links, name, now, past) for name in CLOCKS],
        priorities=[
            ClockRow(
                priority=one.slug, name=one.name, clocks=[_outcome(links, name, now, past, one.id) for name in CLOCKS]
            )
            for one in ordered
            if one.id in now.priorities
        ],
    )


class _Decided:
    """What was decided in a period, by the fact that decided it."""

    def __init__(self, period: Period, rows: list[Any]) -> None:
        self._days = f"{period.first}..{period.last}"
        self._sums: dict[tuple[str, UUID | None], int] = defaultdict(int)
        for row in rows:
            for key in (None, row["priority_id"]):
                self._sums[row["fact"], key] += row["count"]
        self.priorities = {key for _, key in self._sums}

    def count(self, fact: str, priority: UUID | None) -> int:
        """How many of a priority (None: of all)."""
        return self._sums.get((fact, priority), 0)

    def asks(self, fact: str) -> str:
        """The clause of the query language that finds them."""
        return f"{fact}:{self._days}"


def _outcome(
    links: Links, name: str, now: _Decided, past: _Decided | None, priority: UUID | None = None
) -> ClockOutcome:
    met, extended, missed = f"{name}_met", f"{name}_extended", f"{name}_missed"
    in_time, saved, late = (now.count(fact, priority) for fact in (met, extended, missed))
    only = {"priority": str(priority) if priority is not None else None}

    def listed(number: int, *clauses: str) -> Counted:
        return links.of(number, **only, q=" ".join(clauses))

    has_extensions = extended in OUTCOME_FACTS
    plain = [now.asks(met), f"-{now.asks(extended)}"] if has_extensions else [now.asks(met)]
    thanks = [now.asks(extended)] if has_extensions else [now.asks(met), f"-{now.asks(met)}"]
    before = past.count(met, priority) if past is not None else 0
    return ClockOutcome(
        clock=name,
        met=in_time - saved,
        met_with_extension=saved,
        missed=late,
        lists=ClockLists(
            met=listed(in_time - saved, *plain),
            met_with_extension=listed(saved, *thanks),
            missed=listed(late, now.asks(missed)),
            in_time=listed(in_time, now.asks(met)),
            before=listed(before, past.asks(met)) if past is not None else None,
        ),
        share=_share(in_time, in_time + late),
        share_without_extensions=_share(in_time - saved, in_time + late),
        share_before=_share(before, before + past.count(missed, priority)) if past is not None else None,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
