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
from tocsin.escalation.service.runs import arm, climb, follow_deletion, follow_pause, runs, stop
from tocsin.escalation.service.text import describe_publicly
from tocsin.escalation.store import DUE, NEXT_DUE

__all__ = [
    "DUE",
    "NEXT_DUE",
    "NOBODY_HOLDS",
    "Draft",
    "add_policy",
    "arm",
    "change_policy",
    "climb",
    "describe_publicly",
    "escalate_manually",
    "escalations",
    "find_role",
    "follow_deletion",
    "follow_pause",
    "get_policy",
    "policies",
    "remove_policy",
    "runs",
    "stop",
]
