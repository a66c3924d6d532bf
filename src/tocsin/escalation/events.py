"""What happens to escalation policies (stream: the tenant's own). An escalation is a fact of its incident (`incidents`)."""

from tocsin.activity.model import Event


class EscalationPolicyCreated(Event):
    """A policy was added. Facts: policy, version, is_active. Texts: name."""


class EscalationPolicyChanged(Event):
    """A policy changed or was switched. Facts: policy, version, is_active, fields. Texts: name."""


class EscalationPolicyDeleted(Event):
    """A policy that never ran was deleted. Facts: policy. Texts: name."""


ALL = (EscalationPolicyCreated, EscalationPolicyChanged, EscalationPolicyDeleted)
