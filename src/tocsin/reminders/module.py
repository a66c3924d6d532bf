"""The manifest of reminders."""

from tocsin.base.manifest import Module
from tocsin.incidents.console.sentences import learn
from tocsin.reminders import console, events
from tocsin.reminders.api import ENDPOINTS
from tocsin.reminders.jobs import REACTIONS, SWEEPS
from tocsin.reminders.service.keeping import KEEPER

learn(console.SENTENCES)
MODULE = Module(
    name="reminders",
    title="Reminders",
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    slots=console.SLOTS,
    reactions=REACTIONS,
    sweeps=SWEEPS,
    events=events.ALL,
    keepers=(KEEPER,),
)
