"""The dashboard: counted days where they are true, the records where not, everything with the list behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.zones import days_between, segments
from tocsin.classification import service as classification
from tocsin.classification.model import Catalogue
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import IncidentView
from tocsin.incidents.service.listing import ListQuery
from tocsin.reports import rules, store
from tocsin.reports.model import (
    NOBODY,
    Counted,
    DayCount,
    Dimension,
    Figure,
    Figures,
    Heat,
    Measures,
    Point,
    Row,
    Tally,
    Times,
)
from tocsin.reports.rules import Period
from tocsin.reports.service import open_now
from tocsin.reports.service.links import Links, between, hour_of_week, reference, stamp
from tocsin.reports.service.periods import Asked, MeasuresQuery, resolve
from tocsin.reports.store.facts import Moment
from tocsin.web.i18n import N_

NO_CATEGORY, NO_TEAM = N_("No category"), N_("No team")
MISSED_SHOWN = 5


async def measures(tx: Tx, actor: Actor, query: MeasuresQuery) -> Measures:
    """Count everything. Raises `Invalid` naming the parameter."""
    actor.must(permissions.REPORTS_VIEW)
    asked = await resolve(tx, query)
    await tx.plan("custom")
    await store.facts.spread(tx)
    catalogue = await classification.catalogue(tx)
    links = Links(catalogue, asked.moment.at if asked.moment is not None else None)
    true = await _true_days(tx, asked)
    tally = await _tally(tx, asked, asked.period, true, whole=True)
    turns = await store.facts.turns(tx, *asked.bounds(asked.period), asked.moment)
    opened = await open_now.count(tx, asked, catalogue)
    before, was_open = None, None
    if asked.compared is not None:
        past = await _tally(tx, asked, asked.compared, true, whole=False)
        before = _sums(past, await store.facts.turns(tx, *asked.bounds(asked.compared), asked.moment))
        was_open = await _was_open(tx, asked, catalogue, opened.total, tally, turns)
    teams = await store.facts.names(tx, "teams", [key for kind, key in tally.sums if kind == "team"])
    return Measures(
        period=asked.view(asked.period),
        compared=asked.view(asked.compared) if asked.compared is not None else None,
        time_zone=asked.zone.key,
        as_of=asked.now,
        unit=asked.unit,
        figures=_figures(asked, links, (opened.total, was_open), _sums(tally, turns), before),
        open=await open_now.view(tx, asked, links, catalogue, opened),
        course=[_point(asked, links, part, tally) for part in asked.period.points(asked.unit)],
        weeks=[_point(asked, links, part, tally) for part in asked.period.points("week")],
        times=_times(asked, links, catalogue, tally),
        priorities=_rows(asked, links, tally, "priority", _names(catalogue.priorities)),
        categories=_rows(asked, links, tally, "category", {NOBODY: NO_CATEGORY} | _names(catalogue.categories)),
        teams=_rows(asked, links, tally, "team", {NOBODY: NO_TEAM} | teams),
        heat=_heat(asked, links, tally),
    )


async def missed(tx: Tx, actor: Actor, shown: Measures) -> list[IncidentView]:
    """The newest incidents of the period that missed a due time."""
    bounds = (shown.period.starts_at, shown.period.ends_at)
    query = ListQuery(breached_after=bounds[0], breached_before=bounds[1], limit=MISSED_SHOWN)
    return (await incidents.list_incidents(tx, actor, query)).items


# ----------------------------------------------------------------------------------------------------------- counting


async def _true_days(tx: Tx, asked: Asked) -> set[date]:
    """The days whose kept counts hold now. Of the past nothing was kept as it was known then."""
    if asked.moment is not None:
        return set()
    known = await store.kept.known_days(tx, asked.zone.key)
    return known - await store.kept.marked(tx) - {asked.today} if known else set()


async def _tally(tx: Tx, asked: Asked, period: Period, true: set[date], *, whole: bool) -> Tally:
    days = days_between(period.first, period.last)
    exact = [day for day in days if day not in true]
    tally = Tally()
    if len(exact) < len(days):
        tally = await store.kept.tally(tx, period.first, period.last, exact, whole=whole)
    parts = [part for day in exact for part in segments(day, asked.zone)]
    tally.take(await store.facts.count(tx, parts, asked.moment, summed=True))
    await _add_extended(tx, asked, days, tally)
    return tally


async def _add_extended(tx: Tx, asked: Asked, days: list[date], tally: Tally) -> None:
    """Count what only an extension saved, which is read from the records for kept days too."""
    parts = [part for day in days for part in segments(day, asked.zone)]
    for dimension, day, key, number in await store.facts.extended(tx, parts, asked.moment):
        tally.sums[dimension, key].extended += number
        if dimension == "all" and day in tally.days:
            tally.days[day].extended += number


async def _was_open(tx: Tx, asked: Asked, catalogue: Catalogue, now: int, tally: Tally, turns: Any) -> int | None:
    """How many were open when the period began. Known for a period that goes on to the present (or to `as_of`)."""
    since, _ = asked.bounds(asked.period)
    if asked.period.last != asked.today:
        return None
    if asked.moment is None:
        return int(now - tally.all.created + tally.all.resolved - turns["were_closed"])
    past = Moment(since, asked.moment.ceiling)
    found = await store.open_now.count(tx, catalogue.pausing, since, [since], past)
    return found.total


# -------------------------------------------------------------------------------------------------------- the figures


@dataclass(frozen=True, slots=True)
class _Sums:
    """A period's sums, those of turns beside them."""

    of: DayCount
    escalated: int
    reopened: int
    turned_or_resolved: int


def _sums(tally: Tally, turns: Any) -> _Sums:
    return _Sums(tally.all, turns["escalated"], turns["reopened"], tally.all.resolved + turns["still_reopened"])


def _figures(asked: Asked, links: Links, opened: tuple[int, int | None], now: _Sums, before: _Sums | None) -> Figures:
    bounds = asked.bounds(asked.period)
    resolved, responded = between("resolved", bounds), between("responded", bounds)

    def counted(measure: Callable[[_Sums], int], **filters: str) -> Figure:
        count = measure(now)
        was = measure(before) if before is not None else None
        return Figure(value=count, before=was, unit="incidents", of=links.of(count, **filters))

    def measured(unit: Literal["percent", "seconds"], of: Counted, measure: Callable[[_Sums], float | None]) -> Figure:
        return Figure(value=measure(now), before=measure(before) if before is not None else None, unit=unit, of=of)

    answered, done = links.of(now.of.responded, **responded), links.of(now.of.resolved, **resolved)
    reopened, met = (
        links.of(now.reopened, **between("reopened", bounds)),
        links.of(now.of.met, **resolved, breached="false"),
    )
    alone = links.of(now.of.met - now.of.extended, **resolved, outcome="met")
    return Figures(
        open=Figure(value=opened[0], before=opened[1], unit="incidents", of=links.open(opened[0])),
        created=counted(lambda sums: sums.of.created, **between("created", bounds)),
        resolved=counted(lambda sums: sums.of.resolved, **resolved),
        sla_met=measured("percent", met, lambda sums: rules.share(sums.of.met, sums.of.resolved)),
        sla_met_without_extensions=measured(
            "percent", alone, lambda sums: rules.share(sums.of.met - sums.of.extended, sums.of.resolved)
        ),
        sla_met_with_extension=counted(lambda sums: sums.of.extended, **resolved, outcome="met_with_extension"),
        sla_missed=counted(lambda sums: sums.of.resolved - sums.of.met, **resolved, breached="true"),
        breaches=counted(lambda sums: sums.of.breached, **between("breached", bounds)),
        escalations=counted(lambda sums: sums.escalated, **between("escalated", bounds)),
        reopened=counted(lambda sums: sums.reopened, **between("reopened", bounds)),
        reopen_rate=measured("percent", reopened, lambda sums: rules.share(sums.reopened, sums.turned_or_resolved)),
        response_p50=measured("seconds", answered, lambda sums: _seconds(sums.of.responses, 0.5)),
        response_p90=measured("seconds", answered, lambda sums: _seconds(sums.of.responses, 0.9)),
        resolve_p50=measured("seconds", done, lambda sums: _seconds(sums.of.resolutions, 0.5)),
        resolve_p90=measured("seconds", done, lambda sums: _seconds(sums.of.resolutions, 0.9)),
    )


def _seconds(counts: Counter[int], part: float) -> float | None:
    found = rules.percentile(counts, part)
    return round(found) if found is not None else None


def _names(entries: Mapping[UUID, Any]) -> dict[UUID, str]:
    return {entry.id: entry.name for entry in entries.values()}


def _outcome(asked: Asked, links: Links, found: DayCount, period: Period, **only: str) -> dict[str, Counted]:
    """The counts of a stretch with their lists."""
    bounds: tuple[datetime, datetime] = asked.bounds(period)
    resolved = between("resolved", bounds)
    return {
        "created": links.of(found.created, **between("created", bounds), **only),
        "resolved": links.of(found.resolved, **resolved, **only),
        "met": links.of(found.met - found.extended, **resolved, outcome="met", **only),
        "met_with_extension": links.of(found.extended, **resolved, outcome="met_with_extension", **only),
        "missed": links.of(found.resolved - found.met, **resolved, breached="true", **only),
        "breaches": links.of(found.breached, **between("breached", bounds), **only),
    }


def _point(asked: Asked, links: Links, part: Period, tally: Tally) -> Point:
    found = DayCount()
    for day in days_between(part.first, part.last):
        if day in tally.days:
            found.add(tally.days[day])
    return Point(first=part.first, last=part.last, **_outcome(asked, links, found, part))


def _rows(asked: Asked, links: Links, tally: Tally, dimension: Dimension, names: dict[UUID, str]) -> list[Row]:
    """The rows of a dimension that had anything, the busiest first (priorities in their own order)."""
    found = []
    for key, name in names.items():
        counts = tally.sums.get((dimension, key))
        if counts is None:
            continue
        known = key if key != NOBODY else None
        only = {dimension: reference(known)}
        outcome = _outcome(asked, links, counts, asked.period, **only)
        found.append(Row(key=str(known) if known is not None else None, name=name, **outcome))
    return found if dimension == "priority" else sorted(found, key=lambda row: (-row.created.count, row.name))


def _times(asked: Asked, links: Links, catalogue: Catalogue, tally: Tally) -> list[Times]:
    bounds = asked.bounds(asked.period)
    found = []
    for priority in sorted(catalogue.priorities.values(), key=lambda one: one.level):
        counts = tally.sums.get(("priority", priority.id))
        if counts is None:
            continue
        found.append(
            Times(
                key=str(priority.id),
                name=priority.name,
                responded=links.of(counts.responded, **between("responded", bounds), priority=str(priority.id)),
                response_p50=_seconds(counts.responses, 0.5),
                response_p90=_seconds(counts.responses, 0.9),
                resolved=links.of(counts.resolved, **between("resolved", bounds), priority=str(priority.id)),
                resolve_p50=_seconds(counts.resolutions, 0.5),
                resolve_p90=_seconds(counts.resolutions, 0.9),
            )
        )
    return found


def _heat(asked: Asked, links: Links, tally: Tally) -> Heat:
    cells = [[0] * 24 for _ in range(7)]
    for day, counts in tally.days.items():
        row = cells[day.weekday()]
        for hour, count in enumerate(counts.hours):
            row[hour] += count
    since, until = (stamp(at) for at in asked.bounds(asked.period))
    weekdays = [
        [
            links.of(count, created_hour=hour_of_week(weekday, hour), created_after=since, created_before=until)
            for hour, count in enumerate(row)
        ]
        for weekday, row in enumerate(cells)
    ]
    return Heat(weekdays=weekdays, most=max(max(row) for row in cells))
