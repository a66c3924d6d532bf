"""One verb for many incidents: each by itself, with its own permission and rules; long ones by a job; undone as a whole."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, act, fields, make
from tests.incidents.test_operations import OPERATIONS, shown, undo
from tocsin.base.settings import Settings
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.incidents.service import bulk
from tocsin.tenancy.model import Tenant


async def many(client: httpx.AsyncClient, status: int = 200, /, **body: Any) -> Any:
    answer = await client.post(f"{API}/bulk", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_each_is_answered_as_the_verb_alone_would(client: MakeClient, other_tenant: Tenant) -> None:
    manager = await client("manager")
    one, two, closed = await make(manager), await make(manager), await make(manager)
    await act(manager, closed, "close")
    foreign = await make(await client("manager", of=other_tenant))
    nobody = str(UUID(int=4))
    ids = [one["id"], two["reference_code"], closed["id"], foreign["id"], nobody, one["id"]]
    answer = await manager.post(f"{API}/bulk", json={"ids": ids, "do": "transition", "with": {"status": "in-progress"}})
    found = answer.json()
    assert answer.headers["operation-id"] == found["operation"]
    assert [(r["incident"], r["status"]) for r in found["results"]] == list(
        zip(ids[:5], (200, 200, 409, 404, 404), strict=True)
    )
    assert [r["problem"] is None for r in found["results"]] == [True, True, False, False, False]
    absent = [{k: v for k, v in r["problem"].items() if k != "request_id"} for r in found["results"][3:]]
    assert absent[0] == absent[1]
    assert [r["id"] for r in found["results"]] == [one["id"], two["id"], closed["id"], None, None]
    assert (await shown(manager, one))["status"]["slug"] == "in-progress"


async def test_permission_is_checked_for_each(client: MakeClient, member: Any, connect: Any) -> None:
    manager, owner, other = await client("manager"), await member("agent"), await member()
    own, another = await make(manager), await make(manager)
    await act(manager, own, "assign", user=str(owner.id))
    await act(manager, another, "assign", user=str(other.id))
    third = await member()
    found = await many(
        connect(owner.token), ids=[own["id"], another["id"]], do="delegate", **{"with": {"user": str(third.id)}}
    )
    assert [r["status"] for r in found["results"]] == [200, 403]
    await many(await client("viewer"), 403, ids=[own["id"]], do="close")
    await many(await client("agent"), 403, ids=[own["id"]], do="assign", **{"with": {"user": str(third.id)}})


@pytest.mark.parametrize("do, body, status", [
    ("assign", {"user": "me"}, 200),
    ("unassign", {}, 409),
    ("claim", {"note": "Ours"}, 200),
    ("hand_over", {"team": "nobody-known"}, 422),
    ("acknowledge", {}, 200),
    ("resolve", {"note": "Done"}, 200),
    ("close", {}, 200),
    ("reopen", {}, 409),
    ("update", {"priority": "critical", "category": None, "tags": ["vpn"]}, 200),
    ("delete", {}, 204),
    ("restore", {}, 409),
    ("merge", {"into": "INC-000001"}, 200),
    ("tag", {"add": ["vpn"], "remove": ["never-there"]}, 200),
    ("tag", {}, 422),
    ("watch", {"email": "out@side.example"}, 201),
    ("watch", {}, 422),
    ("comment", {"body": "We are *on* it", "is_internal": False}, 201),
    ("comment", {"body": " "}, 422),
    ("macro", {"macro": "none-such"}, 422),
    ("escalate", {"priority": "critical", "reason": "All of them"}, 200),
])  # fmt: skip
async def test_every_verb_can_be_undone(client: MakeClient, do: str, body: dict[str, Any], status: int) -> None:
    manager = await client("manager")
    await make(manager, "The first")
    incidents = [await make(manager) for _ in range(3)]

    async def seen(incident: dict[str, Any]) -> list[Any]:
        watchers = (await manager.get(f"{API}/{incident['id']}/watchers")).json()["items"]
        return [await shown(manager, incident), watchers]

    before = [await seen(one) for one in incidents]
    found = await many(manager, ids=[one["id"] for one in incidents], do=do, **{"with": body})
    assert [r["status"] for r in found["results"]] == [status] * 3
    if status >= 300:
        return
    undone = await undo(manager, found["operation"])
    assert (undone["state"], undone["succeeded"]) == ("undone", 3)
    assert [await seen(one) for one in incidents] == before


async def test_tags_set_on_many_are_found_and_found_no_more_when_undone(client: MakeClient) -> None:
    manager = await client("manager")
    incidents = [await make(manager) for _ in range(2)]
    found = await many(manager, ids=[one["id"] for one in incidents], do="update", **{"with": {"tags": ["vpn"]}})

    async def tagged() -> int:
        return len((await manager.get(API, params={"tag": "vpn"})).json()["items"])

    assert await tagged() == 2
    await undo(manager, found["operation"])
    assert await tagged() == 0


async def test_what_cannot_be_is_refused_whole(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await make(manager)
    ids = [incident["id"]]
    assert fields(await many(manager, 422, ids=ids, do="dance")) == ["do"]
    assert fields(await many(manager, 422, ids=ids, do="transition", **{"with": {}})) == ["with.status"]
    assert fields(await many(manager, 422, ids=ids, do="transition", **{"with": {"status": 5}})) == ["with.status"]
    assert fields(await many(manager, 422, ids=ids, do="close", **{"with": {"x": 5}})) == ["with.x"]
    assert fields(await many(manager, 422, do="close")) == ["ids"]
    assert fields(await many(manager, 422, do="close", ids=ids, q="x")) == ["ids"]
    assert fields(await many(manager, 422, do="close", ids="all")) == ["ids"]
    assert (await many(manager, do="close", ids=[]))["results"] == []


async def test_a_query_chooses_and_undo_leaves_what_changed_since(client: MakeClient) -> None:
    manager = await client("manager")
    wanted = [await make(manager, f"Kobold {n}") for n in range(3)]
    other = await make(manager, "Dwarf")
    found = await many(manager, q="kobold", do="assign", **{"with": {"user": "me"}})
    assert sorted(r["incident"] for r in found["results"]) == sorted(one["id"] for one in wanted)
    assert (await shown(manager, other))["assigned_to"] is None
    await act(manager, wanted[1], "transition", status="triaged")
    undone = await undo(manager, found["operation"])
    assert {r["incident"]: r["status"] for r in undone["results"]} == {
        wanted[0]["id"]: 200,
        wanted[1]["id"]: 409,
        wanted[2]["id"]: 200,
    }
    assert [(await shown(manager, one))["assigned_to"] is None for one in wanted] == [True, False, True]
    await undo(manager, found["operation"], 409)


async def test_undo_is_refused_when_all_changed_since(client: MakeClient) -> None:
    manager = await client("manager")
    incidents = [await make(manager) for _ in range(2)]
    found = await many(manager, ids=[one["id"] for one in incidents], do="acknowledge")
    for one in incidents:
        await act(manager, one, "transition", status="triaged")
    await undo(manager, found["operation"], 409)
    assert (await manager.get(f"{OPERATIONS}/{found['operation']}")).json()["state"] == "done"


async def test_the_same_key_gets_the_same_results(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await make(manager)
    body = {"ids": [incident["id"]], "do": "resolve", "with": {}}
    answers = [await manager.post(f"{API}/bulk", json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["results"][0]["status"] == 200
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_the_same_request_does_what_one_that_died_has_left(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    manager = await client("manager")
    ids = [(await make(manager))["id"] for _ in range(2)]
    body, key = {"ids": ids, "do": "acknowledge", "with": {}}, {"Idempotency-Key": "k1"}
    begun = (await manager.post(f"{API}/bulk", json=body, headers=key)).json()
    async with database.tenant(tenant.id) as tx:
        which = (tenant.id, UUID(begun["operation"]))
        await tx.run(
            "update incident_operations set state = 'running', next_run_at = now(), finished_at = null where tenant_id = $1 and id = $2",
            *which,
        )
        await tx.run(
            "update incident_operation_items set status = null where tenant_id = $1 and operation_id = $2 and place = 1",
            *which,
        )
    again = (await manager.post(f"{API}/bulk", json=body, headers=key)).json()
    assert again == begun


async def test_two_who_work_at_one_operation_both_wait_for_all_of_it(
    client: MakeClient, member: Any, database: Database, tenant: Tenant
) -> None:
    manager, actor = await client("manager"), (await member("manager")).actor
    ids = [(await make(manager))["id"] for _ in range(5)]
    given = {"body": "We are on it", "is_internal": True}
    async with database.tenant(tenant.id) as tx:
        operation = await service.begin_bulk(tx, actor, do="comment", given=given, refs=ids)
    works = (service.do_at_once(lambda: database.tenant(tenant.id), lambda: actor, operation) for _ in range(3))
    for found in await asyncio.gather(*works):
        assert (found.state, [one.status for one in found.results]) == ("done", [201] * 5)
    for one in ids:
        assert len((await manager.get(f"{API}/{one}/comments")).json()["items"]) == 1


async def test_what_died_goes_on_when_it_is_asked_for_again(
    client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = await client("manager")
    incidents = [await make(manager) for _ in range(2)]
    body = {"ids": [one["id"] for one in incidents], "do": "resolve", "with": {}}

    async def die(*_args: object, **_options: object) -> None:
        raise ConnectionError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(service, "do_at_once", die)
        died = await manager.post(f"{API}/bulk", json=body, headers={"Idempotency-Key": "k2"})
    assert died.status_code == 503
    again = await manager.post(f"{API}/bulk", json=body, headers={"Idempotency-Key": "k2"})
    assert again.headers["idempotent-replayed"] == "true"
    assert [one["status"] for one in again.json()["results"]] == [200, 200]


async def test_an_undo_under_a_key_is_done_once(client: MakeClient) -> None:
    manager = await client("manager")
    incidents = [await make(manager) for _ in range(2)]
    found = await many(manager, ids=[one["id"] for one in incidents], do="acknowledge")
    address, headers = f"{OPERATIONS}/{found['operation']}/undo", {"Idempotency-Key": "k3"}
    answers = [await manager.post(address, json={}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["state"] == "undone"
    assert (await manager.post(address, json={})).status_code == 409


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than two are too many to wait for."""
    monkeypatch.setattr(bulk, "INLINE", 2)


async def work(database: Database, settings: Settings, tenant: Tenant, operation: str) -> None:
    await service.run_operation(database, settings, tenant.id, UUID(operation))


async def test_a_job_goes_on_by_itself(
    few: None, client: MakeClient, database: Database, app_settings: Settings, tenant: Tenant
) -> None:
    manager = await client("manager")
    incidents = [await make(manager) for _ in range(5)]
    before = [await shown(manager, one) for one in incidents]
    answer = await manager.post(f"{API}/bulk", json={"ids": [one["id"] for one in incidents], "do": "close"})
    assert (answer.status_code, answer.json()["results"], answer.json()["state"]) == (202, [], "queued")
    operation = answer.json()["operation"]
    assert answer.headers["location"] == f"{OPERATIONS}/{operation}"
    await undo(manager, operation, 409)
    async with database.tenant(tenant.id) as tx:
        due = await tx.rows(service.OPERATIONS_DUE.replace("$1", "now()").replace("$2", "10"))
        assert UUID(operation) in [row["id"] for row in due]
    await asyncio.gather(*(work(database, app_settings, tenant, operation) for _ in range(2)))
    found = (await manager.get(f"{OPERATIONS}/{operation}")).json()
    assert (found["state"], found["progress"]) == ("done", {"done": 5, "total": 5})
    assert [r["status"] for r in found["results"]] == [200] * 5
    page = (await manager.get(f"{OPERATIONS}/{operation}/results", params={"limit": 2})).json()
    assert len(page["items"]) == 2
    assert page["next_cursor"]
    answer = await manager.post(f"{OPERATIONS}/{operation}/undo", json={})
    assert (answer.status_code, answer.json()["state"]) == (202, "undoing")
    await work(database, app_settings, tenant, operation)
    assert (await manager.get(f"{OPERATIONS}/{operation}")).json()["state"] == "undone"
    assert [await shown(manager, one) for one in incidents] == before


async def test_a_job_can_be_cancelled_and_what_it_did_undone(
    few: None,
    client: MakeClient,
    database: Database,
    app_settings: Settings,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manager = await client("manager")
    incidents = [await make(manager) for _ in range(4)]
    operation = (await many(manager, 202, ids=[one["id"] for one in incidents], do="close"))["operation"]
    monkeypatch.setattr(bulk, "SHIFT_SECONDS", 0.0)
    await work(database, app_settings, tenant, operation)
    answer = await manager.post(f"{OPERATIONS}/{operation}/cancel", json={})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["state"] == "cancelled"
    assert [r["status"] for r in found["results"]] == [409] * 4
    assert {r["problem"]["type"] for r in found["results"]} == {"urn:tocsin:problem:cancelled"}
    assert (found["progress"], found["failed"]) == ({"done": 0, "total": 4}, 0)
    told = (await manager.get(f"/operations/{operation}")).text
    assert told.count("cancelled before it came") == 1
    assert all(f'href="/incidents/{one["reference_code"]}"' in told for one in incidents)
    assert (await manager.post(f"{OPERATIONS}/{operation}/cancel", json={})).status_code == 409
    monkeypatch.undo()
    await work(database, app_settings, tenant, operation)
    assert [(await shown(manager, one))["status"]["slug"] for one in incidents] == ["open"] * 4
    await undo(manager, operation, 409)


async def test_a_job_stops_at_rights_that_were_taken(
    few: None, client: MakeClient, member: Any, connect: Any, database: Database, app_settings: Settings, tenant: Tenant
) -> None:
    admin, person = await client(), await member("manager")
    incidents = [await make(admin) for _ in range(3)]
    operation = (await many(connect(person.token), 202, ids=[one["id"] for one in incidents], do="delete"))["operation"]
    answer = await admin.put(f"/api/access/v1/users/{person.id}", json={"roles": ["agent"]})
    assert answer.status_code == 200, answer.text
    await work(database, app_settings, tenant, operation)
    found = (await admin.get(f"{OPERATIONS}/{operation}")).json()
    assert [r["status"] for r in found["results"]] == [403] * 3


async def test_an_operation_is_nobody_elses(client: MakeClient, other_tenant: Tenant) -> None:
    manager = await client("manager")
    operation = (await many(manager, ids=[(await make(manager))["id"]], do="close"))["operation"]
    for stranger in (await client("reporter"), await client("admin", of=other_tenant)):
        assert (await stranger.get(f"{OPERATIONS}/{operation}")).status_code == 404
    assert (await (await client("viewer")).get(f"{OPERATIONS}/{operation}")).status_code == 200


async def test_a_macro_for_many_is_undone_as_a_whole_by_who_may_do_all_of_it(client: MakeClient) -> None:
    admin, agent = await client("admin"), await client("agent")
    steps = [
        {"do": "priority", "priority": "high"},
        {"do": "comment", "body": "The mail gateway is down.", "is_internal": False},
        {"do": "assign", "user": "me"},
        {"do": "task", "title": "Call them"},
        {"do": "transition", "status": "waiting"},
    ]
    made = await admin.post("/api/incidents/v1/macros", json={"name": "Gateway", "steps": steps})
    assert made.status_code == 201, made.text
    incidents = [await make(admin) for _ in range(2)]
    before = [await shown(admin, one) for one in incidents]
    found = await many(admin, ids=[one["id"] for one in incidents], do="macro", **{"with": {"macro": "gateway"}})
    assert [r["status"] for r in found["results"]] == [200, 200]

    async def said(incident: Any, what: str) -> list[str]:
        items = (await admin.get(f"{API}/{incident['id']}/{what}")).json()["items"]
        return [one.get("body") or one.get("title") or "" for one in items]

    assert await said(incidents[0], "comments") == ["The mail gateway is down."]
    assert await said(incidents[0], "tasks") == ["Call them"]
    assert (await undo(agent, found["operation"], 403))["status"] == 403, "assigning takes another right"
    await undo(admin, found["operation"])
    assert [await shown(admin, one) for one in incidents] == before
    assert await said(incidents[1], "comments") == [""], "that it was there stays"
    assert await said(incidents[1], "tasks") == []
    alone = await admin.post(f"{API}/{incidents[0]['id']}/macros/gateway", json={})
    await undo(agent, alone.headers["operation-id"], 403)
    await undo(admin, alone.headers["operation-id"])
    assert await shown(admin, incidents[0]) == before[0]
