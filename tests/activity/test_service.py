"""The record on a real database: what is emitted is written once, in order, with its jobs; and the chain holds."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from tocsin.activity import service
from tocsin.activity.model import Event
from tocsin.activity.service import verifying
from tocsin.base.actor import system_actor
from tocsin.base.ids import new_id
from tocsin.base.manifest import Handler
from tocsin.tenancy import service as tenancy


class SomethingHappened(Event):
    """For these tests."""


@pytest.fixture
def emit(database, tenant):
    async def run(count=1, *, stream=None, fail=False, **texts):
        actor = system_actor(tenant.id)
        async with database.tenant(tenant.id) as tx:
            await tenancy.current(tx)
            for number in range(count):
                facts = {"number": number, "id": new_id(), "at": tx.now, "list": [1, None, "x", True]}
                tx.emit(SomethingHappened(actor=actor, facts=facts, texts=texts))
            if fail:
                raise LookupError

    return run


async def verdict(database, tenant):
    async with database.tenant(tenant.id) as tx:
        return await service.verify(tx)


async def test_events_are_a_chain(database, tenant, emit):
    await asyncio.gather(*(emit(3, note=f"text {n}") for n in range(5)))
    found = await verdict(database, tenant)
    assert found.broken is None
    assert (found.events, found.streams) == (16, 1)  # TenantCreated is the first
    async with database.tenant(tenant.id) as tx:
        listed = await service.timeline(tx, tenant.id, limit=200)
    assert [event.seq for event in listed] == list(range(16, 0, -1))
    assert listed[0].data["note"].startswith("text")
    assert listed[0].data["list"] == [1, None, "x", True]


async def test_every_number_a_client_can_send_comes_back_as_it_was_committed_to(database, tenant, emit):
    numbers = [0.1, 1.0, -0.0, 1e16, 1e22, 1e23, 1.5e300, 5e-324, 1e-7, 12345678901234567890.0, 2**63 - 1, -(2**63)]
    await emit(1, after={"metadata": {"numbers": numbers}})
    assert (await verdict(database, tenant)).broken is None


async def test_nothing_is_recorded_of_what_is_rolled_back(database, tenant, emit):
    with pytest.raises(LookupError):
        await emit(fail=True)
    assert (await verdict(database, tenant)).events == 1


async def test_floats_cannot_be_facts(database, tenant):
    with pytest.raises(TypeError):
        async with database.tenant(tenant.id) as tx:
            tx.emit(SomethingHappened(actor=system_actor(tenant.id), facts={"x": 0.5}))


@pytest.mark.parametrize(
    "change",
    [
        "update events set facts = '{\"number\": 7}' where tenant_id = $1 and seq = 3",
        "update events set at = at + interval '1 microsecond' where tenant_id = $1 and seq = 3",
        "update events set at = 'infinity' where tenant_id = $1 and seq = 3",
        "update events set facts = '{\"number\": 1e400}' where tenant_id = $1 and seq = 3",
        "update events set data = '[]' where tenant_id = $1 and seq = 3",
        "update events set type = 'Another' where tenant_id = $1 and seq = 3",
        "update events set source = 'web' where tenant_id = $1 and seq = 3",
        "update events set data = jsonb_set(data, '{note,value}', '\"other\"') where tenant_id = $1 and seq = 3",
        "update events set data = jsonb_set(data, '{note,salt}', '\"no salt\"') where tenant_id = $1 and seq = 3",
        "update events set data = jsonb_set(data, '{note,salt}', 'null') where tenant_id = $1 and seq = 3",
        "update events set data = '[\"note\"]' where tenant_id = $1 and seq = 3",
        "update events set commitments = '[]' where tenant_id = $1 and seq = 3",
        'update events set data = data || \'{"more": {"value": 1, "salt": "00"}}\' where tenant_id = $1 and seq = 3',
        'update events set commitments = commitments || \'{"more": "00"}\' where tenant_id = $1 and seq = 3',
        "delete from events where tenant_id = $1 and seq = 3",
        "delete from events where tenant_id = $1 and seq = 4",
        "delete from events where tenant_id = $1",
        "update events set stream = id where tenant_id = $1 and seq = 4",
        "delete from event_heads where tenant_id = $1",
        "update event_heads set seq = 3 where tenant_id = $1",
    ],
)
async def test_tampering_past_the_application_is_found(change, database, tenant, emit, server, monkeypatch):
    await emit(3, note="a note")
    owner = await asyncpg.connect(server.admin_url)
    try:
        await owner.execute(change.replace("$1", f"'{tenant.id}'"))
    finally:
        await owner.close()
    found = await verdict(database, tenant)
    assert found.broken is not None
    for part in (1, 2):  # however little is looked at in one go
        monkeypatch.setattr(verifying, "_AT_ONCE", part)
        monkeypatch.setattr(verifying, "_LARGE_PART", part + 1)
        assert await verdict(database, tenant) == found


async def test_erasing_a_value_keeps_the_chain(database, tenant, emit):
    await emit(2, note="a note")
    async with database.tenant(tenant.id) as tx:
        assert await tx.run("update events set data = '{}' where tenant_id = $1 and seq = 2", tx.tenant_id) == 1
    assert (await verdict(database, tenant)).broken is None
    async with database.tenant(tenant.id) as tx:
        assert [("note" in event.data) for event in await service.timeline(tx, tenant.id, limit=2)] == [True, False]


@pytest.mark.parametrize(
    "change", ["delete from events where tenant_id = $1", "update events set facts = '{}' where tenant_id = $1"]
)
async def test_the_application_itself_cannot_tamper(change, database, tenant):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with database.tenant(tenant.id) as tx:
            await tx.run(change, tx.tenant_id)


async def test_verifying_beside_writers_finds_nothing_wrong(database, tenant, emit):
    async def write():
        for _ in range(15):
            await emit()

    async def read():
        return [await verdict(database, tenant) for _ in range(15)]

    results = (await asyncio.gather(write(), write(), read()))[2]
    assert [found.broken for found in results] == [None] * 15


async def test_a_handler_runs_once_whatever_the_queue_does(database, tenant, emit, monkeypatch):
    ran = []

    async def run(tx, event):
        ran.append(event.data["number"])

    listener = Handler("SomethingHappened", "tests.listen", run)
    monkeypatch.setitem(service.SUBSCRIPTIONS.handlers, "SomethingHappened", [("activity", listener)])
    monkeypatch.setitem(service.SUBSCRIPTIONS.by_name, listener.name, ("activity", listener))
    await emit(2)
    async with database.tenant(tenant.id) as tx:
        rows = await tx.rows("select id, pending from events where tenant_id = $1 and pending <> '{}'", tx.tenant_id)
        job = "select count(*) from pgqueuer where entrypoint = $1 and convert_from(payload, 'utf8') like $2"
        assert await tx.value(job, service.RUN_HANDLER, f"%{tenant.id}%") == 2
    assert [row["pending"] for row in rows] == [[listener.name]] * 2

    async def handle(event_id):
        async with database.tenant(tenant.id) as tx:
            await tenancy.current(tx)
            await service.handle(tx, {"event": str(event_id), "handler": listener.name})

    await asyncio.gather(*(handle(row["id"]) for row in rows for _ in range(3)))
    assert sorted(ran) == [0, 1]
    async with database.tenant(tenant.id) as tx:
        await service.handle_pending(tx, rows[0]["id"])
    assert sorted(ran) == [0, 1]


async def test_the_tenants_stream_is_listed_in_pages(client, database, tenant, emit):
    await emit(4)
    manager = await client("manager")
    path = "/api/activity/v1/events"
    page = (await manager.get(path, params={"limit": "3"})).json()
    rest = (await manager.get(path, params={"limit": "3", "cursor": page["next_cursor"]})).json()
    assert [item["seq"] for item in [*page["items"], *rest["items"]]] == [5, 4, 3, 2, 1]
    assert rest["next_cursor"] is None
    only = (await manager.get(path, params={"type": "TenantCreated"})).json()["items"]
    assert [item["type"] for item in only] == ["TenantCreated"]
    assert (await (await client("agent")).get(path)).status_code == 403
    assert (await manager.get(path, params={"limit": "3", "cursor": page["next_cursor"] + "x"})).status_code == 422
