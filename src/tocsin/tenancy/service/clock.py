"""A sandbox's time stands still until somebody moves it. Then everything that is due on the way happens, in order.

Moving it is a discrete-event run: of all timers the earliest is found, the clock is set to it, it is handled and its jobs
are run, and so on to the target. What happens depends on nothing but the tenant and the clock: the live worker and its
sweeps leave the timers of sandboxes alone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import structlog

from tocsin.activity import service as activity
from tocsin.activity.model import Event, RecordedEvent
from tocsin.base.actor import Actor
from tocsin.base.durations import parse_duration
from tocsin.base.errors import BadValue, Refused, invalid
from tocsin.base.manifest import Sweep
from tocsin.db.tx import Tx
from tocsin.tenancy import permissions, store
from tocsin.tenancy.model import Advanced, Happened, HappenedTo
from tocsin.tenancy.service import current, set_clock

log = structlog.get_logger()

LAST_YEAR = 2199
BATCH_SECONDS = 0.4
"""Steps share a transaction for so long: other requests of the sandbox wait no longer for what they touch."""
TOGETHER = 50
"""So many timers of one kind that are due at the same moment are found by one look."""
STUCK = 3
"""A timer that is still due after it was handled so often is left alone until the clock is moved again."""


@dataclass(slots=True)
class Timers:
    """Every timer there is: features bring theirs as sweeps. Filled once by `wiring`."""

    sweeps: list[Sweep] = field(default_factory=list)

    def add(self, sweeps: Sequence[Sweep]) -> None:
        """Add a feature's. Those that talk to the world outside never run in a sandbox."""
        self.sweeps.extend(sweep for sweep in sweeps if not sweep.own_transactions)


TIMERS = Timers()


async def advance(guard: Tx, actor: Actor, by: str) -> Advanced:
    """Move the clock of the caller's sandbox by an ISO 8601 duration; everything that is due until then happens.

    `guard` is the transaction in which the caller was admitted: it keeps others from moving the clock until it ends, and does
    nothing of the work itself. Raises `Invalid` for no duration or one that leads out of the calendar, `Refused` for a live
    tenant and while the clock is being moved already.
    """
    actor.must(permissions.MANAGE)
    try:
        amount = parse_duration(by)
    except BadValue as wrong:
        raise invalid("by", wrong.template, **wrong.values) from None
    tenant = await current(guard)
    if tenant.kind != "sandbox" or tenant.clock_at is None:
        raise Refused("The clock of a live organisation goes by itself; only a sandbox's can be moved.")
    if not await store.hold_clock(guard):
        raise Refused("The clock is being moved already.")
    start = await store.clock_at(guard, tenant.id)
    target = start + amount
    if target.year > LAST_YEAR:
        raise invalid("by", "The clock ends with the year {year}.", year=LAST_YEAR)
    run = _Run(target)
    while not run.is_done:
        async with guard.database.tenant(tenant.id) as tx:
            await run.batch(tx)
        await store.keep_alive(guard)
    codes = await _names(guard, run.happened)
    return Advanced(now=target, happened=[_shown(event, codes) for event in run.happened])


class _Run:
    """One advance to `target`. `happened` holds its events in the order in which they came."""

    def __init__(self, target: datetime) -> None:
        self.target = target
        self.happened: list[RecordedEvent] = []
        self.is_done = False
        self._has_begun = False
        self._stuck: set[str] = set()
        self._handled: tuple[str, datetime] | None = None
        self._times: Counter[UUID] = Counter()

    async def batch(self, tx: Tx) -> None:
        """Steps in one transaction: as many as there are, or as fit into the time."""
        tenant = await current(tx)
        off = set(tenant.disabled_modules)
        sweeps = [one for one in TIMERS.sweeps if one.module not in off and one.name not in self._stuck]
        if not self._has_begun:
            await activity.run_pending(tx)
            self._has_begun = True
        ends = time.monotonic() + BATCH_SECONDS
        found: list[Event] = []
        sql = store.earliest_timers([sweep.next_due for sweep in sweeps])
        while time.monotonic() < ends:
            rows = await tx.rows(sql, tx.tenant_id, self._at_most) if sweeps else []
            if not rows or rows[0]["due_at"] > self.target:
                self.is_done = True
                break
            sweep, due_at, ids = sweeps[rows[0]["n"]], rows[0]["due_at"], [row["id"] for row in rows]
            tx.now = max(due_at, tx.now)
            if len(ids) > 1 and sweep.handle_many is not None:
                await sweep.handle_many(tx, ids)
            else:
                await sweep.handle(tx, ids[0])
                del ids[1:]
            found += await activity.collect_at_once(tx)
            if self._is_stuck(sweep, due_at, ids):
                break
        self.happened += await activity.write_at_once(tx, found)
        await set_clock(tx, self.target if self.is_done else tx.now)

    @property
    def _at_most(self) -> int:
        """How many timers to look for: one, until several were due at the same moment."""
        return TOGETHER if len(self._times) > 1 or sum(self._times.values()) > 1 else 2

    def _is_stuck(self, sweep: Sweep, due_at: datetime, ids: Sequence[UUID]) -> bool:
        """Whether one of some timers was handled so often that it is to be left alone."""
        if (sweep.name, due_at) != self._handled:
            self._handled = (sweep.name, due_at)
            self._times.clear()
        self._times.update(ids)
        spun = [row_id for row_id in ids if self._times[row_id] >= STUCK]
        if not spun:
            return False
        log.error("a timer of a sandbox stays due", sweep=sweep.name, id=str(spun[0]), due_at=str(due_at))
        self._stuck.add(sweep.name)
        return True


async def _names(tx: Tx, events: Sequence[RecordedEvent]) -> dict[str, str]:
    ids = {event.incident_id for event in events if event.incident_id is not None}
    return {str(found): name for found, name in (await activity.names_of(tx, "incident", ids)).items()}


def _shown(event: RecordedEvent, codes: dict[str, str]) -> Happened:
    incident = event.incident_id
    return Happened(
        at=event.at,
        what=event.type,
        incident=HappenedTo(incident, codes.get(str(incident), "")) if incident is not None else None,
        detail=event.data,
    )
