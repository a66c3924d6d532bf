"""The list: every filter, every sort, pages without gaps or doubles, cursors bound to their question."""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Member
from tests.incidents.steps import API, MakeClient, act, fields, make
from tocsin.activity.model import RecordedEvent
from tocsin.db.tx import Database
from tocsin.incidents.service import priority
from tocsin.tenancy.model import Tenant

SORTS = ("created_at", "updated_at", "due_at", "priority", "reference_code")


async def collect(client: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    """Every item over all pages of three."""
    items: list[dict[str, Any]] = []
    query = {"limit": 3, **params}
    while True:
        answer = await client.get(API, params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        assert len(page["items"]) == 3
        query["cursor"] = page["next_cursor"]


async def titles(client: httpx.AsyncClient, **params: Any) -> set[str]:
    return {item["title"] for item in await collect(client, **params)}


@pytest.fixture
async def spread(client: MakeClient, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    """A tenant with twenty incidents whose times and priorities collide and differ; some without a due time."""
    admin = await client("admin")
    picks = random.Random(7)
    for n in range(20):
        await make(admin, f"No {n}", priority=picks.choice(["critical", "high", "medium", "low"]))
    async with database.tenant(tenant.id) as tx:
        rows = await tx.rows("select id from incidents where tenant_id = $1 order by id", tenant.id)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        for row in rows:
            moments = [start + timedelta(hours=picks.randrange(4)) for _ in range(3)]
            due = None if picks.random() < 0.4 else moments[2]
            await tx.run(
                "update incidents set created_at = $3, updated_at = $4, due_at = $5 where tenant_id = $1 and id = $2",
                *(tenant.id, row["id"], moments[0], moments[1], due),
            )
    return admin


def order(items: list[dict[str, Any]], sort: str) -> list[str]:
    """What the contract says: the field, then the id, both the same way, nulls last."""
    name, down = sort.removeprefix("-"), sort.startswith("-")

    def key(item: dict[str, Any]) -> Any:
        return {
            "priority": item["priority"]["level"],
            "reference_code": int(item["reference_code"].rpartition("-")[2]),
        }.get(name, item.get(name))

    with_value = sorted((i for i in items if key(i) is not None), key=lambda i: (key(i), i["id"]), reverse=down)
    without = sorted((i for i in items if key(i) is None), key=lambda i: i["id"], reverse=down)
    return [item["id"] for item in [*with_value, *without]]


@pytest.mark.parametrize("sort", [way + name for name in SORTS for way in ("", "-")])
async def test_pages_follow_the_sort_without_gaps(spread: httpx.AsyncClient, sort: str) -> None:
    items = await collect(spread, sort=sort)
    assert len({item["id"] for item in items}) == len(items) == 20
    assert [item["id"] for item in items] == order(items, sort)


async def test_a_range_of_creation_with_another_sort(spread: httpx.AsyncClient) -> None:
    everything = await collect(spread)
    edge = "2026-01-01T02:00:00Z"
    wanted = {item["id"] for item in everything if item["created_at"] >= edge}
    for sort in SORTS:
        items = await collect(spread, sort=sort, created_after=edge, created_before="2026-01-02T00:00:00Z")
        assert {item["id"] for item in items} == wanted
        assert [item["id"] for item in items] == order(items, sort)


async def test_filters(client: MakeClient, member: Any, connect: Any) -> None:
    admin, owner = await client("admin"), await member()
    plain = await make(admin, "plain", category="hardware", source="email")
    await make(admin, "urgent", priority="critical")
    owned = await make(admin, "owned", assigned_to=str(owner.id))
    done = await make(admin, "done")
    await act(admin, done, "resolve")
    await act(admin, owned, "transition", status="in-progress")
    assert await titles(admin, status="open") == {"plain", "urgent"}
    assert await titles(admin, status="open,in-progress") == {"plain", "urgent", "owned"}
    assert await titles(admin, status="resolved,open") == {"plain", "urgent", "done"}
    assert await titles(admin, priority="critical") == {"urgent"}
    assert await titles(admin, category="hardware") == {"plain"}
    assert await titles(admin, category=plain["category"]["id"]) == {"plain"}
    assert await titles(admin, assigned_to="none") == {"plain", "urgent", "done"}
    assert await titles(admin, assigned_to=str(owner.id)) == {"owned"}
    assert await titles(admin, assigned_to="me") == set()
    assert await titles(connect(owner.token), assigned_to="me") == {"owned"}
    assert await titles(admin, source="email") == {"plain"}
    assert await titles(admin, source="email,api") == {"plain", "urgent", "owned", "done"}
    assert await titles(admin, reported_via="public") == set()
    assert await titles(admin, breached="true") == set()
    assert len(await titles(admin, breached="false")) == 4
    assert await titles(admin, updated_after=done["updated_at"]) >= {"done"}
    assert await titles(admin, created_before=plain["created_at"]) == set()
    assert "plain" in await titles(admin, due_before="2099-01-01T00:00:00Z")


async def test_overdue_leaves_out_paused_and_resolved(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    late, paused, done, fine = [await make(admin, name) for name in ("late", "paused", "done", "fine")]
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update incidents set due_at = $2 where tenant_id = $1 and title <> 'fine'",
            tenant.id,
            tx.now - timedelta(hours=1),
        )
        for title, slug, is_open in (("paused", "waiting", True), ("done", "resolved", False)):
            await tx.run(
                "update incidents set is_open = $3, status_id = (select id from incident_statuses where tenant_id = $1 and slug = $4)"
                " where tenant_id = $1 and title = $2",
                *(tenant.id, title, is_open, slug),
            )
    assert await titles(admin, overdue="true") == {"late"}
    assert await titles(admin, overdue="false") == {"paused", "done", "fine"}
    assert {late["id"], paused["id"], done["id"], fine["id"]}


async def test_search_finds_title_description_and_reference(client: MakeClient) -> None:
    admin = await client("admin")
    first = await make(admin, "Beamer in room Cassiopeia flickers", description="Since the storm last night")
    await make(admin, "Coffee machine leaks")
    assert await titles(admin, q="cassiopeia") == {first["title"]}
    assert await titles(admin, q='"storm last" beamer') == {first["title"]}
    assert await titles(admin, q=first["reference_code"]) == {first["title"]}
    assert await titles(admin, q="cassiopeia -storm") == set()
    assert await titles(admin, q="the", status="open", sort="due_at") == {first["title"]}
    await admin.put(f"{API}/{first['id']}", json={"title": "Beamer in room Orion flickers"})
    assert await titles(admin, q="cassiopeia") == set()
    assert await titles(admin, q="orion storm") == {"Beamer in room Orion flickers"}
    for odd in ("it's", "a & | !", "((a", "a\\", "%x", "a -", "a:", "x <->", "!a", "a'':*"):
        assert (await admin.get(API, params={"q": odd})).status_code in (200, 422)


async def test_a_reporter_sees_only_what_they_reported(client: MakeClient, member: Any, connect: Any) -> None:
    admin, someone = await client("admin"), await member("reporter")
    other = await make(admin, "other")
    reporter = connect(someone.token)
    mine = await make(reporter, "mine")
    assert await titles(reporter) == {"mine"}
    assert await titles(reporter, q="other") == set()
    assert (await reporter.get(f"{API}/{mine['id']}")).status_code == 200
    assert (await reporter.get(f"{API}/{other['id']}")).status_code == 404
    assert (await reporter.get(f"{API}/{mine['id']}/activity")).status_code == 403


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"status": "nowhere"}, "status"),
        ({"priority": "x"}, "priority"),
        ({"category": "00000000-0000-7000-8000-000000000000"}, "category"),
        ({"assigned_to": "not-an-id"}, "assigned_to"),
        ({"team": "nowhere"}, "team"),
        ({"watcher": "none"}, "watcher"),
        ({"source": "fax"}, "source"),
        ({"reported_via": "pigeon"}, "reported_via"),
        ({"breached": "perhaps"}, "breached"),
        ({"due_before": "soon"}, "due_before"),
        ({"created_after": "2024-01-01T00:00:00"}, "created_after"),
        ({"sort": "title"}, "sort"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "99999999999999999999"}, "limit"),
        ({"cursor": "xyz"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"q": "x" * 501}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_bad_parameters_are_named(client: MakeClient, params: dict[str, str], field: str) -> None:
    answer = await (await client("viewer")).get(API, params=params)
    assert answer.status_code == 422, answer.text
    assert fields(answer.json()) == [field]


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("priority", 2**31),
        ("reference_code", 2**63),
        ("reference_code", -(2**70)),
        ("created_at", "2026-01-01T00:00:00"),
        ("created_at", "0001-01-01T00:00:00+23:59"),
        ("due_at", "9999-12-31T23:59:59-23:59"),
        ("created_at", "\x00"),
    ],
)
async def test_a_cursor_that_somebody_wrote_into_is_refused(spread: httpx.AsyncClient, sort: str, key: Any) -> None:
    cursor = (await spread.get(API, params={"limit": 1, "sort": sort})).json()["next_cursor"]
    mark, (_, last) = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps([mark, [key, last]]).encode()).decode().rstrip("=")
    answer = await spread.get(API, params={"limit": 1, "sort": sort, "cursor": forged})
    assert (answer.status_code, fields(answer.json())) == (422, ["cursor"])


async def test_a_cursor_is_bound_to_filters_sort_and_tenant(
    spread: httpx.AsyncClient, client: MakeClient, other_tenant: Tenant
) -> None:
    cursor = (await spread.get(API, params={"limit": 2})).json()["next_cursor"]
    for params in ({"sort": "created_at"}, {"status": "open"}):
        answer = await spread.get(API, params={"limit": 2, "cursor": cursor, **params})
        assert (answer.status_code, fields(answer.json())) == (422, ["cursor"])
    foreign = await (await client("viewer", of=other_tenant)).get(API, params={"cursor": cursor})
    assert foreign.status_code == 422


async def test_me_of_a_service_member_matches_nothing(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    service: Member = await member("admin")
    async with database.tenant(tenant.id) as tx:
        await tx.run("update users set kind = 'service' where tenant_id = $1 and id = $2", tenant.id, service.id)
    await make(await client("admin"), "unowned")
    assert await titles(connect(service.token), assigned_to="me") == set()
    assert await titles(connect(service.token), assigned_to="none") == {"unowned"}


async def test_the_order_follows_the_level_of_a_priority(
    client: MakeClient, database: Database, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(priority, "_BATCH", 2)
    admin = await client("admin")
    for name in ("low", "high", "low", "low", "low"):
        await make(admin, f"Of priority {name}", priority=name)
    changed = await admin.put("/api/incidents/v1/priorities/low", json={"level": 1})
    assert changed.status_code == 200, changed.text
    async with database.tenant(tenant.id) as tx:
        facts = {"fields": ["level"], "priority": changed.json()["id"]}
        await priority.follow_level(
            tx, RecordedEvent(tenant.id, "PriorityChanged", None, None, tx.now, "api", facts, 1, "")
        )
    shown = [item["title"] for item in (await admin.get(API, params={"sort": "priority"})).json()["items"]]
    assert shown == [*["Of priority low"] * 4, "Of priority high"]
