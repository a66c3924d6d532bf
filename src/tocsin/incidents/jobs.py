"""What wakes incidents: events to tell people about, clocks that are due, delegations that end, resolved ones that close."""

from tocsin.base.manifest import Handler, Reaction, Sweep
from tocsin.incidents import service
from tocsin.incidents.service.delegate import DELEGATIONS_DUE, DELEGATIONS_NEXT
from tocsin.incidents.service.extensions import ENDS, expire_extension
from tocsin.incidents.service.tell import TOLD
from tocsin.sla import service as sla

HANDLERS = (
    *(Handler(event=name, name=f"incidents.tell.{name}", run=service.tell) for name in TOLD),
    Handler(event="TenantChanged", name="incidents.closing", run=service.rearm),
    Handler(event="TenantChanged", name="incidents.words", run=service.index_all),
)

REACTIONS = tuple(Reaction(event=name, run=expire_extension) for name in ENDS)

SWEEPS = (
    Sweep("sla.clocks", "sla", sla.DUE, sla.NEXT_DUE, service.check_clock),
    Sweep(
        "incidents.operations",
        "incidents",
        service.OPERATIONS_DUE,
        service.OPERATIONS_NEXT,
        service.run_operation,
        own_transactions=True,
        concurrency=2,
    ),
    Sweep("incidents.delegations", "incidents", DELEGATIONS_DUE, DELEGATIONS_NEXT, service.return_delegated),
    Sweep("incidents.closing", "incidents", service.CLOSING_DUE, service.CLOSING_NEXT, service.close_by_itself),
)
