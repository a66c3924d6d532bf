"""The audit browser: every event of the tenant, by filter and page; verified part by part."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from functools import partial

import asyncpg
import pytest

from tests.activity.test_anchors import rewrite
from tests.activity.test_service import SomethingHappened
from tocsin.activity import service
from tocsin.activity.adapters import Keys, load_keys
from tocsin.activity.service import AuditQuery, verifying
from tocsin.base.actor import system_actor
from tocsin.base.errors import Forbidden, Invalid
from tocsin.base.ids import first_id, new_id
from tocsin.base.paging import encode_cursor
from tocsin.tenancy import service as tenancy

AUDIT = "/admin/audit"
KEYS = Keys(None, {})


@pytest.fixture
def emit(database, tenant):
    async def run(count=1, **texts):
        async with database.tenant(tenant.id) as tx:
            await tenancy.current(tx)
            for number in range(count):
                facts = {"number": number}
                tx.emit(SomethingHappened(actor=system_actor(tenant.id), facts=facts, texts=texts))

    return run


@pytest.fixture
def verified(database, tenant):
    """`await verified()`: the outcome of all parts, and how many there were."""

    async def run(seconds=0.0):
        cursor, parts = None, 0
        while True:
            async with database.tenant(tenant.id) as tx:
                found = await service.verify_on(tx, system_actor(tenant.id), KEYS, cursor, seconds=seconds)
            parts, cursor = parts + 1, found.cursor
            if cursor is None:
                return found, parts

    return run


# --------------------------------------------------------------------------------------------------------- verifying


async def test_parts_find_what_the_whole_finds(database, tenant, emit, client, verified, monkeypatch):
    agent = await client("agent")
    for number in range(3):
        made = (await agent.post("/api/incidents/v1/incidents", json={"title": f"Incident {number}"})).json()
        await agent.post(f"/api/incidents/v1/incidents/{made['id']}/acknowledge")
    await emit(5, note="text")
    async with database.tenant(tenant.id) as tx:
        whole = await service.verify(tx)
    for size in (2, 3, 5, 1000):
        monkeypatch.setattr(verifying, "_PART", size)
        found, parts = await verified()
        assert found.broken is None
        assert (found.events, found.streams) == (whole.events, whole.streams)
        assert found.total == whole.events
        assert (parts > 1) == (size < 1000)


TAMPERED = [
    "update events set facts = '{\"number\": 7}' where tenant_id = $1 and seq = 3",
    "update events set type = 'Another' where tenant_id = $1 and seq = 5",
    "update events set data = jsonb_set(data, '{note,value}', '\"other\"') where tenant_id = $1 and seq = 4",
    "update events set hash = decode(md5('x') || md5('y'), 'hex') where tenant_id = $1 and seq = 6",
    "delete from events where tenant_id = $1 and seq = 3",
    "delete from events where tenant_id = $1 and seq = 1",
    "delete from events where tenant_id = $1 and seq > 5",
    "delete from events where tenant_id = $1",
    "delete from event_heads where tenant_id = $1",
    "update event_heads set seq = seq + 1 where tenant_id = $1",
]


@pytest.mark.parametrize("size", [2, 3, 1000])
@pytest.mark.parametrize("sql", TAMPERED)
async def test_parts_find_every_broken_link(sql, size, database, tenant, emit, server, verified, monkeypatch):
    await emit(6, note="text")
    conn = await asyncpg.connect(server.urls.owner)
    try:
        async with conn.transaction():
            await conn.execute(f"set local app.tenant_id = '{tenant.id}'")
            assert int((await conn.execute(sql, tenant.id)).rsplit(" ", 1)[-1]) >= 1
    finally:
        await conn.close()
    monkeypatch.setattr(verifying, "_PART", size)
    found, _ = await verified()
    async with database.tenant(tenant.id) as tx:
        whole = await service.verify(tx)
    assert found.broken is not None
    assert whole.broken is not None
    assert (found.broken.seq, found.stream) == (whole.broken.seq, whole.stream)


async def test_what_changes_between_two_parts_is_found(database, tenant, emit, server, monkeypatch):
    await emit(6)
    monkeypatch.setattr(verifying, "_PART", 3)
    async with database.tenant(tenant.id) as tx:
        first = await service.verify_on(tx, system_actor(tenant.id), KEYS, None, seconds=0)
    assert first.cursor is not None
    assert first.events == 3
    await emit(2)  # what comes meanwhile is verified with the rest
    async with database.tenant(tenant.id) as tx:
        rest = await service.verify_on(tx, system_actor(tenant.id), KEYS, first.cursor, seconds=5)
    assert (rest.broken, rest.events) == (None, 9)
    conn = await asyncpg.connect(server.urls.owner)
    try:
        async with conn.transaction():
            await conn.execute(f"set local app.tenant_id = '{tenant.id}'")
            await conn.execute("delete from events where tenant_id = $1 and seq >= 3", tenant.id)
    finally:
        await conn.close()
    async with database.tenant(tenant.id) as tx:
        broken = await service.verify_on(tx, system_actor(tenant.id), KEYS, first.cursor, seconds=5)
    assert broken.broken is not None
    assert broken.broken.why == "event 3 is missing"


async def test_parts_look_at_the_anchors_too(database, tenant, emit, server, app_settings):
    """A past written anew, with all its hashes, is whole as a chain; what was signed tells."""
    keys, open_ = load_keys(app_settings), partial(database.tenant, tenant.id)
    for _ in range(3):
        await emit(2)
        await service.anchor(open_, keys)

    async def parts():
        cursor, seen = None, []
        while True:
            async with open_() as tx:
                found = await service.verify_on(tx, system_actor(tenant.id), keys, cursor, seconds=0)
            seen.append((found.anchors, found.anchors_total))
            if (cursor := found.cursor) is None:
                return found, seen

    found, seen = await parts()
    assert (found.broken, found.unfit) == (None, None)
    assert seen[-3:] == [(1, 3), (2, 3), (3, 3)]
    owner = await asyncpg.connect(server.admin_url)
    try:
        await rewrite(owner, tenant.id, 4)
    finally:
        await owner.close()
    found, _ = await parts()
    assert (found.broken, found.unfit.number, found.anchors, found.cursor) == (None, 2, 1, None)
    async with open_() as tx:
        stranger = await service.verify_on(tx, system_actor(tenant.id), KEYS, None, seconds=9)
    assert stranger.unfit is not None
    assert (stranger.unfit.number, "does not know" in stranger.unfit.why) == (1, True)


async def test_made_up_cursors_are_refused_or_find_nothing_good(database, tenant, emit):
    await emit(2)
    actor = system_actor(tenant.id)
    async with database.tenant(tenant.id) as tx:
        for cursor in ("", "x", encode_cursor(["other"], [1]), encode_cursor(["verification"], ["x"])):
            with pytest.raises(Invalid):
                await service.verify_on(tx, actor, KEYS, cursor)
        forged = encode_cursor(["verification"], [new_id(), 2**40, b"x", 0, 0, 0, -1])
        assert (await service.verify_on(tx, actor, KEYS, forged)).broken is not None


# ---------------------------------------------------------------------------------------------------------- browsing


async def test_every_stream_is_browsed_newest_first_in_pages(database, tenant, emit, client):
    agent = await client("agent")
    made = (await agent.post("/api/incidents/v1/incidents", json={"title": "One"})).json()
    await emit(3)
    actor, seen, cursor = system_actor(tenant.id), [], None
    while True:
        async with database.tenant(tenant.id) as tx:
            page = await service.browse(tx, actor, AuditQuery(limit=2, cursor=cursor))
        seen += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [event.id for event in seen] == sorted((event.id for event in seen), reverse=True)
    assert {event.type for event in seen} >= {"TenantCreated", "IncidentCreated", "SomethingHappened"}
    async with database.tenant(tenant.id) as tx:
        only = await service.browse(tx, actor, AuditQuery(incident=made["reference_code"].lower()))
        assert {event.incident_id for event in only.items} == {only.items[0].incident_id}
        assert str(only.items[0].incident_id) == made["id"]
        types = await service.browse(tx, actor, AuditQuery(type="SomethingHappened, TenantCreated"))
        assert len(types.items) == 4
        with pytest.raises(Invalid):
            await service.browse(tx, actor, AuditQuery(incident="INC-999999"))
        with pytest.raises(Invalid):
            await service.browse(tx, actor, AuditQuery(limit=2, type="X", cursor=encode_cursor(["audit"], [1])))


async def test_events_are_found_by_when_they_were_recorded(database, tenant, emit):
    await emit(1)
    actor, now = system_actor(tenant.id), datetime.now(UTC)
    async with database.tenant(tenant.id) as tx:
        later = await service.browse(tx, actor, AuditQuery(since=now + timedelta(minutes=1)))
        today = await service.browse(tx, actor, AuditQuery(since=now - timedelta(minutes=1), until=now + timedelta(1)))
        before = await service.browse(tx, actor, AuditQuery(until=now - timedelta(minutes=1)))
    assert (len(later.items), len(today.items), len(before.items)) == (0, 2, 0)


def test_the_first_id_of_a_moment_is_not_above_those_made_from_then_on():
    before = datetime.now(UTC) - timedelta(milliseconds=5)
    made = new_id()
    assert first_id(before) <= made < first_id(datetime.now(UTC) + timedelta(milliseconds=5))


async def test_only_who_may_audit_sees_it(client, database, tenant, member):
    agent = await member("agent")
    async with database.tenant(tenant.id) as tx:
        for call in (service.browse(tx, agent.actor, AuditQuery()), service.verify_on(tx, agent.actor, KEYS, None)):
            with pytest.raises(Forbidden):
                await call
    assert (await (await client("agent")).get(AUDIT)).status_code == 403


# ----------------------------------------------------------------------------------------------------------- screens


async def test_people_and_incidents_are_called_by_name(client, member, connect):
    admin, agent = await client("admin"), await member("agent", "Amara Okafor")
    made = (await connect(agent.token).post("/api/incidents/v1/incidents", json={"title": "<b>Bold</b>"})).json()
    await admin.post(f"/api/incidents/v1/incidents/{made['id']}/assign", json={"user": str(agent.id)})
    page = (await admin.get(AUDIT)).text
    assert "Amara Okafor" in page
    assert made["reference_code"] in page
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    assert f'href="/admin/people/{agent.id}"' in page
    manager = (await (await client("manager")).get(AUDIT)).text
    assert "Amara Okafor" in manager
    assert "/admin/people/" not in manager
    mine = (await admin.get(AUDIT, params={"actor": agent.email, "type": "IncidentCreated"})).text
    assert mine.count('class="tc-audit-when"') == 1
    none = await admin.get(AUDIT, params={"type": "TenantSuspended", "since": "", "until": "", "incident": ""})
    assert "Nothing of that was recorded" in none.text
    for wrong in ({"actor": "nobody@example.com"}, {"since": "yesterday"}, {"incident": "x"}, {"until": "0001-01-01"}):
        answer = await admin.get(AUDIT, params=wrong)
        assert (answer.status_code, next(iter(wrong)) + ": " in answer.text) == (422, True)


async def test_the_verdict_is_shown_and_goes_on_by_itself(client, emit, monkeypatch):
    admin = await client("admin")
    await emit(5)
    monkeypatch.setattr(verifying, "SECONDS", 0.0)
    monkeypatch.setattr(verifying, "_PART", 3)
    monkeypatch.setattr(service.verify_on, "__kwdefaults__", {"seconds": 0.0})
    page, parts = (await admin.post(f"{AUDIT}/verify", data={})).text, 1
    while (cursor := re.search(r'name="cursor" value="([^"]+)"', page)) is not None:
        assert "hx-trigger" in page
        page, parts = (await admin.post(f"{AUDIT}/verify", data={"cursor": cursor.group(1)})).text, parts + 1
    assert parts > 1
    assert "The record is whole" in page
    assert (await admin.post(f"{AUDIT}/verify", data={"cursor": "junk"})).status_code == 422


async def test_what_is_signed_is_shown_signed_anew_and_downloaded(client, emit, tenant):
    manager = await client("manager")
    made = (await manager.post("/api/incidents/v1/incidents", json={"title": "One"})).json()
    page = (await manager.get(AUDIT)).text
    assert "Nothing is signed yet" in page
    assert f"{AUDIT}/anchors/export" not in page
    answer = await manager.post(f"{AUDIT}/anchor", data={})
    assert (answer.status_code, answer.headers["location"]) == (303, AUDIT)
    page = (await manager.get(AUDIT, params={"incident": made["reference_code"]})).text
    assert "Signed up to event 2" in page
    proof = re.search(r'href="([^"]+/proof)"', page)
    assert proof is not None
    assert (await manager.get(proof.group(1))).json()["incident"]["reference_code"] == made["reference_code"]
    exported = await manager.get(f"{AUDIT}/anchors/export")
    assert f"anchors-{tenant.slug}-" in exported.headers["content-disposition"]
    assert [json.loads(line)["number"] for line in exported.text.splitlines()] == [1]
    verdict = (await manager.post(f"{AUDIT}/verify", data={})).text
    assert "The one signed anchor holds." in verdict
    agent = await client("agent")
    assert (await agent.get(f"{AUDIT}/anchors/export")).status_code == 403
    assert (await agent.post(f"{AUDIT}/anchor", data={})).status_code == 403


async def test_the_record_is_downloaded_line_by_line(client, emit):
    admin = await client("admin")
    await emit(410, note="ü\n")
    answer = await admin.get(f"{AUDIT}/export", params={"type": "SomethingHappened"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert "attachment" in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in answer.text.strip().split("\n")]
    assert len(lines) == 410
    assert lines[0]["data"]["note"] == "ü\n"
    assert [line["seq"] for line in lines] == sorted((line["seq"] for line in lines), reverse=True)
    assert (await admin.get(f"{AUDIT}/export", params={"actor": "nobody"})).status_code == 422
    assert (await (await client("agent")).get(f"{AUDIT}/export")).status_code == 403
