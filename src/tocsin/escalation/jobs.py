"""What wakes escalation: events that arm, pause and stop runs (in their own transaction), and steps that are due."""

from tocsin.base.manifest import Reaction, Sweep
from tocsin.escalation import rules, service

REACTIONS = (
    # Before the arming: a run that goes on leaves nothing to arm.
    Reaction(event="IncidentUnacknowledged", run=service.resume),
    *(Reaction(event=name, run=service.arm) for name in rules.ARMED_BY),
    *(Reaction(event=name, run=service.stop) for name in rules.STOPPED_BY),
    *(Reaction(event=name, run=service.note_update) for name in rules.UPDATED_BY),
    Reaction(event="IncidentTransitioned", run=service.follow_pause),
    *(Reaction(event=name, run=service.stop_alerts) for name in service.ALERTS_STOPPED_BY),
    *(Reaction(event=name, run=service.follow_deletion) for name in ("IncidentDeleted", "IncidentRestored")),
)

SWEEPS = (
    Sweep("escalation.steps", "escalation", service.DUE, service.NEXT_DUE, service.climb),
    Sweep("escalation.alerts", "escalation", service.ALERTS_DUE, service.NEXT_ALERT, service.follow_alert),
    Sweep("escalation.reach", "escalation", service.REACH_DUE, service.NEXT_REACH, service.look_at_night),
)
