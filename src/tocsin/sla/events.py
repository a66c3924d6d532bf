"""What happens to the clocks of an incident (stream: the incident's). The owner of the record, `incidents`, emits them."""

from tocsin.activity.model import Event


class SlaWarning(Event):
    """A set part of a target is used. Facts: clock (response, resolution), percent, due_at, late_seconds."""


class SlaBreached(Event):
    """A clock ran at its due time. Facts: clock (response, resolution), due_at, late_seconds (how late it was found)."""


ALL = (SlaWarning, SlaBreached)
