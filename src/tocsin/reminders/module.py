"""The manifest of reminders."""

from tocsin.base.manifest import Module
from tocsin.reminders import events
from tocsin.reminders.api import ENDPOINTS
from tocsin.reminders.jobs import REACTIONS, SWEEPS

MODULE = Module(
    name="reminders", title="Reminders", endpoints=ENDPOINTS, reactions=REACTIONS, sweeps=SWEEPS, events=events.ALL
)
