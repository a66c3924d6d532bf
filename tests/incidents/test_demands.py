"""What a transition demands, what is required to resolve, and open tasks that hold an incident back."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.incidents.steps import API as INCIDENTS, MakeClient, act, events, fields, make, refused
from tests.incidents.test_custom import define
from tocsin.classification.model import DEMANDABLE
from tocsin.incidents.service import EVERYWHERE

API = "/api/incidents/v1"


async def demand(admin: httpx.AsyncClient, origin: str, target: str, **demands: Any) -> dict[str, Any]:
    answer = await admin.put(f"{API}/transitions/{origin}/{target}", json=demands)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def settings(admin: httpx.AsyncClient, **wanted: Any) -> None:
    answer = await admin.put("/api/tenancy/v1/tenant", json={"settings": wanted})
    assert answer.status_code == 200, answer.text


def test_every_field_that_can_be_demanded_can_be_looked_up() -> None:
    assert set(EVERYWHERE) == set(DEMANDABLE)


async def test_the_table_is_edited_move_by_move(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "cause")
    every = (await admin.get(f"{API}/transitions", params={"limit": 200})).json()["items"]
    assert every[0] == {
        "from": "open",
        "to": "triaged",
        "fields": [],
        "comment": False,
        "permission": None,
        "no_open_tasks": False,
    }
    made = await demand(admin, "closed", "open", comment=True, fields=["cause", "custom.cause", "team"])
    assert (made["from"], made["to"], made["fields"], made["comment"]) == (
        "closed",
        "open",
        ["custom.cause", "team"],
        True,
    )
    assert (await admin.get(f"{API}/transitions/closed/open")).json() == made
    assert (await admin.get(f"{API}/statuses/closed")).json()["transitions"] == ["open"]
    kept = await admin.put(f"{API}/statuses/closed", json={"transitions": ["open", "waiting"]})
    assert kept.status_code == 200
    assert (await admin.get(f"{API}/transitions/closed/open")).json() == made
    assert (await admin.delete(f"{API}/transitions/closed/open")).status_code == 204
    assert (await admin.delete(f"{API}/transitions/closed/open")).status_code == 404
    assert (await admin.put(f"{API}/transitions/open/open", json={})).status_code == 409
    for body, name in (({"fields": ["nothing"]}, "fields"), ({"permission": "fly"}, "permission")):
        answer = await admin.put(f"{API}/transitions/open/waiting", json=body)
        assert (answer.status_code, fields(answer.json())) == (422, [name])


async def test_what_a_move_demands_follows_a_field_to_its_new_slug_and_forgets_one_that_is_deleted(
    client: MakeClient,
) -> None:
    admin, agent = await client("admin"), await client("agent")
    await define(admin, "cause")
    await demand(admin, "open", "waiting", fields=["impact", "cause"], comment=True)
    assert (await admin.put(f"{API}/custom-fields/cause", json={"slug": "reason"})).status_code == 200
    assert (await admin.get(f"{API}/transitions/open/waiting")).json()["fields"] == ["impact", "custom.reason"]
    problem = await refused(agent, await make(agent), "transition", 422, status="waiting")
    assert fields(problem) == ["impact", "custom.reason", "note"]
    assert (await admin.delete(f"{API}/custom-fields/reason")).status_code == 204
    left = (await admin.get(f"{API}/transitions/open/waiting")).json()
    assert (left["fields"], left["comment"]) == (["impact"], True)


async def test_a_move_asks_for_what_it_demands_and_takes_it_along(client: MakeClient) -> None:
    admin, agent = await client("admin"), await client("agent")
    await define(admin, "vendor", "choice", choices=["Acme", "Globex"])
    await demand(admin, "open", "waiting", fields=["vendor", "impact"], comment=True)
    incident = await make(agent)
    problem = await refused(agent, incident, "transition", 422, status="waiting")
    assert fields(problem) == ["impact", "custom.vendor", "note"]
    wrong = await refused(agent, incident, "transition", 422, status="waiting", note="x", fields={"vendor": "Initech"})
    assert fields(wrong) == ["custom.vendor"]
    for bad in ({"nothing": 1}, {"impact": 5}):
        await refused(agent, incident, "transition", 422, status="waiting", note="x", fields=bad)
    assert (await agent.get(f"{INCIDENTS}/{incident['id']}")).json()["version"] == incident["version"]
    given = {"impact": "All of Berlin", "custom.vendor": "Acme"}
    moved = await act(agent, incident, "transition", status="waiting", note="They look into it", fields=given)
    assert (moved["status"]["slug"], moved["impact"], moved["custom"]) == (
        "waiting",
        "All of Berlin",
        {"vendor": "Acme"},
    )
    last = (await events(agent, incident))[-1]
    assert (last["type"], last["data"]["note"]) == ("IncidentTransitioned", "They look into it")
    put = await make(agent)
    answer = await agent.put(
        f"{INCIDENTS}/{put['id']}", json={"status": "waiting", "impact": "x", "custom": {"vendor": "Acme"}}
    )
    assert fields(answer.json()) == ["note"]


async def test_a_move_may_take_a_permission_of_its_own(client: MakeClient) -> None:
    admin, agent, manager = await client("admin"), await client("agent"), await client("manager")
    await demand(admin, "open", "closed", permission="incidents.delete")
    incident = await make(agent)
    await refused(agent, incident, "close", 403)
    await refused(agent, incident, "transition", 403, status="closed")
    assert (await act(manager, incident, "close"))["status"]["slug"] == "closed"


async def test_what_resolving_requires_is_named_and_given(client: MakeClient) -> None:
    admin, agent = await client("admin"), await client("agent")
    await define(admin, "root_cause", required_at="resolve")
    await define(admin, "plate", required_at="resolve", categories=["facilities"])
    first, second = await make(agent), await make(agent, category="facilities")
    for verb, body in (("resolve", {}), ("close", {}), ("transition", {"status": "resolved"})):
        assert fields(await refused(agent, first, verb, 422, **body)) == ["custom.root_cause"]
    assert fields(await refused(agent, second, "resolve", 422)) == ["custom.root_cause", "custom.plate"]
    solved = await act(agent, first, "resolve", note="Done", fields={"root_cause": "A loose cable"})
    assert (solved["status"]["slug"], solved["custom"]) == ("resolved", {"root_cause": "A loose cable"})
    assert (await act(agent, first, "close"))["status"]["slug"] == "closed"


@pytest.mark.parametrize("verb", ["resolve", "close"])
async def test_open_tasks_hold_an_incident_back_where_the_tenant_says_so(client: MakeClient, verb: str) -> None:
    admin, agent = await client("admin"), await client("agent")
    incident = await make(agent)
    tasks = f"{INCIDENTS}/{incident['id']}/tasks"
    made = [(await agent.post(tasks, json={"title": f"Step {n}"})).json() for n in range(7)]
    await settings(admin, resolve_with_open_tasks=False)
    problem = await refused(agent, incident, verb, 409)
    assert "Step 0, Step 1, Step 2, Step 3, Step 4, and 2 more" in problem["detail"]
    for task in made[1:]:
        await agent.put(f"{tasks}/{task['id']}", json={"status": "done"})
    assert "has open tasks: Step 0." in (await refused(agent, incident, verb, 409))["detail"]
    await agent.put(f"{tasks}/{made[0]['id']}", json={"status": "cancelled"})
    await act(agent, incident, verb)


async def test_a_single_move_may_demand_that_no_task_is_open(client: MakeClient) -> None:
    admin = await client("admin")
    await demand(admin, "open", "waiting", no_open_tasks=True)
    incident = await make(admin)
    await admin.post(f"{INCIDENTS}/{incident['id']}/tasks", json={"title": "Call them"})
    assert "Call them" in (await refused(admin, incident, "transition", 409, status="waiting"))["detail"]
    assert (await act(admin, incident, "resolve"))["status"]["slug"] == "resolved"
