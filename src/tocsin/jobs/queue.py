"""Putting jobs on PgQueuer's queue inside the business transaction. Payloads hold ids only: the table has no tenant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from tocsin.db.tx import Tx


class Payload(msgspec.Struct, frozen=True):
    """What a job carries: the tenant it runs in, and its own arguments."""

    tenant: str
    args: dict[str, Any]


# Our own statement into the library's table: importing the library takes every process a third of a second and 20 MB, its
# driver would re-encode jsonb behind our codec, and its own insert also logs each job twice. A test runs it against the library.
_ENQUEUE = (
    "insert into pgqueuer (priority, entrypoint, payload, status)"
    " select 0, job.name, job.payload, 'queued' from unnest($1::text[], $2::bytea[]) as job (name, payload)"
)


async def enqueue(tx: Tx, jobs: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Add jobs `(entrypoint, args)`; they become visible to workers when the transaction commits."""
    if not jobs:
        return
    tenant = str(tx.tenant_id)
    names = [name for name, _ in jobs]
    await tx.run(_ENQUEUE, names, [msgspec.json.encode(Payload(tenant, args)) for _, args in jobs])


async def forget_log(tx: Tx, before: datetime) -> int:
    """Drop what the library noted about finished jobs; how many rows went."""
    return await tx.run("delete from pgqueuer_log where created < $1", before)
