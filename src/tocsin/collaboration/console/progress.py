"""How far the work is: a bar on the page with the last word, and the form that reports more."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.collaboration import service
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.subject import IncidentPage
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "collaboration"


class ProgressForm(msgspec.Struct, frozen=True, kw_only=True):
    """How far, in words too, when the next word comes (a wall time of the reader's zone), and who reads it."""

    percent: int
    summary: str = ""
    next_update_due_at: str | None = None
    is_internal: bool = False


async def draw(ctx: Ctx, page: IncidentPage) -> str:
    """The bar with the last word; nothing where there is none and none can be added."""
    last = await service.list_progress(
        ctx.tx, ctx.actor, page.incident.id, service.ListQuery(order="-created_at", limit=1)
    )
    may = ctx.actor.can(permissions.UPDATE) and not page.printed and not page.incident.status.is_terminal
    if not last.items and not may:
        return ""
    report = last.items[0] if last.items else None
    return pages.text(ctx, "collaboration/progress.html", page=page, report=report, may=may)


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form, where the address asks for it."""
    if page.do != "progress" or page.incident.status.is_terminal:
        return ""
    return pages.text(ctx, "collaboration/progress_form.html", page=page)


@action(f"{ONE}/progress", module=MODULE, permission=permissions.UPDATE)
async def report(ctx: Ctx, ref: str, data: ProgressForm) -> Reply:
    """Report how far the work is."""
    _ = pages.speech(ctx).gettext
    following = moments.from_field(ctx, data.next_update_due_at, "next_update_due_at")
    await service.report_progress(
        ctx.tx,
        ctx.actor,
        ref,
        percent=data.percent,
        summary=data.summary,
        next_update_due_at=following,
        is_internal=data.is_internal,
    )
    if data.is_internal:
        return done(ctx, ref, _("Progress is noted for the team"))
    return done(ctx, ref, _("Progress is reported to whoever reported it and watches"))


ENDPOINTS = (report,)
