"""Who is told: the assignee, the team or the managers, the outside reporter; never the one who did it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.incidents.steps import MakeClient, act, make
from tocsin.activity import service as activity
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant


async def run_handlers(database: Database, tenant: Tenant) -> None:
    """What the worker does with every event still to be handled."""
    async with database.tenant(tenant.id) as tx:
        due = await tx.rows("select id from events where tenant_id = $1 and pending <> '{}' order by at", tenant.id)
    for row in due:
        for _ in range(2):  # a second run does nothing
            async with database.tenant(tenant.id) as tx:
                await tenancy.current(tx)
                await activity.handle_pending(tx, row["id"])


async def told(database: Database, tenant: Tenant) -> list[tuple[str, UUID | None, str]]:
    async with database.tenant(tenant.id) as tx:
        rows = await tx.rows(
            "select kind, user_id, subject from notification_deliveries where tenant_id = $1 order by created_at, id",
            tenant.id,
        )
    return [(row["kind"], row["user_id"], row["subject"]) for row in rows]


async def test_a_new_incident_goes_to_the_managers_and_an_owner_hears_of_the_assignment(
    client: MakeClient, member: Any, database: Database, tenant: Tenant
) -> None:
    boss, owner = await member("manager"), await member("agent")
    agent, manager = await client("agent"), await client("manager")
    incident = await make(agent, "Beamer broken")
    await run_handlers(database, tenant)
    first = [(kind, user) for kind, user, _ in await told(database, tenant)]
    assert ("IncidentCreated", boss.id) in first
    assert all(kind == "IncidentCreated" for kind, _ in first)
    await act(manager, incident, "assign", user=str(owner.id))
    await run_handlers(database, tenant)
    fresh = [entry for entry in await told(database, tenant) if entry[0] == "IncidentAssigned"]
    assert fresh == [("IncidentAssigned", owner.id, f"[{incident['reference_code']}] Assigned to you: Beamer broken")]


async def test_nobody_is_told_of_what_they_did_themselves(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    boss = await member("manager")
    manager = connect(boss.token)
    incident = await make(manager)
    await act(manager, incident, "assign", user="me")
    await run_handlers(database, tenant)
    assert await told(database, tenant) == []


async def test_a_breach_is_told_to_the_owner_and_the_managers(
    client: MakeClient, member: Any, database: Database, tenant: Tenant
) -> None:
    boss, owner = await member("manager"), await member("agent")
    admin = await client("admin")
    incident = await make(admin, priority="critical", assigned_to=str(owner.id))
    late = datetime.fromisoformat(incident["created_at"]) + timedelta(minutes=15, seconds=1)
    async with database.tenant(tenant.id, now=late) as tx:
        await service.check_clock(tx, UUID(incident["id"]))
    await run_handlers(database, tenant)
    breaches = {user for kind, user, _ in await told(database, tenant) if kind == "SlaBreached"}
    assert breaches == {boss.id, owner.id}
