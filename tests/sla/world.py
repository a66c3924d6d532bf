"""A tenant with bare incidents, and a clock that the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from tocsin.base.ids import new_id
from tocsin.db.tx import Database, Tx
from tocsin.sla import service as sla


class World:
    """`at(minutes)` opens a transaction so many minutes after nine o'clock."""

    def __init__(self, database: Database, sweeper_url: str, tenant_id: UUID, nine: datetime) -> None:
        self.database = database
        self.sweeper_url = sweeper_url
        self.tenant_id = tenant_id
        self.nine = nine
        self.last_no = 0
        self.priority_id, self.status_id = new_id(), new_id()

    def time(self, minutes: float) -> datetime:
        return self.nine + timedelta(minutes=minutes)

    @asynccontextmanager
    async def at(self, minutes: float) -> AsyncIterator[Tx]:
        async with self.database.tenant(self.tenant_id, now=self.time(minutes)) as tx:
            yield tx

    async def make_tenant(self) -> None:
        async with self.at(0) as tx:
            await tx.run(
                "insert into tenants (id, slug, name, created_at, updated_at) values ($1, $2, 'Acme', $3, $3)",
                self.tenant_id,
                f"t-{self.tenant_id}",
                tx.now,
            )
            await tx.run(
                "insert into incident_priorities (tenant_id, id, name, slug, level, created_at, updated_at)"
                " values ($1, $2, 'High', 'high', 2, $3, $3)",
                *(self.tenant_id, self.priority_id, tx.now),
            )
            await tx.run(
                "insert into incident_statuses (tenant_id, id, name, slug, created_at, updated_at)"
                " values ($1, $2, 'Open', 'open', $3, $3)",
                *(self.tenant_id, self.status_id, tx.now),
            )

    async def change_tenant(self, assignment: str, *values: Any) -> None:
        async with self.at(0) as tx:
            await tx.run(f"update tenants set {assignment} where id = $1", self.tenant_id, *values)

    async def incident(self, tx: Tx) -> UUID:
        """An incident as small as its table allows, without clocks."""
        incident_id = new_id()
        self.last_no += 1
        await tx.run(
            "insert into incidents (tenant_id, id, reference_no, reference_code, title, priority_id, priority_level,"
            " status_id, is_open, reported_via, source, created_at, updated_at)"
            " values ($1, $2, $3, $4, 'Printer', $5, 2, $6, true, 'internal', 'api', $7, $7)",
            *(self.tenant_id, incident_id, self.last_no, f"INC-{self.last_no:06}", self.priority_id, self.status_id),
            tx.now,
        )
        return incident_id

    async def started(self, **options: Any) -> UUID:
        """An incident whose clocks (20 and 100 minutes) start at nine."""
        async with self.at(0) as tx:
            incident_id = await self.incident(tx)
            targets = options.pop("targets", sla.Case(20, 100, "high"))
            await sla.start(tx, incident_id, targets, started_at=tx.now, **options)
        return incident_id

    async def due(self, minutes: float) -> list[tuple[UUID, datetime]]:
        """What the sweeper sees due, of this tenant."""
        conn = await asyncpg.connect(self.sweeper_url)
        try:
            rows = await conn.fetch(sla.DUE, self.time(minutes), 1000)
        finally:
            await conn.close()
        return [(row["id"], row["due_at"]) for row in rows if row["tenant_id"] == self.tenant_id]

    async def next_due(self) -> datetime | None:
        async with self.at(0) as tx:
            row = await tx.row(sla.NEXT_DUE, self.tenant_id, 1)
            return row["due_at"] if row else None
