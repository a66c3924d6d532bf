"""The manifest of access."""

from tocsin.access import console, events, permissions
from tocsin.access.api import ENDPOINTS
from tocsin.access.service.seeds import seed
from tocsin.base.manifest import Module

MODULE = Module(
    name="access",
    title="People and rights",
    permissions=permissions.ALL,
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    events=events.ALL,
    seeds=(seed,),
    always_on=True,
)
