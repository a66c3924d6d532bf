"""Merging duplicates, parting them again; links, and families of incidents."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given, strategies as st

from tests.incidents.steps import API, MakeClient, act, events, fields, make, refused
from tests.incidents.test_operations import OPERATIONS, shown, still, undo
from tocsin.incidents.rules import INVERSE, LinkType, refuse_link
from tocsin.tenancy.model import Tenant

PUBLIC = "/api/incidents/v1/public/submit"


async def full(client: httpx.AsyncClient, incident: dict[str, Any]) -> dict[str, Any]:
    """All that hangs on an incident."""
    parts = {}
    for part in ("comments", "tasks", "attachments", "watchers", "links"):
        answer = await client.get(f"{API}/{incident['id']}/{part}")
        assert answer.status_code == 200, answer.text
        parts[part] = answer.json()["items"]
    return {**await shown(client, incident), **parts}


async def fill(client: httpx.AsyncClient, incident: dict[str, Any], word: str) -> None:
    await client.post(f"{API}/{incident['id']}/comments", json={"body": f"{word} in public", "is_internal": False})
    await client.post(f"{API}/{incident['id']}/comments", json={"body": f"{word} inside", "is_internal": True})
    await client.post(f"{API}/{incident['id']}/tasks", json={"title": f"{word} task"})
    await client.post(
        f"{API}/{incident['id']}/attachments", files={"file": (f"{word}.txt", word.encode(), "text/plain")}
    )
    await client.post(f"{API}/{incident['id']}/watchers", json={"email": f"{word}@example.com"})


def ids(items: list[Any]) -> list[str]:
    return [one["id"] for one in items]


async def test_merge_moves_what_hangs_on_it_and_is_undone(client: MakeClient, member: Any) -> None:
    agent, owner, manager = await client("agent"), await member(), await client("manager")
    source, target = await make(agent, "Mail is down"), await make(manager, "Mail server fails")
    await act(manager, source, "assign", user=str(owner.id))
    await fill(agent, source, "kobold")
    await fill(manager, target, "dwarf")
    was, other = await full(manager, source), await full(manager, target)
    answer = await agent.post(f"{API}/{source['id']}/merge", json={"into": target["reference_code"]})
    assert answer.status_code == 200, answer.text
    merged = answer.json()
    assert merged["merged_into"] == {"id": target["id"], "reference_code": target["reference_code"]}
    assert merged["status"]["is_terminal"]
    assert merged["closed_at"]
    assert merged["resolved_at"] is None
    assert merged["operation"] == answer.headers["operation-id"]
    now, gone = await full(manager, target), await full(manager, source)
    for part in ("comments", "tasks", "attachments"):
        assert sorted(ids(now[part])) == sorted(ids(was[part]) + ids(other[part]))
        assert gone[part] == []
    assert [one["title"] for one in now["tasks"]] == ["dwarf task", "kobold task"]
    assert {one["email"] for one in now["watchers"] if one["email"]} == {"kobold@example.com", "dwarf@example.com"}
    assert str(owner.id) in {one["user"]["id"] for one in now["watchers"] if one["user"]}
    found = (await agent.get(API, params={"q": "kobold"})).json()["items"]
    assert target["id"] in ids(found)
    await undo(agent, merged["operation"])
    assert (await full(manager, source), await full(manager, target)) == (was, other)
    assert ids((await agent.get(API, params={"q": "kobold"})).json()["items"]) == [source["id"]]
    assert ids((await agent.get(API, params={"q": "dwarf"})).json()["items"]) == [target["id"]]
    assert [one["type"] for one in await events(manager, source)][-2:] == ["IncidentMerged", "OperationUndone"]
    assert {"MergeReceived", "OperationUndone"} <= {one["type"] for one in await events(manager, target)}


async def test_work_on_the_target_does_not_keep_the_two_together(client: MakeClient) -> None:
    manager = await client("manager")
    source, target = await make(manager), await make(manager)
    await fill(manager, source, "kobold")
    was = await full(manager, source)
    merged = (await manager.post(f"{API}/{source['id']}/merge", json={"into": target["id"]})).json()
    await fill(manager, target, "later")
    await act(manager, target, "transition", status="waiting")
    await undo(manager, merged["operation"])
    assert await full(manager, source) == was
    now = await full(manager, target)
    assert (now["status"]["slug"], [one["title"] for one in now["tasks"]]) == ("waiting", ["later task"])


async def test_tasks_that_are_parted_wait_for_each_other_no_more(client: MakeClient) -> None:
    agent = await client("agent")
    source, target = await make(agent), await make(agent)
    gone = (await agent.post(f"{API}/{source['id']}/tasks", json={"title": "Goes along"})).json()
    kept = (await agent.post(f"{API}/{target['id']}/tasks", json={"title": "Stays"})).json()
    merged = (await agent.post(f"{API}/{source['id']}/merge", json={"into": target["id"]})).json()
    path = f"{API}/{target['id']}/tasks/{kept['id']}"
    assert (await agent.put(path, json={"depends_on": [gone["id"]]})).json()["depends_on"] == [gone["id"]]
    await undo(agent, merged["operation"])
    assert (await agent.get(path)).json()["depends_on"] == []


async def test_a_merged_incident_takes_no_more_acts(client: MakeClient) -> None:
    manager = await client("manager")
    source, target, third = await make(manager), await make(manager), await make(manager)
    await act(manager, source, "merge", into=target["id"])
    for verb, body in (
        ("reopen", {}),
        ("assign", {"user": "me"}),
        ("merge", {"into": third["id"]}),
        ("comments", {"body": "Hello", "is_internal": True}),
        ("tasks", {"title": "More"}),
    ):
        problem = await refused(manager, source, verb, 409, **body)
        assert source["reference_code"] in problem["detail"]
    assert (await manager.delete(f"{API}/{source['id']}")).status_code == 409
    await refused(manager, third, "merge", 409, into=source["id"])


async def test_a_chain_is_parted_from_its_end(client: MakeClient) -> None:
    manager = await client("manager")
    one, two, three = await make(manager), await make(manager), await make(manager)
    await fill(manager, one, "kobold")
    was = await full(manager, one)
    first = await act(manager, one, "merge", into=two["id"])
    second = await act(manager, two, "merge", into=three["id"])
    assert len((await full(manager, three))["comments"]) == 2
    await undo(manager, first["operation"], 409)
    await undo(manager, second["operation"])
    await undo(manager, first["operation"])
    assert await full(manager, one) == was


async def test_two_who_merge_crosswise_and_two_who_undo_at_once_do_not_both_succeed(client: MakeClient) -> None:
    manager = await client("manager")
    one, two = await make(manager), await make(manager)
    answers = await asyncio.gather(
        *(
            manager.post(f"{API}/{source['id']}/merge", json={"into": target["id"]})
            for source, target in ((one, two), (two, one), (one, two))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    operation = next(answer.json()["operation"] for answer in answers if answer.status_code == 200)
    undone = await asyncio.gather(*(manager.post(f"{OPERATIONS}/{operation}/undo", json={}) for _ in range(3)))
    assert sorted(answer.status_code for answer in undone) == [200, 409, 409]


async def test_bad_targets(client: MakeClient, other_tenant: Tenant) -> None:
    manager = await client("manager")
    incident, closed = await make(manager), await make(manager)
    await act(manager, closed, "close")
    foreign = await make(await client("manager", of=other_tenant))
    problems = []
    for into in (foreign["id"], str(UUID(int=5)), "INC-999999"):
        problem = await refused(manager, incident, "merge", 422, into=into)
        problem.pop("request_id")
        problems.append(problem)
    assert problems[0] == problems[1] == problems[2]
    assert fields(problems[0]) == ["into"]
    assert fields(await refused(manager, incident, "merge", 422, into=incident["reference_code"])) == ["into"]
    await refused(manager, incident, "merge", 409, into=closed["id"])
    await refused(await client("viewer"), incident, "merge", 403, into=closed["id"])


async def test_the_tracking_link_leads_on(client: MakeClient, connect: Any, tenant: Tenant) -> None:
    stranger, manager = connect(None, **{"X-Tenant": tenant.slug}), await client("manager")
    answers = []
    for who in ("Ada", "Grace"):
        body = {"title": f"Lift of {who} stuck", "name": who, "email": f"{who.lower()}@example.com"}
        answers.append((await stranger.post(PUBLIC, json=body)).json())
    source, target = [(await manager.get(f"{API}/{one['reference_code']}")).json() for one in answers]
    await manager.post(f"{API}/{source['id']}/comments", json={"body": "For Ada alone", "is_internal": False})
    await act(manager, source, "merge", into=target["id"])
    await manager.post(f"{API}/{target['id']}/comments", json={"body": "The mechanic is here", "is_internal": False})
    path = httpx.URL(answers[0]["tracking_url"]).path
    page = await stranger.get(path)
    assert page.status_code == 200
    assert "The mechanic is here" in page.text
    assert target["reference_code"] in page.text
    watchers = (await manager.get(f"{API}/{target['id']}/watchers")).json()["items"]
    assert "ada@example.com" in {one["email"] for one in watchers}


# ------------------------------------------------------------------------------------------------------------- links


async def link(client: httpx.AsyncClient, one: Any, kind: str, other: Any, status: int = 201) -> Any:
    answer = await client.post(f"{API}/{one['id']}/links", json={"type": kind, "incident": other["reference_code"]})
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize("kind", sorted(INVERSE))
async def test_a_link_reads_from_both_ends(client: MakeClient, kind: LinkType) -> None:
    agent = await client("agent")
    one, two = await make(agent, "One"), await make(agent, "Two")
    made = await link(agent, one, kind, two)
    assert (made["type"], made["incident"]["reference_code"]) == (kind, two["reference_code"])
    assert (await agent.get(f"{API}/{one['id']}/links/{made['id']}")).json() == made
    seen = (await agent.get(f"{API}/{two['id']}/links")).json()["items"]
    assert [(item["type"], item["incident"]["title"]) for item in seen] == [(INVERSE[kind], "One")]
    await link(agent, one, kind, two, 409)
    assert (await agent.delete(f"{API}/{two['id']}/links/{made['id']}")).status_code == 204
    assert (await agent.get(f"{API}/{one['id']}/links")).json()["items"] == []
    told = [event["type"] for event in await events(agent, two)]
    assert told[-2:] == ["IncidentLinked", "IncidentUnlinked"]


async def test_circles_and_second_parents_are_refused(client: MakeClient, other_tenant: Tenant) -> None:
    agent = await client("agent")
    a, b, c = await make(agent), await make(agent), await make(agent)
    for kind in ("child_of", "blocks"):
        await link(agent, a, kind, b)
        await link(agent, b, kind, c)
        await link(agent, c, kind, a, 409)
        await link(agent, b, kind, a, 409)
        await link(agent, a, kind, a, 422)
    await link(agent, a, "child_of", c, 409)
    await link(agent, a, "relates", c)
    await link(agent, c, "relates", a, 409)
    foreign = await make(await client("agent", of=other_tenant))
    answer = await agent.post(f"{API}/{a['id']}/links", json={"type": "relates", "incident": foreign["id"]})
    assert (answer.status_code, fields(answer.json())) == (422, ["incident"])


async def test_a_part_leaves_a_parent_that_was_merged(client: MakeClient) -> None:
    agent = await client("agent")
    part, parent, other = await make(agent), await make(agent), await make(agent)
    links = f"{API}/{part['id']}/links"
    link = (await agent.post(links, json={"type": "child_of", "incident": parent["id"]})).json()
    merged = (await agent.post(f"{API}/{parent['id']}/merge", json={"into": other["id"]})).json()
    assert (await agent.delete(f"{API}/{parent['id']}/links/{link['id']}")).status_code == 409
    assert (await agent.delete(f"{links}/{link['id']}")).status_code == 204
    assert (await agent.post(links, json={"type": "child_of", "incident": other["id"]})).status_code == 201
    await undo(agent, merged["operation"])


async def test_two_who_close_a_circle_at_once_do_not_both_succeed(client: MakeClient) -> None:
    agent = await client("agent")
    ring = [await make(agent) for _ in range(4)]
    answers = await asyncio.gather(
        *(
            agent.post(f"{API}/{one['id']}/links", json={"type": "blocks", "incident": other["id"]})
            for one, other in zip(ring, [*ring[1:], ring[0]], strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 409]


@pytest.mark.parametrize("verb", ["close", "resolve"])
async def test_children_end_with_their_parent_by_choice(client: MakeClient, verb: str) -> None:
    agent = await client("agent")
    parent, child, grandchild, done = [await make(agent, title) for title in ("Parent", "Child", "Grandchild", "Done")]
    for one, above in ((child, parent), (grandchild, child), (done, parent)):
        await link(agent, one, "child_of", above)
    await act(agent, done, "resolve")
    family = (parent, child, grandchild, done)
    before = [await shown(agent, one) for one in family]
    answer = await agent.post(f"{API}/{parent['id']}/{verb}", json={"children": True, "note": "All of it"})
    assert answer.status_code == 200, answer.text
    wanted = {"close": "closed", "resolve": "resolved"}[verb]
    assert [(await shown(agent, one))["status"]["slug"] for one in (parent, child, grandchild)] == [wanted] * 3
    assert (await shown(agent, done))["status"]["slug"] == "resolved"
    found = await undo(agent, answer.headers["operation-id"])
    assert len(found["results"]) == 3
    assert [await shown(agent, one) for one in family] == before
    alone = await act(agent, parent, verb)
    assert still(alone)["status"]["slug"] == wanted
    assert (await shown(agent, child))["status"]["slug"] == "open"


@given(st.sampled_from(sorted(INVERSE)), st.booleans(), st.booleans(), st.booleans())
def test_a_link_is_refused_for_a_reason_or_not_at_all(kind: Any, is_so: bool, circles: bool, has_parent: bool) -> None:
    why_not = refuse_link(kind, is_so=is_so, circles=circles, has_parent=has_parent)
    assert (why_not is None) == (not (is_so or circles or has_parent))
