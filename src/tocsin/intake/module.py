"""The manifest of intake."""

from tocsin.base.manifest import Module
from tocsin.intake import api, console, events

MODULE = Module(
    name="intake",
    title="Intake",
    endpoints=(*api.ENDPOINTS, *console.ENDPOINTS),
    events=events.ALL,
)
