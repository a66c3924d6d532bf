"""The manifest of the modules themselves."""

from tocsin.base.manifest import Module
from tocsin.modules import events
from tocsin.modules.api import ENDPOINTS

MODULE = Module(name="modules", title="Modules", endpoints=ENDPOINTS, events=events.ALL, always_on=True)
