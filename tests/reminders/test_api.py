"""The edge of reminders."""

from __future__ import annotations

from uuid import uuid4

import pytest

INCIDENTS = "/api/incidents/v1/incidents"
FAR = "2050-01-02T03:04:05Z"


async def make(client, **body):
    answer = await client.post(INCIDENTS, json={"title": "Mail is down", **body})
    assert answer.status_code == 201, answer.text
    return f"{INCIDENTS}/{answer.json()['reference_code']}"


async def test_a_reminder_is_made_changed_listed_and_cancelled(client, member):
    agent, ada = await client("agent"), await member("agent", "Ada")
    path = await make(agent)
    to = ["owner", ada.email, {"role": "manager"}]
    body = {"reminder_type": " follow_up ", "scheduled_for": FAR, "channel": "sms", "metadata": {"a": 1}, "to": to}
    answer = await agent.post(f"{path}/reminders", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"{path}/reminders/{made['id']}"
    shown = {
        name: made[name] for name in ("reminder_type", "scheduled_for", "before_due", "channel", "state", "metadata")
    }
    assert shown == {
        "reminder_type": "follow_up",
        "scheduled_for": FAR,
        "before_due": None,
        "channel": "sms",
        "state": "scheduled",
        "metadata": {"a": 1},
    }
    assert made["to"] == ["owner", {"user": str(ada.id)}, {"role": "manager"}]
    assert made["created_by"]["name"].startswith("Agent")
    assert (made["sent_at"], made["cancelled_at"]) == (None, None)
    viewer = await client("viewer")
    assert (await viewer.get(f"{path}/reminders/{made['id']}")).json() == made
    assert (await viewer.get(f"{path}/reminders")).json() == {"items": [made], "next_cursor": None}
    again = {"to": made["to"], "before_due": "PT90M", "channel": "email"}
    changed = await agent.put(f"{path}/reminders/{made['id']}", json=again)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["before_due"], changed.json()["channel"]) == ("PT1H30M", "email")
    assert changed.json()["to"] == made["to"]
    assert (await agent.delete(f"{path}/reminders/{made['id']}")).status_code == 204
    assert (await agent.get(f"{path}/reminders/{made['id']}")).json()["state"] == "cancelled"
    assert (await agent.delete(f"{path}/reminders/{made['id']}")).status_code == 409
    assert (await agent.put(f"{path}/reminders/{made['id']}", json={"scheduled_for": FAR})).status_code == 409
    assert (await agent.get(f"{path}/reminders", params={"state": "scheduled"})).json()["items"] == []


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "scheduled_for"),
        ({"scheduled_for": FAR, "before_due": "PT1H"}, "before_due"),
        ({"scheduled_for": "2020-01-01T00:00:00Z"}, "scheduled_for"),
        ({"scheduled_for": "2050-01-01T00:00:00"}, "scheduled_for"),
        ({"scheduled_for": "2050-02-30T00:00:00Z"}, "scheduled_for"),
        ({"scheduled_for": None}, "scheduled_for"),
        ({"rrule": None}, "scheduled_for"),
        ({"before_due": "PT90S"}, "before_due"),
        ({"before_due": "PT0M"}, "before_due"),
        ({"before_due": "2 hours"}, "before_due"),
        ({"before_due": "P400D"}, "before_due"),
        ({"scheduled_for": FAR, "channel": "fax"}, "channel"),
        ({"scheduled_for": FAR, "reminder_type": " "}, "reminder_type"),
        ({"scheduled_for": FAR, "to": [str(uuid4())]}, "to[0]"),
        ({"scheduled_for": FAR, "to": ["owner", "nobody@example.com"]}, "to[1]"),
        ({"scheduled_for": FAR, "to": ["role:king"]}, "to[0]"),
        ({"scheduled_for": FAR, "to": ["team:none"]}, "to[0]"),
        ({"scheduled_for": FAR, "to": [{}]}, "to[0]"),
        ({"scheduled_for": FAR, "to": [{"user": "me", "role": "admin"}]}, "to[0]"),
        ({"scheduled_for": FAR, "to": [1]}, "to[0]"),
        ({"scheduled_for": FAR, "colour": "red"}, "colour"),
    ],
)
async def test_a_bad_reminder_is_refused_with_the_field(client, body, field):
    agent = await client("agent")
    path = await make(agent)
    answer = await agent.post(f"{path}/reminders", json=body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await agent.get(f"{path}/reminders")).json()["items"] == []


async def test_without_a_due_time_nothing_goes_before_it(client):
    admin = await client("admin")
    await admin.post("/api/incidents/v1/priorities", json={"name": "Whenever", "level": 9})
    path = await make(admin, priority="whenever")
    answer = await admin.post(f"{path}/reminders", json={"before_due": "PT1H"})
    assert answer.status_code == 422
    assert "no due time" in answer.json()["errors"][0]["message"]


async def test_a_closed_incident_takes_no_reminder(client):
    agent = await client("agent")
    path = await make(agent)
    await agent.post(f"{path}/close", json={})
    assert (await agent.post(f"{path}/reminders", json={"scheduled_for": FAR})).status_code == 409


async def test_writing_takes_the_right_to_update(client):
    viewer, agent = await client("viewer"), await client("agent")
    path = await make(agent)
    assert (await viewer.post(f"{path}/reminders", json={"scheduled_for": FAR})).status_code == 403


async def test_another_incidents_reminder_is_not_there(client):
    agent = await client("agent")
    mine, other = await make(agent), await make(agent)
    made = (await agent.post(f"{mine}/reminders", json={"scheduled_for": FAR})).json()
    for method in ("get", "delete"):
        assert (await getattr(agent, method)(f"{other}/reminders/{made['id']}")).status_code == 404
    assert (await agent.put(f"{other}/reminders/{made['id']}", json={"scheduled_for": FAR})).status_code == 404
    assert (await agent.get(f"{mine}/reminders/nonsense")).status_code == 404


async def test_reminders_come_in_pages(client):
    agent = await client("agent")
    path = await make(agent)
    for number in range(3):
        await agent.post(f"{path}/reminders", json={"scheduled_for": FAR, "reminder_type": str(number)})
    first = (await agent.get(f"{path}/reminders", params={"limit": 2})).json()
    rest = (await agent.get(f"{path}/reminders", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["reminder_type"] for item in first["items"] + rest["items"]] == ["0", "1", "2"]
