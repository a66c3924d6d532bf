"""Found late, told at once: one message to each, whatever was missed while nobody looked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from tests.conftest import Client, NewMember
from tests.sla.test_api import INCIDENTS, answered
from tocsin.activity import service as activity
from tocsin.base.ids import new_id
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
        due = await tx.row(DIGESTS_NEXT, tenant.id, 1)
        assert due is not None
        assert due["due_at"] == now + timedelta(minutes=1)
        await send_digest(tx, due["id"])
        await send_digest(tx, due["id"])
        assert await tx.row(DIGESTS_NEXT, tenant.id, 1) is None
        rows = await tx.rows(
            "select kind, subject, body from notification_deliveries where tenant_id = $1 and user_id = $2 and kind like 'Sla%'",
            *(tenant.id, manager.id),
        )
    assert [(row["kind"], row["subject"]) for row in rows] == [("SlaDigest", "Missed while nobody looked: 18")]
    assert rows[0]["body"].count("breached") == 6


async def test_nobody_waits_for_a_digest_and_nothing_is_left_out(database: Database, tenant: Tenant) -> None:
    one, two, three = new_id(), new_id(), new_id()
    async with database.tenant(tenant.id) as tx:
        await digest.ask(tx, [one, two], tx.now)
        first = await tx.row(DIGESTS_NEXT, tenant.id, 1)
    assert first is not None
    async with database.tenant(tenant.id) as telling:
        assert sorted(await digest.take(telling, first["id"])) == [one, two]
        async with database.tenant(tenant.id) as late:
            await digest.ask(late, [three], late.now)
    async with database.tenant(tenant.id) as tx:
        assert await digest.take(tx, first["id"]) == []
        left = await tx.row(DIGESTS_NEXT, tenant.id, 1)
        assert left is not None
        assert await digest.take(tx, left["id"]) == [three]
