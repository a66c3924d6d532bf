"""Switching modules on and off."""

from __future__ import annotations

import msgspec

from tocsin.access import permissions
from tocsin.base.manifest import Navigation, Slot
from tocsin.modules import service
from tocsin.web import admin, pages
from tocsin.web.admin import Card
from tocsin.web.i18n import N_
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "modules"
MANAGE = permissions.MODULES_MANAGE
MODULES = "/admin/modules"
ABOUT = {
    "notifications": N_("Tells people by e-mail, text message and Slack. Off: nobody is told of anything."),
    "sla": N_("Counts the time to reply and to resolve, warns, and records breaches."),
    "incidents": N_("Incidents themselves, with their categories, priorities and statuses."),
    "collaboration": N_("Comments, tasks, files and progress."),
    "escalation": N_("Escalating by hand and by policies. Off: policies rest."),
    "reminders": N_("Reminders at a time, or before something is due."),
    "intake": N_("The public form, tracking pages and imports. Off: the public pages are gone."),
    "reports": N_("Measures, charts and exports."),
}
"""What switching a module changes, for those who can be switched."""


class SwitchForm(msgspec.Struct, frozen=True):
    """On or off."""

    is_enabled: bool


@page(MODULES, module=MODULE, permission=MANAGE)
async def show_modules(ctx: Ctx) -> Reply:
    """The modules, and whether they are on."""
    found = await service.list_modules(ctx.tx)
    return pages.render(
        ctx,
        "modules/modules.html",
        switched=[module for module in found if not module.always_on],
        always=[module for module in found if module.always_on],
        about=ABOUT,
    )


@action(f"{MODULES}/{{name}}", module=MODULE, permission=MANAGE)
async def switch_module(ctx: Ctx, name: str, data: SwitchForm) -> Reply:
    """Switch a module; it acts at once."""
    _ = pages.speech(ctx).gettext
    after = await service.switch(ctx.tx, ctx.actor, name, enabled=data.is_enabled)
    said = _("%(title)s is on.") if after.is_enabled else _("%(title)s is off.")
    undo = Undo(f"{MODULES}/{after.name}", {"is_enabled": "false" if data.is_enabled else "true"})
    return pages.back(ctx, MODULES, said % {"title": _(after.title)}, undo)


async def card(ctx: Ctx, _subject: object) -> str:
    """The modules on the administration's overview."""
    _ = pages.speech(ctx).gettext
    found = [module for module in await service.list_modules(ctx.tx) if not module.always_on]
    off = [_(module.title) for module in found if not module.is_enabled]
    cares = [(_("Switched off: %(names)s.") % {"names": ", ".join(off)}, MODULES)] if off else []
    figures = [(len(found) - len(off), _("on")), (len(off), _("off"))]
    return admin.show(ctx, Card(_("Modules"), MODULES, icon="puzzle", figures=figures, cares=cares))


ENDPOINTS = (show_modules, switch_module)
NAVIGATION = (Navigation(N_("Modules"), MODULES, icon="puzzle", permissions=(MANAGE,), place="admin", order=14),)
SLOTS = (Slot(admin.OVERVIEW, card, (MANAGE,), MODULE, order=14),)
