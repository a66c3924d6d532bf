from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from tests.access.conftest import API
from tocsin.access import rules


async def test_a_role_token_acts_as_a_service(admin, connect):
    answer = await admin.post(f"{API}/tokens", json={"name": "Monitoring", "role": "agent"})
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{API}/tokens/{made['id']}"
    assert made["user"]["kind"] == "service"
    assert (made["user"]["name"], made["role"], made["permissions"]) == ("Monitoring", "agent", None)
    me = (await connect(made["token"]).get(f"{API}/me")).json()
    assert me["user"]["kind"] == "service"
    assert "incidents.update" in me["permissions"]
    assert me["csrf_token"] is None
    for answer in (await admin.get(f"{API}/tokens"), await admin.get(f"{API}/tokens/{made['id']}")):
        assert made["token"] not in answer.text
        assert made["token"].rpartition("_")[2] not in answer.text
    assert "Monitoring" not in (await admin.get(f"{API}/users")).text


async def test_the_secret_is_nowhere_in_the_database(admin, database, tenant):
    made = (await admin.post(f"{API}/tokens", json={"name": "t", "role": "agent"})).json()
    async with database.tenant(tenant.id) as tx:
        row = await tx.row("select * from api_tokens where tenant_id = $1 and id = $2", tx.tenant_id, made["id"])
    parsed = rules.parse_credential(made["token"])
    assert parsed is not None
    assert row["secret_hash"] == parsed[1]


async def test_members_make_and_revoke_their_own(client, member, connect):
    me = await member("agent")
    mine, other = connect(me.token), await client("agent")
    made = (await mine.post(f"{API}/tokens", json={"name": "laptop"})).json()
    assert made["user"]["id"] == str(me.id)
    assert {token["name"] for token in (await mine.get(f"{API}/tokens")).json()["items"]} == {"test", "laptop"}
    assert made["id"] not in (await other.get(f"{API}/tokens")).text
    assert (await other.get(f"{API}/tokens/{made['id']}")).status_code == 404
    assert (await other.delete(f"{API}/tokens/{made['id']}")).status_code == 404
    fresh = connect(made["token"])
    assert (await fresh.get(f"{API}/me")).status_code == 200
    assert (await mine.delete(f"{API}/tokens/{made['id']}")).status_code == 204
    assert (await fresh.get(f"{API}/me")).status_code == 401
    assert (await mine.delete(f"{API}/tokens/{made['id']}")).status_code == 409


async def test_a_token_for_another_or_a_role_needs_tokens_manage(client, member, admin):
    agent, somebody = await client("agent"), await member("viewer")
    assert (await agent.post(f"{API}/tokens", json={"name": "t", "user": str(somebody.id)})).status_code == 403
    assert (await agent.post(f"{API}/tokens", json={"name": "t", "role": "viewer"})).status_code == 403
    made = await admin.post(f"{API}/tokens", json={"name": "t", "user": somebody.email})
    assert made.json()["user"]["id"] == str(somebody.id)
    everybodys = (await admin.get(f"{API}/tokens")).json()["items"]
    assert made.json()["id"] in {token["id"] for token in everybodys}


async def test_nobody_mints_what_they_do_not_hold(admin, connect, member):
    await admin.post(f"{API}/roles", json={"name": "Minter", "permissions": ["tokens.manage", "incidents.view"]})
    minter = connect((await admin.post(f"{API}/tokens", json={"name": "m", "role": "minter"})).json()["token"])
    boss = await member("admin")
    cases: list[tuple[dict[str, object], int]] = [
        ({"role": "admin"}, 403),
        ({"user": str(boss.id)}, 403),
        ({"role": "admin", "permissions": ["incidents.view"]}, 201),
        ({"user": str(boss.id), "permissions": ["audit.view"]}, 403),
        ({"permissions": ["audit.view"], "role": "minter"}, 403),
        ({"role": "minter"}, 201),
    ]
    for body, status in cases:
        answer = await minter.post(f"{API}/tokens", json={"name": "t", **body})
        assert answer.status_code == status, (body, answer.text)


async def test_beyond_what_the_owner_holds_is_no_token_either(admin, client, member):
    viewer = await member("viewer")
    body = {"name": "t", "user": str(viewer.id), "permissions": ["incidents.delete"]}
    answer = await admin.post(f"{API}/tokens", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "permissions")
    agent = await client("agent")
    answer = await agent.post(f"{API}/tokens", json={"name": "t", "permissions": ["incidents.delete"]})
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:tocsin:problem:forbidden")


async def test_a_narrowed_token_cannot_widen_itself(client, member, connect):
    mine = connect((await member("agent")).token)
    narrow = (await mine.post(f"{API}/tokens", json={"name": "n", "permissions": ["incidents.view"]})).json()
    assert narrow["permissions"] == ["incidents.view"]
    narrowed = connect(narrow["token"])
    assert (await narrowed.get(f"{API}/me")).json()["permissions"] == ["incidents.view"]
    assert (await narrowed.post(f"{API}/tokens", json={"name": "wide"})).status_code == 403
    body = {"name": "same", "permissions": ["incidents.view"]}
    assert (await narrowed.post(f"{API}/tokens", json=body)).status_code == 201


async def test_bad_tokens(admin):
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    cases: list[tuple[dict[str, object], str]] = [
        ({"name": " "}, "name"),
        ({"role": "nobody"}, "role"),
        ({"user": "nobody@example.com"}, "user"),
        ({"role": "agent", "user": "me"}, "role"),
        ({"role": "agent", "permissions": ["incidents.fly"]}, "permissions"),
        ({"role": "viewer", "permissions": ["incidents.update"]}, "permissions"),
        ({"role": "agent", "expires_at": past}, "expires_at"),
        ({"role": "agent", "expires_at": "2026-01-01T00:00:00"}, "expires_at"),
        ({"role": "agent", "expires_at": "soon"}, "expires_at"),
    ]
    for body, field in cases:
        answer = await admin.post(f"{API}/tokens", json={"name": "t", **body})
        assert answer.status_code == 422, (body, answer.text)
        assert answer.json()["errors"][0]["field"] == field


async def test_a_service_says_whom_a_token_is_for(admin, connect):
    service = connect((await admin.post(f"{API}/tokens", json={"name": "s", "role": "admin"})).json()["token"])
    for body in ({}, {"user": "me"}):
        assert (await service.post(f"{API}/tokens", json={"name": "t", **body})).status_code == 422


async def test_pages_of_tokens(admin):
    for name in ("a", "b", "c"):
        await admin.post(f"{API}/tokens", json={"name": name})
    page = (await admin.get(f"{API}/tokens", params={"limit": "2"})).json()
    assert [token["name"] for token in page["items"]] == ["c", "b"]
    rest = (await admin.get(f"{API}/tokens", params={"limit": "2", "cursor": page["next_cursor"]})).json()
    assert [token["name"] for token in rest["items"]] == ["a", "test"]
    await admin.delete(f"{API}/tokens/{page['items'][0]['id']}")
    gone = (await admin.get(f"{API}/tokens", params={"active": "false"})).json()["items"]
    assert [token["name"] for token in gone] == ["c"]


# ------------------------------------------------------------------------------------------------------------- the gate


async def test_a_token_does_not_open_another_tenant(connect, member, tenant, other_tenant):
    token = (await member("admin")).token
    moved = token.replace(tenant.id.hex, other_tenant.id.hex)
    assert (await connect(moved).get(f"{API}/me")).status_code == 401


async def test_expired_tokens_are_refused(connect, member, database, tenant):
    somebody = await member("agent")
    async with database.tenant(tenant.id) as tx:
        await tx.run("update api_tokens set expires_at = $2 where tenant_id = $1", tx.tenant_id, tx.real_now)
    answer = await connect(somebody.token).get(f"{API}/me")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_forged_credentials_are_refused_before_any_sql(connect):
    began = time.monotonic()
    for token in (
        "tcs_x';select pg_sleep(9);--_" + "a" * 43,
        "x",
        "tcs_" + "0" * 32 + "_" + "a" * 43,
        "tcs__",
        "\x7f" * 40,
    ):
        assert (await connect(token).get(f"{API}/me")).status_code == 401
    for value in ("Basic abc", "Bearer", "", "bearer  "):
        assert (await connect(Authorization=value).get(f"{API}/me")).status_code == 401
    assert time.monotonic() - began < 2


async def test_last_use_is_noted(connect, member, database, tenant):
    somebody = await member("agent")
    client = connect(somebody.token)
    await client.get(f"{API}/me")
    async with database.tenant(tenant.id) as tx:
        first = await tx.value("select last_used_at from api_tokens where tenant_id = $1", tx.tenant_id)
    assert first is not None
    await client.get(f"{API}/me")
    async with database.tenant(tenant.id) as tx:
        assert await tx.value("select last_used_at from api_tokens where tenant_id = $1", tx.tenant_id) == first
        await tx.run(
            "update api_tokens set last_used_at = $2 where tenant_id = $1", tx.tenant_id, first - timedelta(hours=1)
        )
    await client.get(f"{API}/me")
    async with database.tenant(tenant.id) as tx:
        assert await tx.value("select last_used_at from api_tokens where tenant_id = $1", tx.tenant_id) > first
