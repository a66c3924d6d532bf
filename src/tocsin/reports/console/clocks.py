"""Service levels by clock, and our verdicts beside those of a log that was imported."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import Invalid
from tocsin.classification.rules import spell_minutes
from tocsin.reports import service
from tocsin.reports.console.words import Words
from tocsin.reports.service import MeasuresQuery, RealityQuery
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

MODULE = "reports"
CLOCKS, REALITY = "/reports/sla", "/reports/reality"
NAMES = {"response": N_("First reply"), "update": N_("Public updates"), "resolution": N_("Resolution")}
PERIODS = (("7d", N_("7 days")), ("30d", N_("30 days")), ("90d", N_("90 days")), ("year", N_("Year")))
WHY = {
    "pauses": N_("They would agree if the pauses counted."),
    "reopening": N_("They would agree if the time until the reopening counted."),
    "first_priority": N_("They would agree under the promise of the first priority."),
    "calendar": N_("They would agree if all time counted, around the clock."),
    "target": N_("The target itself decides."),
}


class ClocksQuery(MeasuresQuery, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """As the measures of reports take it."""


@page(CLOCKS, module=MODULE, permission=permissions.REPORTS_VIEW)
async def show_clocks(ctx: Ctx, query: ClocksQuery) -> Reply:
    """What was met, met with an extension, and missed, clock by clock."""
    wrong = ""
    try:
        shown = await service.by_clock(ctx.tx, ctx.actor, _plain(query))
    except Invalid as refused:
        wrong = pages.speech(ctx).say(refused.errors[0].template, refused.errors[0].values)
        shown = await service.by_clock(ctx.tx, ctx.actor, MeasuresQuery())
    words = Words(pages.speech(ctx))
    return pages.render(
        ctx,
        "reports/clocks.html",
        status=422 if wrong else None,
        wrong=wrong,
        shown=shown,
        query=query,
        export=_export(MeasuresQuery() if wrong else query),
        names=NAMES,
        periods=PERIODS,
        words=words,
        sees=_sees(ctx),
    )


def _sees(ctx: Ctx) -> bool:
    """Whether the reader may open the lists behind figures."""
    return ctx.actor.can(permissions.VIEW) and "incidents" not in ctx.tenant.disabled_modules


def _export(query: MeasuresQuery) -> str:
    """The same figures as a file."""
    asked = {"of": "clocks", "period": query.period, "from": query.first, "to": query.last}
    return urlencode({name: value for name, value in asked.items() if value is not None})


def _plain(query: ClocksQuery) -> MeasuresQuery:
    names = [field.name for field in msgspec.structs.fields(MeasuresQuery)]
    return MeasuresQuery(**{name: getattr(query, name) for name in names})


@page(REALITY, module=MODULE, permission=permissions.REPORTS_VIEW)
async def show_reality(ctx: Ctx, query: RealityQuery) -> Reply:
    """Our verdicts on imported incidents beside the log's."""
    shown = await service.reality(ctx.tx, ctx.actor, query)
    return pages.render(
        ctx,
        "reports/reality.html",
        shown=shown,
        why=WHY,
        sees=_sees(ctx),
        spell=spell_minutes,
        words=Words(pages.speech(ctx)),
    )


ENDPOINTS = (show_clocks, show_reality)
