"""Categories, priorities, statuses and transitions through HTTP: read, add, change, take away, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.incidents.steps import API as INCIDENTS, MakeClient, act, fields, make

API = "/api/incidents/v1"


async def test_a_new_tenant_has_the_seeded_catalogue(client: MakeClient) -> None:
    viewer = await client("viewer")
    priorities = (await viewer.get(f"{API}/priorities")).json()["items"]
    assert [(p["slug"], p["level"]) for p in priorities] == [("critical", 1), ("high", 2), ("medium", 3), ("low", 4)]
    assert [p["slug"] for p in priorities if p["is_default"]] == ["medium"]
    assert all(p["response_time_minutes"] and p["resolution_time_minutes"] for p in priorities)
    statuses = (await viewer.get(f"{API}/statuses")).json()["items"]
    assert [s["slug"] for s in statuses] == ["open", "triaged", "in-progress", "waiting", "resolved", "closed"]
    by_slug = {s["slug"]: s for s in statuses}
    assert by_slug["closed"]["is_terminal"]
    assert by_slug["closed"]["transitions"] == []
    assert by_slug["waiting"]["pauses_sla"]
    assert not by_slug["resolved"]["is_terminal"]
    assert by_slug["open"]["transitions"] == ["triaged", "in-progress", "waiting", "resolved", "closed"]
    assert (await viewer.get(f"{API}/categories")).json()["items"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("categories", {"name": "Vehicles", "description": "Cars", "department": "Fleet"}),
        ("priorities", {"name": "Urgent", "level": 1, "response_time_minutes": 5}),
        ("statuses", {"name": "On hold", "pauses_sla": True, "sort_order": 45}),
    ],
)
async def test_add_change_and_take_away(client: MakeClient, kind: str, body: dict[str, Any]) -> None:
    admin = await client("admin")
    added = await admin.post(f"{API}/{kind}", json=body)
    assert added.status_code == 201, added.text
    entry = added.json()
    assert entry["slug"] == body["name"].lower().replace(" ", "-")
    assert (await admin.get(added.headers["location"])).json() == entry
    twin = await admin.post(f"{API}/{kind}", json=body)
    assert (twin.status_code, fields(twin.json())) == (409, ["slug"])
    changed = await admin.put(f"{API}/{kind}/{entry['slug']}", json={"name": "Renamed"})
    assert changed.json() == {**entry, "name": "Renamed"}
    empty = await admin.put(f"{API}/{kind}/{entry['id']}", json={"name": " "})
    assert (empty.status_code, fields(empty.json())) == (422, ["name"])
    assert (await admin.delete(f"{API}/{kind}/{entry['id']}")).status_code == 204
    assert (await admin.get(f"{API}/{kind}/{entry['id']}")).status_code == 404


async def test_a_used_entry_is_deactivated_and_cannot_be_chosen_anew(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin, category="hardware", priority="low")
    await act(admin, incident, "transition", status="triaged")
    for kind, slug in (("categories", "hardware"), ("priorities", "low"), ("statuses", "triaged")):
        assert (await admin.delete(f"{API}/{kind}/{slug}")).status_code == 204
        assert (await admin.get(f"{API}/{kind}/{slug}")).json()["is_active"] is False
    for field, slug in (("category", "hardware"), ("priority", "low"), ("status", "triaged")):
        answer = await admin.post(INCIDENTS, json={"title": "New", field: slug})
        assert (answer.status_code, fields(answer.json())) == (422, [field])
    kept = (await admin.get(f"{INCIDENTS}/{incident['id']}")).json()
    assert (kept["category"]["slug"], kept["priority"]["slug"]) == ("hardware", "low")
    assert len((await admin.get(INCIDENTS, params={"category": "hardware"})).json()["items"]) == 1


async def test_what_a_status_means_stands_while_incidents_are_in_it(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    await act(admin, incident, "transition", status="triaged")
    for flag in ("is_resolved", "is_terminal", "pauses_sla"):
        assert (await admin.put(f"{API}/statuses/triaged", json={flag: True})).status_code == 409
    before = (await admin.get(f"{API}/statuses/triaged")).json()
    assert (await admin.put(f"{API}/statuses/triaged", json={"pauses_sla": False})).json() == before
    assert (await admin.put(f"{API}/statuses/triaged", json={"name": "Seen"})).json() == {**before, "name": "Seen"}
    await act(admin, incident, "transition", status="in-progress")
    moved = await admin.put(f"{API}/statuses/triaged", json={"pauses_sla": True})
    assert (moved.status_code, moved.json()["pauses_sla"]) == (200, True)
    assert moved.json()["transitions"] == before["transitions"]


async def test_a_status_is_put_back_as_it_was_read(client: MakeClient) -> None:
    """Where a status leads to an inactive one already, that may stay; anew it can't be chosen."""
    admin = await client("admin")
    await act(admin, await make(admin), "transition", status="triaged")
    assert (await admin.delete(f"{API}/statuses/triaged")).status_code == 204
    waiting = (await admin.get(f"{API}/statuses/waiting")).json()
    assert "triaged" in waiting["transitions"]
    again = await admin.put(f"{API}/statuses/waiting", json={"transitions": waiting["transitions"]})
    assert again.json() == waiting
    without = [slug for slug in waiting["transitions"] if slug != "triaged"]
    assert (await admin.put(f"{API}/statuses/waiting", json={"transitions": without})).status_code == 200
    anew = await admin.put(f"{API}/statuses/waiting", json={"transitions": waiting["transitions"]})
    assert (anew.status_code, fields(anew.json())) == (422, ["transitions"])


async def test_the_default_moves_and_is_never_lost(client: MakeClient) -> None:
    admin = await client("admin")
    assert (await admin.put(f"{API}/priorities/medium", json={"is_active": False})).status_code == 409
    assert (await admin.delete(f"{API}/statuses/open")).status_code == 409
    assert (await admin.put(f"{API}/priorities/high", json={"is_default": True})).json()["is_default"]
    assert not (await admin.get(f"{API}/priorities/medium")).json()["is_default"]
    assert (await make(admin))["priority"]["slug"] == "high"
    for slug in ("resolved", "closed"):
        assert (await admin.delete(f"{API}/statuses/{slug}")).status_code == 409


async def test_a_change_shows_at_once_in_what_follows(client: MakeClient) -> None:
    admin = await client("admin")
    await admin.put(f"{API}/priorities/critical", json={"resolution_time_minutes": 30})
    incident = await make(admin, priority="critical")
    assert incident["sla"]["resolution_target_minutes"] == 30


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("priorities", {"name": "X", "level": 0}, "level"),
        ("priorities", {"name": "X", "level": 1, "response_time_minutes": -5}, "response_time_minutes"),
        ("priorities", {"name": "X", "level": 1, "resolution_time_minutes": 10**9}, "resolution_time_minutes"),
        ("priorities", {"name": "X"}, "level"),
        ("categories", {"name": "X" * 201}, "name"),
        ("categories", {"name": "X", "slug": "Not a slug"}, "slug"),
        ("statuses", {"name": "X", "is_terminal": True, "pauses_sla": True}, "pauses_sla"),
        ("statuses", {"name": "X", "is_terminal": True, "is_resolved": True}, "is_resolved"),
        ("statuses", {"name": "X", "transitions": ["nowhere"]}, "transitions"),
        ("statuses", {"name": "X", "sort_order": 2**40}, "sort_order"),
    ],
)
async def test_bad_entries_name_their_field(client: MakeClient, path: str, body: dict[str, Any], field: str) -> None:
    answer = await (await client("admin")).post(f"{API}/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert fields(answer.json()) == [field]


async def test_another_tenant_keeps_its_own(client: MakeClient, other_tenant: Any) -> None:
    admin, stranger = await client("admin"), await client("admin", of=other_tenant)
    entry = (await admin.post(f"{API}/categories", json={"name": "Vehicles"})).json()
    assert (await stranger.get(f"{API}/categories/{entry['id']}")).status_code == 404
    assert (await stranger.put(f"{API}/categories/vehicles", json={"name": "Mine"})).status_code == 404
    assert (await stranger.post(f"{API}/categories", json={"name": "Vehicles"})).status_code == 201
