"""Found late, told at once: one message to each, whatever was missed while nobody looked."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from tests.conftest import Client, NewMember
from tests.sla.test_api import INCIDENTS, answered
from tocsin.activity import service as activity
from tocsin.db.tx import Database
from tocsin.incidents import service as incidents
from tocsin.incidents.service.digest import DIGESTS_NEXT, send_digest
from tocsin.incidents.store import digest
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant


async def test_what_was_missed_is_one_message(
    database: Database, tenant: Tenant, member: NewMember, connect: Client
) -> None:
    manager = await member("manager")
    api = connect((await member("admin")).token)
    made = [
        await answered(await api.post(INCIDENTS, json={"title": f"Printer {n}", "priority": "critical"}), 201)
        for n in range(3)
    ]
    async with database.tenant(tenant.id) as tx:
        now = tx.real_now + timedelta(days=1)
    for incident in made:
        async with database.tenant(tenant.id, now=now) as tx:
            await tenancy.current(tx)
            tx.real_now = now - timedelta(days=1)
            await incidents.check_clock(tx, UUID(incident["id"]))
    async with database.tenant(tenant.id) as tx:
        events = [e for e in await activity.timeline(tx, UUID(made[0]["id"]), limit=50) if e.type.startswith("Sla")]
        assert len(events) == 6
        assert all(event.data["is_late"] for event in events)
        for event in events:
            await activity.handle_pending(tx, event.id)
    async with database.tenant(tenant.id, now=now + timedelta(minutes=2)) as tx:
        await tenancy.current(tx)
        tx.real_now = now
        due = await tx.row(DIGESTS_NEXT, tenant.id)
        assert due is not None
        assert due["due_at"] == now + timedelta(minutes=1)
        await send_digest(tx, due["id"])
        await send_digest(tx, due["id"])
        assert await tx.row(DIGESTS_NEXT, tenant.id) is None
        rows = await tx.rows(
            "select kind, subject, body from notification_deliveries where tenant_id = $1 and user_id = $2 and kind like 'Sla%'",
            *(tenant.id, manager.id),
        )
    assert [(row["kind"], row["subject"]) for row in rows] == [("SlaDigest", "Missed while nobody looked: 18")]
    assert rows[0]["body"].count("breached") == 6


async def test_whoever_counts_on_a_digest_is_waited_for(database: Database, tenant: Tenant) -> None:
    """Taken while somebody's find isn't written yet, the digest would leave it out, and nobody else would tell it."""
    async with database.tenant(tenant.id) as tx:
        await digest.ask(tx, tx.now)
        first = await tx.row(DIGESTS_NEXT, tenant.id)

    async def take() -> bool:
        async with database.tenant(tenant.id) as tx:
            return await digest.take(tx, first["id"]) is not None

    async with database.tenant(tenant.id) as late, database.tenant(tenant.id) as beside:
        await digest.ask(late, late.now)
        taking = asyncio.create_task(take())
        await digest.ask(beside, beside.now)  # they don't wait for each other
        await asyncio.wait([taking], timeout=0.3)
        assert not taking.done()
    assert await taking


async def test_who_began_before_whoever_asked_is_told_too(database: Database, tenant: Tenant) -> None:
    async with database.tenant(tenant.id) as early:
        async with database.tenant(tenant.id) as later:
            await digest.ask(later, later.now)
        await digest.ask(early, early.now)
        assert await early.value("select since from sla_digests where tenant_id = $1", tenant.id) == early.real_now
