"""Progress reports through HTTP."""

from __future__ import annotations

import pytest

from tests.collaboration.steps import under
from tests.incidents.steps import API, act, events, fields, make


async def test_a_report_stands_on_the_incident(client):
    agent = await client("agent")
    incident = await make(agent)
    body = {"percent": 40, "summary": " Fuse found ", "next_update_due_at": "2031-01-01T10:00:00Z"}
    answer = await agent.post(under(incident, "progress"), json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["percent"], made["summary"], made["is_internal"]) == (40, "Fuse found", True)
    assert made["next_update_due_at"] == "2031-01-01T10:00:00Z"
    assert made["author"]["type"] == "user"
    assert (await agent.get(answer.headers["location"])).json() == made
    shown = (await agent.get(under(incident))).json()
    assert (shown["progress_percent"], shown["version"]) == (40, incident["version"] + 1)
    await agent.post(under(incident, "progress"), json={"percent": 30, "summary": "Not that one"})
    assert (await agent.get(under(incident))).json()["progress_percent"] == 30
    told = (await events(agent, incident))[-1]
    assert told["type"] == "ProgressReported"
    assert (told["data"]["from"], told["data"]["to"], told["data"]["summary"]) == (40, 30, "Not that one")
    newest = [item["percent"] for item in (await agent.get(under(incident, "progress"))).json()["items"]]
    assert newest == [30, 40]
    page = (await agent.get(under(incident, "progress"), params={"order": "created_at", "limit": "1"})).json()
    assert [item["percent"] for item in page["items"]] == [40]
    assert page["next_cursor"]


async def test_the_reporter_sees_public_reports_only(client):
    agent, viewer, reporter = await client("agent"), await client("viewer"), await client("reporter")
    incident = await make(reporter)
    path = under(incident, "progress")
    hidden = (await agent.post(path, json={"percent": 1, "summary": "inside"})).json()
    await agent.post(path, json={"percent": 2, "summary": "outside", "is_internal": False})
    assert [item["summary"] for item in (await reporter.get(path)).json()["items"]] == ["outside"]
    assert (await reporter.get(f"{path}/{hidden['id']}")).status_code == 404
    await agent.post(path, json={"percent": 90, "summary": "inside again"})
    for who, percent in ((viewer, 90), (reporter, 2)):
        assert (await who.get(under(incident))).json()["progress_percent"] == percent
        for q, found in ((f"progress:{percent}", 1), ("progress:1", 0), ("progress:none", 0)):
            items = (await who.get(API, params={"q": q})).json()["items"]
            assert [item["progress_percent"] for item in items] == [percent] * found, q
    for who in (viewer, reporter):
        assert (await who.post(path, json={"percent": 3, "summary": "x"})).status_code == 403


@pytest.mark.parametrize(
    "change, field",
    [
        ({"percent": -1}, "percent"),
        ({"percent": 101}, "percent"),
        ({"percent": 1.5}, "percent"),
        ({"summary": " "}, "summary"),
        ({"summary": "x" * 10_001}, "summary"),
        ({"next_update_due_at": "2031-01-01T10:00:00"}, "next_update_due_at"),
        ({"next_update_due_at": "2001-01-01T10:00:00Z"}, "next_update_due_at"),
        ({"user": "me"}, "user"),
    ],
)
async def test_bad_bodies(client, change, field):
    agent = await client("agent")
    incident = await make(agent)
    answer = await agent.post(under(incident, "progress"), json={"percent": 1, "summary": "x", **change})
    assert (answer.status_code, fields(answer.json())) == (422, [field])
    assert (await agent.get(under(incident, "progress"))).json()["items"] == []


async def test_a_closed_incident_makes_no_progress(client):
    agent = await client("agent")
    incident = await make(agent)
    await act(agent, incident, "close")
    answer = await agent.post(under(incident, "progress"), json={"percent": 1, "summary": "x"})
    assert answer.status_code == 409


async def test_another_tenants_reports_are_absent(client, other_tenant):
    agent, stranger = await client("agent"), await client("admin", of=other_tenant)
    first, second = await make(agent), await make(agent)
    made = (await agent.post(under(first, "progress"), json={"percent": 1, "summary": "x"})).json()
    assert (await agent.get(under(second, "progress", made["id"]))).status_code == 404
    assert (await stranger.get(under(first, "progress"))).status_code == 404
    assert (await stranger.get(under(first, "progress", made["id"]))).status_code == 404
