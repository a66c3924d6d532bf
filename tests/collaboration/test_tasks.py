"""Tasks through HTTP: create, complete, reorder, delete; who may; what is refused."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.collaboration.steps import task, under
from tests.incidents.steps import act, events, fields, make


async def test_a_task_may_stay_with_whom_it_is_though_they_are_inactive(client, member):
    admin, colleague = await client("admin"), await member("agent")
    incident = await make(admin)
    mine = await task(admin, incident, "Mine")
    theirs = await task(admin, incident, "Theirs", assigned_to=str(colleague.id))
    assert (await admin.put(f"/api/access/v1/users/{colleague.id}", json={"is_active": False})).status_code == 200
    same = {"title": "Still theirs", "assigned_to": str(colleague.id)}
    kept = await admin.put(under(incident, "tasks", theirs["id"]), json=same)
    assert (kept.status_code, kept.json()["assigned_to"]["id"]) == (200, str(colleague.id))
    anew = await admin.put(under(incident, "tasks", mine["id"]), json=same)
    assert (anew.status_code, fields(anew.json())) == (422, ["assigned_to"])


async def test_create_answers_the_whole_shape(client, member):
    agent, colleague = await client("agent"), await member("agent")
    incident = await make(agent)
    answer = await agent.post(
        under(incident, "tasks"),
        json={
            "title": "  Check the fuse ",
            "description": "In the cellar",
            "assigned_to": str(colleague.id),
            "due_at": "2031-01-01T10:00:00+02:00",
        },
    )
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["location"] == under(incident, "tasks", made["id"])
    assert {k: v for k, v in made.items() if k not in ("id", "created_at", "updated_at")} == {
        "title": "Check the fuse",
        "description": "In the cellar",
        "status": "open",
        "assigned_to": {"id": str(colleague.id), "name": colleague.name},
        "due_at": "2031-01-01T08:00:00Z",
        "completed_at": None,
        "sort_order": 1,
        "depends_on": [],
        "blocked_by": [],
    }
    assert (await agent.get(answer.headers["location"])).json() == made
    shown = (await agent.get(under(incident))).json()
    assert shown["version"] == incident["version"] + 1
    told = (await events(agent, incident))[-1]
    assert (told["type"], told["data"]["title"]) == ("TaskCreated", "Check the fuse")
    assert told["data"]["assigned_to"] == str(colleague.id)


async def test_done_completes_and_leaving_done_clears(client):
    agent = await client("agent")
    incident = await make(agent)
    made = await task(agent, incident, assigned_to="me")
    path = under(incident, "tasks", made["id"])
    done = (await agent.put(path, json={"status": "done"})).json()
    assert done["completed_at"] is not None
    assert done["assigned_to"] is not None
    same = (await agent.put(path, json={"status": "done", "title": "Check the fuse"})).json()
    assert same == done
    assert (await agent.put(path, json={"title": "Check all fuses"})).json()["completed_at"] == done["completed_at"]
    open_again = (await agent.put(path, json={"status": "in_progress", "assigned_to": None})).json()
    assert (open_again["completed_at"], open_again["assigned_to"]) == (None, None)
    kinds = [event["type"] for event in await events(agent, incident)]
    assert kinds == ["IncidentCreated", "TaskCreated", "TaskCompleted", "TaskUpdated", "TaskUpdated"]
    last = (await events(agent, incident))[-1]["data"]
    assert last["fields"] == ["assigned_to", "status"]
    assert (last["from"]["status"], last["to"]) == ("done", {"status": "in_progress", "assigned_to": None})


async def test_reorder_takes_exactly_the_tasks_of_the_incident(client):
    agent = await client("agent")
    incident, other = await make(agent), await make(agent)
    a, b, c = [(await task(agent, incident, title))["id"] for title in "abc"]
    foreign = (await task(agent, other))["id"]
    path = under(incident, "tasks", "reorder")
    answer = await agent.post(path, json={"tasks": [c, a, b]})
    assert answer.status_code == 200, answer.text
    assert [t["title"] for t in answer.json()["items"]] == ["c", "a", "b"]
    assert [t["sort_order"] for t in answer.json()["items"]] == [1, 2, 3]
    assert [t["id"] for t in (await agent.get(under(incident, "tasks"))).json()["items"]] == [c, a, b]
    for wrong in ([a, b], [a, b, c, c], [a, b, foreign], [a, b, c, foreign], [a, b, "x"], [a, b, str(uuid4())], []):
        refused = await agent.post(path, json={"tasks": wrong})
        assert refused.status_code == 422, wrong
        assert fields(refused.json()) == ["tasks"]
    assert [t["id"] for t in (await agent.get(under(incident, "tasks"))).json()["items"]] == [c, a, b]
    assert (await events(agent, incident))[-1]["data"]["tasks"] == [c, a, b]


async def test_tasks_are_paged_in_their_order(client):
    agent = await client("agent")
    incident = await make(agent)
    for order in (5, 5, 1, -3):
        await task(agent, incident, str(order), sort_order=order)
    seen, cursor = [], None
    while True:
        params = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await agent.get(under(incident, "tasks"), params=params)).json()
        seen += [item["title"] for item in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert seen == ["-3", "1", "5", "5"]
    for wrong in ({"cursor": "x"}, {"limit": "0"}, {"limit": "201"}):
        assert (await agent.get(under(incident, "tasks"), params=wrong)).status_code == 422


async def test_delete(client):
    agent = await client("agent")
    incident = await make(agent)
    made = await task(agent, incident)
    path = under(incident, "tasks", made["id"])
    assert (await agent.delete(path)).status_code == 204
    for answer in (await agent.get(path), await agent.put(path, json={"title": "x"}), await agent.delete(path)):
        assert answer.status_code == 404
    assert (await events(agent, incident))[-1]["type"] == "TaskDeleted"


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "x", "status": "finished"}, "status"),
        ({"title": "x", "due_at": "2031-01-01T10:00:00"}, "due_at"),
        ({"title": "x", "due_at": "0001-01-01T00:00:00+01:00"}, "due_at"),
        ({"title": "x", "due_at": "2031-02-30T10:00:00Z"}, "due_at"),
        ({"title": "x", "sort_order": 2**31}, "sort_order"),
        ({"title": "x", "sort_order": 2**70}, "sort_order"),
        ({"title": "x", "description": "x" * 50_001}, "description"),
        ({"title": "x", "assigned_to": "nobody"}, "assigned_to"),
        ({"title": "x", "assigned_to": str(uuid4())}, "assigned_to"),
        ({"title": "x", "completed_at": None}, "completed_at"),
    ],
)
async def test_bad_bodies_name_the_field_and_leave_nothing(client, body, field):
    agent = await client("agent")
    incident = await make(agent)
    answer = await agent.post(under(incident, "tasks"), json=body)
    assert answer.status_code == 422, answer.text
    assert fields(answer.json()) == [field]
    assert (await agent.get(under(incident, "tasks"))).json()["items"] == []


async def test_inactive_and_foreign_people_are_equally_unknown(client, member, other_tenant):
    agent = await client("agent")
    incident = await make(agent)
    gone, foreign = await member("agent", active=False), await member("agent", of=other_tenant)
    answers = [
        await agent.post(under(incident, "tasks"), json={"title": "x", "assigned_to": str(who)})
        for who in (gone.id, foreign.id, uuid4())
    ]
    assert [a.status_code for a in answers] == [422, 422, 422]
    assert len({str(a.json()["errors"]) for a in answers}) == 1


async def test_a_closed_incident_takes_no_new_tasks(client):
    agent = await client("agent")
    incident = await make(agent)
    made = await task(agent, incident)
    await act(agent, incident, "resolve")
    await task(agent, incident, "Tidy up")
    await act(agent, incident, "close")
    refused = await agent.post(under(incident, "tasks"), json={"title": "x"})
    assert refused.status_code == 409
    assert (await agent.put(under(incident, "tasks", made["id"]), json={"status": "done"})).status_code == 200


async def test_who_may(client, other_tenant):
    agent, viewer, reporter = await client("agent"), await client("viewer"), await client("reporter")
    incident = await make(reporter)
    made = await task(agent, incident)
    path, one = under(incident, "tasks"), under(incident, "tasks", made["id"])
    assert (await viewer.get(path)).status_code == 200
    assert (await viewer.post(path, json={"title": "x"})).status_code == 403
    assert (await viewer.put(one, json={"title": "x"})).status_code == 403
    assert (await viewer.delete(one)).status_code == 403
    assert (await reporter.get(path)).status_code == 403
    assert (await reporter.get(one)).status_code == 403
    stranger = await client("admin", of=other_tenant)
    answers = [await stranger.get(path), await stranger.get(one), await stranger.post(path, json={"title": "x"})]
    assert [a.status_code for a in answers] == [404, 404, 404]


async def test_a_task_of_another_incident_is_absent(client):
    agent = await client("agent")
    first, second = await make(agent), await make(agent)
    made = await task(agent, first)
    path = under(second, "tasks", made["id"])
    assert (await agent.get(path)).status_code == 404
    assert (await agent.put(path, json={"title": "x"})).status_code == 404
    assert (await agent.delete(path)).status_code == 404


# --------------------------------------------------------------------------------------------------- what waits for what


async def test_a_blocked_task_says_by_what_and_neither_begins_nor_ends(client):
    agent = await client("agent")
    incident = await make(agent)
    first, second = await task(agent, incident, "Order parts"), await task(agent, incident, "Call the vendor")
    last = await task(agent, incident, "Mount parts", depends_on=[first["id"], second["id"]])
    assert last["depends_on"] == [first["id"], second["id"]]
    assert [each["title"] for each in last["blocked_by"]] == ["Order parts", "Call the vendor"]
    path = under(incident, "tasks", last["id"])
    for status in ("in_progress", "done"):
        refused = await agent.put(path, json={"status": status})
        assert refused.status_code == 409
        assert "Order parts, Call the vendor" in refused.json()["detail"]
    await agent.put(under(incident, "tasks", first["id"]), json={"status": "done"})
    await agent.put(under(incident, "tasks", second["id"]), json={"status": "cancelled"})
    assert (await agent.get(path)).json()["blocked_by"] == []
    done = (await agent.put(path, json={"status": "done"})).json()
    assert (done["status"], done["depends_on"]) == ("done", [first["id"], second["id"]])
    begun = await agent.post(
        under(incident, "tasks"), json={"title": "x", "status": "done", "depends_on": [last["id"]]}
    )
    assert begun.status_code == 201


async def test_a_task_never_waits_for_itself(client):
    agent = await client("agent")
    incident = await make(agent)
    one = await task(agent, incident, "One")
    two = await task(agent, incident, "Two", depends_on=[one["id"]])
    three = await task(agent, incident, "Three", depends_on=[two["id"]])
    for wanted in ([three["id"]], [one["id"]]):
        refused = await agent.put(under(incident, "tasks", one["id"]), json={"depends_on": wanted})
        assert (refused.status_code, fields(refused.json())) == (409, ["depends_on"])
    assert (
        "One → Three → Two → One"
        in (await agent.put(under(incident, "tasks", one["id"]), json={"depends_on": [three["id"]]})).json()["detail"]
    )
    assert (await agent.get(under(incident, "tasks", one["id"]))).json()["depends_on"] == []
    free = await agent.put(under(incident, "tasks", two["id"]), json={"depends_on": []})
    assert free.json()["blocked_by"] == []
    told = (await events(agent, incident))[-1]["data"]
    assert (told["fields"], told["from"], told["to"]) == (
        ["depends_on"],
        {"depends_on": [one["id"]]},
        {"depends_on": []},
    )
    assert (await agent.delete(under(incident, "tasks", two["id"]))).status_code == 204
    assert (await agent.get(under(incident, "tasks", three["id"]))).json()["depends_on"] == []


async def test_another_incidents_task_is_none_to_wait_for(client, other_tenant):
    agent, stranger = await client("agent"), await client("admin", of=other_tenant)
    incident, other, foreign = await make(agent), await make(agent), await make(stranger)
    unfit = [(await task(agent, other))["id"], (await task(stranger, foreign))["id"], str(uuid4()), "x"]
    answers = [await agent.post(under(incident, "tasks"), json={"title": "x", "depends_on": [each]}) for each in unfit]
    assert {(each.status_code, *fields(each.json())) for each in answers} == {(422, "depends_on")}
    assert len({each.json()["detail"] for each in answers}) == 1
    assert (await agent.get(under(incident, "tasks"))).json()["items"] == []
