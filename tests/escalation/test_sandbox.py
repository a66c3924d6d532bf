"""Ladders, people's rules and their stopping under a sandbox's clock, through the API."""

from __future__ import annotations

import pytest

from tests.conftest import make_member, make_tenant

CLOCK = "/api/tenancy/v1/clock"
INCIDENTS = "/api/incidents/v1/incidents"
ESCALATION = "/api/escalation/v1"


@pytest.fixture
async def admin(database, connect):
    """An administrator of a sandbox, who is told at once and again after five minutes."""
    sandbox = await make_tenant(database, sandbox=True)
    client = connect((await make_member(database, sandbox, "admin")).token)
    rules = {"rules": [{"channel": "email"}, {"after": "PT5M", "channel": "email"}]}
    answer = await client.put(f"{ESCALATION}/notification-rules/me", json=rules)
    assert answer.status_code == 200, answer.text
    return client


async def test_the_clock_drives_ladders_and_personal_rules(admin):
    steps = [
        {"after": "PT0M", "actions": [{"do": "notify", "to": {"role": "admin"}}]},
        {"after": "PT10M", "actions": [{"do": "raise_priority"}]},
    ]
    body = {
        "name": "Night",
        "trigger": {"on": "unacknowledged", "after": "PT15M"},
        "steps": steps,
        "stop_on": ["resolved"],
    }
    policy = (await admin.post(f"{ESCALATION}/policies", json=body)).json()
    incident = (await admin.post(INCIDENTS, json={"title": "Mail is down", "priority": "low"})).json()
    start = (await admin.get(CLOCK)).json()["now"]
    first = (await admin.post(f"{CLOCK}/advance", json={"by": "PT16M"})).json()
    assert sorted(one["what"] for one in first["happened"]) == ["DeliveryRecorded", "IncidentEscalated"]
    second = (await admin.post(f"{CLOCK}/advance", json={"by": "PT14M"})).json()
    assert sorted(one["what"] for one in second["happened"] if one["what"] != "IncidentPriorityChanged") == [
        "DeliveryRecorded",
        "IncidentEscalated",
    ]
    rows = (await admin.get(f"{INCIDENTS}/{incident['id']}/escalations")).json()["items"]
    assert [row["step"] for row in rows] == [1, 2]
    found = await admin.post(
        f"{ESCALATION}/policies/{policy['id']}/rehearse", json={"from": start, "to": second["now"]}
    )
    assert [(one["step"], one["at"]) for one in found.json()["steps"]] == [
        (row["step"], row["escalated_at"]) for row in rows
    ]
