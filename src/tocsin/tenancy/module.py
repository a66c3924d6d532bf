"""The manifest of tenancy."""

from tocsin.base.manifest import Module
from tocsin.tenancy import console, events, permissions
from tocsin.tenancy.api import ENDPOINTS

MODULE = Module(
    name="tenancy",
    title="Organisation",
    permissions=permissions.ALL,
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    events=events.ALL,
    always_on=True,
)
