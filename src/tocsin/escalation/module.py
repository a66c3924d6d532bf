"""The manifest of escalation."""

from tocsin.access.permissions import ESCALATION_MANAGE
from tocsin.base.manifest import Module
from tocsin.escalation import console, events
from tocsin.escalation.api import ENDPOINTS
from tocsin.escalation.jobs import REACTIONS, SWEEPS
from tocsin.escalation.service.keeping import KEEPER
from tocsin.escalation.service.many import VERBS

MODULE = Module(
    name="escalation",
    title="Escalation",
    permissions=(ESCALATION_MANAGE,),
    endpoints=(*ENDPOINTS, *console.ENDPOINTS),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    reactions=REACTIONS,
    sweeps=SWEEPS,
    events=events.ALL,
    keepers=(KEEPER,),
    bulk_verbs=VERBS,
)
