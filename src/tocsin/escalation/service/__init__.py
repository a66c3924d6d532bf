"""Verbs of escalation: by hand, policies, runs. `climb` is what the sweep calls."""

from tocsin.escalation.service.draft import Draft, find_role
from tocsin.escalation.service.manual import escalate_manually, escalations
from tocsin.escalation.service.policies import (
    NOBODY_HOLDS,
    add_policy,
    change_policy,
    get_policy,
    policies,
    remove_policy,
)
from tocsin.escalation.service.reactions import arm, follow_deletion, follow_pause, note_update, resume, stop
from tocsin.escalation.service.runs import climb, end_run, get_run, hurry, runs
from tocsin.escalation.service.settings import EscalationSettings, SettingsChange, change_settings, settings
from tocsin.escalation.service.text import describe_publicly
from tocsin.escalation.store import DUE, NEXT_DUE

__all__ = [
    "DUE",
    "NEXT_DUE",
    "NOBODY_HOLDS",
    "Draft",
    "EscalationSettings",
    "SettingsChange",
    "add_policy",
    "arm",
    "change_policy",
    "change_settings",
    "climb",
    "describe_publicly",
    "end_run",
    "escalate_manually",
    "escalations",
    "find_role",
    "follow_deletion",
    "follow_pause",
    "get_policy",
    "get_run",
    "hurry",
    "note_update",
    "policies",
    "remove_policy",
    "resume",
    "runs",
    "settings",
    "stop",
]
