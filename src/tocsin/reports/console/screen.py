"""The dashboard."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import FieldError, Invalid, invalid
from tocsin.base.manifest import Navigation
from tocsin.reports import rules, service
from tocsin.reports.console.words import Good, Words
from tocsin.reports.model import Measures
from tocsin.reports.service import MeasuresQuery
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

MODULE = "reports"
PATH = "/reports"
NAVIGATION = (
    Navigation(N_("Reports"), PATH, icon="chart-histogram", permissions=(permissions.REPORTS_VIEW,), order=60, key="d"),
)
PERIODS = (("7d", N_("7 days")), ("30d", N_("30 days")), ("90d", N_("90 days")), ("year", N_("Year")))
STATS: tuple[tuple[str, str, Good], ...] = (
    ("open", N_("Open now"), "less"),
    ("created", N_("Created"), "neither"),
    ("resolved", N_("Resolved"), "more"),
    ("sla_met", N_("SLA met"), "more"),
    ("sla_met_with_extension", N_("Met with extension"), "neither"),
    ("sla_missed", N_("SLA missed"), "less"),
    ("breaches", N_("Breaches"), "less"),
    ("response_p50", N_("First reply, median"), "less"),
    ("resolve_p50", N_("To resolve, median"), "less"),
    ("resolve_p90", N_("To resolve, 9 of 10"), "less"),
    ("escalations", N_("Escalated"), "less"),
    ("reopen_rate", N_("Reopened"), "less"),
)
STATES = (
    ("breached", N_("Breached"), "is-breach"),
    ("soon", N_("Due within 24 h"), "is-warn"),
    ("on_track", N_("On track"), "is-ok"),
    ("paused", N_("Paused"), "is-pause"),
)
"""What the clocks of open incidents say: the field, the word, the class of its colour."""
PEOPLE_SHOWN = 8


class ScreenQuery(MeasuresQuery, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """As `measures` takes it; `at` is a moment as its form sends it, on the clock of the organisation's zone."""

    at: str | None = None


@page(PATH, module=MODULE, permission=permissions.REPORTS_VIEW)
async def show_reports(ctx: Ctx, query: ScreenQuery) -> Reply:
    """The dashboard. What is wrong with the question is said above the usual period."""
    wrong: list[FieldError] = []
    asked = MeasuresQuery()
    try:
        asked = _asked(ctx, query)
        shown = await service.measures(ctx.tx, ctx.actor, asked)
    except Invalid as refused:
        wrong, asked = list(refused.errors), MeasuresQuery()
        shown = await service.measures(ctx.tx, ctx.actor, asked)
    sees = ctx.actor.can(permissions.VIEW) and "incidents" not in ctx.tenant.disabled_modules
    missed = await service.missed(ctx.tx, ctx.actor, shown) if sees and asked.as_of is None else []
    return pages.render(
        ctx,
        "reports/reports.html",
        status=422 if wrong else None,
        wrong=wrong,
        typed=query,
        shown=shown,
        query=asked,
        address=_Address(asked, ZoneInfo(shown.time_zone)),
        missed=missed,
        words=Words(pages.speech(ctx)),
        sees=sees,
        **_choices(shown),
    )


def _asked(ctx: Ctx, query: ScreenQuery) -> MeasuresQuery:
    """The question, its moment with its zone. Raises `Invalid`."""
    as_of = query.as_of
    if query.at is not None:
        try:
            as_of = datetime.fromisoformat(query.at).replace(tzinfo=ZoneInfo(ctx.tenant.time_zone))
        except ValueError:
            raise invalid("at", "Give a day and a time, such as 2026-06-30T12:00.") from None
    names = [field.name for field in msgspec.structs.fields(MeasuresQuery)]
    return MeasuresQuery(**{**{name: getattr(query, name) for name in names}, "as_of": as_of})


def _choices(shown: Measures) -> dict[str, Any]:
    loads = (*shown.open.by_team, *shown.open.by_person)
    return {
        "periods": PERIODS,
        "stats": STATS,
        "states": STATES,
        "people_shown": PEOPLE_SHOWN,
        "most_load": max((load.open.count for load in loads), default=1) or 1,
        "share": rules.share,
        "step": rules.heat_step,
        "busiest": _busiest(shown),
    }


def _busiest(shown: Measures) -> tuple[int, int] | None:
    """Weekday and hour with the most incidents; None without any."""
    cells = (
        (cell.count, weekday, hour) for weekday, row in enumerate(shown.heat.weekdays) for hour, cell in enumerate(row)
    )
    count, weekday, hour = max(cells, key=lambda cell: (cell[0], -cell[1], -cell[2]))
    return (weekday, hour) if count else None


class _Address:
    """Addresses of this screen and of its exports, with something changed."""

    def __init__(self, query: MeasuresQuery, zone: ZoneInfo) -> None:
        self._zone = zone
        fields = msgspec.structs.fields(query)
        plain = msgspec.to_builtins(query)
        defaults = {field.encode_name: field.default for field in fields}
        self._given = {name: value for name, value in plain.items() if value != defaults[name]}

    def given(self) -> dict[str, str]:
        """The parameters in force."""
        return {name: _text(value) for name, value in self._given.items()}

    def local(self, at: datetime) -> str:
        """A moment as a field for local times takes it."""
        return at.astimezone(self._zone).strftime("%Y-%m-%dT%H:%M")

    def page(self, **changes: Any) -> str:
        """The screen, with other parameters (None: without)."""
        return self._made(PATH, changes)

    def export(self, kind: str, **changes: Any) -> str:
        """The export of what is shown, as a file of a kind."""
        return self._made(f"/api/reports/v1/export.{kind}", changes)

    def _made(self, path: str, changes: dict[str, Any]) -> str:
        values = {**self._given, **changes}
        kept = {name: _text(value) for name, value in values.items() if value is not None}
        return f"{path}?{urlencode(kept, safe=':,')}" if kept else path


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


ENDPOINTS = (show_reports,)
