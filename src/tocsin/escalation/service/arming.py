"""Arming runs: a policy's ladder begins to count for an incident."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.escalation import store
from tocsin.escalation.model import ActivePolicy
from tocsin.escalation.rules import About
from tocsin.escalation.service.hours import hours_of

_BATCH = 500


async def arm_runs(
    tx: Tx, policy: ActivePolicy, incidents: Sequence[tuple[UUID, bool, About]], triggered_at: datetime
) -> None:
    """Arm a run for each incident (its id, whether it is paused, what began it) that has none of this policy."""
    hours = await hours_of(tx, policy.ladder)
    first = hours.add_working(triggered_at, policy.ladder.after)
    left = hours.working_between(tx.now, first)
    await store.runs.arm(tx, policy.id, policy.version, policy.ladder, incidents, triggered_at, first, left)


async def arm_open(tx: Tx, policy: ActivePolicy) -> None:
    """Count the open incidents that are in the trigger's state, from now."""
    after: UUID | None = None
    while True:
        rows = await store.runs.open_incidents(tx, policy.ladder, after, _BATCH)
        if not rows:
            return
        found = [(row["id"], row["is_paused"], About(row["clock"], row["due_at"])) for row in rows]
        await arm_runs(tx, policy, found, tx.now)
        after = found[-1][0]
