"""What happens to an incident's reminders (stream: the incident's)."""

from tocsin.activity.model import Event


class ReminderScheduled(Event):
    """A reminder was made. Facts: reminder, reminder_type, scheduled_for, before_due_minutes, channel."""


class ReminderChanged(Event):
    """A reminder was changed or put off. Facts: reminder, fields, scheduled_for."""


class ReminderCancelled(Event):
    """A reminder will not be sent. Facts: reminder, because (cancelled, closed, deleted)."""


class ReminderDue(Event):
    """A reminder went out. Facts: reminder, reminder_type, scheduled_for, channel, told (people), skipped (why nobody)."""


ALL = (ReminderScheduled, ReminderChanged, ReminderCancelled, ReminderDue)
