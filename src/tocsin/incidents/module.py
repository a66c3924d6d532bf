"""The manifest of incidents."""

from tocsin.access import permissions
from tocsin.base.manifest import Kind, Module
from tocsin.incidents import console, events, service
from tocsin.incidents.api import ENDPOINTS, beside, history, operations, queues, routing, similar, sla, structure, views
from tocsin.incidents.console.sentences import learn
from tocsin.incidents.console.telling import SENTENCES
from tocsin.incidents.jobs import HANDLERS, REACTIONS, SWEEPS
from tocsin.incidents.service.include import WATCHERS
from tocsin.incidents.service.verbs import VERBS

learn(SENTENCES)
MODULE = Module(
    name="incidents",
    title="Incidents",
    permissions=tuple(name for name in permissions.ALL if name.startswith("incidents.")),
    endpoints=(
        *(
            *operations.ENDPOINTS,
            *structure.ENDPOINTS,
            *ENDPOINTS,
            *beside.ENDPOINTS,
            *history.ENDPOINTS,
            *routing.ENDPOINTS,
            *queues.ENDPOINTS,
            *sla.ENDPOINTS,
            *views.ENDPOINTS,
            *similar.ENDPOINTS,
        ),
        *console.ENDPOINTS,
    ),
    navigation=console.NAVIGATION,
    slots=console.SLOTS,
    kinds=(
        Kind("incident", service.reference_codes, service.find_id, "/incidents/{id}", (permissions.VIEW,)),
        Kind("rule", service.rule_names, None, "/admin/routing/{id}", (permissions.SETTINGS_MANAGE,)),
    ),
    handlers=HANDLERS,
    reactions=REACTIONS,
    sweeps=SWEEPS,
    events=events.ALL,
    bulk_verbs=VERBS,
    includes=(WATCHERS,),
)
