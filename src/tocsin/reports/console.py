"""The screen of reports."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.base.manifest import Navigation
from tocsin.reports import service
from tocsin.reports.service import MeasuresQuery
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, page

MODULE = "reports"
NAVIGATION = (
    Navigation(
        N_("Reports"),
        "/reports",
        icon="chart-histogram",
        permissions=(permissions.REPORTS_VIEW,),
        order=60,
        key="d",
    ),
)


@page("/reports", module=MODULE, permission=permissions.REPORTS_VIEW)
async def show_reports(ctx: Ctx, query: MeasuresQuery) -> Reply:
    """The dashboard."""
    shown = await service.measures(ctx.tx, ctx.actor, query)
    return pages.render(ctx, "reports/reports.html", shown=shown, query=query)


ENDPOINTS = (show_reports,)
