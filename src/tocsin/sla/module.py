"""The manifest of the service levels. Their sweep is declared by `incidents`, which owns the record it changes."""

from tocsin.base.manifest import Module
from tocsin.sla import events

MODULE = Module(name="sla", title="Service levels", events=events.ALL)
