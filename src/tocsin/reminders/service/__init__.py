"""Verbs of reminders. `remind` is what the sweep calls."""

from tocsin.reminders.service.change import (
    add_reminder,
    cancel_reminder,
    change_reminder,
    coming_reminders,
    get_reminder,
    reminders,
    snooze_reminder,
)
from tocsin.reminders.service.send import cancel_for, follow_due, remind
from tocsin.reminders.store import DUE, NEXT_DUE

__all__ = [
    "DUE",
    "NEXT_DUE",
    "add_reminder",
    "cancel_for",
    "cancel_reminder",
    "change_reminder",
    "coming_reminders",
    "follow_due",
    "get_reminder",
    "remind",
    "reminders",
    "snooze_reminder",
]
