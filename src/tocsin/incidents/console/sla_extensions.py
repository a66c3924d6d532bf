"""More time: asking for it and deciding on it, on the incident's page and in one's own work."""

from __future__ import annotations

import msgspec

from tocsin.access.permissions import EXTENSIONS_DECIDE, UPDATE, VIEW
from tocsin.base.errors import invalid
from tocsin.base.manifest import Slot
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE, done
from tocsin.incidents.console.subject import IncidentPage
from tocsin.incidents.service import extensions
from tocsin.sla.model import ExtensionView
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "sla"
FORM = "extend"
SHOWN = 20
PATH = f"{ONE}/extensions"


class ExtendForm(msgspec.Struct, frozen=True, kw_only=True):
    """When it shall be due instead, and why."""

    due_at: str | None = None
    reason: str = ""


class DecideForm(msgspec.Struct, frozen=True, kw_only=True):
    """A word on why."""

    note: str | None = None


def _may_ask(page: IncidentPage) -> bool:
    clocks = page.view.sla
    return (
        page.incident.is_open
        and clocks is not None
        and clocks.resolution_due_at is not None
        and clocks.resolution_breached_at is None
    )


async def _waiting(ctx: Ctx, page: IncidentPage) -> ExtensionView | None:
    if "waiting_extension" not in ctx.tx.memo:
        found = await extensions.list_extensions(ctx.tx, ctx.actor, page.incident.id)
        ctx.tx.memo["waiting_extension"] = next((one for one in found if one.state == "pending"), None)
    waiting: ExtensionView | None = ctx.tx.memo["waiting_extension"]
    return waiting


async def draw_offer(ctx: Ctx, page: IncidentPage) -> str:
    """The entry of the menu, where it makes sense to ask."""
    if not _may_ask(page) or await _waiting(ctx, page) is not None:
        return ""
    return pages.text(ctx, "sla/extend_act.html", page=page)


async def draw_waiting(ctx: Ctx, page: IncidentPage) -> str:
    """What was asked for and is not decided, with what the one who looks may do about it."""
    one = await _waiting(ctx, page) if page.incident.is_open else None
    return pages.text(ctx, "sla/extension.html", one=one, ref=page.ref) if one is not None else ""


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form, where the address asks for it."""
    if page.do != FORM or not _may_ask(page):
        return ""
    due = page.view.sla.resolution_due_at if page.view.sla is not None else None
    return pages.text(ctx, "sla/extend.html", page=page, due=moments.to_field(ctx, due))


async def draw_work(ctx: Ctx, _subject: object) -> str:
    """What waits for a decision, above one's own work."""
    found = await extensions.all_extensions(ctx.tx, ctx.actor, state="pending", limit=SHOWN, cursor=None)
    mine = [one for one in found.items if one.requested_by.id != ctx.actor.id]
    return pages.text(ctx, "sla/work.html", waiting=mine) if mine else ""


@action(PATH, module=MODULE, permission=UPDATE)
async def request_extension(ctx: Ctx, ref: str, data: ExtendForm) -> Reply:
    """Ask for more time."""
    _ = pages.speech(ctx).gettext
    due_at = moments.from_field(ctx, data.due_at or None, "due_at")
    if due_at is None:
        raise invalid("due_at", "Say when it shall be due.")
    await extensions.request_extension(ctx.tx, ctx.actor, ref, due_at=due_at, reason=data.reason)
    return done(ctx, ref, _("More time was asked for"))


@action(f"{PATH}/{{extension}}/approve", module=MODULE, permission=EXTENSIONS_DECIDE)
async def approve_extension(ctx: Ctx, ref: str, extension: str, data: DecideForm) -> Reply:
    """Grant it."""
    _ = pages.speech(ctx).gettext
    await extensions.decide_extension(ctx.tx, ctx.actor, ref, extension, approve=True, note=data.note)
    return done(ctx, ref, _("%(ref)s is due later now", ref=ref))


@action(f"{PATH}/{{extension}}/reject", module=MODULE, permission=EXTENSIONS_DECIDE)
async def reject_extension(ctx: Ctx, ref: str, extension: str, data: DecideForm) -> Reply:
    """Leave it as it is."""
    _ = pages.speech(ctx).gettext
    await extensions.decide_extension(ctx.tx, ctx.actor, ref, extension, approve=False, note=data.note)
    return done(ctx, ref, _("%(ref)s is due as before", ref=ref))


@action(f"{PATH}/{{extension}}/withdraw", module=MODULE, permission=UPDATE)
async def withdraw_extension(ctx: Ctx, ref: str, extension: str, data: DecideForm) -> Reply:
    """Take it back."""
    _ = pages.speech(ctx).gettext
    await extensions.withdraw_extension(ctx.tx, ctx.actor, ref, extension, note=data.note)
    return done(ctx, ref, _("The wish for more time was withdrawn"))


ENDPOINTS = (request_extension, approve_extension, reject_extension, withdraw_extension)
SLOTS = (
    Slot("incident.more", draw_offer, (UPDATE,), MODULE),
    Slot("incident.clocks", draw_waiting, (VIEW,), MODULE, order=10),
    Slot("incident.do", draw_dialog, (UPDATE,), MODULE),
    Slot("work.above", draw_work, (EXTENSIONS_DECIDE,), MODULE),
)
