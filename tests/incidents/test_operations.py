"""Undoing: what an act did is put back to the letter, the trail keeps both; refused once something else has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.conftest import Client, Member
from tests.incidents.steps import API, MakeClient, act, events, make, refused
from tocsin.base.errors import Refused
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.tenancy.model import Tenant

OPERATIONS = "/api/incidents/v1/operations"
CHANGED_ANYWAY = ("version", "updated_at")


def still(incident: dict[str, Any]) -> dict[str, Any]:
    """An incident without what rises with every change."""
    return {name: value for name, value in incident.items() if name not in CHANGED_ANYWAY}


async def shown(client: httpx.AsyncClient, incident: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get(f"{API}/{incident['id']}")
    assert answer.status_code == 200, answer.text
    return still(answer.json())


async def do(client: httpx.AsyncClient, incident: dict[str, Any], verb: str, /, **body: Any) -> str:
    """Run a verb, or with none change fields; the operation by which it can be undone."""
    path = f"{API}/{incident['id']}"
    answer = await client.post(f"{path}/{verb}", json=body) if verb else await client.put(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.headers["operation-id"]


async def undo(client: httpx.AsyncClient, operation: str, status: int = 200) -> Any:
    answer = await client.post(f"{OPERATIONS}/{operation}/undo", json={})
    assert answer.status_code == status, answer.text
    return answer.json()


@pytest.mark.parametrize(
    "verb", ["priority", "waiting", "resolved", "closed", "assign", "collaborator", "team", "unassign", "delegate"]
)
async def test_undoing_puts_state_people_and_clocks_back(
    client: MakeClient, member: Any, verb: str, connect: Client
) -> None:
    owner, other, manager = await member(), await member(), await client("manager")
    incident = await make(manager, priority="high")
    await act(manager, incident, "assign", user=str(owner.id))
    await act(manager, incident, "assign", user=str(other.id), **{"as": "collaborator"})
    before, watchers = await shown(manager, incident), (await manager.get(f"{API}/{incident['id']}/watchers")).json()
    third = await member()
    team = (await (await client()).post("/api/access/v1/teams", json={"name": "Night", "slug": "night"})).json()
    acts: dict[str, tuple[str, dict[str, Any]]] = {
        "priority": ("", {"priority": "critical"}),
        "waiting": ("transition", {"status": "waiting"}),
        "resolved": ("resolve", {}),
        "closed": ("close", {}),
        "assign": ("assign", {"user": str(third.id)}),
        "collaborator": ("assign", {"user": str(third.id), "as": "collaborator"}),
        "team": ("assign", {"team": team["id"], "user": str(other.id)}),
        "unassign": ("unassign", {}),
        "delegate": ("delegate", {"user": str(third.id)}),
    }
    path, body = acts[verb]
    operation = await do(manager, incident, path, **body)
    assert await shown(manager, incident) != before
    found = await undo(manager, operation)
    assert (found["state"], [one["status"] for one in found["results"]]) == ("undone", [200])
    assert await shown(manager, incident) == before
    assert (await manager.get(f"{API}/{incident['id']}/watchers")).json() == watchers
    told = [one["type"] for one in await events(manager, incident)]
    assert told[-1] == "OperationUndone"
    await undo(manager, operation, 409)


async def test_delete_is_undone_and_names_its_operation(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await make(manager)
    before = await shown(manager, incident)
    answer = await manager.delete(f"{API}/{incident['id']}")
    assert answer.status_code == 204
    await undo(manager, answer.headers["operation-id"])
    assert await shown(manager, incident) == before


async def test_undoing_is_refused_once_something_else_changed(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await make(manager)
    operation = await do(manager, incident, "transition", status="triaged")
    await manager.post(f"{API}/{incident['id']}/comments", json={"body": "Looking.", "is_internal": True})
    problem = await undo(manager, operation, 409)
    assert incident["reference_code"] in problem["detail"]
    found = (await manager.get(f"{OPERATIONS}/{operation}")).json()
    assert (found["state"], found["undone_at"]) == ("done", None)


async def test_undoing_takes_the_right_to_what_was_done(client: MakeClient, other_tenant: Tenant) -> None:
    agent, another, viewer = await client("agent"), await client("agent"), await client("viewer")
    incident = await make(agent)
    operation = await do(agent, incident, "transition", status="triaged")
    await undo(viewer, operation, 403)
    await undo(await client("admin", of=other_tenant), operation, 404)
    await undo(another, operation)
    operation = await do(await client("manager"), incident, "assign", user="me")
    await undo(another, operation, 403)
    await undo(agent, str(UUID(int=9)), 404)
    await undo(agent, "nonsense", 404)


async def test_undoing_is_answered_again_under_its_key(client: MakeClient) -> None:
    manager = await client("manager")
    first, second = await make(manager), await make(manager)
    one = await do(manager, first, "resolve")
    body = {"ids": [first["id"], second["id"]], "do": "tag", "with": {"add": ["x"]}}
    many = (await manager.post(f"{API}/bulk", json=body)).json()["operation"]
    await do(manager, first, "transition", status="triaged")
    for operation, status in ((many, 200), (one, 409)):
        key = {"Idempotency-Key": f"undo-{operation}"}
        asked = [await manager.post(f"{OPERATIONS}/{operation}/undo", json={}, headers=key) for _ in range(2)]
        assert [answer.status_code for answer in asked] == [status, status], asked[1].text
        if status == 200:
            assert asked[0].json() == asked[1].json()
            assert asked[1].headers["Idempotent-Replayed"] == "true"


async def test_what_is_somebodys_own_act_is_undone_by_them_or_who_may_assign(
    client: MakeClient, member: Any, connect: Any
) -> None:
    admin, manager = await client("admin"), await client("manager")
    one, other = await member(name="One"), await member(name="Other")
    own, stranger = connect(one.token), connect(other.token)
    for slug in ("first", "second"):
        body = {"name": slug, "slug": slug, "members": [str(one.id)]}
        assert (await admin.post("/api/access/v1/teams", json=body)).status_code == 201
    incident = await make(admin, team="first")
    verbs: tuple[tuple[str, dict[str, Any]], ...] = (
        ("claim", {}),
        ("delegate", {"user": str(other.id)}),
        ("recall", {}),
        ("hand-over", {"team": "second"}),
    )
    operations = [await do(own, incident, verb, **given) for verb, given in verbs]
    page = f"/operations/{operations[-1]}"
    assert "Undo all of it" in (await own.get(page)).text
    assert "Undo all of it" not in (await stranger.get(page)).text
    for operation in reversed(operations):
        await undo(stranger, operation, 403)
        await undo(manager if operation == operations[0] else own, operation)
    assert (await shown(admin, incident))["assigned_to"] is None
    bulk = {"ids": [incident["id"]], "do": "claim", "with": {}}
    done = (await own.post("/api/incidents/v1/incidents/bulk", json=bulk)).json()
    await undo(stranger, done["operation"], 403)
    await undo(own, done["operation"])


async def test_undo_has_a_window(
    database: Database, member: Any, client: MakeClient, at: Callable[[datetime], Any]
) -> None:
    person: Member = await member("manager")
    manager = await client("manager")
    incident = await make(manager)
    operation = await do(manager, incident, "resolve")
    created = datetime.fromisoformat(incident["created_at"])
    async with at(created + timedelta(hours=24, minutes=1)) as tx:
        with pytest.raises(Refused, match="24 hours"):
            await service.begin_undo(tx, person.actor, operation, tx.real_now)


async def test_a_breach_found_meanwhile_stays_and_clocks_run_on(
    member: Any, at: Callable[[datetime], Any], client: MakeClient
) -> None:
    person: Member = await member("manager")
    manager = await client("manager")
    incident = await make(manager, priority="high")
    start = datetime.fromisoformat(incident["created_at"])
    due = datetime.fromisoformat(incident["sla"]["resolution_due_at"])
    async with at(start + timedelta(minutes=1)) as tx:
        await service.transition(tx, person.actor, incident["id"], "waiting")
        operation = str(service.recorded(tx))
    async with at(start + timedelta(hours=20)) as tx:
        await service.check_clock(tx, UUID(incident["id"]))
        _, rest = await service.begin_undo(tx, person.actor, operation, tx.real_now)
        assert rest == []
    async with at(start + timedelta(hours=20)) as tx:
        now = await service.show(tx, person.actor, incident["id"])
        assert now.sla is not None
        assert now.sla.paused_at is None
        assert now.sla.resolution_due_at == due
        assert now.sla.response_breached_at is not None, "the reply was due long before: that was found while it waited"


@pytest.mark.parametrize("verb", ["resolve", "close", "merge"])
async def test_a_wish_for_more_time_waits_for_its_answer_again(client: MakeClient, verb: str) -> None:
    manager, agent = await client("manager"), await client("agent")
    incident, other = await make(agent), await make(agent)
    due = datetime.fromisoformat(incident["sla"]["resolution_due_at"]) + timedelta(hours=2)
    asked = await agent.post(
        f"{API}/{incident['id']}/extensions", json={"due_at": due.isoformat(), "reason": "Spare part"}
    )
    operation = await do(agent, incident, verb, **({"into": other["id"]} if verb == "merge" else {}))
    path = f"{API}/{incident['id']}/extensions/{asked.json()['id']}"
    assert (await agent.get(path)).json()["state"] == "expired"
    await undo(agent, operation)
    assert (await agent.get(path)).json() == asked.json()
    assert (await manager.post(f"{path}/approve", json={})).status_code == 200


async def test_an_ended_ladder_and_cancelled_reminders_go_on(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client()
    policy = {
        "name": "Nobody",
        "conditions": "source:api",
        "trigger": {"on": "unassigned", "after": "PT15M"},
        "steps": [{"after": "PT0M", "actions": [{"do": "raise_priority"}]}],
        "is_active": True,
    }
    assert (await admin.post("/api/escalation/v1/policies", json=policy)).status_code == 201
    incident = await make(admin)
    remind = {"reminder_type": "look", "before_due": "PT1H", "channel": "email"}
    assert (await admin.post(f"{API}/{incident['id']}/reminders", json=remind)).status_code == 201

    async def timers() -> Any:
        async with database.tenant(tenant.id) as tx:
            return [
                [tuple(row) for row in await tx.rows(sql, tenant.id)]
                for sql in (
                    "select state, next_step_at, ended_because from escalation_runs where tenant_id = $1",
                    "select state, scheduled_for, cancelled_at from incident_reminders where tenant_id = $1",
                )
            ]

    before = await timers()
    operation = await do(admin, incident, "close")
    assert await timers() != before
    await undo(admin, operation)
    assert await timers() == before


async def test_a_teams_clock_runs_on_as_if_it_had_never_stopped(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client()
    assert (await admin.post("/api/access/v1/teams", json={"name": "Network", "slug": "network"})).status_code == 201
    promise = {"name": "Network", "team": "network", "hands_minutes": 60}
    answer = await admin.post("/api/sla/v1/policies", json=promise)
    assert answer.status_code == 201, answer.text
    incident = await make(admin, team="network")

    async def clocks() -> list[tuple[Any, ...]]:
        async with database.tenant(tenant.id) as tx:
            sql = "select team_id, held, running_since, due_at, next_check_at from incident_team_clocks where tenant_id = $1"
            return [tuple(row) for row in await tx.rows(sql, tenant.id)]

    before = await clocks()
    assert len(before) == 1
    operation = await do(admin, incident, "resolve")
    assert await clocks() != before
    await undo(admin, operation)
    assert await clocks() == before


async def test_verbs_of_one_transaction_are_one_operation(
    client: MakeClient, member: Any, database: Database, tenant: Tenant
) -> None:
    person: Member = await member("manager")
    manager = await client("manager")
    incident = await make(manager)
    before = await shown(manager, incident)
    async with database.tenant(tenant.id) as tx:
        await service.assign(tx, person.actor, incident["id"], user=str(person.id))
        await service.transition(tx, person.actor, incident["id"], "in-progress")
        await service.resolve(tx, person.actor, incident["id"])
        operation = str(service.recorded(tx))
    await undo(manager, operation)
    assert await shown(manager, incident) == before


async def test_a_second_undo_follows_the_first_in_turn(client: MakeClient, member: Any) -> None:
    """The last change first: what was before the last but one is reached by undoing both."""
    manager, owner = await client("manager"), await member()
    incident = await make(manager)
    reached, operations = [await shown(manager, incident)], []
    for verb, given in (
        ("transition", {"status": "triaged"}),
        ("assign", {"user": str(owner.id)}),
        ("transition", {"status": "waiting"}),
        ("resolve", {}),
    ):
        operations.append(await do(manager, incident, verb, **given))
        reached.append(await shown(manager, incident))
    await undo(manager, operations[0], 409)
    for operation, before in reversed(list(zip(operations, reached, strict=False))):
        await undo(manager, operation)
        found = await shown(manager, incident)
        assert {**found, "assignees": before["assignees"]} == before
        assert [one["id"] for one in found["assignees"]] == [one["id"] for one in before["assignees"]]


async def test_nothing_else_is_undone_in_turn(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await make(manager)
    first = await do(manager, incident, "transition", status="triaged")
    await manager.put(f"{API}/{incident['id']}", json={"title": "Another"})
    second = await do(manager, incident, "transition", status="waiting")
    await undo(manager, second)
    await undo(manager, first, 409)


async def test_operations_of_refused_verbs_are_not_written(client: MakeClient) -> None:
    manager = await client("manager")
    incident = await make(manager)
    await refused(manager, incident, "transition", 422, status="nowhere")
    await refused(manager, incident, "reopen", 409)


async def test_a_put_that_runs_verbs_is_undone_as_they_are(client: MakeClient, member: Any) -> None:
    manager, agent, owner = await client("manager"), await client("agent"), await member()
    incident = await make(manager)
    before = await shown(manager, incident)
    url = f"{API}/{incident['id']}"
    for body in (
        {"assigned_to": str(owner.id), "status": "in-progress", "title": "Other", "metadata": {"a": 1}},
        {"status": "resolved"},
    ):
        answer = await manager.put(url, json=body)
        assert answer.status_code == 200, answer.text
        if "assigned_to" in body:
            await undo(agent, answer.headers["operation-id"], 403)
        await undo(manager, answer.headers["operation-id"])
        assert await shown(manager, incident) == before
    assert "operation-id" not in (await manager.put(url, json={"title": "Plain"})).headers
