"""What a timeline says of reminders."""

from __future__ import annotations

from tocsin.incidents.console.sentences import Data, Line, Sentence, Speaker
from tocsin.incidents.console.telling import channel


def _scheduled(data: Data, say: Speaker) -> Line:
    text = say.gettext("set a reminder for %(time)s", time=say.when(data.get("scheduled_for")))
    return Line(text, icon="alarm", said=_what_for(data))


def _changed(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("moved a reminder to %(time)s", time=say.when(data.get("scheduled_for"))), icon="alarm")


def _snoozed(data: Data, say: Speaker) -> Line:
    return Line(say.gettext("put a reminder off to %(time)s", time=say.when(data.get("to"))), icon="alarm-snooze")


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


SENTENCES: dict[str, Sentence] = {
    "ReminderScheduled": _scheduled,
    "ReminderChanged": _changed,
    "ReminderSnoozed": _snoozed,
    "ReminderCancelled": _cancelled,
    "ReminderDue": _due,
}
