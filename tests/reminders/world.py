"""What the tests of reminders share: incidents and reminders made through the verbs, time that is given."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import msgspec

from tests.escalation.world import MINUTE, NOON, World as Base
from tocsin.reminders import service
from tocsin.reminders.model import Draft, Reminder

__all__ = ["MINUTE", "NOON", "World"]


class World(Base):
    """One tenant at given times (minutes after noon)."""

    async def remind(self, minute: float, incident: UUID, actor: Any = None, **fields: Any) -> Reminder:
        """Make a reminder; `at`: minutes after noon."""
        if "at" in fields:
            fields["scheduled_for"] = NOON + fields.pop("at") * MINUTE
        async with self.at(minute) as tx:
            return await service.add_reminder(tx, actor or self.actor, incident, msgspec.convert(fields, Draft))

    async def sweep(self, minute: float, workers: int = 1) -> int:
        """Handle whatever is due, each row by several workers at once; how many rows were due."""
        async with self.at(minute) as tx:
            due = await tx.rows(
                "select id from incident_reminders where tenant_id = $1 and state = 'scheduled' and scheduled_for <= $2",
                self.tenant.id,
                tx.now,
            )

        async def handle(reminder_id):
            async with self.at(minute) as tx:
                await service.remind(tx, reminder_id)

        await asyncio.gather(*(handle(row["id"]) for row in due for _ in range(workers)))
        return len(due)

    async def reminders(self, incident: UUID) -> list[Reminder]:
        async with self.at(0) as tx:
            page = await service.reminders(tx, self.actor, str(incident), state=None, limit=50, cursor=None)
        return page.items

    async def sent(self) -> list[tuple[str | None, str]]:
        """(address, body) of every reminder that went out."""
        return [(mail["address"], mail["body"]) for mail in await self.mails() if mail["kind"] == "ReminderDue"]
