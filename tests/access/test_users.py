from __future__ import annotations

from tests.access.conftest import API, log_in
from tocsin.access.service.importing import import_people
from tocsin.base.actor import system_actor

SHAPE = {
    "id",
    "name",
    "email",
    "is_active",
    "kind",
    "roles",
    "teams",
    "phone",
    "time_zone",
    "locale",
    "manager_id",
    "created_at",
}


async def add(client, name="Ada Able", email="ada@example.com", **more):
    answer = await client.post(f"{API}/users", json={"name": name, "email": email, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_member_is_added_and_shown(admin):
    team = (await admin.post(f"{API}/teams", json={"name": "Net work"})).json()
    answer = await admin.post(
        f"{API}/users",
        json={
            "name": "  Ada   Able ",
            "email": " Ada@Example.COM",
            "roles": ["agent"],
            "teams": ["net-work"],
            "phone": "+49 30 1",
        },
    )
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{API}/users/{made['id']}"
    assert set(made) == SHAPE
    assert (made["name"], made["email"]) == ("Ada Able", "ada@example.com")
    assert (made["roles"], made["teams"], made["kind"], made["is_active"]) == (["agent"], ["net-work"], "person", True)
    for ref in (made["id"], "ADA@example.com"):
        assert (await admin.get(f"{API}/users/{ref}")).json() == made
    assert [m["id"] for m in (await admin.get(f"{API}/teams/{team['id']}")).json()["members"]] == [made["id"]]


async def test_bad_values_name_their_field(admin):
    good = {"name": "A", "email": "a@example.com"}
    for field, value in [
        ("name", " "),
        ("name", "x" * 201),
        ("email", "nobody"),
        ("email", "a@b"),
        ("roles", ["nobody"]),
        ("teams", ["nobody"]),
        ("phone", "call me"),
        ("time_zone", "Mars/Base"),
        ("locale", "xx"),
        ("password", "short"),
        ("surprise", 1),
    ]:
        answer = await admin.post(f"{API}/users", json={**good, field: value})
        assert answer.status_code == 422, (field, answer.text)
        assert answer.json()["errors"][0]["field"].startswith(field)
    assert (await admin.get(f"{API}/users/a@example.com")).status_code == 404


async def test_an_email_is_a_members_once(admin):
    await add(admin)
    twin = await admin.post(f"{API}/users", json={"name": "B", "email": "ADA@example.com"})
    assert (twin.status_code, [e["field"] for e in twin.json()["errors"]]) == (409, ["email"])
    other = await add(admin, "Bo", "bo@example.com")
    assert (await admin.put(f"{API}/users/{other['id']}", json={"email": "ada@example.com"})).status_code == 409


async def test_the_answer_does_not_tell_whether_an_account_exists(admin, client, other_tenant, database):
    theirs = await client("admin", of=other_tenant)
    first = await add(admin, email="shared@example.com", password="first password")
    second = await add(theirs, email="shared@example.com", password="second password")
    assert set(first) == set(second)
    async with database.globally() as tx:
        row = await tx.row("select * from accounts where email = 'shared@example.com'")
    assert len(row["tenant_ids"]) == 2
    assert row["password_tenant_id"] != other_tenant.id


async def test_list_by_name_with_filters_and_pages(admin, member, database, tenant):
    for name in ("Cleo", "Bert", "Anna"):
        await add(admin, name, f"{name.lower()}@example.com", roles=["viewer"])
    gone = await add(admin, "Zoe", "zoe@example.com")
    await admin.put(f"{API}/users/{gone['id']}", json={"is_active": False})
    await admin.post(f"{API}/tokens", json={"name": "Robot", "role": "agent"})

    async def names(**query):
        answer = await admin.get(f"{API}/users", params=query)
        assert answer.status_code == 200, answer.text
        return [user["name"] for user in answer.json()["items"]]

    assert await names(role="viewer") == ["Anna", "Bert", "Cleo"]
    assert "Zoe" not in await names()
    assert await names(active="false") == ["Zoe"]
    assert {"Zoe", "Anna"} <= set(await names(active="all"))
    assert await names(kind="service") == ["Robot"]
    assert await names(q="ERT@exam") == ["Bert"]
    assert await names(q="%") == []
    page = (await admin.get(f"{API}/users", params={"role": "viewer", "limit": "2"})).json()
    assert [user["name"] for user in page["items"]] == ["Anna", "Bert"]
    rest = (await admin.get(f"{API}/users", params={"role": "viewer", "cursor": page["next_cursor"]})).json()
    assert [user["name"] for user in rest["items"]] == ["Cleo"]
    assert rest["next_cursor"] is None
    assert (await admin.get(f"{API}/users", params={"cursor": page["next_cursor"]})).status_code == 422
    for bad in (
        {"limit": "0"},
        {"limit": "x"},
        {"active": "maybe"},
        {"role": "nobody"},
        {"team": "nobody"},
        {"nope": "1"},
    ):
        assert (await admin.get(f"{API}/users", params=bad)).status_code == 422


async def test_deactivating_ends_sessions_and_tokens_at_once(admin, member, connect, person):
    somebody = await member("agent")
    theirs = connect(somebody.token)
    assert (await theirs.get(f"{API}/me")).status_code == 200
    paula, browser = await person(), connect()
    assert (await log_in(browser, paula)).status_code == 200
    for user_id in (somebody.id, paula.id):
        answer = await admin.put(f"{API}/users/{user_id}", json={"is_active": False})
        assert answer.json()["is_active"] is False
    assert (await theirs.get(f"{API}/me")).status_code == 401
    assert (await browser.get(f"{API}/me")).status_code == 401
    assert (await log_in(connect(), paula)).status_code == 401
    await admin.put(f"{API}/users/{paula.id}", json={"is_active": True})
    assert (await log_in(connect(), paula)).status_code == 200


async def test_nobody_grants_what_they_do_not_hold(admin, connect, member, database, tenant):
    await admin.post(f"{API}/roles", json={"name": "People", "permissions": ["users.manage", "incidents.view"]})
    helper = await add(admin, "Helper", "helper@example.com", roles=["people"])
    token = (await admin.post(f"{API}/tokens", json={"name": "t", "user": helper["id"]})).json()["token"]
    helping = connect(token)
    boss = await member("admin")
    for roles, status in ((["admin"], 403), (["agent"], 403), (["people"], 201), ([], 201)):
        body = {"name": "New", "email": f"new-{len(roles)}-{'-'.join(roles)}@example.com", "roles": roles}
        assert (await helping.post(f"{API}/users", json=body)).status_code == status, roles
    # Another e-mail would be another login with the administrator's rights
    assert (await helping.put(f"{API}/users/{boss.id}", json={"email": "mine@example.com"})).status_code == 403
    assert (await helping.put(f"{API}/users/{boss.id}", json={"roles": ["admin", "people"]})).status_code == 200
    await admin.put(f"{API}/users/{boss.id}", json={"is_active": False})
    assert (await helping.put(f"{API}/users/{boss.id}", json={"is_active": True})).status_code == 403


async def test_a_tenant_always_keeps_an_administrator(member, connect):
    only = await member("admin")
    client = connect(only.token)
    for change in ({"is_active": False}, {"roles": ["agent"]}):
        answer = await client.put(f"{API}/users/{only.id}", json=change)
        assert answer.status_code == 409, answer.text
    assert (await client.put(f"{API}/roles/admin", json={"permissions": ["roles.manage"]})).status_code == 409
    await member("admin")
    assert (await client.put(f"{API}/users/{only.id}", json={"roles": ["agent"]})).status_code == 200


async def test_who_may_read_and_write(client, member):
    reporter, viewer, agent = await client("reporter"), await client("viewer"), await client("agent")
    for path in ("users", "teams", "roles", "permissions"):
        assert (await reporter.get(f"{API}/{path}")).status_code == 403
        assert (await viewer.get(f"{API}/{path}")).status_code == 200
    body = {"name": "X", "email": "x@example.com"}
    assert (await agent.post(f"{API}/users", json=body)).status_code == 403
    assert (await agent.post(f"{API}/teams", json={"name": "X"})).status_code == 403
    assert (await agent.post(f"{API}/roles", json={"name": "X"})).status_code == 403


async def test_another_tenants_people_are_absent(admin, member, other_tenant):
    foreign = await member("agent", of=other_tenant)
    for request in (
        admin.get(f"{API}/users/{foreign.id}"),
        admin.put(f"{API}/users/{foreign.id}", json={"name": "Mine"}),
    ):
        assert (await request).status_code == 404
    assert (await admin.get(f"{API}/users/{foreign.email}")).status_code == 404
    answer = await admin.post(f"{API}/teams", json={"name": "T", "members": [str(foreign.id)]})
    assert answer.status_code == 422


async def test_a_service_has_its_tokens_rights_only(admin):
    token = (await admin.post(f"{API}/tokens", json={"name": "Robot", "role": "agent"})).json()
    path = f"{API}/users/{token['user']['id']}"
    assert (await admin.put(path, json={"roles": ["viewer"]})).status_code == 409
    assert (await admin.put(path, json={"email": "r@example.com"})).status_code == 409
    assert (await admin.put(path, json={"name": "Robot 2"})).json()["name"] == "Robot 2"


async def test_imported_people_are_inactive_and_without_login(database, tenant, admin):
    async with database.tenant(tenant.id) as tx:
        people, _ = await import_people(tx, system_actor(tenant.id, "import"), ["Resolver 12"])
    shown = (await admin.get(f"{API}/users/{people['Resolver 12'].id}")).json()
    assert (shown["is_active"], shown["email"], shown["roles"]) == (False, None, [])
