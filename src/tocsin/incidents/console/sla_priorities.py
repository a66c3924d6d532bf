"""One priority: how urgent it is and what it promises, and what other targets would move."""

from __future__ import annotations

from typing import Any

from tocsin.access import permissions
from tocsin.base.errors import FieldError, Invalid, NotFound
from tocsin.classification import rules as durations, service as classification
from tocsin.classification.console.priorities import MANAGE, PRIORITIES, PriorityForm, read_form
from tocsin.classification.model import Priority
from tocsin.incidents.service import promises
from tocsin.sla import service as sla
from tocsin.sla.model import Preview
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "incidents"


class ChangedPriority(PriorityForm, frozen=True, kw_only=True):
    """`more` is the button that shows what the change would move instead of saving it."""

    apply_to_running: bool = False
    more: str | None = None


@page(f"{PRIORITIES}/{{priority}}", module=MODULE, permission=MANAGE)
async def show_priority(ctx: Ctx, priority: str) -> Reply:
    """A priority, ready to be changed."""
    return _form(ctx, await _find(ctx, priority))


@action(f"{PRIORITIES}/{{priority}}", module=MODULE, permission=MANAGE)
async def change_priority(ctx: Ctx, priority: str, data: ChangedPriority) -> Reply:
    """Change a priority, or see first what the change would move; clocks that run follow if that is wished."""
    _ = pages.speech(ctx).gettext
    known = await _find(ctx, priority)
    try:
        values = read_form(data)
        if data.more is not None:
            return _form(ctx, known, await promises.preview_priority(ctx.tx, ctx.actor, priority, values))
        after = await promises.change_priority(
            ctx.tx, ctx.actor, priority, values, apply_to_running=data.apply_to_running
        )
    except Invalid as error:
        raise Invalid([FieldError(_named(each.field), each.template, each.values) for each in error.errors]) from None
    return pages.redirect(ctx, PRIORITIES, _("%(name)s was saved.") % {"name": after.name})


def _named(field: str) -> str:
    """The form's name of a field."""
    return field.removesuffix("_time_minutes")


async def _find(ctx: Ctx, ref: str) -> Priority:
    entry = (await classification.catalogue(ctx.tx)).find_priority(ref)
    if entry is None:
        raise NotFound
    return entry


def _form(ctx: Ctx, priority: Priority, preview: Preview | None = None) -> Reply:
    may_follow = ctx.actor.can(permissions.SLA_MANAGE) and not sla.is_off(ctx.tx)
    values: dict[str, Any] = {name: sent[-1] for name, sent in ctx.form.values.items()} if preview is not None else {}
    return pages.render(
        ctx,
        "sla/priority.html",
        priority=priority,
        values=values or _stored(priority),
        may_follow=may_follow,
        preview=preview,
    )


def _stored(priority: Priority) -> dict[str, Any]:
    return {
        "name": priority.name,
        "level": priority.level,
        "response": durations.spell_minutes(priority.response_time_minutes),
        "resolution": durations.spell_minutes(priority.resolution_time_minutes),
    }


ENDPOINTS = (show_priority, change_priority)
