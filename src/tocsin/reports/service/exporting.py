"""Exports: the incidents behind some filters page by page, and the measures of a period as one long table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.base.errors import Invalid, invalid
from tocsin.base.fitting import fit
from tocsin.base.paging import MAX_LIMIT, Page
from tocsin.db.tx import Tx
from tocsin.incidents import service as incidents
from tocsin.incidents.model import IncidentView
from tocsin.incidents.service import WEEKDAYS, Narrowing
from tocsin.incidents.service.listing import ListQuery
from tocsin.reports.adapters import Cell
from tocsin.reports.model import ClockReport, Counted, Figure, Measures
from tocsin.reports.service.periods import MeasuresQuery

INCIDENT_HEADER = (
    *("reference_code", "title", "status", "priority", "category", "team", "assigned_to", "reporter", "reported_via"),
    *("source", "impact", "created_at", "updated_at", "due_at", "acknowledged_at", "first_response_at", "resolved_at"),
    *("closed_at", "is_breached", "breached_at", "progress_percent", "description", "id", "tags", "custom"),
    *("response_outcome", "resolution_outcome"),
)
MEASURE_HEADER = ("measure", "by", "name", "key", "from", "to", "value", "unit", "before")
CLOCK_HEADER = (
    *("clock", "priority", "name", "from", "to", "met", "met_with_extension", "missed"),
    *("share", "share_without_extensions", "share_before"),
)
_OUTCOMES = ("created", "resolved", "met", "met_with_extension", "missed", "breaches")
Sheet = Iterator[tuple[Cell, ...]]


class ExportQuery(Narrowing, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """`of` says what is exported. Incidents take the list's filters and sort, measures and clocks the report's period."""

    of: Literal["measures", "incidents", "clocks"] = "measures"
    period: Literal["7d", "30d", "90d", "year", "custom"] | None = None
    first: str | None = None
    last: str | None = None
    compare: bool | None = None
    unit: Literal["day", "week"] | None = None


_SHARED = ("as_of",)
_PERIOD = ("period", "first", "last", "compare", "unit")


def check_export(actor: Actor, query: ExportQuery) -> ListQuery | MeasuresQuery:
    """What an export asks for. Raises `Forbidden`, `Invalid` for a parameter of the other kind of export."""
    actor.must(permissions.REPORTS_VIEW)
    fields = msgspec.structs.fields(query)
    given = {field.name: value for field in fields if (value := getattr(query, field.name)) != _unset(field)}
    given.pop("of", None)
    if query.of == "incidents":
        actor.must(permissions.VIEW)
        _refuse([name for name in given if name in _PERIOD], "incidents")
        return ListQuery(**given, limit=MAX_LIMIT)
    _refuse([name for name in given if name not in (*_PERIOD, *_SHARED)], query.of)
    asked = {{"first": "from", "last": "to"}.get(name, name): value for name, value in given.items()}
    try:
        return fit(asked, MeasuresQuery)
    except Invalid as error:
        raise invalid(error.errors[0].field, "Give a day, such as 2026-06-01.") from None


def _unset(field: msgspec.structs.FieldInfo) -> object:
    """What a parameter holds that was not given."""
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def _refuse(names: list[str], of: str) -> None:
    for name in names:
        shown = {"first": "from", "last": "to"}.get(name, name)
        raise invalid(shown, "This parameter is not for the export of {of}.", of=of)


async def incident_page(tx: Tx, actor: Actor, query: ListQuery, cursor: str | None) -> Page[IncidentView]:
    """The next page of an export of incidents."""
    actor.must(permissions.REPORTS_VIEW)
    actor.must(permissions.VIEW)
    return await incidents.list_incidents(tx, actor, msgspec.structs.replace(query, cursor=cursor))


def incident_sheet(page: Page[IncidentView]) -> Sheet:
    """Incidents as rows."""
    for one in page.items:
        clocks = one.sla
        yield (
            *(one.reference_code, one.title, one.status.name, one.priority.name),
            one.category.name if one.category is not None else None,
            one.team.name if one.team is not None else None,
            one.assigned_to.name if one.assigned_to is not None else None,
            one.reporter.name if one.reporter is not None else None,
            *(
                one.reported_via,
                one.source,
                one.impact,
                one.created_at,
                one.updated_at,
                one.due_at,
                one.acknowledged_at,
            ),
            clocks.first_response_at if clocks is not None else None,
            *(one.resolved_at, one.closed_at),
            clocks.is_breached if clocks is not None else False,
            clocks.breached_at if clocks is not None else None,
            *(one.progress_percent, one.description, str(one.id), ", ".join(one.tags)),
            msgspec.json.encode(one.custom, order="sorted").decode() if one.custom else None,
            clocks.response_outcome if clocks is not None else None,
            clocks.resolution_outcome if clocks is not None else None,
        )


def clock_sheet(shown: ClockReport) -> Sheet:
    """What became of each clock as rows: of all incidents first, then by priority."""
    days = shown.period.first.isoformat(), shown.period.last.isoformat()
    groups = [("", "", shown.clocks), *((row.priority, row.name, row.clocks) for row in shown.priorities)]
    for priority, name, clocks in groups:
        for one in clocks:
            yield (
                *(one.clock, priority or None, name or None, *days, one.met, one.met_with_extension, one.missed),
                *(one.share, one.share_without_extensions, one.share_before),
            )


def measure_sheet(shown: Measures) -> Sheet:
    """Measures as rows: one number each, with what it is of."""
    first, last = shown.period.first.isoformat(), shown.period.last.isoformat()
    for name in shown.figures.__struct_fields__:
        figure: Figure = getattr(shown.figures, name)
        yield (name, None, None, None, first, last, figure.value, figure.unit, figure.before)
    for measure, value, by, name, key in (*_of_now(shown), *_of_groups(shown)):
        number, unit = (value.count, "incidents") if isinstance(value, Counted) else (value, "seconds")
        yield (measure, by, name, key, first, last, number, unit, None)
    for point in shown.course:
        begin, end = point.first.isoformat(), point.last.isoformat()
        for name in _OUTCOMES:
            yield (name, shown.unit, None, None, begin, end, getattr(point, name).count, "incidents", None)


Measured = tuple[str, Counted | float | None, str, str, str | None]
"""A measure and its value (seconds where it is no count), by what it is told apart, the group's name and key."""


def _of_now(shown: Measures) -> Iterator[Measured]:
    """What is open."""
    now = shown.open
    for by, groups in (("status", now.by_status), ("priority", now.by_priority), ("age", now.by_age)):
        for group in groups:
            yield "open", group.open, by, group.name, group.key
    for by, loads in (("team", now.by_team), ("person", now.by_person)):
        for load in loads:
            yield "open", load.open, by, load.name, load.key
            for state in ("breached", "soon", "on_track", "paused"):
                yield f"open_{state}", getattr(load, state), by, load.name, load.key


def _of_groups(shown: Measures) -> Iterator[Measured]:
    """What happened in the period, and how long it took."""
    for by, rows in (("priority", shown.priorities), ("category", shown.categories), ("team", shown.teams)):
        for each in rows:
            for name in _OUTCOMES:
                yield name, getattr(each, name), by, each.name, each.key
    for times in shown.times:
        for name in ("response_p50", "response_p90", "resolve_p50", "resolve_p90"):
            yield name, getattr(times, name), "priority", times.name, times.key
    for weekday, hours in enumerate(shown.heat.weekdays):
        for hour, cell in enumerate(hours):
            yield "created", cell, "hour", f"{WEEKDAYS[weekday]}-{hour:02}", None
