"""What happens to the clocks of an incident (stream: the incident's; the owner of the record, `incidents`, emits them), and
to calendars and service-level policies (stream: the tenant's own).
"""

from tocsin.activity.model import Event


class SlaWarning(Event):
    """A set part of a target is used. Facts: clock (response, update, resolution), percent, due_at, late_seconds, is_late."""


class SlaBreached(Event):
    """A clock ran at its due time. Facts: clock, due_at, late_seconds (how late it was found), is_late."""


class ExtensionRequested(Event):
    """A later due time was asked for. Facts: extension, due_at, from (the present due time). Texts: reason."""


class ExtensionDecided(Event):
    """Facts: extension, decision (approved, rejected, withdrawn, expired), due_at, from, requested_by. Texts: note."""


class CalendarCreated(Event):
    """A calendar was added. Facts: calendar, slug, version, is_default. Texts: name."""


class CalendarChanged(Event):
    """A calendar changed. Facts: calendar, slug, version, is_default, fields. Texts: name."""


class CalendarDeleted(Event):
    """A calendar that no clock ever ran by was deleted. Facts: calendar, slug. Texts: name."""


class SlaPolicyCreated(Event):
    """A service-level policy was added. Facts: policy, slug, version. Texts: name."""


class SlaPolicyChanged(Event):
    """A service-level policy changed. Facts: policy, slug, version, fields. Texts: name."""


class SlaPolicyDeleted(Event):
    """A service-level policy was deleted; clocks keep their snapshot of it. Facts: policy, slug. Texts: name."""


ALL = (
    *(SlaWarning, SlaBreached, ExtensionRequested, ExtensionDecided),
    *(CalendarCreated, CalendarChanged, CalendarDeleted, SlaPolicyCreated, SlaPolicyChanged, SlaPolicyDeleted),
)
