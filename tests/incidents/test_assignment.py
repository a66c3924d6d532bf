"""Owner, co-assignees, teams, delegation and recall."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from tests.conftest import Member
from tests.incidents.steps import API, MakeClient, act, events, fields, make, refused
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.incidents.service.delegate import DELEGATIONS_NEXT
from tocsin.tenancy.model import Tenant


def people(incident: dict[str, Any]) -> list[tuple[str, str]]:
    return [(person["id"], person["as"]) for person in incident["assignees"]]


async def test_assign_replaces_the_owner_and_keeps_collaborators(client: MakeClient, member: Any) -> None:
    manager, one, two, three = await client("manager"), await member(), await member(), await member()
    incident = await make(manager)
    await act(manager, incident, "assign", user=str(one.id), note="Yours")
    await act(manager, incident, "assign", user=two.email, **{"as": "collaborator"})
    now = await act(manager, incident, "assign", user=str(three.id))
    assert now["assigned_to"]["id"] == str(three.id)
    assert people(now) == [(str(three.id), "owner"), (str(two.id), "collaborator")]
    await refused(manager, incident, "assign", 409, user=str(three.id))
    await refused(manager, incident, "assign", 409, user=str(two.id), **{"as": "collaborator"})
    promoted = await act(manager, incident, "assign", user=str(two.id))
    assert people(promoted) == [(str(two.id), "owner")]
    history = (await manager.get(f"{API}/{incident['id']}/assignments")).json()["items"]
    assert [entry["assigned_to"]["id"] for entry in history] == [str(p.id) for p in (one, two, three, two)]
    assert [entry["is_active"] for entry in history] == [False, False, False, True]
    nobody = await act(manager, incident, "unassign")
    assert (nobody["assigned_to"], nobody["assignees"]) == (None, [])
    await refused(manager, incident, "unassign", 409)


async def test_inactive_and_foreign_people_are_the_same_422(
    client: MakeClient, member: Any, other_tenant: Tenant
) -> None:
    manager = await client("manager")
    incident = await make(manager)
    gone, foreign = await member(active=False), await member(of=other_tenant)
    problems = []
    for who in (gone.id, foreign.id, UUID(int=7)):
        problem = await refused(manager, incident, "assign", 422, user=str(who))
        problem.pop("request_id")
        problems.append(problem)
    assert problems[0] == problems[1] == problems[2]
    assert fields(problems[0]) == ["user"]


async def test_an_agent_may_delegate_but_not_assign(client: MakeClient, member: Any, connect: Any) -> None:
    manager, owner, other = await client("manager"), await member(), await member()
    incident = await make(manager)
    as_owner, as_other = connect(owner.token), connect(other.token)
    await refused(as_owner, incident, "assign", 403, user="me")
    await refused(as_owner, incident, "delegate", 403, user=str(other.id))
    await act(manager, incident, "assign", user=str(owner.id))
    await refused(as_owner, incident, "delegate", 409, user=str(owner.id))
    delegated = await act(as_owner, incident, "delegate", user=str(other.id), note="On holiday")
    assert delegated["assigned_to"]["id"] == str(other.id)
    assert delegated["assignees"][0]["delegated_from"] == str(owner.id)
    watchers = (await manager.get(f"{API}/{incident['id']}/watchers")).json()["items"]
    assert [w["user"]["id"] for w in watchers] == [str(owner.id)]
    await refused(as_other, incident, "delegate", 409, user=str(owner.id))
    back = await act(as_owner, incident, "recall")
    assert people(back) == [(str(owner.id), "owner")]
    await refused(as_owner, incident, "recall", 409)


async def test_recall_by_an_earlier_one_undoes_the_chain(client: MakeClient, member: Any, connect: Any) -> None:
    manager = await client("manager")
    chain: list[Member] = [await member() for _ in range(3)]
    incident = await make(manager)
    await act(manager, incident, "assign", user=str(chain[0].id))
    await act(connect(chain[0].token), incident, "delegate", user=str(chain[1].id))
    await act(connect(chain[1].token), incident, "delegate", user=str(chain[2].id))
    back = await act(connect(chain[0].token), incident, "recall")
    assert people(back) == [(str(chain[0].id), "owner")]
    assert back["assignees"][0]["delegated_from"] is None
    await act(connect(chain[0].token), incident, "delegate", user=str(chain[1].id))
    await act(connect(chain[1].token), incident, "delegate", user=str(chain[2].id))
    middle = await act(connect(chain[1].token), incident, "recall")
    assert middle["assignees"][0]["delegated_from"] == str(chain[0].id)
    assert people(await act(connect(chain[0].token), incident, "recall")) == [(str(chain[0].id), "owner")]
    reassigned = await act(manager, incident, "assign", user=str(chain[2].id))
    assert reassigned["assignees"][0]["delegated_from"] is None
    await refused(connect(chain[0].token), incident, "recall", 409)


async def test_recalled_help_leaves_who_owns_the_incident_by_now_its_owner(
    client: MakeClient, member: Any, connect: Any
) -> None:
    manager, helper, other = await client("manager"), await member(), await member()
    incident = await make(manager)
    await act(manager, incident, "assign", user=str(helper.id), **{"as": "collaborator"})
    await act(connect(helper.token), incident, "delegate", user=str(other.id))
    await act(manager, incident, "assign", user=str(helper.id))
    back = await act(connect(helper.token), incident, "recall")
    assert people(back) == [(str(helper.id), "owner")]
    assert back["assigned_to"]["id"] == str(helper.id)


async def test_work_falls_back_at_until(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    manager, owner, other = await client("manager"), await member(), await member()
    incident = await make(manager)
    await act(manager, incident, "assign", user=str(owner.id))
    async with database.tenant(tenant.id) as tx:
        until = tx.now + timedelta(hours=2)
    past = await refused(
        connect(owner.token), incident, "delegate", 422, user=str(other.id), until="2020-01-01T00:00:00Z"
    )
    assert fields(past) == ["until"]
    await act(connect(owner.token), incident, "delegate", user=str(other.id), until=until.isoformat())
    async with database.tenant(tenant.id, now=until - timedelta(seconds=1)) as tx:
        assignment = await tx.value(
            "select id from incident_assignments where tenant_id = $1 and delegated_until is not null and is_active",
            tenant.id,
        )
        await service.return_delegated(tx, assignment)
    assert (await manager.get(f"{API}/{incident['id']}")).json()["assigned_to"]["id"] == str(other.id)
    for _ in range(2):
        async with database.tenant(tenant.id, now=until) as tx:
            await service.return_delegated(tx, assignment)
    assert (await manager.get(f"{API}/{incident['id']}")).json()["assigned_to"]["id"] == str(owner.id)
    assert [e["data"]["because"] for e in await events(manager, incident) if e["type"] == "IncidentRecalled"] == [
        "until"
    ]


async def fall_back(database: Database, tenant: Tenant, now: datetime) -> None:
    """What the sweep does at a time."""
    async with database.tenant(tenant.id, now=now) as tx:
        due = await tx.value(
            "select id from incident_assignments where tenant_id = $1 and delegated_until <= $2 and is_active",
            *(tenant.id, now),
        )
        if due is not None:
            await service.return_delegated(tx, due)


async def test_work_handed_on_falls_back_to_whoever_set_the_time(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    manager = await client("manager")
    one, two, three = await member(), await member(), await member()
    async with database.tenant(tenant.id) as tx:
        sooner, later = tx.now + timedelta(hours=1), tx.now + timedelta(hours=2)
    incident = await make(manager)
    await act(manager, incident, "assign", user=str(one.id))
    await act(connect(one.token), incident, "delegate", user=str(two.id), until=later.isoformat())
    await act(connect(two.token), incident, "delegate", user=str(three.id), until=sooner.isoformat())
    await fall_back(database, tenant, sooner)
    back = (await manager.get(f"{API}/{incident['id']}")).json()
    assert people(back) == [(str(two.id), "owner")]
    assert datetime.fromisoformat(back["assignees"][0]["delegated_until"]) == later
    again = await act(connect(two.token), incident, "delegate", user=str(three.id))
    assert datetime.fromisoformat(again["assignees"][0]["delegated_until"]) == later
    await fall_back(database, tenant, later - timedelta(seconds=1))
    assert people((await manager.get(f"{API}/{incident['id']}")).json()) == [(str(three.id), "owner")]
    await fall_back(database, tenant, later)
    back = (await manager.get(f"{API}/{incident['id']}")).json()
    assert people(back) == [(str(one.id), "owner")]
    assert (back["assignees"][0]["delegated_from"], back["assignees"][0]["delegated_until"]) == (None, None)


async def lent(
    manager: httpx.AsyncClient, owner: Any, other: Any, connect: Any, database: Database, tenant: Tenant
) -> tuple[dict[str, Any], datetime]:
    """An incident whose owner has handed it to another for an hour, and when it falls back."""
    async with database.tenant(tenant.id) as tx:
        until = tx.now + timedelta(hours=1)
    incident = await make(manager)
    await act(manager, incident, "assign", user=str(owner.id))
    await act(connect(owner.token), incident, "delegate", user=str(other.id), until=until.isoformat())
    return incident, until


async def test_work_falls_back_while_the_incident_is_deleted(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    manager, owner, other = await client("manager"), await member(), await member()
    incident, until = await lent(manager, owner, other, connect, database, tenant)
    assert (await manager.delete(f"{API}/{incident['id']}")).status_code == 204
    await fall_back(database, tenant, until)
    assert people(await act(manager, incident, "restore")) == [(str(owner.id), "owner")]


async def test_work_that_should_have_fallen_back_meanwhile_does_so_on_reopening(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    manager, owner, other = await client("manager"), await member(), await member()
    incident, until = await lent(manager, owner, other, connect, database, tenant)
    await act(manager, incident, "close")
    before = (await manager.get(f"{API}/{incident['id']}/assignments")).json()["items"]
    await fall_back(database, tenant, until)
    assert (await manager.get(f"{API}/{incident['id']}/assignments")).json()["items"] == before
    closed = (await manager.get(f"{API}/{incident['id']}")).json()
    assert people(closed) == [(str(other.id), "owner")], "who did the work"
    async with database.tenant(tenant.id) as tx:
        assert await tx.rows(DELEGATIONS_NEXT, tenant.id, 10) == [], "no timer is left"
    reopened = await act(manager, incident, "reopen")
    assert people(reopened) == [(str(other.id), "owner")]
    await fall_back(database, tenant, until)
    back = (await manager.get(f"{API}/{incident['id']}")).json()
    assert people(back) == [(str(owner.id), "owner")]
    assert back["status"]["slug"] == "in-progress"


async def test_teams_own_incidents(client: MakeClient, database: Database, tenant: Tenant) -> None:
    manager = await client("manager")
    incident = await make(manager)
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "insert into teams (tenant_id, id, slug, name, created_at, updated_at) values ($1, $2, 'net', 'Network', $3, $3)",
            *(tenant.id, UUID(int=9), tx.now),
        )
    owned = await act(manager, incident, "assign", team="net")
    assert owned["team"] == {"id": str(UUID(int=9)), "name": "Network"}
    await refused(manager, incident, "assign", 409, team="net")
    assert fields(await refused(manager, incident, "assign", 422)) == ["user"]
    found = (await manager.get(API, params={"team": "net"})).json()["items"]
    assert [item["id"] for item in found] == [incident["id"]]


async def test_watchers(client: MakeClient, member: Any) -> None:
    agent, colleague = await client("agent"), await member()
    incident = await make(agent)
    url = f"{API}/{incident['id']}/watchers"
    added = await agent.post(url, json={"user": str(colleague.id)})
    assert added.status_code == 201
    assert (await agent.get(added.headers["location"])).json() == added.json()
    assert (await agent.post(url, json={"user": str(colleague.id)})).status_code == 409
    assert (await agent.post(url, json={"email": "someone@customer.example"})).status_code == 201
    assert (await agent.post(url, json={"email": "no address"})).status_code == 422
    assert (await agent.post(url, json={})).status_code == 422
    found = (await agent.get(API, params={"watcher": str(colleague.id)})).json()["items"]
    assert [item["id"] for item in found] == [incident["id"]]
    assert (await agent.delete(f"{url}/{added.json()['id']}")).status_code == 204
    assert (await agent.delete(f"{url}/{added.json()['id']}")).status_code == 404
