from __future__ import annotations

import asyncio
import dataclasses

import pytest

from tests.access.conftest import API, log_in
from tests.conftest import BASE_URL
from tocsin.tenancy import service as tenancy


async def test_a_browser_logs_in_works_and_logs_out(person, connect, tenant):
    paula, browser = await person("agent"), connect()
    answer = await log_in(browser, paula)
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"]["email"] == paula.email
    assert body["tenant"] == {"slug": tenant.slug, "name": tenant.name}
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Path=/" in cookie
    assert "secure" not in cookie.lower()
    me = (await browser.get(f"{API}/me")).json()
    assert me["csrf_token"] == body["csrf_token"]
    csrf = {"X-CSRF-Token": body["csrf_token"]}
    assert (await browser.post(f"{API}/logout")).status_code == 403
    assert (await browser.post(f"{API}/logout", headers=csrf)).status_code == 204
    assert (await browser.get(f"{API}/me")).status_code == 401
    assert (await connect().post(f"{API}/logout")).status_code == 204


async def test_the_cookie_is_secure_outside_loopback(person, connect):
    paula = await person()
    body = {"email": paula.email.upper(), "password": paula.password}
    answer = await connect().post(f"{API}/login", json=body, headers={"Host": "help.example.com"})
    assert answer.status_code == 200
    assert "; secure" in answer.headers["set-cookie"].lower()


async def test_changes_need_the_csrf_token_and_our_own_pages(person, connect):
    browser = connect()
    csrf = (await log_in(browser, await person("admin"))).json()["csrf_token"]
    body = {"name": "Night shift"}
    for headers, status in [
        ({}, 403),
        ({"X-CSRF-Token": "wrong"}, 403),
        ({"X-CSRF-Token": csrf, "Origin": "https://evil.example"}, 403),
        ({"X-CSRF-Token": csrf, "Origin": "null"}, 403),
        ({"X-CSRF-Token": csrf, "Origin": BASE_URL}, 201),
    ]:
        answer = await browser.post(f"{API}/teams", json=body, headers=headers)
        assert answer.status_code == status, headers
        assert status != 403 or answer.json()["type"] == "urn:tocsin:problem:csrf"
    forged = await connect().post(
        f"{API}/login", json={"email": "a", "password": "b"}, headers={"Origin": "https://evil.example"}
    )
    assert forged.status_code == 403


async def test_all_failures_look_the_same(person, connect, admin):
    paula, gone = await person(), await person()
    await admin.put(f"{API}/users/{gone.id}", json={"is_active": False})
    answers = [
        await log_in(connect(), dataclasses.replace(paula, password="wrong password")),
        await log_in(connect(), dataclasses.replace(paula, email="nobody@example.com")),
        await log_in(connect(), gone),
        await log_in(connect(), paula, tenant="another"),
        await log_in(connect(), dataclasses.replace(paula, password="x" * 1000)),
        await log_in(connect(), dataclasses.replace(paula, password="")),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert not any("set-cookie" in answer.headers for answer in answers)


async def test_who_belongs_to_several_chooses(person, connect, tenant, other_tenant):
    paula = await person()
    await person(of=other_tenant, email=paula.email)
    browser = connect()
    answer = await log_in(browser, paula)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert {entry["slug"] for entry in answer.json()["tenants"]} == {tenant.slug, other_tenant.slug}
    assert set(answer.json()) == {"tenants"}
    chosen = await log_in(browser, paula, tenant=other_tenant.slug)
    assert chosen.json()["tenant"]["slug"] == other_tenant.slug


async def test_a_password_chosen_by_one_tenant_does_not_open_another(admin, client, connect, tenant, other_tenant):
    """An administrator who invents the password of a stranger's address gets in nowhere else with it."""
    theirs = await client("admin", of=other_tenant)
    body = {"name": "Vic", "email": "vic@example.com", "roles": ["agent"]}
    assert (await admin.post(f"{API}/users", json={**body, "password": "invented by A"})).status_code == 201
    assert (await theirs.post(f"{API}/users", json={**body, "password": "invented by B"})).status_code == 201
    answers = {}
    for password in ("invented by A", "invented by B"):
        for home in (tenant, other_tenant):
            sent = {"email": "vic@example.com", "password": password, "tenant": home.slug}
            answers[password[-1], home.slug] = (await connect().post(f"{API}/login", json=sent)).status_code
    assert answers == {
        ("A", tenant.slug): 200,
        ("A", other_tenant.slug): 401,
        ("B", tenant.slug): 401,
        ("B", other_tenant.slug): 401,
    }


async def test_a_suspended_tenant_says_so_after_the_right_password_only(person, connect, tenant, database):
    paula, browser = await person(), connect()
    await log_in(browser, paula)
    await tenancy.set_state(database, tenant.slug, "suspended")
    try:
        for answer in (await log_in(connect(), paula), await browser.get(f"{API}/me")):
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:tocsin:problem:tenant-suspended"
        assert (await log_in(connect(), dataclasses.replace(paula, password="wrong"))).status_code == 401
    finally:
        await tenancy.set_state(database, tenant.slug, "active")
    assert (await browser.get(f"{API}/me")).status_code == 200


@pytest.fixture
async def strict(app, database):
    """The application with narrow limits on failed logins, and none counted yet."""
    async with database.globally() as tx:
        await tx.run("delete from rate_counters")
    services = app.state.services
    before = services.settings
    services.settings = dataclasses.replace(before, login_rate_per_minute=3)
    yield
    services.settings = before


async def test_guesses_are_limited_also_in_parallel(strict, person, connect):
    paula = await person()
    guess = dataclasses.replace(paula, password="a wrong guess")
    answers = await asyncio.gather(*(log_in(connect(**{"X-Forwarded-For": "9.9.9.9"}), guess) for _ in range(12)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {401, 429}
    assert statuses.count(401) <= 5
    refused = await log_in(connect(), paula)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 61


async def test_sessions_are_seen_and_ended(person, connect):
    paula, laptop, phone = await person(), connect(), connect()
    csrf = (await log_in(laptop, paula)).json()["csrf_token"]
    other = (await log_in(phone, paula)).json()
    items = (await laptop.get(f"{API}/sessions")).json()["items"]
    assert sorted(item["is_current"] for item in items) == [False, True]
    stranger = connect()
    theirs = (await log_in(stranger, await person())).json()
    headers = {"X-CSRF-Token": csrf}
    assert (await laptop.delete(f"{API}/sessions/{theirs['session_id']}", headers=headers)).status_code == 404
    assert (await laptop.delete(f"{API}/sessions/{other['session_id']}", headers=headers)).status_code == 204
    assert (await phone.get(f"{API}/me")).status_code == 401
    assert (await stranger.get(f"{API}/me")).status_code == 200


async def test_a_session_ends_when_unused_and_lasts_when_used(person, connect, database, tenant):
    browser = connect()
    await log_in(browser, await person())
    hours = "update sessions set expires_at = expires_at - interval '11 hours', last_seen_at = last_seen_at - interval '11 hours' where tenant_id = $1"
    async with database.tenant(tenant.id) as tx:
        await tx.run(hours, tx.tenant_id)
    assert (await browser.get(f"{API}/me")).status_code == 200
    async with database.tenant(tenant.id) as tx:
        await tx.run(hours, tx.tenant_id)
    assert (await browser.get(f"{API}/me")).status_code == 200
    async with database.tenant(tenant.id) as tx:
        await tx.run(hours, tx.tenant_id)
        await tx.run(hours, tx.tenant_id)
    assert (await browser.get(f"{API}/me")).status_code == 401


async def test_changing_the_password_ends_the_other_sessions(person, connect):
    paula, laptop, phone = await person(), connect(), connect()
    csrf = {"X-CSRF-Token": (await log_in(laptop, paula)).json()["csrf_token"]}
    await log_in(phone, paula)

    async def change(old, new, **headers):
        return await laptop.post(f"{API}/password", json={"old": old, "new": new}, headers=headers or csrf)

    assert (await change(paula.password, "another long one", **{"X-CSRF-Token": "no"})).status_code == 403
    assert (await change("wrong", "another long one")).json()["errors"][0]["field"] == "old"
    assert (await change(paula.password, "short")).json()["errors"][0]["field"] == "new"
    assert (await phone.get(f"{API}/me")).status_code == 200
    assert (await change(paula.password, "another long one")).status_code == 204
    assert (await laptop.get(f"{API}/me")).status_code == 200
    assert (await phone.get(f"{API}/me")).status_code == 401
    assert (await log_in(connect(), paula)).status_code == 401
    assert (await log_in(connect(), dataclasses.replace(paula, password="another long one"))).status_code == 200


async def test_changing_the_password_ends_the_sessions_in_other_tenants_too(person, connect, tenant, other_tenant):
    paula = await person()
    await person(of=other_tenant, email=paula.email)
    here, there = connect(), connect()
    csrf = {"X-CSRF-Token": (await log_in(here, paula, tenant=tenant.slug)).json()["csrf_token"]}
    await log_in(there, paula, tenant=other_tenant.slug)
    body = {"old": paula.password, "new": "another long one"}
    assert (await here.post(f"{API}/password", json=body, headers=csrf)).status_code == 204
    assert (await there.get(f"{API}/me")).status_code == 401
    assert (await here.get(f"{API}/me")).status_code == 200


async def test_without_a_password_there_is_none_to_change(member, connect):
    client = connect((await member("agent")).token)
    body = {"old": "whatever it is", "new": "another long one"}
    assert (await client.post(f"{API}/password", json=body)).status_code == 409
    assert (await connect().post(f"{API}/password", json=body)).status_code == 401


async def test_logins_are_on_record(person, connect, client):
    await log_in(connect(), await person())
    manager = await client("manager")
    items = (await manager.get("/api/activity/v1/events", params={"type": "LoggedIn"})).json()["items"]
    assert len(items) == 1
