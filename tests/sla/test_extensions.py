"""A later due time: asked for, decided by another, expired; and what the clocks make of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.sla.test_api import INCIDENTS, SLA, answered
from tocsin.db.tx import Database
from tocsin.incidents import service as incidents
from tocsin.tenancy.model import Tenant

Make = Callable[..., Awaitable[httpx.AsyncClient]]


def later(hours: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


async def ask(api: httpx.AsyncClient, incident: dict[str, Any], hours: float = 48, status: int = 201) -> Any:
    body = {"due_at": later(hours), "reason": "The spare part comes by courier"}
    return await answered(await api.post(f"{INCIDENTS}/{incident['id']}/extensions", json=body), status)


async def test_asked_for_by_one_and_approved_by_another(client: Make) -> None:
    agent, manager = await client("agent"), await client("manager")
    made = await answered(await agent.post(INCIDENTS, json={"title": "Printer", "priority": "high"}), 201)
    asked = await ask(agent, made)
    assert (asked["state"], asked["original_due_at"]) == ("pending", made["due_at"])
    path = f"{INCIDENTS}/{made['id']}/extensions/{asked['id']}"
    assert (await agent.post(f"{path}/approve", json={})).status_code == 403
    await ask(agent, made, 50, 409)
    waiting = await answered(await manager.get(f"{SLA}/extensions", params={"state": "pending"}))
    assert [one["id"] for one in waiting["items"]] == [asked["id"]]
    approved = await answered(await manager.post(f"{path}/approve", json={"note": "Fine"}))
    assert (approved["state"], approved["note"]) == ("approved", "Fine")
    after = await answered(await agent.get(f"{INCIDENTS}/{made['id']}"))
    assert after["due_at"] == after["sla"]["resolution_due_at"] == asked["due_at"]
    assert after["sla"]["original_due_at"] == made["due_at"]
    assert after["version"] > made["version"]
    assert (await manager.post(f"{path}/reject", json={})).status_code == 409
    explained = await answered(await agent.get(f"{INCIDENTS}/{made['id']}/sla/explain"))
    assert [one["state"] for one in explained["resolution"]["spans"]] == ["running", "extended"]
    await answered(await agent.post(f"{INCIDENTS}/{made['id']}/resolve", json={}))


async def test_nobody_decides_for_oneself(client: Make) -> None:
    manager, other = await client("manager"), await client("manager")
    made = await answered(await manager.post(INCIDENTS, json={"title": "Printer"}), 201)
    asked = await ask(manager, made)
    path = f"{INCIDENTS}/{made['id']}/extensions/{asked['id']}"
    assert (await manager.post(f"{path}/approve", json={})).status_code == 409
    assert (await manager.post(f"{path}/reject", json={})).status_code == 409
    assert (await other.post(f"{path}/withdraw", json={})).status_code == 409
    withdrawn = await answered(await manager.post(f"{path}/withdraw", json={}))
    assert withdrawn["state"] == "withdrawn"
    again = await ask(manager, made)
    rejected = await answered(await other.post(f"{INCIDENTS}/{made['id']}/extensions/{again['id']}/reject", json={}))
    assert rejected["state"] == "rejected"
    assert (await answered(await other.get(f"{INCIDENTS}/{made['id']}")))["sla"] == made["sla"]


async def test_what_is_refused(client: Make) -> None:
    api, other = await client("admin"), await client("manager")
    await answered(
        await api.post(f"{SLA}/policies", json={"name": "One", "maximum_extensions": 1, "warning_percents": [50]}), 201
    )
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "priority": "high"}), 201)
    for body, field in (
        ({"due_at": later(-1), "reason": "x"}, "due_at"),
        ({"due_at": later(1), "reason": "x"}, "due_at"),
        ({"due_at": later(99), "reason": " "}, "reason"),
        ({"due_at": "2026-12-01T09:00:00", "reason": "x"}, "due_at"),
    ):
        refused = await answered(await api.post(f"{INCIDENTS}/{made['id']}/extensions", json=body), 422)
        assert [one["field"] for one in refused["errors"]] == [field]
    first = await ask(api, made)
    await answered(await other.post(f"{INCIDENTS}/{made['id']}/extensions/{first['id']}/approve", json={}))
    await ask(api, made, 99, 409)
    assert (await api.post(f"{SLA}/policies", json={"name": "Two", "maximum_extensions": -1})).status_code == 422
    done = await answered(await api.post(INCIDENTS, json={"title": "Done"}), 201)
    waits = await ask(api, done)
    await answered(await api.post(f"{INCIDENTS}/{done['id']}/resolve", json={}))
    found = await answered(await api.get(f"{INCIDENTS}/{done['id']}/extensions/{waits['id']}"))
    assert found["state"] == "expired"
    await ask(api, done, 48, 409)


async def test_it_expires_with_the_breach_and_breaches_are_final(
    client: Make, database: Database, tenant: Tenant
) -> None:
    api = await client("admin")
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "priority": "high"}), 201)
    asked = await ask(api, made)
    due = datetime.fromisoformat(made["due_at"])
    async with database.tenant(tenant.id, now=due + timedelta(minutes=1)) as tx:
        await incidents.check_clock(tx, UUID(made["id"]))
    found = await answered(await api.get(f"{INCIDENTS}/{made['id']}/extensions/{asked['id']}"))
    assert found["state"] == "expired"
    await ask(api, made, 99, 409)


async def test_two_decisions_at_once_are_one(client: Make) -> None:
    agent, one, other = await client("agent"), await client("manager"), await client("manager")
    made = await answered(await agent.post(INCIDENTS, json={"title": "Printer"}), 201)
    asked = await ask(agent, made, 99)
    path = f"{INCIDENTS}/{made['id']}/extensions/{asked['id']}"
    replies = await asyncio.gather(one.post(f"{path}/approve", json={}), other.post(f"{path}/reject", json={}))
    assert sorted(reply.status_code for reply in replies) == [200, 409]
