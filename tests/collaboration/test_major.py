"""Major incidents: declared and stood down, roles, what is said inside and outside, the review and its tasks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, act, events, fields, make
from tests.incidents.test_merge import link
from tests.incidents.test_tell import run_handlers
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant


async def ask(client: httpx.AsyncClient, method: str, incident: Any, path: str, status: int, body: Any = None) -> Any:
    """Call a route of a major incident."""
    options = {"json": body} if body is not None else {}
    answer = await client.request(method, f"{API}/{incident['id']}/major{path}", **options)
    assert answer.status_code == status, answer.text
    return answer.json()


async def declared(client: httpx.AsyncClient, **body: Any) -> Any:
    incident = await make(client, "All plants offline")
    await ask(client, "POST", incident, "", 201, {"reason": "Every line stands", **body})
    return incident


async def test_one_is_declared_led_and_stood_down(client: MakeClient, member: Any) -> None:
    manager, scribe, speaker = await client("manager"), await member(), await member()
    incident = await declared(manager, scribe=str(scribe.id))
    found = await ask(manager, "GET", incident, "", 200)
    assert (found["state"], found["stage"], found["reason"]) == ("active", "investigating", "Every line stands")
    assert found["roles"]["commander"]["id"] == found["declared_by"]["id"]
    assert (found["roles"]["scribe"]["id"], found["roles"]["communications"]) == (str(scribe.id), None)
    await ask(manager, "POST", incident, "", 409, {"reason": "Again"})
    changed = await ask(manager, "PUT", incident, "/roles", 200, {"communications": str(speaker.id), "scribe": None})
    assert changed["roles"]["communications"]["id"] == str(speaker.id)
    assert changed["roles"]["scribe"] is None
    watching = {one["user"]["id"] for one in (await manager.get(f"{API}/{incident['id']}/watchers")).json()["items"]}
    assert {str(scribe.id), str(speaker.id)} <= watching
    ended = await ask(manager, "POST", incident, "/stand-down", 200, {"note": "All back"})
    assert (ended["state"], ended["ended_by"]["id"]) == ("ended", found["declared_by"]["id"])
    await ask(manager, "POST", incident, "/stand-down", 409, {})
    await ask(manager, "PUT", incident, "/roles", 409, {"scribe": None})
    await ask(manager, "POST", incident, "", 201, {"reason": "Once more"})
    assert (await ask(manager, "GET", incident, "", 200))["state"] == "active"
    told = [event["type"] for event in await events(manager, incident)]
    assert [one for one in told if one.startswith("Major")] == [
        *("MajorDeclared", "MajorRoleChanged", "MajorRoleChanged", "MajorStoodDown", "MajorDeclared")
    ]


async def test_declaring_takes_the_right_to_escalate_and_an_open_incident(
    client: MakeClient, other_tenant: Tenant
) -> None:
    agent, manager = await client("agent"), await client("manager")
    incident = await make(agent)
    await ask(agent, "POST", incident, "", 403, {"reason": "Help"})
    await ask(manager, "GET", incident, "", 404)
    assert fields(await ask(manager, "POST", incident, "", 422, {"reason": "  "})) == ["reason"]
    stranger = (await make(await client("manager", of=other_tenant)))["reporter"]["id"]
    problem = await ask(manager, "POST", incident, "", 422, {"reason": "Help", "commander": stranger})
    assert fields(problem) == ["commander"]
    await act(agent, incident, "resolve")
    await ask(manager, "POST", incident, "", 409, {"reason": "Help"})


async def test_updates_move_the_stage_and_internal_ones_stay_inside(
    client: MakeClient, connect: Any, tenant: Tenant, database: Database, member: Any
) -> None:
    manager, agent = await client("manager"), await client("agent")
    reporter = await member("reporter")
    as_reporter = connect(reporter.token)
    incident = await make(as_reporter, "All plants offline")
    await ask(manager, "POST", incident, "", 201, {"reason": "Every line stands"})
    inside = {"body": "It is the **core switch**", "is_internal": True, "stage": "identified"}
    made = await ask(agent, "POST", incident, "/updates", 201, inside)
    assert "<strong>" in made["body_html"]
    await ask(agent, "POST", incident, "/updates", 201, {"body": "We know the cause"})
    assert (await ask(manager, "GET", incident, "", 200))["stage"] == "identified"
    seen = await ask(manager, "GET", incident, "/updates", 200)
    assert [(one["stage"], one["is_internal"]) for one in seen["items"]] == [
        ("identified", True),
        ("identified", False),
    ]
    public = await ask(as_reporter, "GET", incident, "/updates", 200)
    assert [one["body"] for one in public["items"]] == ["We know the cause"]
    await ask(as_reporter, "GET", incident, f"/updates/{made['id']}", 404)
    assert fields(await ask(agent, "POST", incident, "/updates", 422, {"body": " "})) == ["body"]
    await ask(agent, "POST", incident, "/updates", 422, {"body": "x", "stage": "panic"})
    await ask(manager, "POST", incident, "/stand-down", 200, {})
    await ask(agent, "POST", incident, "/updates", 409, {"body": "Late"})


async def test_the_review_and_its_tasks(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await declared(manager)
    await ask(manager, "PUT", incident, "/review", 409, {"summary": "Too early"})
    await ask(manager, "POST", incident, "/stand-down", 200, {})
    await act(manager, incident, "close")
    first = await ask(manager, "PUT", incident, "/review", 200, {"summary": "A switch failed", "root_cause": "Age"})
    assert (first["summary"], first["root_cause"], first["went_well"]) == ("A switch failed", "Age", None)
    again = await ask(manager, "PUT", incident, "/review", 200, {"root_cause": None, "went_well": "The radio"})
    assert (again["summary"], again["root_cause"], again["went_well"]) == ("A switch failed", None, "The radio")
    assert again["reviewed_by"] is not None
    task = await ask(manager, "POST", incident, "/review/actions", 201, {"title": "Replace the switch"})
    assert [one["id"] for one in (await ask(manager, "GET", incident, "/review/actions", 200))["items"]] == [task["id"]]
    tasks = (await manager.get(f"{API}/{incident['id']}/tasks")).json()["items"]
    assert [one["title"] for one in tasks] == ["Replace the switch"]
    await ask(manager, "POST", incident, "/review/actions", 422, {"title": " "})


async def test_its_parts_are_shown_with_their_states(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await declared(manager)
    part = await make(manager, "Line 3 stands")
    await link(manager, part, "child_of", incident)
    await act(manager, part, "resolve")
    found = await ask(manager, "GET", incident, "", 200)
    assert [(one["incident"]["title"], one["incident"]["status"]["slug"]) for one in found["children"]] == [
        ("Line 3 stands", "resolved")
    ]


@pytest.mark.parametrize("path, body", [("", {"reason": "x"}), ("/updates", {"body": "x"}), ("/stand-down", {})])
async def test_another_tenants_incident_is_not_there(
    client: MakeClient, other_tenant: Tenant, path: str, body: Any
) -> None:
    foreign = await make(await client("manager", of=other_tenant))
    await ask(await client("admin"), "POST", foreign, path, 404, body)


async def test_one_that_lasts_is_not_merged_away_but_others_into_it(client: MakeClient) -> None:
    manager = await client("manager")
    incident, other = await declared(manager), await make(manager)
    answer = await manager.post(f"{API}/{incident['id']}/merge", json={"into": other["id"]})
    assert (answer.status_code, "stand down" in answer.json()["detail"]) == (409, True)
    assert (await manager.post(f"{API}/{other['id']}/merge", json={"into": incident["id"]})).status_code == 200


async def test_public_updates_are_read_behind_the_tracking_link(
    client: MakeClient, connect: Any, tenant: Tenant
) -> None:
    stranger, manager = connect(None, **{"X-Tenant": tenant.slug}), await client("manager")
    body = {"title": "All plants offline", "name": "Ada", "email": "ada@example.com"}
    receipt = (await stranger.post("/api/incidents/v1/public/submit", json=body)).json()
    incident = (await manager.get(f"{API}/{receipt['reference_code']}")).json()
    await ask(manager, "POST", incident, "", 201, {"reason": "Every line stands"})
    await ask(manager, "POST", incident, "/updates", 201, {"body": "It is the core switch", "is_internal": True})
    path = httpx.URL(receipt["tracking_url"]).path
    before = (await stranger.get(path)).text
    await ask(manager, "POST", incident, "/updates", 201, {"body": "We know the **cause**"})
    after = (await stranger.get(path)).text
    assert "We know the <strong>cause</strong>" in after
    assert "core switch" not in before + after
    assert ("Nobody has looked" in before, "Nobody has looked" in after) == (True, False)


async def test_who_is_given_a_role_is_told(client: MakeClient, member: Any, database: Database, tenant: Tenant) -> None:
    manager, scribe, speaker = await client("manager"), await member(name="Sue Scribe"), await member(name="Sam Speaks")
    incident = await declared(manager, scribe=str(scribe.id))
    await ask(manager, "PUT", incident, "/roles", 200, {"communications": str(speaker.id), "commander": None})
    await run_handlers(database, tenant)
    async with database.tenant(tenant.id) as tx:
        rows = await tx.rows(
            "select d.user_id, d.subject, d.body from notification_deliveries d where d.tenant_id = $1 and d.incident_id = $2",
            *(tenant.id, UUID(incident["id"])),
        )
    told = {(row["user_id"], row["subject"].split("] ")[1].split(":")[0]): row["body"] for row in rows}
    assert "Scribe: Sue Scribe" in told[scribe.id, "Major incident"], told
    assert (speaker.id, "You speak for the major incident") in told
