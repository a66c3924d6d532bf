"""What the tests of escalation share: incidents and policies made through the verbs, time that is given."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.db.tx import Database
from tocsin.escalation import service
from tocsin.escalation.model import Policy
from tocsin.escalation.service import Draft
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.tenancy.model import Tenant

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOTIFY = {"do": "notify", "to": {"role": "manager"}}
RAISE = {"do": "raise_priority"}


class World:
    """One tenant at given times (minutes after noon)."""

    def __init__(self, database: Database, tenant: Tenant) -> None:
        self.database = database
        self.tenant = tenant
        self.actor = Actor(tenant.id, None, "Tocsin", "system", frozenset(permissions.ALL))

    def at(self, minute: float):
        return self.database.tenant(self.tenant.id, now=NOON + minute * MINUTE)

    def new(self, **fields: Any) -> NewIncident:
        return NewIncident(title="Mail is down", **fields)

    async def incident(self, minute: float = 0, **fields: Any) -> UUID:
        async with self.at(minute) as tx:
            return await incidents.create(tx, self.actor, NewIncident(title="Mail is down", **fields))

    async def do(self, minute: float, verb: Any, *args: Any, actor: Actor | None = None, **fields: Any) -> Any:
        async with self.at(minute) as tx:
            return await verb(tx, actor or self.actor, *args, **fields)

    async def policy(self, minute: float = 0, **fields: Any) -> Policy:
        body = {
            "name": "Night",
            "trigger": {"on": "unassigned", "after": "PT15M"},
            "steps": [{"after": "PT0M", "actions": [RAISE]}, {"after": "PT10M", "actions": [NOTIFY]}],
            **fields,
        }
        async with self.at(minute) as tx:
            return await service.add_policy(tx, self.actor, msgspec.convert(body, Draft))

    async def change(self, minute: float, policy: Policy, **fields: Any) -> Policy:
        async with self.at(minute) as tx:
            return await service.change_policy(tx, self.actor, str(policy.id), msgspec.convert(fields, Draft))

    async def sweep(self, minute: float, workers: int = 1) -> int:
        """Handle whatever is due, each row by several workers at once; how many rows were due."""
        async with self.at(minute) as tx:
            due = await tx.rows(
                "select id from escalation_runs where tenant_id = $1 and next_step_at <= $2 order by next_step_at, id",
                self.tenant.id,
                tx.now,
            )

        async def handle(run_id):
            async with self.at(minute) as tx:
                await service.climb(tx, run_id)

        await asyncio.gather(*(handle(row["id"]) for row in due for _ in range(workers)))
        return len(due)

    async def sweep_alerts(self, minute: float, workers: int = 1) -> int:
        """The same for people who are being told."""
        async with self.at(minute) as tx:
            due = await tx.rows(
                "select id from escalation_alerts where tenant_id = $1 and next_at <= $2 order by next_at, id",
                *(self.tenant.id, tx.now),
            )

        async def handle(alert_id):
            async with self.at(minute) as tx:
                await service.follow_alert(tx, alert_id)

        await asyncio.gather(*(handle(row["id"]) for row in due for _ in range(workers)))
        return len(due)

    async def told(self) -> list[tuple[float, str, str]]:
        """(minute, channel, address) of every notice of an escalation."""
        rows = [mail for mail in await self.mails() if mail["kind"] == "IncidentEscalated"]
        return [((row["created_at"] - NOON) / MINUTE, row["channel"], row["address"]) for row in rows]

    async def rows(self, sql: str, *args: Any) -> list[dict[str, Any]]:
        async with self.at(0) as tx:
            return [dict(row) for row in await tx.rows(sql, self.tenant.id, *args)]

    async def runs(self) -> list[dict[str, Any]]:
        return await self.rows("select * from escalation_runs where tenant_id = $1 order by created_at, id")

    async def steps(self) -> list[tuple[int, int, float]]:
        """(round, step, minute) of every automatic escalation."""
        rows = await self.rows(
            "select * from incident_escalations where tenant_id = $1 and run_id is not null order by escalated_at, id"
        )
        return [(row["round"], row["step"], (row["escalated_at"] - NOON) / MINUTE) for row in rows]

    async def mails(self) -> list[dict[str, Any]]:
        return await self.rows("select * from notification_deliveries where tenant_id = $1 order by created_at, id")

    async def priority(self, incident_id: UUID) -> str:
        async with self.at(0) as tx:
            return (await incidents.see(tx, self.actor, incident_id)).priority.slug
