"""Recurring, put-off and coming reminders through HTTP."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.incidents.steps import API, MakeClient, act, fields, make

SOON = (datetime.now(UTC) + timedelta(days=1)).replace(microsecond=0)
MINE = "/api/incidents/v1/reminders"


def at(days: float) -> str:
    return (SOON + timedelta(days=days)).isoformat()


async def test_a_series_is_made_put_off_and_shown(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent)
    path = f"{API}/{incident['id']}/reminders"
    body = {"reminder_type": "call", "scheduled_for": at(0), "rrule": "FREQ=WEEKLY;BYDAY=MO", "is_urgent": True}
    made = (await agent.post(path, json=body)).json()
    assert (made["rrule"], made["is_urgent"], made["occurrence"], made["state"]) == (
        "FREQ=WEEKLY;BYDAY=MO",
        True,
        0,
        "scheduled",
    )
    assert datetime.fromisoformat(made["scheduled_for"]).weekday() == 0
    put_off = await agent.post(f"{path}/{made['id']}/snooze", json={"until": at(20)})
    assert put_off.status_code == 200, put_off.text
    assert datetime.fromisoformat(put_off.json()["snoozed_until"]) == SOON + timedelta(days=20)
    assert (await agent.delete(f"{path}/{made['id']}")).status_code == 204
    assert (await agent.post(f"{path}/{made['id']}/snooze", json={"for": "PT1H"})).status_code == 409


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scheduled_for": at(0), "rrule": "FREQ=SECONDLY"}, "rrule"),
        ({"scheduled_for": at(0), "rrule": "FREQ=MINUTELY;INTERVAL=1"}, "rrule"),
        ({"scheduled_for": at(0), "rrule": "whenever"}, "rrule"),
        ({"before_due": "PT1H", "rrule": "FREQ=DAILY"}, "rrule"),
        ({"rrule": "FREQ=DAILY"}, "scheduled_for"),
        ({"scheduled_for": at(-5), "rrule": "FREQ=DAILY"}, "scheduled_for"),
    ],
)
async def test_what_makes_no_sense_is_refused(client: MakeClient, body: dict[str, str], field: str) -> None:
    agent = await client("agent")
    incident = await make(agent)
    answer = await agent.post(f"{API}/{incident['id']}/reminders", json=body)
    assert (answer.status_code, fields(answer.json())) == (422, [field])


async def test_ones_own_are_listed_the_next_first(client: MakeClient) -> None:
    admin, agent = await client("admin"), await client("agent")
    me = (await agent.get("/api/access/v1/me")).json()["user"]
    owned, other = await make(admin, "Owned", assigned_to=me["id"]), await make(admin, "Other")
    for incident, body in (
        (owned, {"scheduled_for": at(3)}),
        (other, {"scheduled_for": at(1), "to": [me["id"]]}),
        (other, {"scheduled_for": at(2)}),
        (other, {"scheduled_for": at(4), "to": ["watchers"]}),
    ):
        assert (await admin.post(f"{API}/{incident['id']}/reminders", json=body)).status_code == 201
    assert (
        await agent.post(f"{API}/{other['id']}/reminders", json={"scheduled_for": at(0), "to": ["watchers"]})
    ).is_success
    first = (await agent.get(MINE, params={"limit": 2})).json()
    rest = (await agent.get(MINE, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    found = [(one["title"], one["reminder"]["scheduled_for"]) for one in first["items"] + rest["items"]]
    assert [title for title, _ in found] == ["Other", "Other", "Owned"]
    assert [datetime.fromisoformat(when) for _, when in found] == [SOON + timedelta(days=n) for n in (0, 1, 3)]
    assert rest["next_cursor"] is None
    await act(admin, owned, "close")
    assert len((await agent.get(MINE)).json()["items"]) == 2
