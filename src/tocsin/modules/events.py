"""What happens to a tenant's modules (stream: the tenant's own)."""

from tocsin.activity.model import Event


class ModuleEnabled(Event):
    """A module was switched on. Facts: module."""


class ModuleDisabled(Event):
    """A module was switched off: its routes refuse, its jobs rest. Facts: module."""


ALL = (ModuleEnabled, ModuleDisabled)
