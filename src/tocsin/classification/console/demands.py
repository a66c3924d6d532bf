"""What one move between two statuses asks for: the form behind the table of moves."""

from __future__ import annotations

from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import NotFound
from tocsin.classification import service
from tocsin.classification.console.common import MODULE
from tocsin.classification.model import DEMANDABLE, Catalogue, Demands, Status
from tocsin.web import pages
from tocsin.web.admin import Choice
from tocsin.web.i18n import N_
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MANAGE = permissions.STATUSES_MANAGE
MOVE = "/admin/statuses/{status}/moves/{target}"
NAMES = {
    "description": N_("Description"),
    "category": N_("Category"),
    "impact": N_("Impact"),
    "team": N_("Team"),
    "assigned_to": N_("Owner"),
}
"""The fields of every incident that a move may demand."""
OFFERED = (
    *(permissions.ASSIGN, permissions.ESCALATE, permissions.DELETE, permissions.EXTENSIONS_DECIDE),
    permissions.SETTINGS_MANAGE,
)
"""Permissions that set apart who leads a desk: the form offers these, the API takes any."""


class DemandsForm(msgspec.Struct, frozen=True, kw_only=True):
    """What the move asks for; fields by their names, custom ones as `custom.<slug>`."""

    fields: list[str] = []
    needs_comment: bool = False
    no_open_tasks: bool = False
    permission: str | None = None


def _move(found: Catalogue, origin: str, target: str) -> tuple[Status, Status]:
    start, end = found.find_status(origin), found.find_status(target)
    if start is None or end is None or not found.allowed(start.id, end.id):
        raise NotFound
    return start, end


@page(MOVE, module=MODULE, permission=MANAGE)
async def show_demands(ctx: Ctx, status: str, target: str) -> Reply:
    """The form of what a move asks for."""
    tongue = pages.speech(ctx)
    found = await service.catalogue(ctx.tx)
    start, end = _move(found, status, target)
    demands = found.demands(start.id, end.id)
    custom = [Choice(f"custom.{f.slug}", f.name, hint=_where(found, f.categories)) for f in found.fields_everywhere()]
    offered = [*OFFERED, *([demands.permission] if demands.permission not in (None, *OFFERED) else [])]
    return pages.render(
        ctx,
        "classification/demands.html",
        start=start,
        end=end,
        demands=demands,
        choices=[*custom, *(Choice(name, tongue.gettext(NAMES[name])) for name in DEMANDABLE)],
        offered=[(name, tongue.gettext(permissions.DESCRIPTIONS[name])) for name in offered if name is not None],
    )


def _where(found: Catalogue, categories: list[UUID]) -> str:
    return ", ".join(entry.name for entry in found.categories.values() if entry.id in categories)


@action(MOVE, module=MODULE, permission=MANAGE)
async def save_demands(ctx: Ctx, status: str, target: str, data: DemandsForm) -> Reply:
    """Say what a move asks for."""
    _ = pages.speech(ctx).gettext
    start, end = _move(await service.catalogue(ctx.tx), status, target)
    demands = Demands(
        fields=data.fields,
        comment=data.needs_comment,
        no_open_tasks=data.no_open_tasks,
        permission=data.permission,
    )
    await service.demand(ctx.tx, ctx.actor, start.slug, end.slug, demands)
    said = _("What the move from %(origin)s to %(target)s asks for was saved.", origin=start.name, target=end.name)
    return pages.redirect(ctx, f"/admin/statuses?chosen={start.slug}", said)


ENDPOINTS = (show_demands, save_demands)
