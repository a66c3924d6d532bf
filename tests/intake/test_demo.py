"""The demo: both tenants as `tocsin demo --json` promises them, once, and alive."""

from __future__ import annotations

from typing import Any

import pytest

from tocsin.access.service import passwords
from tocsin.activity import service as activity
from tocsin.intake.rules.demo import TENANTS
from tocsin.intake.service import demo
from tocsin.tenancy import service as tenancy

INCIDENTS = "/api/incidents/v1/incidents"


@pytest.fixture(scope="session")
async def loaded(database):
    return await demo.load(database)


def of(loaded, slug):
    return next(tenant for tenant in loaded if tenant["slug"] == slug)


def test_what_is_told(loaded):
    assert [tenant["slug"] for tenant in loaded] == ["acme", "globex", "lab"]
    for tenant in loaded:
        assert set(tenant) == {"slug", "name", "tokens", "logins"}
        assert set(tenant["tokens"]) == {"admin", "manager", "agent", "viewer"}
        assert {login["role"] for login in tenant["logins"]} == {"admin", "manager", "agent", "viewer", "reporter"}
        assert all(set(login) == {"email", "password", "role", "name"} for login in tenant["logins"])


@pytest.mark.parametrize("slug", ["acme", "globex"])
async def test_tokens_belong_to_people_of_their_role(slug, loaded, connect):
    tenant = of(loaded, slug)
    emails = {login["role"]: login["email"] for login in tenant["logins"]}
    for role, token in tenant["tokens"].items():
        me = (await connect(token).get("/api/access/v1/users/me")).json()
        assert (me["email"], me["roles"], me["kind"]) == (emails[role], [role], "person")


async def test_every_login_works(loaded, database):
    for tenant in loaded:
        found = await tenancy.find(database, tenant["slug"])
        for login in tenant["logins"]:
            async with database.tenant(found.id) as tx:
                sql = "select password_hash from accounts where email = $1 and $2 = any (tenant_ids)"
                kept = await tx.value(sql, login["email"], found.id)
            assert (await passwords.verify(login["password"], kept))[0]


@pytest.mark.parametrize("content", TENANTS, ids=lambda content: content.slug)
async def test_incidents_stand_as_told(content, loaded, connect):
    api = connect(of(loaded, content.slug)["tokens"]["viewer"])
    found: dict[str, Any] = {}
    cursor = None
    while True:
        page = (
            await api.get(
                INCIDENTS, params={"limit": 200, "source": "web,email,api", **({"cursor": cursor} if cursor else {})}
            )
        ).json()
        found |= {item["title"]: item for item in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert set(found) == {story.title for story in content.incidents}
    people = {person.key: person.name for person in content.people}
    for story in content.incidents:
        item = found[story.title]
        assert (item["status"]["slug"], item["priority"]["slug"], item["category"]["slug"]) == (
            story.status,
            story.priority,
            story.category,
        )
        owner = item["assigned_to"]["name"] if item["assigned_to"] else None
        assert owner == (people[story.owner] if story.owner else None)
        assert {a["name"] for a in item["assignees"]} == {
            people[key] for key in (*story.collaborators, *([story.owner] if story.owner else []))
        }
        assert (item["resolved_at"] is not None) == (story.status in ("resolved", "closed"))
        assert item["reference_code"].startswith("INC-")


@pytest.mark.parametrize("slug", ["acme", "globex"])
async def test_people_and_chains(slug, loaded, database, connect):
    tenant = await tenancy.find(database, slug)
    assert tenant.disabled_modules == []
    users = (
        await connect(of(loaded, slug)["tokens"]["admin"]).get("/api/access/v1/users", params={"limit": 200})
    ).json()["items"]
    assert len(users) >= 4
    async with database.tenant(tenant.id) as tx:
        assert (await activity.verify(tx)).broken is None
        backwards = await tx.value(
            "select count(*) from events a join events b on b.tenant_id = $1 and b.stream = a.stream and b.seq = a.seq + 1"
            " where a.tenant_id = $1 and a.stream <> $1 and b.at < a.at",
            tenant.id,
        )
        future = await tx.value("select count(*) from events where tenant_id = $1 and at > $2", tenant.id, tx.real_now)
        unseen = await tx.value(
            "select count(*) from incident_slas where tenant_id = $1 and next_check_at < created_at", tenant.id
        )
    assert (backwards, future, unseen) == (0, 0, 0)


async def test_a_second_load_adds_nothing_and_gives_fresh_tokens(loaded, database, connect):
    async def counts():
        found = []
        for content in TENANTS:
            tenant = await tenancy.find(database, content.slug)
            async with database.tenant(tenant.id) as tx:
                found += [
                    await tx.value(f"select count(*) from {t} where tenant_id = $1", tenant.id)
                    for t in ("incidents", "users", "teams")
                ]
        return found

    before = await counts()
    again = await demo.load(database)
    assert await counts() == before
    old, new = of(loaded, "globex")["tokens"]["viewer"], of(again, "globex")["tokens"]["viewer"]
    assert (await connect(old).get(INCIDENTS)).status_code == 401
    assert (await connect(new).get(INCIDENTS)).status_code == 200
    loaded[:] = again


async def test_the_lab_is_a_sandbox_with_something_to_try(loaded, connect):
    tenant = of(loaded, "lab")
    api = connect(tenant["tokens"]["admin"])
    assert (await api.get("/api/tenancy/v1/clock")).json() == {"now": "2026-03-02T09:00:00Z", "kind": "sandbox"}
    calendars = (await api.get("/api/sla/v1/calendars")).json()["items"]
    assert [one["slug"] for one in calendars if one["is_default"]] == ["office"]
    assert len((await api.get("/api/sla/v1/policies")).json()["items"]) == 2
    happened = (await api.post("/api/tenancy/v1/clock/advance", json={"by": "PT2H"})).json()["happened"]
    assert {"SlaBreached", "DeliveryRecorded"} <= {one["what"] for one in happened}


async def test_every_desk_has_something_ready(loaded, connect):
    for slug in ("acme", "globex", "lab"):
        api = connect(of(loaded, slug)["tokens"]["admin"])
        for shelf, least in (("replies", 4), ("macros", 3), ("checklists", 2)):
            assert len((await api.get(f"/api/incidents/v1/{shelf}")).json()["items"]) >= least


async def test_what_only_old_incidents_have_can_not_be_chosen(loaded, connect):
    api = connect(of(loaded, "acme")["tokens"]["admin"])
    categories = (await api.get("/api/incidents/v1/categories", params={"limit": 200})).json()["items"]
    assert not [one["slug"] for one in categories if one["is_active"] and one["slug"].startswith("category-")]
    teams = (await api.get("/api/access/v1/teams", params={"limit": 200})).json()["items"]
    assert not [one["slug"] for one in teams if one["is_active"] and one["slug"].startswith("group-")]
