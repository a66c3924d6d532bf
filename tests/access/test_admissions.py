"""Admissions that a process keeps: rights that change are gone at once, in this process and in the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import httpx

from tests.conftest import BASE_URL, NewMember
from tocsin import asgi
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

ME = "/api/access/v1/me"
INCIDENTS = "/api/incidents/v1/incidents"
Process = Callable[[str], httpx.AsyncClient]


@asynccontextmanager
async def two_processes(settings: Settings, token: str) -> AsyncIterator[tuple[Process, Process]]:
    """Two applications as two web processes would hold them, each with its own memory and its own listener."""
    async with AsyncExitStack() as stack:
        made: list[Process] = []
        for app in [asgi.build(settings) for _ in range(2)]:
            await stack.enter_async_context(app.lifespan())
            made.append(partial(_client, stack, app))
        for process in made:
            await becomes(process(token), ME, 200)
        yield made[0], made[1]


def _client(stack: AsyncExitStack, app: Any, token: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers={"Authorization": f"Bearer {token}"})
    stack.push_async_callback(client.aclose)
    return client


async def warm(*clients: httpx.AsyncClient) -> None:
    """Ask until the answer comes from memory."""
    await asyncio.sleep(0.1)  # the listeners connect
    for client in clients * 2:
        assert (await client.get(ME)).status_code == 200


async def becomes(client: httpx.AsyncClient, path: str, status: int) -> None:
    """The other process hears of it within a moment."""
    for _ in range(500):
        if (await client.get(path)).status_code == status:
            return
        await asyncio.sleep(0.002)
    raise AssertionError(f"{path} does not answer {status}")


async def test_a_revoked_token_stops_everywhere(
    app_settings: Settings, server: EmbeddedServer, member: NewMember
) -> None:
    admin = await member("admin")
    async with two_processes(app_settings, admin.token) as (one, two):
        here, there = one(admin.token), two(admin.token)
        made = (await here.post("/api/access/v1/tokens", json={"name": "Script"})).json()
        script = one(made["token"]), two(made["token"])
        await warm(*script)
        assert (await here.delete(f"/api/access/v1/tokens/{made['id']}")).status_code == 204
        assert (await script[0].get(ME)).status_code == 401
        await becomes(script[1], ME, 401)
        assert (await there.get(ME)).status_code == 200


async def test_a_module_switched_off_and_a_member_shut_out_act_everywhere(
    app_settings: Settings, server: EmbeddedServer, member: NewMember
) -> None:
    admin, agent = await member("admin"), await member("agent")
    async with two_processes(app_settings, admin.token) as (one, two):
        boss, clients = one(admin.token), (one(agent.token), two(agent.token))
        await warm(*clients)
        switch = "/api/modules/v1/modules/incidents"
        assert (await boss.put(switch, json={"is_enabled": False})).status_code == 200
        assert (await clients[0].get(INCIDENTS)).status_code == 403
        await becomes(clients[1], INCIDENTS, 403)
        await boss.put(switch, json={"is_enabled": True})
        await becomes(clients[1], INCIDENTS, 200)
        assert (await boss.put(f"/api/access/v1/users/{agent.id}", json={"is_active": False})).status_code == 200
        assert (await clients[0].get(INCIDENTS)).status_code == 401
        await becomes(clients[1], INCIDENTS, 401)


async def test_a_new_status_and_a_suspension_are_known_everywhere(
    app_settings: Settings, member: NewMember, database: Database, tenant: Tenant
) -> None:
    admin = await member("admin")
    async with two_processes(app_settings, admin.token) as (one, two):
        here, there = one(admin.token), two(admin.token)
        await warm(here, there)
        await here.post("/api/incidents/v1/statuses", json={"name": "On hold", "sort_order": 45})
        incident = (await here.post(INCIDENTS, json={"title": "x", "status": "on-hold"})).json()
        await becomes(there, f"{INCIDENTS}/{incident['id']}", 200)
        await tenancy.set_state(database, tenant.slug, "suspended")
        for client in (here, there):
            await becomes(client, ME, 403)


async def test_a_secret_is_not_kept_under_an_idempotency_key(
    client: Callable[..., Awaitable[httpx.AsyncClient]], database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    headers = {"Idempotency-Key": "once"}
    made = await admin.post("/api/access/v1/tokens", json={"name": "Script"}, headers=headers)
    assert made.status_code == 201
    again = await admin.post("/api/access/v1/tokens", json={"name": "Script"}, headers=headers)
    assert again.status_code == 409
    async with database.tenant(tenant.id) as tx:
        kept = await tx.rows("select body from idempotency_keys where tenant_id = $1", tenant.id)
    assert [row["body"] for row in kept] == [b""]
