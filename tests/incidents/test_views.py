"""Saved views: private, a team's, everybody's; pinned by each for themselves; counted in one statement."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conftest import Member
from tests.incidents.steps import MakeClient, act, fields, make
from tocsin.db.tx import Database, Tx
from tocsin.incidents import service
from tocsin.tenancy.model import Tenant

VIEWS = "/api/incidents/v1/views"


async def save(client: httpx.AsyncClient, name: str, query: str = "is:open", **more: Any) -> dict[str, Any]:
    answer = await client.post(VIEWS, json={"name": name, "query": query, **more})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def names(client: httpx.AsyncClient) -> list[str]:
    return [view["name"] for view in (await client.get(VIEWS)).json()["items"]]


@pytest.fixture
async def crew(client: MakeClient, member: Any, connect: Any) -> dict[str, httpx.AsyncClient]:
    """An admin, a manager and two agents, of whom one is in the team `net`."""
    admin, inside, outside = await client("admin"), await member("agent"), await member("agent")
    team = (await admin.post("/api/access/v1/teams", json={"name": "Net", "slug": "net"})).json()
    joined = await admin.put(f"/api/access/v1/users/{inside.id}", json={"teams": [team["id"]]})
    assert joined.status_code == 200, joined.text
    return {"admin": admin, "inside": connect(inside.token), "outside": connect(outside.token)}


async def test_a_view_is_saved_changed_and_deleted(crew: dict[str, httpx.AsyncClient]) -> None:
    agent = crew["outside"]
    view = await save(agent, " Mine ", "Owner:me   is:open", sort="time_left", columns=["title", "due", "title"])
    assert (view["name"], view["query"], view["columns"]) == ("Mine", "assignee:me is:open", ["title", "due"])
    assert (view["scope"], view["team"], view["is_pinned"], view["may_change"]) == ("private", None, False, True)
    shown = (await agent.get(f"{VIEWS}/{view['id']}")).json()
    assert shown == {**view, "count": 0}
    changed = (await agent.put(f"{VIEWS}/{view['id']}", json={"query": "", "sort": "-updated_at"})).json()
    assert (changed["query"], changed["sort"], changed["name"]) == ("", "-updated_at", "Mine")
    assert (await agent.delete(f"{VIEWS}/{view['id']}")).status_code == 204
    assert (await agent.get(f"{VIEWS}/{view['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": " "}, "name"),
        ({"query": "status:nowhere"}, "query"),
        ({"query": '"open'}, "query"),
        ({"sort": "title"}, "sort"),
        ({"columns": ["colour"]}, "columns"),
        ({"scope": "everybody"}, "scope"),
        ({"scope": "team"}, "team"),
        ({"scope": "team", "team": "nowhere"}, "team"),
        ({"team": "net"}, "team"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_wrong_views_are_refused(crew: dict[str, httpx.AsyncClient], body: dict[str, Any], field: str) -> None:
    answer = await crew["admin"].post(VIEWS, json={"name": "x", **body})
    assert answer.status_code == 422, answer.text
    assert fields(answer.json()) == [field]
    if field == "query":
        assert answer.json()["position"] in (0, 7)
        assert answer.json()["hint"]
    assert await names(crew["admin"]) == []


async def test_who_sees_and_who_changes(crew: dict[str, httpx.AsyncClient]) -> None:
    admin, inside, outside = crew["admin"], crew["inside"], crew["outside"]
    private = await save(inside, "private")
    shared = await save(inside, "team's", scope="team", team="net")
    everybody = await save(admin, "everybody's", scope="tenant")
    assert await names(inside) == ["everybody's", "private", "team's"]
    assert await names(outside) == ["everybody's"]
    assert await names(admin) == ["everybody's"]
    for client in (outside, admin):
        for path in (f"{VIEWS}/{private['id']}", f"{VIEWS}/{shared['id']}"):
            assert (await client.get(path)).status_code == 404
            assert (await client.put(path, json={"name": "x"})).status_code == 404
            assert (await client.delete(path)).status_code == 404
            assert (await client.post(f"{path}/pin", json={})).status_code == 404
    assert (await inside.put(f"{VIEWS}/{everybody['id']}", json={"name": "x"})).status_code == 403
    assert (await inside.delete(f"{VIEWS}/{everybody['id']}")).status_code == 403
    for body in ({"scope": "tenant"}, {"scope": "team", "team": "net"}):
        assert (await outside.post(VIEWS, json={"name": "x", **body})).status_code == 403
    back = await inside.put(f"{VIEWS}/{shared['id']}", json={"scope": "private"})
    assert (back.json()["scope"], back.json()["team"]) == ("private", None)


async def test_each_pins_for_themselves(crew: dict[str, httpx.AsyncClient]) -> None:
    one = await save(crew["admin"], "one", scope="tenant", is_pinned=True)
    assert one["is_pinned"]
    agent = crew["inside"]
    assert (await agent.get(f"{VIEWS}/{one['id']}")).json()["is_pinned"] is False
    for _ in range(2):
        assert (await agent.post(f"{VIEWS}/{one['id']}/pin", json={})).json()["is_pinned"] is True
    for _ in range(2):
        assert (await agent.delete(f"{VIEWS}/{one['id']}/pin")).status_code == 204
    assert (await crew["admin"].get(f"{VIEWS}/{one['id']}")).json()["is_pinned"] is True
    assert (await crew["admin"].delete(f"{VIEWS}/{one['id']}")).status_code == 204


async def test_all_counts_come_from_one_statement(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    owner: Member = await member("agent")
    agent, admin = connect(owner.token), await client("admin")
    for title in ("disk full", "disk slow", "vpn"):
        await make(admin, title, category="hardware")
    closed = await make(admin, "disk gone")
    await act(admin, closed, "close")
    await make(admin, "mine", assigned_to=str(owner.id))
    wanted = {"is:open": 4, "disk": 3, "disk is:open": 2, "assignee:me": 1, "": 5, "status:closed": 1}
    for query in wanted:
        await save(agent, query or "all", query)
    items = (await agent.get(VIEWS, params={"counts": "true"})).json()["items"]
    counted = {view["query"]: view["count"] for view in items}
    assert counted == wanted
    async with database.tenant(tenant.id) as tx:
        views = await service.list_views(tx, owner.actor)
        before = await _statements(tx)
        found = await service.count_views(tx, owner.actor, views)
        assert await _statements(tx) - before <= 4, "the catalogue, the tenant, how to plan, and the counts"
    assert {view.query: view.count for view in found} == wanted


async def _statements(tx: Tx) -> int:
    """Statements that this connection has prepared so far."""
    return int(await tx.conn.fetchval("select count(*) from pg_prepared_statements"))


async def test_a_view_that_is_wrong_by_now_says_so(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    view = await save(admin, "soon wrong", "priority:high")
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update incident_views set query = 'priority:gone is:open' where tenant_id = $1 and id = $2",
            *(tenant.id, view["id"]),
        )
    await save(admin, "right", "is:open")
    items = (await admin.get(VIEWS, params={"counts": "true"})).json()["items"]
    assert [(item["name"], item["count"]) for item in items] == [("right", 0), ("soon wrong", None)]
    assert "gone" in items[1]["problem"]
