"""Our verdict beside the one that another system gave: for incidents that were imported with it."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue, Priority
from tocsin.db.tx import Tx
from tocsin.reports import store
from tocsin.reports.model import Confusion, Dissent, Reality, RealityRow
from tocsin.sla import service as sla

BATCH = 500
LISTED = 100
"""Differences that are shown unless more are asked for."""


class RealityQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`basis`: judge by the calendars and targets that are set now, or by those that the clocks were recorded with.

    `limit`: so many of the incidents on which the two differ are listed, at most 1,000.
    """

    basis: Literal["present", "recorded"] = "present"
    limit: int = LISTED


class _Count:
    """What has been compared so far."""

    def __init__(self) -> None:
        self.by_priority: dict[Any, Counter[tuple[bool, bool]]] = {}
        self.reasons: Counter[str] = Counter()
        self.differences: list[Dissent] = []
        self.silent = 0
        self.unpromised = 0


async def reality(tx: Tx, actor: Actor, query: RealityQuery) -> Reality:
    """Compare our verdict on each imported incident with the log's own `made_sla`, by the priority it has now.

    Nothing is fitted here: calendars and targets are what the organisation has set. Raises `Invalid`.
    """
    actor.must(permissions.REPORTS_VIEW)
    limit = max(0, min(query.limit, 1000))
    catalogue = await classification.catalogue(tx)
    count, after = _Count(), ""
    while True:
        rows = await store.reality.imported(tx, after, BATCH)
        for row in rows:
            await _compare(tx, row, catalogue, count, recorded=query.basis == "recorded", limit=limit)
        if len(rows) < BATCH:
            break
        after = rows[-1]["import_key"]
    ordered = sorted(count.by_priority.items(), key=lambda item: (catalogue.priorities[item[0]].level, item[0]))
    everything: Counter[tuple[bool, bool]] = sum((found for _, found in ordered), Counter())
    return Reality(
        basis=query.basis,
        compared=everything.total(),
        silent=count.silent,
        unpromised=count.unpromised,
        all=_confusion(everything),
        priorities=[_row(catalogue.priorities[priority], found) for priority, found in ordered],
        reasons=dict(count.reasons.most_common()),
        differences=count.differences,
    )


def _row(priority: Priority, found: Counter[tuple[bool, bool]]) -> RealityRow:
    return RealityRow(priority=priority.slug, name=priority.name, confusion=_confusion(found))


def _confusion(found: Counter[tuple[bool, bool]]) -> Confusion:
    """Of pairs (we say, the log says): true is met."""
    total = found.total()
    agreed = found[True, True] + found[False, False]
    return Confusion(
        both_met=found[True, True],
        only_we_met=found[True, False],
        only_log_met=found[False, True],
        both_missed=found[False, False],
        agreement=round(agreed / total, 4) if total else None,
    )


def _case(row: Any, priority: Priority) -> sla.Case:
    return sla.Case(
        priority.response_time_minutes,
        priority.resolution_time_minutes,
        priority.slug,
        priority.id,
        row["category_id"],
        row["team_id"],
        row["organization"],
    )


async def _compare(tx: Tx, row: Any, catalogue: Catalogue, count: _Count, *, recorded: bool, limit: int) -> None:
    said = row["said"]
    if not isinstance(said, bool):
        count.silent += 1
        return
    priority = catalogue.priorities[row["priority_id"]]
    first = catalogue.find_priority(row["first_priority"]) if row["first_priority"] else None
    before = _case(row, first) if first is not None and first != priority else None
    judged = None
    if row["incident_id"] is not None:
        judged = await sla.judge(tx, row, _case(row, priority), said, recorded=recorded, before=before)
    if judged is None:
        count.unpromised += 1
        return
    verdict, reason = judged
    count.by_priority.setdefault(priority.id, Counter())[verdict.met, said] += 1
    if reason is None:
        return
    count.reasons[reason] += 1
    if len(count.differences) < limit:
        number = row["import_key"].partition(":")[2]
        count.differences.append(
            Dissent(
                reference_code=row["reference_code"],
                number=number,
                priority=priority.slug,
                we_say_met=verdict.met,
                due_at=verdict.due_at,
                resolved_at=verdict.ended_at,
                target_minutes=verdict.target_minutes,
                used_minutes=round(verdict.used.total_seconds() / 60, 1),
                reason=reason,
            )
        )
