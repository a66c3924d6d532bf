"""The edge of escalation: by hand, policies in the contract's shape, runs."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

INCIDENTS = "/api/incidents/v1/incidents"
POLICIES = "/api/escalation/v1/policies"
RUNS = "/api/escalation/v1/runs"

CONTRACT = {
    "name": "Critical ones",
    "is_active": True,
    "conditions": "priority:critical,high",
    "trigger": {"on": "unassigned", "after": "PT15M"},
    "steps": [
        {
            "after": "PT0M",
            "actions": [{"do": "notify", "to": {"role": "manager"}, "channel": "email"}, {"do": "raise_priority"}],
        }
    ],
    "repeat": 0,
    "stop_on": ["acknowledged", "assigned", "resolved"],
}


async def make(client, **body):
    answer = await client.post(INCIDENTS, json={"title": "Mail is down", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


# ---------------------------------------------------------------------------------------------------------- by hand


async def test_escalating_raises_and_hands_over(client, member):
    manager, agent = await client("manager"), await member("agent", "Ada Agent")
    incident = await make(manager)
    body = {"priority": "critical", "user": agent.email, "reason": " It spreads "}
    answer = await manager.post(f"{INCIDENTS}/{incident['reference_code']}/escalate", json=body)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["priority"]["slug"] == "critical"
    assert shown["assigned_to"] == {"id": str(agent.id), "name": "Ada Agent"}
    assert answer.headers["etag"].startswith(f'"{shown["version"]}.')
    (row,) = (await manager.get(f"{INCIDENTS}/{incident['id']}/escalations")).json()["items"]
    assert row["from_priority"]["slug"] == "medium"
    assert row["to_priority"] == shown["priority"]
    assert (row["from_user"], row["to_user"]["name"], row["to_team"]) == (None, "Ada Agent", None)
    assert row["reason"] == "It spreads"
    assert row["escalated_by"]["name"].startswith("Manager")
    assert (row["policy"], row["step"], row["round"], row["outcome"]) == (None, None, None, [])
    activity = (await manager.get(f"{INCIDENTS}/{incident['id']}/activity?type=IncidentEscalated")).json()["items"]
    assert activity[0]["data"]["to"] == "critical"
    assert activity[0]["data"]["reason"] == "It spreads"


@pytest.mark.parametrize(
    "body, status, field",
    [
        ({"priority": "critical"}, 422, "reason"),
        ({"priority": "critical", "reason": "  "}, 422, "reason"),
        ({"priority": "critical", "reason": "x" * 2001}, 422, "reason"),
        ({"reason": "Why not"}, 422, "priority"),
        ({"priority": "urgent", "reason": "x"}, 422, "priority"),
        ({"user": str(uuid4()), "reason": "x"}, 422, "user"),
        ({"team": "nobody", "reason": "x"}, 422, "team"),
        ({"priority": "low", "reason": "x"}, 409, None),
        ({"priority": "medium", "reason": "x"}, 409, None),
        ({"priority": "high", "reason": "x", "level": 1}, 422, "level"),
    ],
)
async def test_what_is_no_escalation_is_refused_and_leaves_nothing(client, body, status, field):
    manager = await client("manager")
    incident = await make(manager)
    answer = await manager.post(f"{INCIDENTS}/{incident['id']}/escalate", json=body)
    assert answer.status_code == status, answer.text
    if field is not None:
        assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert (await manager.get(f"{INCIDENTS}/{incident['id']}")).json() == incident
    assert (await manager.get(f"{INCIDENTS}/{incident['id']}/escalations")).json()["items"] == []


async def test_a_resolved_incident_is_not_escalated(client):
    manager = await client("manager")
    incident = await make(manager)
    await manager.post(f"{INCIDENTS}/{incident['id']}/resolve", json={})
    answer = await manager.post(f"{INCIDENTS}/{incident['id']}/escalate", json={"priority": "high", "reason": "x"})
    assert answer.status_code == 409


async def test_escalating_takes_its_permission(client):
    agent = await client("agent")
    incident = await make(agent)
    answer = await agent.post(f"{INCIDENTS}/{incident['id']}/escalate", json={"priority": "high", "reason": "x"})
    assert answer.status_code == 403


async def test_two_at_once_escalate_once(client):
    manager = await client("manager")
    incident = await make(manager)
    path, body = f"{INCIDENTS}/{incident['id']}/escalate", {"priority": "high", "reason": "x"}
    answers = await asyncio.gather(*(manager.post(path, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_escalations_come_in_pages(client):
    manager = await client("manager")
    incident = await make(manager, priority="low")
    for slug in ("medium", "high", "critical"):
        await manager.post(f"{INCIDENTS}/{incident['id']}/escalate", json={"priority": slug, "reason": slug})
    path, seen, cursor = f"{INCIDENTS}/{incident['id']}/escalations", [], None
    while True:
        page = (await manager.get(path, params={"limit": 1, **({"cursor": cursor} if cursor else {})})).json()
        seen += [item["reason"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ["medium", "high", "critical"]


# --------------------------------------------------------------------------------------------------------- policies


async def test_a_policy_in_the_contracts_shape_comes_back_as_it_went(client):
    admin = await client("admin")
    answer = await admin.post(POLICIES, json=CONTRACT)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert {name: made[name] for name in CONTRACT} == CONTRACT
    assert answer.headers["location"] == f"{POLICIES}/{made['id']}"
    assert (await admin.get(f"{POLICIES}/{made['id']}")).json() == made
    assert (await admin.get(POLICIES)).json() == {"items": [made], "next_cursor": None}
    changed = await admin.put(f"{POLICIES}/{made['id']}", json={"name": "Urgent ones", "is_active": False})
    assert changed.status_code == 200, changed.text
    assert {**changed.json(), "updated_at": None, "reach": None} == {
        **made,
        "name": "Urgent ones",
        "is_active": False,
        "activated_at": None,
        "reach": None,
        "version": 2,
        "updated_at": None,
    }
    assert (await admin.get(POLICIES, params={"active": "true"})).json()["items"] == []
    assert (await admin.delete(f"{POLICIES}/{made['id']}")).status_code == 204
    assert (await admin.get(f"{POLICIES}/{made['id']}")).status_code == 404


async def test_a_role_that_nobody_holds_is_a_warning(client):
    admin = await client("admin")
    warned = (await admin.post(POLICIES, json=CONTRACT)).json()
    assert [warning["field"] for warning in warned["warnings"]] == ["steps[0].actions[0].to.role"]
    assert "manager" in warned["warnings"][0]["message"]
    await client("manager")
    assert (await admin.get(f"{POLICIES}/{warned['id']}")).json()["warnings"] == []
    assert (await admin.get(POLICIES)).json()["items"][0]["warnings"] == []


@pytest.mark.parametrize(
    "trigger, expected",
    [
        ("unassigned", ["assigned", "resolved"]),
        ("unacknowledged", ["acknowledged", "resolved"]),
        ("breached", ["resolved"]),
        ("near_breach", ["resolved"]),
        ("reopened", ["acknowledged", "resolved"]),
    ],
)
async def test_a_trigger_has_its_own_stops(client, trigger, expected):
    admin = await client("admin")
    body = {name: CONTRACT[name] for name in ("name", "steps")} | {"trigger": {"on": trigger}}
    assert (await admin.post(POLICIES, json=body)).json()["stop_on"] == expected


@pytest.mark.parametrize(
    "change, field, says",
    [
        ({"name": " "}, "name", ""),
        ({"steps": []}, "steps", "action"),
        ({"steps": [{"after": "PT0M", "actions": []}]}, "steps", "action"),
        ({"steps": [{"after": "-PT1M", "actions": [{"do": "raise_priority"}]}]}, "steps[0].after", "ISO 8601"),
        ({"steps": [{"after": "PT1M"}]}, "steps[0].actions", "required"),
        ({"trigger": {"on": "unassigned", "after": "P1M"}}, "trigger.after", "ISO 8601"),
        ({"trigger": {"on": "unassigned", "after": "P9999D"}}, "trigger.after", "ten years"),
        ({"trigger": {"on": "no_update"}}, "trigger.after", "how long"),
        ({"trigger": {"on": "unassigned", "clock": "response"}}, "trigger.clock", "near_breach"),
        ({"trigger": {"on": "breached", "clock": "wall"}}, "trigger.clock", ""),
        ({"trigger": {"on": "breached", "times": 2}}, "trigger.times", "reopened"),
        ({"trigger": {"on": "reopened", "times": 0}}, "trigger.times", ""),
        ({"trigger": {"on": "priority_raised"}}, "steps", "itself"),
        ({"hours": "lunch"}, "hours", ""),
        ({"on_manual": "cry"}, "on_manual", ""),
        ({"trigger": {"on": "full_moon", "after": "PT1M"}}, "trigger.on", ""),
        ({"conditions": "colour:red"}, "conditions", "no field colour"),
        ({"conditions": "priority:high,nope"}, "conditions", "no priority nope"),
        ({"conditions": "priority:high category:nope"}, "conditions", "no category nope"),
        ({"conditions": "source:pigeon"}, "conditions", "no source pigeon"),
        ({"steps": [{"actions": [{"do": "notify"}]}]}, "steps[0].actions[0].to", ""),
        ({"steps": [{"actions": [{"do": "notify", "to": {}}]}]}, "steps[0].actions[0].to", "role, user, team, schedule or manager_of"),
        ({"steps": [{"actions": [{"do": "notify", "to": {"manager_of": "me"}}]}]}, "steps[0].actions[0].to.manager_of", ""),
        ({"steps": [{"actions": [{"do": "notify", "to": {"role": "x"}}]}]}, "steps[0].actions[0].to.role", "role"),
        ({"steps": [{"actions": [{"do": "notify", "to": {"user": "x"}}]}]}, "steps[0].actions[0].to.user", ""),
        ({"steps": [{"actions": [{"do": "notify", "to": {"user": "me"}}]}]}, "steps[0].actions[0].to.user", ""),
        ({"steps": [{"actions": [{"do": "notify", "to": {"role": "manager", "team": "x"}}]}]}, "steps[0].actions[0].to", ""),
        ({"steps": [{"actions": [{"do": "reassign", "to": {"team": "x"}}]}]}, "steps[0].actions[0].to.team", ""),
        ({"steps": [{"actions": [{"do": "reassign", "to": {"role": "manager"}}]}]}, "steps[0].actions[0].to.role", ""),
        ({"steps": [{"actions": [{"do": "reassign", "to": {"schedule": "x"}}]}]}, "steps[0].actions[0].to.schedule", ""),
        ({"steps": [{"actions": [{"do": "raise_priority", "to": {"role": "manager"}}]}]}, "steps[0].actions[0].to", ""),
        ({"steps": [{"actions": [{"do": "raise_priority", "channel": "sms"}]}]}, "steps[0].actions[0].channel", ""),
        ({"steps": [{"actions": [{"do": "notify", "to": {"role": "manager"}, "channel": "fax"}]}]}, "steps[0].actions[0].channel", ""),
        ({"repeat": -1}, "repeat", ""),
        ({"repeat": 101}, "repeat", ""),
        ({"repeat": 1, "trigger": {"on": "breached", "after": "PT0M"}}, "repeat", "at once"),
        ({"stop_on": ["bored"]}, "stop_on[0]", ""),
        ({"colour": "red"}, "colour", ""),
    ],
)  # fmt: skip
async def test_a_bad_policy_is_refused_with_the_field(client, change, field, says):
    admin = await client("admin")
    answer = await admin.post(POLICIES, json={**CONTRACT, **change})
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert says in error["message"]
    assert (await admin.get(POLICIES)).json()["items"] == []


async def test_policies_are_the_administrators(client):
    for role in ("viewer", "agent", "manager"):
        other = await client(role)
        assert (await other.get(POLICIES)).status_code == 403
        assert (await other.post(POLICIES, json=CONTRACT)).status_code == 403


async def test_policies_come_in_pages_by_name(client):
    admin = await client("admin")
    for name in ("Charlie", "Alpha", "Bravo"):
        await admin.post(POLICIES, json={**CONTRACT, "name": name, "is_active": False})
    first = (await admin.get(POLICIES, params={"limit": 2})).json()
    rest = (await admin.get(POLICIES, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [policy["name"] for policy in first["items"] + rest["items"]] == ["Alpha", "Bravo", "Charlie"]
    assert rest["next_cursor"] is None


async def test_another_tenants_policy_is_not_there(client, other_tenant):
    admin, stranger = await client("admin"), await client("admin", of=other_tenant)
    made = (await admin.post(POLICIES, json=CONTRACT)).json()
    path = f"{POLICIES}/{made['id']}"
    answers = [await stranger.get(path), await stranger.put(path, json={"repeat": 1}), await stranger.delete(path)]
    assert {answer.status_code for answer in answers} == {404}
    assert (await stranger.get(RUNS, params={"policy": made["id"]})).json()["items"] == []


# ------------------------------------------------------------------------------------------------------------- runs


async def test_runs_show_what_comes_next(client):
    admin, viewer = await client("admin"), await client("viewer")
    policy = (await admin.post(POLICIES, json=CONTRACT)).json()
    incident = await make(admin, priority="high")
    for asked in (incident["id"], incident["reference_code"]):
        (run,) = (await viewer.get(RUNS, params={"incident": asked, "state": "running"})).json()["items"]
        assert run["incident"] == {"id": incident["id"], "reference_code": incident["reference_code"]}
        assert run["policy"] == {"id": policy["id"], "name": policy["name"]}
        assert run["next_step"]["actions"] == ["notify", "raise_priority"]
        assert (run["next_step"]["step"], run["next_step"]["round"], run["started_at"]) == (1, 1, None)
        assert run["next_step"]["at"] > run["triggered_at"]
    await admin.post(f"{INCIDENTS}/{incident['id']}/transition", json={"status": "waiting"})
    (run,) = (await viewer.get(RUNS)).json()["items"]
    assert run["next_step"]["at"] is None
    assert run["paused_at"] is not None
    await admin.post(f"{INCIDENTS}/{incident['id']}/acknowledge", json={})
    assert (await viewer.get(RUNS, params={"state": "running"})).json()["items"] == []
    (run,) = (await viewer.get(RUNS, params={"state": "stopped", "policy": policy["id"]})).json()["items"]
    assert (run["ended_because"], run["next_step"], run["paused_at"]) == ("acknowledged", None, None)


@pytest.mark.parametrize(
    "query, field", [({"state": "x"}, "state"), ({"policy": "x"}, "policy"), ({"limit": 0}, "limit")]
)
async def test_bad_questions_about_runs_are_refused(client, query, field):
    answer = await (await client("viewer")).get(RUNS, params=query)
    assert answer.status_code == 422
    assert [e["field"] for e in answer.json()["errors"]] == [field]
