"""Putting jobs on PgQueuer's queue inside the business transaction. Payloads hold ids only: the table has no tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pgqueuer.adapters.persistence.qb import QueryQueueBuilder

from tocsin.db.tx import Tx


class Payload(msgspec.Struct, frozen=True):
    """What a job carries: the tenant it runs in, and its own arguments."""

    tenant: str
    args: dict[str, Any]


_ENQUEUE = QueryQueueBuilder().build_enqueue_query()


async def enqueue(tx: Tx, jobs: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Add jobs `(entrypoint, args)`; they become visible to workers when the transaction commits.

    The library's own statement, run on our connection: its driver would re-encode jsonb behind our codec.
    """
    if not jobs:
        return
    tenant, none = str(tx.tenant_id), [None] * len(jobs)
    names = [name for name, _ in jobs]
    payloads = [msgspec.json.encode(Payload(tenant, args)) for _, args in jobs]
    await tx.rows(_ENQUEUE, [0] * len(jobs), names, payloads, [timedelta(0)] * len(jobs), none, none)


async def forget_log(tx: Tx, before: datetime) -> int:
    """Drop what the library noted about finished jobs; how many rows went."""
    return await tx.run("delete from pgqueuer_log where created < $1", before)
