"""What wakes reminders: events that move or end them (in their own transaction), and reminders that are due."""

from tocsin.base.manifest import Reaction, Sweep
from tocsin.reminders import service

MOVE_DUE = (
    *("DueChanged", "ExtensionDecided", "IncidentPriorityChanged", "IncidentUpdated", "IncidentTransitioned"),
    *("IncidentResolved", "IncidentReopened", "IncidentRestored"),
)
"""Events after which an incident may be due at another time."""

REACTIONS = (
    *(Reaction(event=name, run=service.follow_due) for name in MOVE_DUE),
    *(Reaction(event=name, run=service.cancel_for) for name in ("IncidentClosed", "IncidentMerged")),
)

SWEEPS = (Sweep("reminders.due", "reminders", service.DUE, service.NEXT_DUE, service.remind),)
