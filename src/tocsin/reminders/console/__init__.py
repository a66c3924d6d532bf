"""Reminders on the console: on an incident's page, on My work, in the timeline."""

from tocsin.access import permissions
from tocsin.base.manifest import Slot
from tocsin.reminders.console.drawing import draw_coming, draw_dialog, draw_side
from tocsin.reminders.console.forms import ENDPOINTS, MODULE
from tocsin.reminders.console.sentences import SENTENCES

__all__ = ["ENDPOINTS", "SENTENCES", "SLOTS"]

SLOTS = (
    Slot("incident.side", draw_side, (permissions.VIEW,), MODULE, order=60),
    Slot("incident.do", draw_dialog, (permissions.UPDATE,), MODULE),
    Slot("work.above", draw_coming, (permissions.VIEW,), MODULE),
)
