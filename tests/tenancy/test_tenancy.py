from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.conftest import make_tenant
from tocsin.base.errors import Invalid, NotFound, Refused
from tocsin.tenancy import service

API = "/api/tenancy/v1"


async def test_a_new_tenant_has_its_seeds(database, tenant):
    counts = {}
    async with database.tenant(tenant.id) as tx:
        for table in ("roles", "incident_priorities", "incident_statuses"):
            counts[table] = await tx.value(f"select count(*) from {table} where tenant_id = $1", tx.tenant_id)
        assert await tx.value("select count(*) from incident_categories where tenant_id = $1", tx.tenant_id) > 3
    assert counts == {"roles": 6, "incident_priorities": 4, "incident_statuses": 6}


@pytest.mark.parametrize(
    "slug, options",
    [
        ("No Slug", {}),
        ("", {}),
        ("-a", {}),
        ("ok", {"time_zone": "Mars/Base"}),
        ("ok", {"locale": "xx"}),
        ("ok", {"name": " "}),
    ],
)
async def test_bad_tenants(slug, options, database):
    with pytest.raises(Invalid):
        await service.create(database, slug, options.pop("name", "Name"), **options)


async def test_a_slug_is_a_tenants_once(database, tenant):
    with pytest.raises(Refused):
        await service.create(database, tenant.slug, "Again")


async def test_suspending_shuts_everything_and_resuming_opens_it(database, tenant, client):
    admin = await client("admin")
    assert await service.set_state(database, tenant.slug, "suspended")
    assert not await service.set_state(database, tenant.slug, "suspended")
    for path in (f"{API}/tenant", "/api/access/v1/me", "/api/modules/v1/modules", "/api/activity/v1/events"):
        answer = await admin.get(path)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:tocsin:problem:tenant-suspended"
    assert await service.set_state(database, tenant.slug, "active")
    assert (await admin.get(f"{API}/tenant")).status_code == 200
    with pytest.raises(NotFound):
        await service.set_state(database, "nobody-here", "suspended")


async def test_members_see_their_tenant(client, tenant):
    for role in ("viewer", "reporter"):
        shown = (await (await client(role)).get(f"{API}/tenant")).json()
        assert (shown["slug"], shown["kind"], shown["state"]) == (tenant.slug, "live", "active")
        assert shown["settings"]["reference_prefix"] == "INC-"


async def test_settings_are_merged_by_name(client):
    admin = await client("admin")
    body = {"name": "New name", "time_zone": "Europe/Berlin", "locale": "de", "settings": {"reopen_days": 30}}
    changed = (await admin.put(f"{API}/tenant", json=body)).json()
    assert (changed["name"], changed["time_zone"], changed["locale"]) == ("New name", "Europe/Berlin", "de")
    assert changed["settings"]["reopen_days"] == 30
    assert changed["settings"]["reference_prefix"] == "INC-"
    answers = await asyncio.gather(
        admin.put(f"{API}/tenant", json={"settings": {"reference_prefix": "HD-"}}),
        admin.put(f"{API}/tenant", json={"settings": {"public_intro": "Hello"}}),
    )
    assert {answer.status_code for answer in answers} == {200}
    settings = (await admin.get(f"{API}/tenant")).json()["settings"]
    assert (settings["reference_prefix"], settings["public_intro"], settings["reopen_days"]) == ("HD-", "Hello", 30)


@pytest.mark.parametrize(
    "body, field",
    [
        ({"name": ""}, "name"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"locale": "xx"}, "locale"),
        ({"host": "https://x.example.com"}, "host"),
        ({"host": "single"}, "host"),
        ({"settings": {"reopen_days": -1}}, "settings.reopen_days"),
        ({"settings": {"nothing": 1}}, "settings.nothing"),
        ({"settings": {"reference_prefix": "'; drop"}}, "settings.reference_prefix"),
        ({"slug": "other"}, "slug"),
    ],
)
async def test_bad_changes_name_their_field(body, field, client):
    answer = await (await client("admin")).put(f"{API}/tenant", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_a_host_is_a_tenants_once(client, tenant, other_tenant):
    host = f"{tenant.slug}.example.com"
    admin, theirs = await client("admin"), await client("admin", of=other_tenant)
    assert (await admin.put(f"{API}/tenant", json={"host": host.upper()})).json()["host"] == host
    assert (await theirs.put(f"{API}/tenant", json={"host": host})).status_code == 409
    assert (await admin.put(f"{API}/tenant", json={"host": None})).json()["host"] is None


async def test_only_managers_change_it(client):
    assert (await (await client("manager")).put(f"{API}/tenant", json={"name": "Mine"})).status_code == 403


async def test_a_live_clock_runs_and_a_sandbox_stands_still(client, database, member, connect):
    live = (await (await client("viewer")).get(f"{API}/clock")).json()
    assert live["kind"] == "live"
    assert abs(datetime.fromisoformat(live["now"]) - datetime.now(UTC)).total_seconds() < 60
    then = datetime(2026, 3, 1, 9, tzinfo=UTC)
    sandbox = await make_tenant(database, sandbox=True, clock_at=then)
    viewer = await client("viewer", of=sandbox)
    for _ in range(2):
        clock = (await viewer.get(f"{API}/clock")).json()
        assert clock["kind"] == "sandbox"
        assert datetime.fromisoformat(clock["now"]) == then
