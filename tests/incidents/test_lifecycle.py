"""The life of an incident through HTTP: create, read, change, resolve, close, reopen, delete, restore."""

from __future__ import annotations

from typing import Any

import pytest

from tests.incidents.steps import API, MakeClient, act, events, fields, make, refused


async def test_create_answers_the_whole_shape(client: MakeClient) -> None:
    admin = await client("admin")
    answer = await admin.post(API, json={"title": "  Printer on fire ", "priority": "high", "category": "hardware"})
    assert answer.status_code == 201
    incident = answer.json()
    assert answer.headers["location"] == f"{API}/{incident['id']}"
    assert incident["title"] == "Printer on fire"
    assert incident["reference_code"] == "INC-000001"
    assert incident["status"]["slug"] == "open"
    assert (incident["priority"]["slug"], incident["priority"]["level"]) == ("high", 2)
    assert incident["category"]["slug"] == "hardware"
    assert incident["reporter"]["type"] == "user"
    assert incident["assigned_to"] is None
    assert incident["assignees"] == []
    assert incident["due_at"] == incident["sla"]["resolution_due_at"]
    assert incident["version"] == 1
    again = await admin.get(f"{API}/{incident['reference_code']}")
    assert again.json() == incident
    assert again.headers["etag"].startswith('"1.')


async def test_put_changes_only_what_is_given_and_null_clears(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(
        admin, description="Smoke", impact="Floor 3", metadata={"site": "berlin"}, category="hardware"
    )
    answer = await admin.put(
        f"{API}/{incident['id']}", json={"impact": None, "title": "Printer burnt", "category": None}
    )
    assert answer.status_code == 200
    changed = answer.json()
    assert (changed["title"], changed["impact"], changed["category"]) == ("Printer burnt", None, None)
    assert (changed["description"], changed["metadata"]) == ("Smoke", {"site": "berlin"})
    assert changed["version"] > incident["version"]
    assert changed["updated_at"] > incident["updated_at"]
    updates = [event for event in await events(admin, incident) if event["type"] == "IncidentUpdated"]
    assert updates[0]["data"]["before"] == {"title": "Printer on fire", "impact": "Floor 3"}
    assert updates[0]["data"]["after"] == {"title": "Printer burnt", "impact": None}


async def test_put_runs_the_verbs_of_status_owner_and_priority(client: MakeClient, member: Any) -> None:
    admin, colleague = await client("admin"), await member("agent")
    incident = await make(admin)
    body = {"status": "in-progress", "priority": "critical", "assigned_to": str(colleague.id)}
    changed = (await admin.put(f"{API}/{incident['id']}", json=body)).json()
    assert changed["status"]["slug"] == "in-progress"
    assert changed["priority"]["slug"] == "critical"
    assert changed["assigned_to"] == {"id": str(colleague.id), "name": colleague.name}
    names = {event["type"] for event in await events(admin, incident)}
    assert {"IncidentTransitioned", "IncidentPriorityChanged", "IncidentAssigned"} <= names
    resolved = (await admin.put(f"{API}/{incident['id']}", json={"status": "resolved"})).json()
    assert resolved["resolved_at"] is not None
    agent = await client("agent")
    forbidden = await agent.put(f"{API}/{incident['id']}", json={"assigned_to": None})
    assert forbidden.status_code == 403


async def test_put_leaves_alone_what_stands_already_though_it_is_inactive_by_now(
    client: MakeClient, member: Any
) -> None:
    admin, manager, owner = await client("admin"), await client("manager"), await member()
    catalogue = "/api/incidents/v1"
    for kind, more in (("categories", {}), ("priorities", {"level": 9}), ("statuses", {})):
        assert (await admin.post(f"{catalogue}/{kind}", json={"name": "Old", "slug": "old", **more})).status_code == 201
    team = (await admin.post("/api/access/v1/teams", json={"name": "Old", "slug": "old"})).json()
    stands = {"category": "old", "priority": "old", "status": "old", "team": "old", "assigned_to": str(owner.id)}
    incident = await make(manager, **stands)
    for kind in ("categories", "priorities", "statuses"):
        assert (await admin.put(f"{catalogue}/{kind}/old", json={"is_active": False})).status_code == 200
    assert (await admin.put(f"/api/access/v1/teams/{team['id']}", json={"is_active": False})).status_code == 200
    assert (await admin.put(f"/api/access/v1/users/{owner.id}", json={"is_active": False})).status_code == 200
    answer = await manager.put(f"{API}/{incident['id']}", json={"title": "Still burning", **stands})
    assert answer.status_code == 200, answer.text
    assert answer.json()["title"] == "Still burning"
    other = await make(manager)
    for field, value in stands.items():
        refusal = await manager.put(f"{API}/{other['id']}", json={field: value})
        assert refusal.status_code == 422
        assert fields(refusal.json()) == [field]


async def test_stale_if_match_is_412_and_changes_nothing(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    first = await admin.put(f"{API}/{incident['id']}", json={"title": "One"}, headers={"If-Match": '"1"'})
    assert first.status_code == 200
    assert first.headers["etag"].startswith('"2.')
    stale = await admin.put(f"{API}/{incident['id']}", json={"title": "Two"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert stale.json()["type"] == "urn:tocsin:problem:stale"
    junk = await admin.put(f"{API}/{incident['id']}", json={"title": "Two"}, headers={"If-Match": "junk"})
    assert junk.status_code == 412
    assert (await admin.get(f"{API}/{incident['id']}")).json()["title"] == "One"
    kept = await admin.delete(f"{API}/{incident['id']}", headers={"If-Match": '"1"'})
    assert kept.status_code == 412
    gone = await admin.delete(f"{API}/{incident['id']}", headers={"If-Match": '"2"'})
    assert gone.status_code == 204


async def test_every_verb_honours_if_match(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    url = f"{API}/{incident['id']}"
    for verb, body in (("resolve", {}), ("acknowledge", {}), ("assign", {"user": "me"}), ("comments", {"body": "Hi"})):
        stale = await admin.post(f"{url}/{verb}", json=body, headers={"If-Match": '"99"'})
        assert stale.status_code == 412, verb
    assert (await admin.post(f"{url}/resolve", json={}, headers={"If-Match": '"99", "1"'})).status_code == 200


async def test_resolve_close_reopen(client: MakeClient, member: Any) -> None:
    admin, colleague = await client("admin"), await member()
    incident = await make(admin)
    resolved = await act(admin, incident, "resolve", note="Fire is out")
    assert resolved["status"]["slug"] == "resolved"
    assert resolved["sla"]["resolution_at"] == resolved["resolved_at"]
    await refused(admin, incident, "resolve", 409)
    await refused(admin, incident, "acknowledge", 409)
    reopened = await act(admin, incident, "reopen")
    assert (reopened["status"]["slug"], reopened["resolved_at"]) == ("open", None)
    await refused(admin, incident, "reopen", 409)
    await act(admin, incident, "assign", user=str(colleague.id))
    closed = await act(admin, incident, "close")
    assert closed["status"]["is_terminal"]
    assert closed["closed_at"] == closed["resolved_at"]
    for verb in ("close", "resolve", "acknowledge"):
        await refused(admin, incident, verb, 409)
    await refused(admin, incident, "transition", 409, status="open")
    await refused(admin, incident, "assign", 409, user=str(colleague.id))
    again = await act(admin, incident, "reopen", note="Smoke again")
    assert again["status"]["slug"] == "in-progress"
    assert (again["closed_at"], again["resolved_at"]) == (None, None)


async def test_transitions_follow_the_tenants_table(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    assert (await act(admin, incident, "transition", status="triaged"))["status"]["slug"] == "triaged"
    await refused(admin, incident, "transition", 409, status="triaged")
    assert fields(await refused(admin, incident, "transition", 422, status="nowhere")) == ["status"]
    only = await admin.put("/api/incidents/v1/statuses/triaged", json={"transitions": ["in-progress"]})
    assert only.json()["transitions"] == ["in-progress"]
    assert fields(await refused(admin, incident, "transition", 409, status="waiting")) == ["status"]
    assert (await act(admin, incident, "transition", status="in-progress"))["status"]["slug"] == "in-progress"
    assert (await act(admin, incident, "transition", status="closed"))["closed_at"] is not None


async def test_pausing_status_stops_the_resolution_clock_only(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    waiting = await act(admin, incident, "transition", status="waiting")
    assert waiting["sla"]["paused_at"] is not None
    assert waiting["due_at"] == incident["due_at"]
    back = await act(admin, incident, "transition", status="in-progress")
    assert back["sla"]["paused_at"] is None
    assert back["due_at"] > incident["due_at"]
    assert back["sla"]["response_due_at"] == incident["sla"]["response_due_at"]


async def test_acknowledge_twice_is_unchanged_and_the_reporter_does_not_stop_the_clock(client: MakeClient) -> None:
    reporter, other = await client("agent"), await client("agent")
    incident = await make(reporter)
    own = await act(reporter, incident, "acknowledge")
    assert own["acknowledged_at"] is not None
    assert own["sla"]["first_response_at"] is None
    second = await make(reporter)
    seen = await act(other, second, "acknowledge")
    assert seen["sla"]["first_response_at"] is not None
    assert await act(other, second, "acknowledge") == seen


async def test_who_acknowledges_after_the_reporter_is_the_first_response(client: MakeClient) -> None:
    reporter, other, third = await client("agent"), await client("agent"), await client("agent")
    incident = await make(reporter)
    own = await act(reporter, incident, "acknowledge")
    assert await act(reporter, incident, "acknowledge") == own
    seen = await act(other, incident, "acknowledge")
    assert seen["sla"]["first_response_at"] is not None
    assert seen["acknowledged_at"] == own["acknowledged_at"]
    assert await act(third, incident, "acknowledge") == seen
    assert await act(reporter, incident, "acknowledge") == seen


async def test_delete_hides_and_restore_brings_back(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    assert (await admin.delete(f"{API}/{incident['id']}")).status_code == 204
    assert (await admin.get(f"{API}/{incident['id']}")).status_code == 404
    assert (await admin.delete(f"{API}/{incident['id']}")).status_code == 404
    assert (await admin.get(API)).json()["items"] == []
    restored = await act(admin, incident, "restore")
    assert restored["due_at"] == incident["due_at"]
    await refused(admin, incident, "restore", 409)


async def test_a_due_time_by_hand_survives_a_change_of_priority(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin, due_at="2099-01-01T09:00:00Z")
    assert (incident["due_at"], incident["due_source"]) == ("2099-01-01T09:00:00Z", "manual")
    raised = (await admin.put(f"{API}/{incident['id']}", json={"priority": "critical"})).json()
    assert raised["due_at"] == "2099-01-01T09:00:00Z"
    back = (await admin.put(f"{API}/{incident['id']}", json={"due_at": None})).json()
    assert back["due_source"] == "sla"
    assert back["due_at"] == back["sla"]["resolution_due_at"] < "2099"
    early = await admin.put(f"{API}/{incident['id']}", json={"due_at": "2001-01-01T00:00:00Z"})
    assert (early.status_code, fields(early.json())) == (422, ["due_at"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": ""}, "title"),
        ({"title": "   "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": 7}, "title"),
        ({"title": "NUL \x00"}, "title"),
        ({"title": "ok", "status": "closed"}, "status"),
        ({"title": "ok", "priority": "urgent-ish"}, "priority"),
        ({"title": "ok", "category": "00000000-0000-7000-8000-000000000000"}, "category"),
        ({"title": "ok", "assigned_to": "00000000-0000-7000-8000-000000000000"}, "assigned_to"),
        ({"title": "ok", "assigned_to": "nobody@example.com"}, "assigned_to"),
        ({"title": "ok", "team": "nowhere"}, "team"),
        ({"title": "ok", "source": "alert"}, "source"),
        ({"title": "ok", "due_at": "yesterday"}, "due_at"),
        ({"title": "ok", "due_at": "2024-02-30T10:00:00Z"}, "due_at"),
        ({"title": "ok", "due_at": "2099-01-01T10:00:00"}, "due_at"),
        ({"title": "ok", "due_at": "2001-01-01T10:00:00Z"}, "due_at"),
        ({"title": "ok", "metadata": []}, "metadata"),
        ({"title": "ok", "metadata": {"a": 2**63}}, "metadata.a"),
        ({"title": "ok", "reference_code": "INC-1"}, "reference_code"),
        ({"title": "ok", "tenant_id": "00000000-0000-7000-8000-000000000000"}, "tenant_id"),
        ({"title": "ok", "description": "x" * 100_001}, "description"),
    ],
)
async def test_bad_bodies_name_their_field_and_leave_nothing(client: MakeClient, body: Any, field: str) -> None:
    admin = await client("admin")
    answer = await admin.post(API, json=body)
    assert answer.status_code == 422, answer.text
    assert fields(answer.json()) == [field]
    assert (await admin.get(API)).json() == {"items": [], "next_cursor": None}
