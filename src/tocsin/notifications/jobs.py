"""The sweep that sends what is due. `notify` wakes it, so that nobody waits for its next look."""

from tocsin.base.manifest import Sweep
from tocsin.notifications import service

DELIVERIES = Sweep(
    service.SWEEP,
    service.MODULE,
    service.DUE,
    service.NEXT_DUE,
    service.deliver,
    own_transactions=True,
    yields=True,
    concurrency=10,
)
