"""My work: what one owns, has handed on, must meet today, and watches."""

from __future__ import annotations

from typing import Any

from tocsin.access import permissions
from tocsin.incidents import service
from tocsin.incidents.console import filters, rows
from tocsin.incidents.console.common import MODULE, SEE, with_catalogue
from tocsin.incidents.console.queue import capped
from tocsin.incidents.service.listing import ListQuery
from tocsin.web import pages
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, RawQuery, page
from tocsin.web.shell import fill_slots

PATH = "/work"
TABS = {
    "mine": N_("Mine"),
    "delegated": N_("Delegated by me"),
    "today": N_("Due today"),
    "watched": N_("Watched"),
}


@page(PATH, module=MODULE, permission=SEE)
async def show_work(ctx: Ctx, query: RawQuery) -> Reply:
    """One's own work, a tab for each kind, with the queue's rows."""
    catalogue = await with_catalogue(ctx)
    narrowed = _tabs(ctx)
    tab = query.values.get("tab", ["mine"])[-1]
    wanted = filters.read(ctx, query, catalogue, PATH, beside=("open", "tab"), **narrowed.get(tab, {}))
    if tab not in TABS:
        wanted.wrong["tab"] = pages.speech(ctx).gettext("There is no such tab.")
    found = await filters.find(ctx, wanted)
    columns = rows.chosen(ctx, catalogue)
    is_more = pages.target(ctx.request) == "more"
    return pages.render(
        ctx,
        "incidents/more.html" if is_more else "incidents/work.html",
        status=422 if wanted.wrong else None,
        wanted=wanted,
        rows=await rows.rows_of(ctx, found.items, catalogue),
        next_page=wanted.address(cursor=found.next_cursor) if found.next_cursor is not None else None,
        columns=columns,
        headers=rows.headers(wanted, columns),
        **({} if is_more else await _frame(ctx, wanted, catalogue, tab, narrowed)),
    )


def _tabs(ctx: Ctx) -> dict[str, dict[str, Any]]:
    """What each tab is narrowed to."""
    return {
        "mine": {"assigned_to": "me"},
        "delegated": {"delegated_by": "me"},
        "today": {"assigned_to": "me", "next_due_before": filters.end_of_today(ctx)},
        "watched": {"watcher": "me"},
    }


async def _frame(
    ctx: Ctx, wanted: filters.Wanted, catalogue: Any, tab: str, narrowed: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    still_open = ",".join(status.slug for status in catalogue.statuses.values() if status.is_open)
    asked = {name: ListQuery(status=still_open, **fixed) for name, fixed in narrowed.items()}
    counted = await service.count_incidents(ctx.tx, ctx.actor, asked)
    return {
        "fresh": filters.count_new(ctx, narrowed.get(tab, {})),
        "above": await fill_slots(ctx, "work.above", None),
        "catalogue": catalogue,
        "chips": [chip for chip in filters.chips(ctx, wanted, catalogue) if chip.wrong],
        "tab": tab,
        "tabs": [(name, title, capped(counted[name])) for name, title in TABS.items()],
        "may_change": ctx.actor.can(permissions.UPDATE) or ctx.actor.can(permissions.ASSIGN),
    }


ENDPOINTS = (show_work,)
