"""The manifest of the modules themselves."""

from tocsin.base.manifest import Module
from tocsin.modules import console, events
from tocsin.modules.api import ENDPOINTS

MODULE = Module(
    name="modules",
    title="Modules",
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    events=events.ALL,
    always_on=True,
)
