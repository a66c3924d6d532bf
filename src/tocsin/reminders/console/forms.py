"""What the forms of reminders do: make one, change it, put it off, cancel it."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta

from tocsin.access import permissions
from tocsin.base.errors import FieldError, Invalid, invalid
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE, done
from tocsin.reminders import service
from tocsin.reminders.console.words import CHOSEN, REPEATS, with_until
from tocsin.reminders.model import Draft, Reminder, Snooze
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "reminders"
REMINDER = f"{ONE}/reminders/{{reminder}}"
OWN = "own"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class RemindForm(msgspec.Struct, frozen=True, kw_only=True):
    """At a time, or a while before the incident is due; `reminder_type` says what for, `repeat` how it recurs."""

    reminder_type: Annotated[str, Meta(max_length=100)] | None = None
    scheduled_for: str | None = None
    seen: str | None = None
    """What the field of the time held: left so, the time stays, to the second."""
    before_due: str | None = None
    repeat: str | None = None
    rrule: str | None = None
    repeat_until: str | None = None
    channel: Literal["email", "sms", "slack"] = "email"
    to: list[str] = []
    user: str | None = None
    team: str | None = None
    role: str | None = None
    is_urgent: bool = False


class SnoozeForm(msgspec.Struct, frozen=True, kw_only=True):
    """Until when, or for how long."""

    until: str | None = None
    duration: str | None = msgspec.field(default=None, name="for")


def _rule(data: RemindForm) -> str | None:
    if data.repeat is None:
        return None
    if data.repeat == OWN:
        if not data.rrule:
            raise invalid("rrule", "Write a rule such as FREQ=WEEKLY;BYDAY=MO,TH.")
        return data.rrule
    if data.repeat not in dict(REPEATS):
        raise invalid("repeat", "Choose one of these.")
    if data.repeat_until is not None and not _DAY.fullmatch(data.repeat_until):
        raise invalid("repeat_until", "Give a day such as 2026-01-31.")
    return with_until(data.repeat, data.repeat_until)


def _draft(ctx: Ctx, data: RemindForm, *, is_new: bool) -> Draft:
    """The form as the verb takes it. Of a change everything is said: what the form leaves empty is cleared."""
    moment = moments.from_field(ctx, data.scheduled_for, "scheduled_for")
    rule = _rule(data) if data.before_due is None else None
    to = [*data.to, *(f"{kind}:{ref}" for kind in CHOSEN if (ref := getattr(data, kind)))]
    times: dict[str, Any] = {}
    if moment is not None and data.before_due is None:
        times["scheduled_for"] = moment
    if data.before_due is not None:
        times["before_due"] = data.before_due
    if rule is not None or not is_new:
        times["rrule"] = rule
    return Draft(
        reminder_type=data.reminder_type or (UNSET if is_new else "reminder"),
        channel=data.channel,
        to=list(to),
        is_urgent=data.is_urgent,
        **times,
    )


def _of_form(error: Invalid, data: RemindForm) -> Invalid:
    """The recipients come from four fields of the form: those that are ticked, then a person, a team, a role."""
    names = [*("to" for _ in data.to), *(kind for kind in CHOSEN if getattr(data, kind))]
    found = []
    for one in error.errors:
        field, bracket, number = one.field.partition("[")
        name = names[int(number.rstrip("]"))] if bracket else field
        found.append(FieldError(name, one.template, one.values))
    return Invalid(found)


def _goes_out(ctx: Ctx, reminder: Reminder) -> str:
    tongue = pages.speech(ctx)
    if reminder.scheduled_for is None:
        return tongue.gettext("The reminder was saved")
    return tongue.gettext("A reminder goes out %(time)s", time=tongue.moment(reminder.scheduled_for, ctx.tx.now))


@action(f"{ONE}/reminders", module=MODULE, permission=permissions.UPDATE)
async def add(ctx: Ctx, ref: str, data: RemindForm) -> Reply:
    """Remind somebody at a time, or a while before it is due."""
    try:
        reminder = await service.add_reminder(ctx.tx, ctx.actor, ref, _draft(ctx, data, is_new=True))
    except Invalid as error:
        raise _of_form(error, data) from None
    return done(ctx, ref, _goes_out(ctx, reminder))


@action(REMINDER, module=MODULE, permission=permissions.UPDATE)
async def change(ctx: Ctx, ref: str, reminder: str, data: RemindForm) -> Reply:
    """Change a reminder."""
    draft = _draft(ctx, data, is_new=False)
    if data.seen is not None and data.scheduled_for == data.seen:
        draft = msgspec.structs.replace(draft, scheduled_for=UNSET)
    try:
        after = await service.change_reminder(ctx.tx, ctx.actor, ref, reminder, draft)
    except Invalid as error:
        raise _of_form(error, data) from None
    return done(ctx, ref, _goes_out(ctx, after))


@action(f"{REMINDER}/snooze", module=MODULE, permission=permissions.UPDATE)
async def snooze(ctx: Ctx, ref: str, reminder: str, data: SnoozeForm) -> Reply:
    """Put a reminder off, or ask for it once more."""
    until = moments.from_field(ctx, data.until, "until")
    given = Snooze(until=until, duration=data.duration)
    return done(ctx, ref, _goes_out(ctx, await service.snooze_reminder(ctx.tx, ctx.actor, ref, reminder, given)))


@action(f"{REMINDER}/cancel", module=MODULE, permission=permissions.UPDATE)
async def cancel(ctx: Ctx, ref: str, reminder: str, data: NoFields) -> Reply:
    """Cancel a reminder."""
    _ = pages.speech(ctx).gettext
    await service.cancel_reminder(ctx.tx, ctx.actor, ref, reminder)
    return done(ctx, ref, _("The reminder is cancelled"))


ENDPOINTS = (add, change, snooze, cancel)
