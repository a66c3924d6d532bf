"""`/incidents/{ref}/reminders`: made, changed, put off, cancelled."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.base.paging import Page, PageQuery
from tocsin.incidents.api import ONE
from tocsin.reminders import service
from tocsin.reminders.model import Coming, Draft, Reminder, Snooze
from tocsin.web.routes import Ctx, delete, get, post, put

MODULE = "reminders"
REMINDERS = f"{ONE}/reminders"
REMINDER = f"{REMINDERS}/{{reminder}}"


class ReminderQuery(PageQuery, frozen=True, kw_only=True):
    """`state`: scheduled, sent or cancelled."""

    state: str | None = None


@get(REMINDERS, module=MODULE, permission=permissions.VIEW)
async def list_reminders(ctx: Ctx, ref: str, query: ReminderQuery) -> Page[Reminder]:
    """An incident's reminders, the first made first."""
    return await service.reminders(ctx.tx, ctx.actor, ref, state=query.state, limit=query.limit, cursor=query.cursor)


@post(REMINDERS, module=MODULE, permission=permissions.UPDATE, status=201)
async def add_reminder(ctx: Ctx, ref: str, data: Draft) -> Reminder:
    """Remind somebody at a time, or a while before the incident is due."""
    reminder = await service.add_reminder(ctx.tx, ctx.actor, ref, data)
    ctx.created(f"{REMINDERS}/{reminder.id}".replace("{ref}", ref))
    return reminder


@get(REMINDER, module=MODULE, permission=permissions.VIEW)
async def get_reminder(ctx: Ctx, ref: str, reminder: str) -> Reminder:
    """One reminder."""
    return await service.get_reminder(ctx.tx, ctx.actor, ref, reminder)


@put(REMINDER, module=MODULE, permission=permissions.UPDATE)
async def change_reminder(ctx: Ctx, ref: str, reminder: str, data: Draft) -> Reminder:
    """Change the given fields; another time puts it off."""
    return await service.change_reminder(ctx.tx, ctx.actor, ref, reminder, data)


@delete(REMINDER, module=MODULE, permission=permissions.UPDATE)
async def cancel_reminder(ctx: Ctx, ref: str, reminder: str) -> None:
    """Cancel a reminder; it stays readable."""
    await service.cancel_reminder(ctx.tx, ctx.actor, ref, reminder)


@post(f"{REMINDER}/snooze", module=MODULE, permission=permissions.UPDATE)
async def snooze_reminder(ctx: Ctx, ref: str, reminder: str, data: Snooze) -> Reminder:
    """Put a reminder off; one that went out comes once more."""
    return await service.snooze_reminder(ctx.tx, ctx.actor, ref, reminder, data)


@get("/api/incidents/v1/reminders", module=MODULE, permission=permissions.VIEW)
async def list_coming_reminders(ctx: Ctx, query: PageQuery) -> Page[Coming]:
    """Your own reminders that are to come, the next first: those you made, and those that go to you."""
    return await service.coming_reminders(ctx.tx, ctx.actor, limit=query.limit, cursor=query.cursor)


ENDPOINTS = (
    *(list_reminders, add_reminder, get_reminder, change_reminder, cancel_reminder),
    *(snooze_reminder, list_coming_reminders),
)
