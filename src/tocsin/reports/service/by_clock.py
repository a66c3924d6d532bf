"""Service levels by clock: what was met, met thanks to an extension, and missed, of all that was decided in a period."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.reports import store
from tocsin.reports.model import ClockOutcome, ClockReport, ClockRow
from tocsin.reports.service.periods import MeasuresQuery, resolve

CLOCKS = ("response", "update", "resolution")


async def by_clock(tx: Tx, actor: Actor, query: MeasuresQuery) -> ClockReport:
    """Count the clocks that were decided in a period: when they ended in time, or when they missed it. Raises `Invalid`."""
    actor.must(permissions.REPORTS_VIEW)
    asked = await resolve(tx, query)
    catalogue = await classification.catalogue(tx)
    now = _counted(await store.reality.decided(tx, *asked.bounds(asked.period)))
    past = _counted(await store.reality.decided(tx, *asked.bounds(asked.compared))) if asked.compared else None
    ordered = sorted(catalogue.priorities.values(), key=lambda one: (one.level, one.name))
    return ClockReport(
        period=asked.view(asked.period),
        compared=asked.view(asked.compared) if asked.compared is not None else None,
        clocks=[_outcome(name, now.get((name, None)), past.get((name, None)) if past else None) for name in CLOCKS],
        priorities=[
            ClockRow(
                priority=one.slug, name=one.name, clocks=[_outcome(name, now.get((name, one.id))) for name in CLOCKS]
            )
            for one in ordered
            if any((name, one.id) in now for name in CLOCKS)
        ],
    )


Sums = dict[tuple[str, Any], list[int]]
"""Met, met with an extension, missed; by clock and priority (None: all)."""


def _counted(rows: list[Any]) -> Sums:
    sums: Sums = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        place = 2 if row["missed"] else 1 if row["extended"] else 0
        for key in ((row["clock"], None), (row["clock"], store.reality.priority_of(row))):
            sums[key][place] += row["count"]
    return sums


def _outcome(name: str, found: list[int] | None, past: list[int] | None = None) -> ClockOutcome:
    met, extended, missed = found or [0, 0, 0]
    return ClockOutcome(
        clock=name,
        met=met,
        met_with_extension=extended,
        missed=missed,
        share=_share(met + extended, met + extended + missed),
        share_without_extensions=_share(met, met + extended + missed),
        share_before=_share(past[0] + past[1], sum(past)) if past else None,
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
