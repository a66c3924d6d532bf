"""The catalogue's cards on the administration's overview."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.base.manifest import Slot
from tocsin.classification import rules, service
from tocsin.classification.console.statuses import flow_of
from tocsin.web import admin, pages
from tocsin.web.admin import Card
from tocsin.web.routes import Ctx

MODULE = "incidents"


async def categories_card(ctx: Ctx, _subject: object) -> str:
    """Categories."""
    _ = pages.speech(ctx).gettext
    entries = (await service.catalogue(ctx.tx)).categories.values()
    active = sum(entry.is_active for entry in entries)
    cares = [] if active else [(_("No category can be chosen."), "/admin/categories")]
    figures = [(active, _("active")), (len(entries) - active, _("inactive"))]
    return admin.show(ctx, Card(_("Categories"), "/admin/categories", icon="tags", figures=figures, cares=cares))


async def priorities_card(ctx: Ctx, _subject: object) -> str:
    """Priorities and their targets."""
    _ = pages.speech(ctx).gettext
    entries = [entry for entry in (await service.catalogue(ctx.tx)).priorities.values() if entry.is_active]
    free = [entry.name for entry in entries if entry.resolution_time_minutes is None]
    cares = [(_("No time to resolve is set for %(names)s.") % {"names": ", ".join(free)}, "/admin/priorities")]
    figures = [(len(entries), _("active"))]
    card = Card(
        _("Priorities"), "/admin/priorities", icon="antenna-bars-5", figures=figures, cares=cares if free else []
    )
    return admin.show(ctx, card)


async def statuses_card(ctx: Ctx, _subject: object) -> str:
    """Statuses and moves."""
    _ = pages.speech(ctx).gettext
    catalogue = await service.catalogue(ctx.tx)
    stops, moves = flow_of(catalogue)
    names = {status.slug: status.name for status in catalogue.statuses.values()}
    cares = [
        (_("Nothing leads to %(name)s.") % {"name": names[key]}, f"/admin/statuses?chosen={key}")
        for key in rules.unreachable(stops, moves)
    ]
    cares += [
        (_("Nothing leads out of %(name)s.") % {"name": names[key]}, f"/admin/statuses?chosen={key}")
        for key in rules.dead_ends(stops, moves)
    ]
    figures = [(len(stops), _("active")), (len(moves), _("allowed moves"))]
    return admin.show(ctx, Card(_("Statuses"), "/admin/statuses", icon="sitemap", figures=figures, cares=cares))


async def fields_card(ctx: Ctx, _subject: object) -> str:
    """Custom fields."""
    _ = pages.speech(ctx).gettext
    entries = (await service.catalogue(ctx.tx)).fields.values()
    active = sum(entry.is_active for entry in entries)
    figures = [(active, _("in use")), (len(entries) - active, _("retired"))]
    return admin.show(ctx, Card(_("Custom fields"), "/admin/fields", icon="forms", figures=figures))


SLOTS = (
    Slot(admin.OVERVIEW, categories_card, (permissions.CATEGORIES_MANAGE,), MODULE, order=30),
    Slot(admin.OVERVIEW, priorities_card, (permissions.PRIORITIES_MANAGE,), MODULE, order=32),
    Slot(admin.OVERVIEW, statuses_card, (permissions.STATUSES_MANAGE,), MODULE, order=34),
    Slot(admin.OVERVIEW, fields_card, (permissions.SETTINGS_MANAGE,), MODULE, order=35),
)
