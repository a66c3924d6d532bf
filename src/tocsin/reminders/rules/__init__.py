"""Pure decisions about reminders: when one goes out and what becomes of it, recurrence, quiet hours."""

from tocsin.reminders.rules.quiet import quiet_until
from tocsin.reminders.rules.recurrence import MOST_COUNT, Recurrence, read_rule
from tocsin.reminders.rules.sending import (
    KINDS,
    WORDS,
    BadRecipient,
    To,
    Verdict,
    first_of_each,
    judge,
    read_recipient,
    scheduled_for,
    whole_minutes,
)

__all__ = [
    "KINDS",
    "MOST_COUNT",
    "WORDS",
    "BadRecipient",
    "Recurrence",
    "To",
    "Verdict",
    "first_of_each",
    "judge",
    "quiet_until",
    "read_recipient",
    "read_rule",
    "scheduled_for",
    "whole_minutes",
]
