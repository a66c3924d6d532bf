"""The changes feed: every change once, in an order that never changes, none lost while others write."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.contracts.test_probes import check_problem
from tests.incidents.steps import API, MakeClient, act, make
from tocsin.activity import service as activity
from tocsin.activity.model import Event
from tocsin.base.actor import system_actor
from tocsin.base.ids import new_id
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant

FEED = "/api/incidents/v1/changes"


class Touched(Event):
    """For these tests."""


async def read(client: httpx.AsyncClient, since: str | None = None, limit: int = 50) -> dict[str, Any]:
    params = {"limit": str(limit)} | ({"since": since} if since is not None else {})
    answer = await client.get(FEED, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def read_all(client: httpx.AsyncClient, since: str | None = None, limit: int = 200) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while (page := await read(client, since, limit))["items"]:
        found += page["items"]
        since = page["next_cursor"]
    return found


async def test_changes_come_in_order_and_pages_join(client: MakeClient) -> None:
    admin = await client("admin")
    empty = await read(admin)
    assert empty["items"] == []
    first, second = await make(admin), await make(admin)
    await act(admin, first, "acknowledge")
    await act(admin, second, "resolve")
    await admin.delete(f"{API}/{first['id']}")
    whole = await read_all(admin)
    assert [(item["incident"]["reference_code"], item["type"]) for item in whole] == [
        ("INC-000001", "IncidentCreated"),
        ("INC-000002", "IncidentCreated"),
        ("INC-000001", "IncidentAcknowledged"),
        ("INC-000002", "IncidentResolved"),
        ("INC-000001", "IncidentDeleted"),
    ]
    assert set(whole[0]) == {"cursor", "incident", "type", "at"}
    assert whole[0]["incident"] == {"id": first["id"], "reference_code": "INC-000001"}
    assert await read_all(admin, limit=2) == whole
    assert await read_all(admin, since=empty["next_cursor"]) == whole
    for index, item in enumerate(whole):
        assert await read_all(admin, since=item["cursor"]) == whole[index + 1 :]
    last = await read(admin, whole[-1]["cursor"])
    assert last == {"items": [], "next_cursor": whole[-1]["cursor"]}


async def test_what_happens_to_no_incident_is_not_told(client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await client("admin")
    for number in range(3):
        await admin.post("/api/incidents/v1/categories", json={"name": f"Category {number}"})
    await make(admin)
    monkeypatch.setattr("tocsin.activity.service.feed.BATCH", 1)
    assert [item["type"] for item in (await read(admin))["items"]] == ["IncidentCreated"]


async def test_who_may_read_and_with_what(client: MakeClient, other_tenant: Tenant) -> None:
    admin, stranger = await client("admin"), await client("admin", of=other_tenant)
    await make(admin)
    foreign = (await read(admin))["next_cursor"]
    for since in (foreign, "", "abc", "W10", foreign + "x", "A" * 5000):
        answer = await stranger.get(FEED, params={"since": since})
        assert answer.status_code == 422, since
        check_problem(answer, "since")
    assert (await read(stranger))["items"] == []
    assert (await (await client("reporter")).get(FEED)).status_code == 403
    assert (await (await client("viewer")).get(FEED)).status_code == 200
    for limit in ("0", "201", "x"):
        check_problem(await admin.get(FEED, params={"limit": limit}), "limit")


async def test_polling_where_nothing_happens_writes_nothing(client: MakeClient, database: Database) -> None:
    admin = await client("admin")
    await make(admin)
    since = (await read(admin))["next_cursor"]
    async with database.tenant(UUID(int=0)) as tx:
        before = await tx.value("select txid_current()")
    for _ in range(20):
        await read(admin, since)
    async with database.tenant(UUID(int=0)) as tx:
        assert await tx.value("select txid_current()") - before < 10


async def test_who_waited_for_the_lock_comes_after_who_had_it(client: MakeClient, database: Database) -> None:
    """The order within an incident is that of its own record, whatever the clocks of who wrote say."""
    admin = await client("admin")
    incident = await make(admin)
    tenant_id = (await client("admin")).headers["Authorization"].split("_")[1]
    ids = []
    for hours in (3, 1, 2):
        async with database.tenant(UUID(tenant_id)) as tx:
            tx.real_now = tx.real_now.replace(year=2031, hour=hours)
            actor = system_actor(tx.tenant_id)
            tx.emit(Touched(actor=actor, incident_id=UUID(incident["id"]), facts={"hours": hours}))
    told = (await admin.get(f"{API}/{incident['id']}/activity", params={"limit": "200"})).json()["items"]
    ids = [event["data"]["hours"] for event in reversed(told) if event["type"] == "Touched"]
    assert ids == [3, 1, 2]
    async with database.tenant(UUID(tenant_id)) as tx:
        assert await activity.number(tx) > 0
        rows = await tx.rows(
            "select facts from events where type = 'Touched' and tenant_id = $1 order by pos", tx.tenant_id
        )
    assert [row["facts"]["hours"] for row in rows] == [3, 1, 2]


WRITERS = 16


async def test_nothing_is_lost_or_told_twice_while_sixteen_write(
    client: MakeClient, database: Database, tenant: Tenant, server: EmbeddedServer
) -> None:
    """Commits come late and out of order, a tenth is rolled back, two readers poll all the while."""
    viewer, chance = await client("viewer"), random.Random(7)
    streams = [new_id() for _ in range(40)]
    committed: dict[str, float] = {}
    writing = Database.connect(server.urls.app, size=WRITERS, closer=activity.record)

    async def write(own: Database, name: int) -> None:
        for number in range(25):
            key = f"{name}-{number}"
            try:
                async with own.tenant(tenant.id) as tx:
                    for stream in sorted(chance.sample(streams, 2)):
                        tx.emit(Touched(actor=system_actor(tenant.id), incident_id=stream, facts={"key": key}))
                    await activity.record(tx)
                    await asyncio.sleep(chance.expovariate(200))
                    if chance.random() < 0.1:
                        raise LookupError
            except LookupError:
                continue
            committed[key] = time.monotonic()

    async def poll(done: asyncio.Event) -> tuple[list[dict[str, Any]], float]:
        seen: list[dict[str, Any]] = []
        since = None
        while True:
            page = await read(viewer, since, 100)
            seen += page["items"]
            since = page["next_cursor"]
            is_all = done.is_set() and len(seen) >= 2 * len(committed)  # the other reader may be giving places just now
            if is_all or (done.is_set() and time.monotonic() > max(committed.values()) + 10):
                return seen, time.monotonic()
            await asyncio.sleep(0.005)

    done, own = asyncio.Event(), await writing
    try:
        readers = [asyncio.create_task(poll(done)) for _ in range(2)]
        await asyncio.gather(*(write(own, name) for name in range(WRITERS)))
        done.set()
        (seen, ended), (other, _) = await asyncio.gather(*readers)
    finally:
        await own.close()
    assert ended - max(committed.values()) < 5
    assert seen == other == await read_all(viewer)
    assert len({item["cursor"] for item in seen}) == len(seen) == 2 * len(committed)
    async with database.tenant(tenant.id) as tx:
        rows = await tx.rows(
            "select stream, seq, facts, pos from events where tenant_id = $1 and type = 'Touched' order by pos",
            tenant.id,
        )
    assert {row["facts"]["key"] for row in rows} == set(committed)
    in_order: dict[UUID, list[int]] = defaultdict(list)
    for row in rows:
        in_order[row["stream"]].append(row["seq"])
    assert all(numbers == sorted(numbers) for numbers in in_order.values())
    assert [item["incident"]["id"] for item in seen] == [str(row["stream"]) for row in rows]
