"""Checklists, replies kept ready and macros through HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.collaboration.steps import task, under
from tests.incidents.steps import act, events, fields, make
from tocsin.base.ids import new_id

ROOT = "/api/incidents/v1"


async def add(client, what, **body):
    answer = await client.post(f"{ROOT}/{what}", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{ROOT}/{what}/{answer.json()['id']}"
    return answer.json()


async def titles(client, incident):
    return [one["title"] for one in (await client.get(under(incident, "tasks"))).json()["items"]]


# ----------------------------------------------------------------------------------------------------------- checklists

ITEMS = [
    {"title": "Look", "due_after": "PT2H"},
    {"title": "Repair", "description": "With the vendor", "depends_on": [0]},
    {"title": "Tell", "depends_on": [0, 1]},
]


async def test_triage_brings_the_checklists_that_fit(client):
    admin, agent = await client("admin"), await client("agent")
    await add(admin, "checklists", name="Network", category="network", items=ITEMS)
    await add(admin, "checklists", name="Urgent", priority="critical", items=[{"title": "Call the lead"}])
    await add(admin, "checklists", name="Both", category="network", priority="low", items=[{"title": "Never"}])
    await add(admin, "checklists", name="By hand", items=[{"title": "By hand"}])
    incident = await make(agent, category="network")
    assert await titles(agent, incident) == []
    answer = await act(agent, incident, "transition", status="triaged")
    assert await titles(agent, incident) == ["Look", "Repair", "Tell"]
    first, second, third = (await agent.get(under(incident, "tasks"))).json()["items"]
    created, due = (datetime.fromisoformat(first[name]) for name in ("created_at", "due_at"))
    assert due - created == timedelta(hours=2)
    assert (second["description"], second["depends_on"]) == ("With the vendor", [first["id"]])
    assert [one["title"] for one in third["blocked_by"]] == ["Look", "Repair"]
    assert (await agent.get(under(incident))).json()["version"] == answer["version"]
    await agent.put(under(incident), json={"priority": "critical"})
    assert await titles(agent, incident) == ["Look", "Repair", "Tell", "Call the lead"]
    await act(agent, incident, "transition", status="open")
    await act(agent, incident, "transition", status="triaged")
    assert len(await titles(agent, incident)) == 4
    applied = (await agent.get(under(incident, "checklists"))).json()["items"]
    assert [(one["checklist"]["name"], one["applied_by"]) for one in applied] == [("Network", None), ("Urgent", None)]
    told = [event for event in await events(agent, incident) if event["type"] == "ChecklistApplied"]
    assert [(event["data"]["name"], event["data"]["because"]) for event in told] == [
        ("Network", "triage"),
        ("Urgent", "triage"),
    ]


async def test_an_incident_that_starts_triaged_has_its_checklist_at_once(client):
    admin = await client("admin")
    await add(admin, "checklists", name="Urgent", priority="high", items=[{"title": "Call"}])
    assert await titles(admin, await make(admin, priority="high", status="triaged")) == ["Call"]
    assert await titles(admin, await make(admin, priority="high")) == []


async def test_a_checklist_is_applied_by_hand_once(client):
    admin, agent, viewer = await client("admin"), await client("agent"), await client("viewer")
    made = await add(admin, "checklists", name="By hand", items=ITEMS)
    incident = await make(agent)
    await task(agent, incident, "Mine")
    path = under(incident, "checklists")
    answer = await agent.post(path, json={"checklist": "by-hand"})
    assert answer.status_code == 200
    assert [one["title"] for one in answer.json()["items"]] == ["Look", "Repair", "Tell"]
    assert await titles(agent, incident) == ["Mine", "Look", "Repair", "Tell"]
    assert (await agent.post(path, json={"checklist": made["id"]})).status_code == 409
    assert (await viewer.post(path, json={"checklist": made["id"]})).status_code == 403
    for nothing in (str(new_id()), "nothing"):
        refused = await agent.post(path, json={"checklist": nothing})
        assert (refused.status_code, fields(refused.json())) == (422, ["checklist"])
    assert (await admin.delete(f"{ROOT}/checklists/by-hand")).status_code == 204
    assert (await admin.get(f"{ROOT}/checklists/by-hand")).json()["is_active"] is False
    other = await make(agent)
    assert fields((await agent.post(under(other, "checklists"), json={"checklist": "by-hand"})).json()) == ["checklist"]


@pytest.mark.parametrize(
    "body, field",
    [
        ({"items": ITEMS}, "name"),
        ({"name": "x"}, "items"),
        ({"name": "x", "items": []}, "items"),
        ({"name": " ", "items": ITEMS}, "name"),
        ({"name": "x", "slug": "A b", "items": ITEMS}, "slug"),
        ({"name": "x", "items": [{"title": ""}]}, "items[0].title"),
        ({"name": "x", "items": [{"title": "x", "due_after": "2h"}]}, "items[0].due_after"),
        ({"name": "x", "items": [{"title": "x", "depends_on": [0]}]}, "items[0].depends_on"),
        ({"name": "x", "items": [{"title": "x"}, {"title": "y", "depends_on": [2]}]}, "items[1].depends_on"),
        ({"name": "x", "items": [{"title": "x"}, {"title": "y", "depends_on": [-1]}]}, "items[1].depends_on"),
        ({"name": "x", "items": ITEMS, "category": "nothing"}, "category"),
        ({"name": "x", "items": ITEMS, "priority": "nothing"}, "priority"),
    ],
)
async def test_bad_checklists(client, body, field):
    admin = await client("admin")
    answer = await admin.post(f"{ROOT}/checklists", json=body)
    assert (answer.status_code, fields(answer.json())) == (422, [field])
    assert (await admin.get(f"{ROOT}/checklists")).json()["items"] == []


@pytest.mark.parametrize(
    "what, body, change",
    [
        ("checklists", {"items": ITEMS}, {"items": [{"title": "Other"}]}),
        ("replies", {"body": "Hello {{ reporter.name }}"}, {"body": "Bye"}),
        ("macros", {"steps": [{"do": "resolve"}]}, {"steps": [{"do": "close", "note": "Done"}]}),
    ],
)
async def test_what_is_kept_is_listed_changed_and_removed(client, other_tenant, what, body, change):
    admin, agent, stranger = await client("admin"), await client("agent"), await client("admin", of=other_tenant)
    path = f"{ROOT}/{what}"
    first = await add(admin, what, name="Bravo", **body)
    await add(admin, what, name="Alpha", slug="a", is_active=False, **body)
    assert (await admin.post(path, json={"name": "bravo", **body})).status_code == 409
    assert (await agent.post(path, json={"name": "x", **body})).status_code == 403
    listed = (await agent.get(path)).json()["items"]
    assert [one["slug"] for one in listed] == ["a", "bravo"]
    assert [one["slug"] for one in (await agent.get(path, params={"active": "true"})).json()["items"]] == ["bravo"]
    page = (await agent.get(path, params={"limit": 1})).json()
    assert (await agent.get(path, params={"limit": 1, "cursor": page["next_cursor"]})).json()["items"] == [listed[1]]
    one = f"{path}/{first['id']}"
    assert (await stranger.get(one)).status_code == 404
    assert (await stranger.put(one, json=change)).status_code == 404
    changed = await admin.put(one, json={**change, "name": "Charlie"})
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["slug"]) == ("Charlie", "bravo")
    assert (await admin.put(one, json={"slug": "a"})).status_code == 409
    assert (await agent.delete(one)).status_code == 403
    assert (await admin.delete(one)).status_code == 204
    assert (await admin.get(one)).status_code == 404


# -------------------------------------------------------------------------------------------------------------- replies


async def test_a_reply_is_filled_for_an_incident_and_stays_text(client, member):
    admin, agent, ada = await client("admin"), await client("agent"), await member("agent", "Ada *Star* Lovelace")
    body = "{{incident.reference}}: {{ incident.title }}, {{incident.owner}}, {{incident.category}}, {{me.name}}"
    await add(admin, "replies", name="State", body=body)
    title = "<script>x</script> @Ada [a](http://b.c) `c` {{me.name}}"
    incident = await make(admin, title=title, assigned_to=str(ada.id))
    path = under(incident, "replies", "state")
    filled = (await agent.get(path)).json()
    assert filled["body"].startswith(f"{incident['reference_code']}: \\<script\\>x")
    assert "&lt;script&gt;x&lt;/script&gt; @Ada [a](http://b.c) `c` {{me.name}}" in filled["body_html"]
    assert "Ada *Star* Lovelace, –, " in filled["body_html"]
    assert "<a " not in filled["body_html"]
    made = await agent.post(under(incident, "comments"), json={"body": filled["body"]})
    assert made.json()["mentions"] == []
    await admin.put(f"{ROOT}/replies/state", json={"is_active": False})
    assert (await agent.get(path)).status_code == 404
    assert (await (await client("viewer")).get(path)).status_code == 403


@pytest.mark.parametrize("body", ["{{incident.secret}}", "{{ }}", "{{incident.__class__}}", " ", "x" * 50_001])
async def test_bad_replies(client, body):
    admin = await client("admin")
    answer = await admin.post(f"{ROOT}/replies", json={"name": "x", "body": body})
    assert (answer.status_code, fields(answer.json())) == (422, ["body"])


# --------------------------------------------------------------------------------------------------------------- macros


async def test_a_macro_runs_its_verbs_in_one_transaction(client, member, connect):
    admin, manager = await client("admin"), await member("manager", "Mara")
    reply = await add(admin, "replies", name="Seen", body="We look into {{incident.reference}}")
    await add(admin, "checklists", name="Hand", items=[{"title": "By list"}])
    steps: list[dict[str, Any]] = [
        {"do": "acknowledge"},
        {"do": "assign", "user": "me", "note": "by {{me.name}}"},
        {"do": "priority", "priority": "high"},
        {"do": "comment", "reply": "seen"},
        {"do": "comment", "body": "Owner: {{incident.owner}}", "is_internal": True},
        {"do": "task", "title": "Call about {{incident.title}}", "user": "me"},
        {"do": "checklist", "checklist": "hand"},
        {"do": "watch", "user": "me"},
        {"do": "transition", "status": "waiting"},
    ]
    made = await add(admin, "macros", name="Take over", description=" Everything ", steps=steps)
    assert made["description"] == "Everything"
    assert made["steps"][3]["reply"] == reply["id"]
    incident = await make(admin, title="Lamp")
    answer = await connect(manager.token).post(under(incident, "macros", "take-over"))
    assert answer.status_code == 200, answer.text
    after = answer.json()
    assert (after["status"]["slug"], after["priority"]["slug"], after["assigned_to"]["name"]) == (
        "waiting",
        "high",
        "Mara",
    )
    comments = (await admin.get(under(incident, "comments"))).json()["items"]
    assert [(one["body"], one["is_internal"]) for one in comments] == [
        (f"We look into {incident['reference_code']}", False),
        ("Owner: Mara", True),
    ]
    assert await titles(admin, incident) == ["Call about Lamp", "By list"]
    told = await events(admin, incident)
    assert told[-1]["type"] == "MacroRun"
    assert told[-1]["data"]["steps"] == [step["do"] for step in steps]
    assert (await connect(manager.token).post(under(incident, "macros", "take-over"))).status_code == 409


async def test_a_macro_that_fails_leaves_nothing(client):
    admin, agent = await client("admin"), await client("agent")
    steps = [{"do": "comment", "body": "Hello"}, {"do": "assign", "user": "me"}]
    await add(admin, "macros", name="Mine", steps=steps)
    incident = await make(admin)
    refused = await agent.post(under(incident, "macros", "mine"))
    assert (refused.status_code, fields(refused.json())) == (403, ["steps[1]"])
    assert (await admin.get(under(incident, "comments"))).json()["items"] == []
    assert (await agent.get(under(incident))).json()["version"] == incident["version"]
    stale = await admin.post(under(incident, "macros", "mine"), headers={"If-Match": '"99"'})
    assert stale.status_code == 412
    assert (await (await client("reporter")).post(under(incident, "macros", "mine"))).status_code == 403


@pytest.mark.parametrize(
    "step, field",
    [
        ({}, "steps[0].do"),
        ({"do": "delete"}, "steps[0].do"),
        ({"do": "comment"}, "steps[0].body"),
        ({"do": "comment", "body": "{{x}}"}, "steps[0].body"),
        ({"do": "comment", "body": "x", "reply": "y"}, "steps[0].reply"),
        ({"do": "comment", "reply": "nothing"}, "steps[0].reply"),
        ({"do": "transition"}, "steps[0].status"),
        ({"do": "transition", "status": "nothing"}, "steps[0].status"),
        ({"do": "transition", "status": "triaged", "title": "x"}, "steps[0].title"),
        ({"do": "assign"}, "steps[0].team"),
        ({"do": "assign", "user": "nobody@example.com"}, "steps[0].user"),
        ({"do": "assign", "team": "nothing"}, "steps[0].team"),
        ({"do": "priority", "priority": "nothing"}, "steps[0].priority"),
        ({"do": "category", "category": "nothing"}, "steps[0].category"),
        ({"do": "checklist", "checklist": "nothing"}, "steps[0].checklist"),
        ({"do": "task", "title": ""}, "steps[0].title"),
        ({"do": "resolve", "note": "x" * 10_001}, "steps[0].note"),
    ],
)
async def test_bad_macros(client, step, field):
    admin = await client("admin")
    answer = await admin.post(f"{ROOT}/macros", json={"name": "x", "steps": [step]})
    assert (answer.status_code, fields(answer.json())) == (422, [field])
    assert (await admin.post(f"{ROOT}/macros", json={"name": "x", "steps": []})).status_code == 422
