"""What happens to escalation policies (stream: the tenant's own). An escalation is a fact of its incident (`incidents`)."""

from tocsin.activity.model import Event


class EscalationPolicyCreated(Event):
    """A policy was added. Facts: policy, version, is_active. Texts: name."""


class EscalationPolicyChanged(Event):
    """A policy changed or was switched. Facts: policy, version, is_active, fields. Texts: name."""


class EscalationPolicyDeleted(Event):
    """A policy that never ran was deleted. Facts: policy. Texts: name."""


class LastResortChanged(Event):
    """Somebody else is told when a ladder has reached nobody. Facts: from, to (user ids)."""

    changes_rights = False


class EscalationRunEnded(Event):
    """A run was ended by hand (stream: the incident's). Facts: run, policy, step (the next one, from 1), round."""


class EscalationRunHurried(Event):
    """A run's next step was brought forward by hand (stream: the incident's). Facts: run, policy, step, round, from (when it was due)."""


class NotificationRulesChanged(Event):
    """Somebody says how they want to be told of escalations. Facts: user, count (of rules; 0: as everybody is)."""

    changes_rights = False


class ReachGapFound(Event):
    """A policy will reach nobody for a while. Facts: policy, from, to (the first gap), gaps (how many). Texts: name."""

    changes_rights = False


ALL = (
    *(EscalationPolicyCreated, EscalationPolicyChanged, EscalationPolicyDeleted),
    *(LastResortChanged, EscalationRunEnded, EscalationRunHurried),
    *(NotificationRulesChanged, ReachGapFound),
)
