"""What reminders put on an incident's page: the list, a form to add one, and sentences for the timeline."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta

from tocsin.access import permissions
from tocsin.access.service import labels
from tocsin.base.durations import parse_duration
from tocsin.base.errors import FieldError, Invalid
from tocsin.base.ids import parse_id
from tocsin.base.manifest import Slot
from tocsin.incidents.console import moments
from tocsin.incidents.console.acts import ONE, NoFields, done
from tocsin.incidents.console.sentences import Data, Line, Sentence, Speaker
from tocsin.incidents.console.subject import IncidentPage
from tocsin.incidents.console.telling import channel
from tocsin.reminders import service
from tocsin.reminders.model import Draft, Reminder
from tocsin.web import pages
from tocsin.web.i18n import N_, Tongue
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action

MODULE = "reminders"
SHOWN = 50
TO = {"owner": N_("the owner"), "watchers": N_("the watchers"), "reporter": N_("the reporter")}
BEFORE = (
    ("PT15M", N_("15 minutes before it is due")),
    ("PT30M", N_("30 minutes before it is due")),
    ("PT1H", N_("1 hour before it is due")),
    ("PT2H", N_("2 hours before it is due")),
    ("PT4H", N_("4 hours before it is due")),
    ("P1D", N_("1 day before it is due")),
)


class RemindForm(msgspec.Struct, frozen=True, kw_only=True):
    """At a time, or a while before the incident is due; `reminder_type` says what for."""

    reminder_type: Annotated[str, Meta(max_length=100)] | None = None
    scheduled_for: str | None = None
    before_due: str | None = None
    channel: Literal["email", "sms", "slack"] = "email"
    to: list[str] = []


async def draw_side(ctx: Ctx, page: IncidentPage) -> str:
    """The reminders that are to come, then those that went out; nothing where there is none and none can be made."""
    found = await service.reminders(ctx.tx, ctx.actor, str(page.incident.id), state=None, limit=SHOWN, cursor=None)
    may = ctx.actor.can(permissions.UPDATE) and not page.printed
    may_add = may and not page.incident.status.is_terminal
    if not found.items and not may_add:
        return ""
    tongue = pages.speech(ctx)
    ids = [known for one in found.items for entry in one.to if isinstance(entry, dict) for known in _ids(entry)]
    names = {str(key): name for key, name in (await labels(ctx.tx, ids)).items()} if ids else {}
    rows = [(one, _before(tongue, one), _to(tongue, one, names)) for one in found.items if one.state != "cancelled"]
    rows.sort(key=lambda row: (row[0].state != "scheduled", row[0].scheduled_for is None, row[0].scheduled_for))
    return pages.text(ctx, "reminders/side.html", page=page, rows=rows, may=may, may_add=may_add)


def _ids(entry: dict[str, str]) -> list[UUID]:
    return [known for known in map(parse_id, entry.values()) if known is not None]


def _before(tongue: Tongue, reminder: Reminder) -> str:
    """How long before the due time, in words; empty for one at a fixed time."""
    if reminder.before_due is None:
        return ""
    minutes = int(parse_duration(reminder.before_due).total_seconds()) // 60
    if minutes % 1440 == 0:
        return tongue.ngettext("%(num)s day before due", "%(num)s days before due", minutes // 1440)
    if minutes % 60 == 0:
        return tongue.ngettext("%(num)s hour before due", "%(num)s hours before due", minutes // 60)
    return tongue.ngettext("%(num)s minute before due", "%(num)s minutes before due", minutes)


def _to(tongue: Tongue, reminder: Reminder, names: dict[str, str]) -> str:
    """Whom it reminds, in words."""
    if not reminder.to:
        return tongue.gettext(TO["owner"])
    found = []
    for entry in reminder.to:
        if isinstance(entry, str):
            found.append(tongue.gettext(TO[entry]) if entry in TO else entry)
        else:
            found += [names.get(ref, ref) for ref in entry.values()]
    return ", ".join(found)


async def draw_dialog(ctx: Ctx, page: IncidentPage) -> str:
    """The form, where the address asks for it."""
    if page.do != "remind" or page.incident.status.is_terminal:
        return ""
    return pages.text(ctx, "reminders/remind.html", page=page, before=BEFORE, whom=TO)


@action(f"{ONE}/reminders", module=MODULE, permission=permissions.UPDATE)
async def add(ctx: Ctx, ref: str, data: RemindForm) -> Reply:
    """Remind somebody at a time, or a while before it is due."""
    _ = pages.speech(ctx).gettext
    moment = moments.from_field(ctx, data.scheduled_for, "scheduled_for")
    draft = Draft(
        reminder_type=data.reminder_type or UNSET,
        scheduled_for=moment if moment is not None else UNSET,
        before_due=data.before_due or UNSET,
        channel=data.channel,
        to=list(data.to),
    )
    try:
        reminder = await service.add_reminder(ctx.tx, ctx.actor, ref, draft)
    except Invalid as error:  # the form has one field for all recipients
        raise Invalid(
            [FieldError(one.field.partition("[")[0], one.template, one.values) for one in error.errors]
        ) from None
    assert reminder.scheduled_for is not None
    when = pages.speech(ctx).moment(reminder.scheduled_for, ctx.tx.now)
    return done(ctx, ref, _("A reminder goes out %(time)s", time=when))


@action(f"{ONE}/reminders/{{reminder}}/cancel", module=MODULE, permission=permissions.UPDATE)
async def cancel(ctx: Ctx, ref: str, reminder: str, data: NoFields) -> Reply:
    """Cancel a reminder."""
    _ = pages.speech(ctx).gettext
    await service.cancel_reminder(ctx.tx, ctx.actor, ref, reminder)
    return done(ctx, ref, _("The reminder is cancelled"))


def _scheduled(data: Data, say: Speaker) -> Line:
    text = say.gettext("set a reminder for %(time)s", time=say.when(data.get("scheduled_for")))
    return Line(text, icon="alarm", said=_what_for(data))


def _changed(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("moved a reminder to %(time)s", time=say.when(data.get("scheduled_for"))), icon="alarm")


def _cancelled(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    if data.get("because") == "closed":
        return Line(_("cancelled a reminder: the incident was closed"), icon="alarm")
    return Line(_("cancelled a reminder"), icon="alarm")


def _due(data: Data, say: Speaker) -> Line:
    _ = say.gettext
    told = data.get("told") or 0
    if not told:
        return Line(_("reminded nobody"), icon="alarm", tone="warn", said=data.get("skipped"))
    by = channel(data, say)
    text = say.ngettext(
        "reminded %(num)s person by %(channel)s", "reminded %(num)s people by %(channel)s", told, channel=by
    )
    return Line(text, icon="alarm", said=_what_for(data))


def _what_for(data: Data) -> str | None:
    kind = data.get("reminder_type")
    return str(kind) if kind and kind != "reminder" else None


def _snoozed(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("put a reminder off until %(time)s", time=say.when(data.get("to"))), icon="alarm-snooze")


SENTENCES: dict[str, Sentence] = {
    "ReminderSnoozed": _snoozed,
    "ReminderScheduled": _scheduled,
    "ReminderChanged": _changed,
    "ReminderCancelled": _cancelled,
    "ReminderDue": _due,
}
ENDPOINTS = (add, cancel)
SLOTS = (
    Slot("incident.side", draw_side, (permissions.VIEW,), MODULE, order=60),
    Slot("incident.do", draw_dialog, (permissions.UPDATE,), MODULE),
)
