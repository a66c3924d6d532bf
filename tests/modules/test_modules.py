from __future__ import annotations

import pytest

API = "/api/modules/v1/modules"
ALWAYS_ON = ("tenancy", "access", "modules", "activity")


async def test_modules_are_listed(client):
    items = {item["name"]: item for item in (await (await client("viewer")).get(API)).json()["items"]}
    assert {*ALWAYS_ON, "incidents", "notifications", "sla"} <= set(items)
    assert all(item["title"] and item["is_enabled"] for item in items.values())
    assert all(items[name]["always_on"] for name in ALWAYS_ON)
    assert [name for name, item in items.items() if item["always_on"]] == ["activity", "tenancy", "access", "modules"]


async def test_a_switch_acts_at_once_and_is_on_record(client):
    admin, agent = await client("admin"), await client("agent")
    path = "/api/incidents/v1/incidents"
    assert (await agent.get(path)).status_code == 200
    for _ in range(2):
        answer = await admin.put(f"{API}/incidents", json={"is_enabled": False})
        assert answer.json() == {
            "name": "incidents",
            "title": answer.json()["title"],
            "is_enabled": False,
            "always_on": False,
        }
    refused = await agent.get(path)
    assert refused.status_code == 403
    assert refused.json()["type"] == "urn:tocsin:problem:module-disabled"
    assert [i["is_enabled"] for i in (await admin.get(API)).json()["items"] if i["name"] == "incidents"] == [False]
    assert (await admin.put(f"{API}/incidents", json={"is_enabled": True})).json()["is_enabled"] is True
    assert (await agent.get(path)).status_code == 200
    events = (await admin.get("/api/activity/v1/events", params={"type": "ModuleEnabled,ModuleDisabled"})).json()[
        "items"
    ]
    assert [event["type"] for event in events] == ["ModuleEnabled", "ModuleDisabled"]


@pytest.mark.parametrize("name", ALWAYS_ON)
async def test_the_base_stays_on(name, client):
    admin = await client("admin")
    assert (await admin.put(f"{API}/{name}", json={"is_enabled": False})).status_code == 409
    assert (await admin.put(f"{API}/{name}", json={"is_enabled": True})).status_code == 200


async def test_unknown_modules_and_bad_bodies(client):
    admin = await client("admin")
    assert (await admin.put(f"{API}/nothing", json={"is_enabled": False})).status_code == 404
    assert (await admin.put(f"{API}/incidents", json={"is_enabled": "no"})).status_code == 422
    assert (await admin.put(f"{API}/incidents", json={})).status_code == 422


async def test_only_managers_of_modules_switch(client):
    assert (await (await client("manager")).put(f"{API}/incidents", json={"is_enabled": False})).status_code == 403


async def test_one_tenants_switch_is_its_own(client, other_tenant):
    admin, theirs = await client("admin"), await client("agent", of=other_tenant)
    await admin.put(f"{API}/incidents", json={"is_enabled": False})
    assert (await theirs.get("/api/incidents/v1/incidents")).status_code == 200
