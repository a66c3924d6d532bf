"""A worker process that is killed: `python -m tests.simulation.victim URL TENANT NOW` does what is due, a line for each."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from uuid import UUID

from tests.simulation.engine import listing, sweeps
from tocsin import wiring
from tocsin.activity import service as activity
from tocsin.db.tx import Database
from tocsin.worker import may_sweep


async def work(url: str, tenant: UUID, now: datetime) -> None:
    """Handle what is due, then what is still to be run of events, until nothing is left."""
    wiring.modules()
    database = await Database.connect(url, size=2, closer=activity.record)
    known = sweeps()
    asked = listing(known)
    print("ready", flush=True)
    while True:
        async with database.reading(tenant) as tx:
            rows = await tx.rows(asked, tenant)
            pending = await tx.row(activity.PENDING.next_due, tenant, 1)
        due = [(known[row["sweep"]], row["id"]) for row in rows if row["due_at"] <= now]
        due += [(activity.PENDING, pending["id"])] if pending is not None else []
        if not due:
            break
        sweep, row_id = due[0]
        async with database.tenant(tenant, now=now) as tx:
            if await may_sweep(tx, sweep.module):
                await sweep.handle(tx, row_id)
        print(sweep.name, flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], UUID(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
