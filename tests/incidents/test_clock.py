"""Clocks that are due: warnings and breaches each once, mirrored on the record, told to the right people."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.incidents.steps import API, MakeClient, act, events, make
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.tenancy.model import Tenant


async def look(database: Database, tenant: Tenant, incident: dict[str, Any], moment: datetime) -> None:
    async with database.tenant(tenant.id, now=moment) as tx:
        await service.check_clock(tx, UUID(incident["id"]))


async def test_warnings_and_breaches_come_once_each(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    incident = await make(admin, priority="critical")
    start = datetime.fromisoformat(incident["created_at"])
    for minutes in (1, 12, 12, 14, 16, 200, 241, 241, 500):
        await look(database, tenant, incident, start + timedelta(minutes=minutes))
    told = [e for e in await events(admin, incident) if e["type"].startswith("Sla")]
    seen = [(e["type"], e["data"]["clock"], e["data"].get("percent")) for e in told]
    assert seen == [
        ("SlaWarning", "response", 75),
        ("SlaWarning", "response", 90),
        ("SlaBreached", "response", None),
        ("SlaWarning", "resolution", 75),
        ("SlaWarning", "resolution", 90),
        ("SlaBreached", "resolution", None),
    ]
    now = (await admin.get(f"{API}/{incident['id']}")).json()
    assert now["sla"]["is_breached"]
    assert now["sla"]["breached_at"] == now["sla"]["response_breached_at"]
    listed = (await admin.get(API, params={"breached": "true"})).json()["items"]
    assert [item["id"] for item in listed] == [incident["id"]]


async def test_two_sweepers_at_once_tell_once(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    incident = await make(admin, priority="critical")
    moment = datetime.fromisoformat(incident["created_at"]) + timedelta(days=2)
    await asyncio.gather(*(look(database, tenant, incident, moment) for _ in range(6)))
    names = [e["type"] for e in await events(admin, incident) if e["type"] == "SlaBreached"]
    assert len(names) == 2


async def test_an_answered_and_resolved_incident_is_never_late(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin, agent = await client("admin"), await client("agent")
    incident = await make(admin, priority="critical")
    await act(agent, incident, "acknowledge")
    await act(agent, incident, "resolve")
    await look(database, tenant, incident, datetime.fromisoformat(incident["created_at"]) + timedelta(days=9))
    assert not [e for e in await events(admin, incident) if e["type"].startswith("Sla")]
    assert not (await admin.get(f"{API}/{incident['id']}")).json()["sla"]["is_breached"]


async def test_a_breach_stays_after_reopening_and_priority_change(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    incident = await make(admin, priority="critical")
    await look(database, tenant, incident, datetime.fromisoformat(incident["created_at"]) + timedelta(hours=5))
    changed = (await admin.put(f"{API}/{incident['id']}", json={"priority": "low"})).json()
    assert changed["sla"]["is_breached"]
    assert changed["due_at"] > incident["due_at"]
    await act(admin, incident, "resolve")
    assert (await act(admin, incident, "reopen"))["sla"]["is_breached"]
