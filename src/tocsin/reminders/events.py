"""What happens to an incident's reminders (stream: the incident's)."""

from tocsin.activity.model import Event


class ReminderScheduled(Event):
    """A reminder was made. Facts: reminder, scheduled_for, before_due_minutes, rrule, channel. Texts: reminder_type."""


class ReminderChanged(Event):
    """A reminder was changed or put off. Facts: reminder, fields, scheduled_for. Texts: before, after."""


class ReminderSnoozed(Event):
    """A reminder was put off, or asked for once more after it went out. Facts: reminder, from, to (times)."""


class ReminderCancelled(Event):
    """A reminder will not be sent. Facts: reminder, because (cancelled, closed, deleted)."""


class ReminderDue(Event):
    """A reminder went out. Facts: reminder, scheduled_for, occurrence, missed (times that passed unsent), channel, told
    (people), unreachable (members), skipped (why nobody). Texts: reminder_type.
    """


ALL = (ReminderScheduled, ReminderChanged, ReminderSnoozed, ReminderCancelled, ReminderDue)
