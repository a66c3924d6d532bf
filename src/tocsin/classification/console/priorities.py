"""Priorities: how urgent it is, and by when it is answered and resolved.

The screen of one priority stands above (`incidents.console.sla_priorities`): it says what a change moves.
"""

from __future__ import annotations

from typing import Any

import msgspec

from tocsin.access import permissions
from tocsin.base.errors import BadValue, invalid
from tocsin.classification import rules, service
from tocsin.classification.console.common import MODULE, removed
from tocsin.web import pages
from tocsin.web.forms import InUse, NoFields
from tocsin.web.pages import Undo
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MANAGE = permissions.PRIORITIES_MANAGE
PRIORITIES = "/admin/priorities"


class PriorityForm(msgspec.Struct, frozen=True, kw_only=True):
    """A priority as the form has it; times as people write them."""

    name: str = ""
    level: int | None = None
    response: str = ""
    resolution: str = ""


@page(PRIORITIES, module=MODULE, permission=MANAGE)
async def show_priorities(ctx: Ctx) -> Reply:
    """The priorities, the most urgent first."""
    entries = (await service.catalogue(ctx.tx)).priorities.values()
    ordered = sorted(entries, key=lambda entry: (not entry.is_active, entry.level, entry.id))
    longest = max((entry.resolution_time_minutes or 0 for entry in entries if entry.is_active), default=0)
    return pages.render(
        ctx, "classification/priorities.html", priorities=ordered, spell=rules.spell_minutes, longest=longest
    )


@page(f"{PRIORITIES}/new", module=MODULE, permission=MANAGE)
async def show_new_priority(ctx: Ctx) -> Reply:
    """The form for a new priority."""
    return pages.render(ctx, "classification/priority.html", priority=None, values={})


def read_form(data: PriorityForm) -> dict[str, Any]:
    """The form as the service takes it. Raises `Invalid`."""
    if data.level is None or not 1 <= data.level <= 1000:
        raise invalid("level", "Give a number from 1, the most urgent, to 1000.")
    values: dict[str, Any] = {"name": data.name, "level": data.level}
    for field in ("response", "resolution"):
        try:
            values[f"{field}_time_minutes"] = rules.parse_minutes(getattr(data, field))
        except BadValue as error:
            raise invalid(field, error.template, **error.values) from None
    return values


@action(PRIORITIES, module=MODULE, permission=MANAGE)
async def add_priority(ctx: Ctx, data: PriorityForm) -> Reply:
    """Add a priority."""
    _ = pages.speech(ctx).gettext
    made = await service.add_priority(ctx.tx, ctx.actor, read_form(data))
    return pages.redirect(ctx, PRIORITIES, _("%(name)s was added.") % {"name": made.name})


@action(f"{PRIORITIES}/{{priority}}/active", module=MODULE, permission=MANAGE)
async def set_priority_active(ctx: Ctx, priority: str, data: InUse) -> Reply:
    """Let a priority be chosen, or not."""
    _ = pages.speech(ctx).gettext
    after = await service.change_priority(ctx.tx, ctx.actor, priority, {"is_active": data.is_active})
    said = _("%(name)s can be chosen again.") if after.is_active else _("%(name)s can't be chosen any more.")
    undo = Undo(f"{PRIORITIES}/{after.id}/active", {"is_active": "false" if data.is_active else "true"})
    return pages.back(ctx, PRIORITIES, said % {"name": after.name}, undo)


@action(f"{PRIORITIES}/{{priority}}/default", module=MODULE, permission=MANAGE)
async def make_priority_default(ctx: Ctx, priority: str, data: NoFields) -> Reply:
    """Make it the one that an incident gets when nobody says."""
    _ = pages.speech(ctx).gettext
    after = await service.change_priority(ctx.tx, ctx.actor, priority, {"is_default": True})
    return pages.back(ctx, PRIORITIES, _("%(name)s is the default now.") % {"name": after.name})


@action(f"{PRIORITIES}/{{priority}}/delete", module=MODULE, permission=MANAGE)
async def delete_priority(ctx: Ctx, priority: str, data: NoFields) -> Reply:
    """Delete a priority that nothing uses."""
    return await removed(ctx, "priority", priority, PRIORITIES)


ENDPOINTS = (
    *(show_priorities, show_new_priority, add_priority),
    *(set_priority_active, make_priority_default, delete_priority),
)
