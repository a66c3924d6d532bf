"""What wakes incidents: events to tell people about, clocks that are due, delegations that end, resolved ones that close."""

from tocsin.base.manifest import Handler, Reaction, Sweep
from tocsin.incidents import service
from tocsin.incidents.service import digest, hands
from tocsin.incidents.service.delegate import DELEGATIONS_DUE, DELEGATIONS_NEXT
from tocsin.incidents.service.extensions import ENDS, expire_extension
from tocsin.incidents.service.priority import follow_level
from tocsin.incidents.service.tell import TOLD
from tocsin.sla import service as sla

HANDLERS = (
    *(Handler(event=name, name=f"incidents.tell.{name}", run=service.tell) for name in TOLD),
    Handler(event="TenantChanged", name="incidents.closing", run=service.rearm),
    Handler(event="TenantChanged", name="incidents.words", run=service.index_all),
    Handler(event="PriorityChanged", name="incidents.levels", run=follow_level),
)

REACTIONS = (
    *(Reaction(event=name, run=expire_extension) for name in ENDS),
    *(Reaction(event=name, run=hands.follow_hands) for name in hands.MOVES),
    *(Reaction(event=name, run=digest.ask_for_digest) for name in digest.LATE),
    *(Reaction(event=name, run=hands.hear_public) for name in hands.WORDS),
)

SWEEPS = (
    Sweep("sla.clocks", "sla", sla.DUE, sla.NEXT_DUE, service.check_clock, handle_many=service.check_clocks),
    Sweep("sla.digests", "sla", digest.DIGESTS_DUE, digest.DIGESTS_NEXT, digest.send_digest),
    Sweep("sla.hands", "sla", sla.HANDS_DUE, sla.HANDS_NEXT, hands.check_hands),
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
