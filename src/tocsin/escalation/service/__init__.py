"""Verbs of escalation: by hand, policies, runs. `climb` is what the sweep calls."""

from tocsin.escalation.service.alerts import (
    STOPPED_BY as ALERTS_STOPPED_BY,
    acknowledge_by_link,
    alerts,
    follow_alert,
    linked,
    stop_alerts,
)
from tocsin.escalation.service.draft import Draft, find_role
from tocsin.escalation.service.links import read_link
from tocsin.escalation.service.manual import escalate_manually, escalations
from tocsin.escalation.service.personal import PersonalRule, RulesView, get_rules, set_rules
from tocsin.escalation.service.policies import (
    NOBODY_HOLDS,
    add_policy,
    change_policy,
    get_policy,
    policies,
    remove_policy,
)
from tocsin.escalation.service.reach import look_at_night, reach
from tocsin.escalation.service.reactions import (
    arm,
    follow_deletion,
    follow_pause,
    note_update,
    resume,
    stop,
    stop_on_seen_again,
)
from tocsin.escalation.service.rehearse import rehearse
from tocsin.escalation.service.runs import climb, end_run, get_run, hurry, runs
from tocsin.escalation.service.settings import EscalationSettings, SettingsChange, change_settings, settings
from tocsin.escalation.service.text import describe_publicly
from tocsin.escalation.store.alerts import DUE as ALERTS_DUE, NEXT_DUE as NEXT_ALERT
from tocsin.escalation.store.policies import NEXT_REACH, REACH_DUE
from tocsin.escalation.store.runs import DUE, NEXT_DUE

__all__ = [
    "ALERTS_DUE",
    "ALERTS_STOPPED_BY",
    "DUE",
    "NEXT_ALERT",
    "NEXT_DUE",
    "NEXT_REACH",
    "NOBODY_HOLDS",
    "REACH_DUE",
    "Draft",
    "EscalationSettings",
    "PersonalRule",
    "RulesView",
    "SettingsChange",
    "acknowledge_by_link",
    "add_policy",
    "alerts",
    "arm",
    "change_policy",
    "change_settings",
    "climb",
    "describe_publicly",
    "end_run",
    "escalate_manually",
    "escalations",
    "find_role",
    "follow_alert",
    "follow_deletion",
    "follow_pause",
    "get_policy",
    "get_rules",
    "get_run",
    "hurry",
    "linked",
    "look_at_night",
    "note_update",
    "policies",
    "reach",
    "read_link",
    "rehearse",
    "remove_policy",
    "resume",
    "runs",
    "set_rules",
    "settings",
    "stop",
    "stop_alerts",
    "stop_on_seen_again",
]
