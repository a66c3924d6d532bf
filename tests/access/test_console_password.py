"""A forgotten password, by real mail: what is told, what the link does, what it never does."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.access.conftest import log_in
from tests.access.pages import logged_in, said, send
from tests.conftest import BASE_URL
from tests.notifications.smtp import Server
from tocsin.access import rules
from tocsin.access.service.recovery import POST
from tocsin.web.unit import Services

PUBLIC = "https://desk.example.com"
NEW = "a much longer sentence"


@pytest.fixture
async def mailbox(app, database, app_settings):
    """A mail server that the application sends through; its mails in `handler.mails`."""
    before, server = app.state.services, Server()
    await server.start()
    settings = dataclasses.replace(app_settings, smtp_url=server.url, public_url=PUBLIC)
    app.state.services = Services(database, before.gatekeeper, settings, before.extras)
    yield server.handler
    app.state.services = before
    await server.stop()


async def ask(browser, email, **headers):
    page = (await browser.get("/forgot")).text
    browser.headers.update(headers)
    answer = await send(browser, page, "/forgot", email=email)
    await POST.settle()
    return answer


def link_of(mail):
    found = re.search(r"https?://\S+", mail.get_content())
    assert found is not None
    return found.group()


async def ask_for_link(mailbox, connect, person):
    await ask(connect(), person.email)
    return link_of(mailbox.mails[-1]).removeprefix(PUBLIC)


async def events_of(database, tenant, kind):
    async with database.tenant(tenant.id) as tx:
        return await tx.rows("select * from events where tenant_id = $1 and type = $2", tenant.id, kind)


async def test_a_link_comes_by_mail_and_gives_a_new_password(mailbox, person, connect, database, tenant):
    paula = await person()
    old = await logged_in(connect(), paula)
    browser = connect()
    answer = await ask(browser, paula.email.upper())
    assert (answer.status_code, answer.headers["location"]) == (303, "/forgot?sent=1")
    assert [mail["To"] for mail in mailbox.mails] == [paula.email]
    link = link_of(mailbox.mails[0])
    assert link.startswith(f"{PUBLIC}/reset/")
    path = link.removeprefix(PUBLIC)
    page = await browser.get(path)
    assert (page.status_code, page.headers["cache-control"], page.headers["referrer-policy"]) == (
        200,
        "no-store",
        "no-referrer",
    )
    done = await send(browser, page.text, path, new=NEW, again=NEW)
    assert (done.status_code, done.headers["location"]) == (303, "/login")
    assert said(browser, (await browser.get("/login")).text) == "Your new password works now; log in with it."
    assert (await log_in(connect(), paula)).status_code == 401
    assert (await log_in(connect(), dataclasses.replace(paula, password=NEW))).status_code == 200
    assert (await old.get("/profile")).status_code == 303
    assert len(await events_of(database, tenant, "PasswordReset")) == 1
    assert len(await events_of(database, tenant, "LoggedOut")) == 1


async def test_a_link_works_once_and_takes_the_others_along(mailbox, person, connect):
    paula, browser = await person(), connect()
    first, second = [await ask_for_link(mailbox, connect, paula) for _ in range(2)]
    page = (await browser.get(first)).text
    assert (await send(browser, page, first, new=NEW, again=NEW)).status_code == 303
    again = await send(browser, page, first, new="yet another one", again="yet another one")
    assert again.status_code == 404
    assert "This link works no more" in again.text
    assert (await browser.get(second)).status_code == 404
    assert (await log_in(connect(), dataclasses.replace(paula, password=NEW))).status_code == 200


async def test_a_link_ends_after_an_hour(mailbox, person, connect, database):
    paula, browser = await person(), connect()
    path = await ask_for_link(mailbox, connect, paula)
    secret_hash, past = rules.secret_hash(path.rsplit("/", 1)[1]), datetime.now(UTC) - timedelta(seconds=1)
    async with database.globally() as tx:
        account, lasts = await tx.row(
            "select account_id, expires_at - created_at from account_secrets where secret_hash = $1", secret_hash
        )
        assert lasts == timedelta(minutes=60)
        await tx.run("delete from account_secrets where secret_hash = $1", secret_hash)
        await tx.run(
            "insert into account_secrets (secret_hash, kind, account_id, created_at, expires_at)"
            " values ($1, 'reset', $2, $3, $3)",
            *(secret_hash, account, past),
        )
    assert (await browser.get(path)).status_code == 404
    assert (await browser.post(path, data={"new": NEW, "again": NEW})).status_code == 409


async def test_it_ends_sessions_in_every_organisation(mailbox, person, connect, database, tenant, other_tenant):
    paula = await person()
    await person(of=other_tenant, email=paula.email)
    there = connect()
    assert (await log_in(there, paula, tenant=other_tenant.slug)).status_code == 200
    path = await ask_for_link(mailbox, connect, paula)
    browser = connect()
    await send(browser, (await browser.get(path)).text, path, new=NEW, again=NEW)
    assert (await there.get("/profile")).status_code == 303
    for home in (tenant, other_tenant):
        assert len(await events_of(database, home, "PasswordReset")) == 1


async def test_whoever_asks_gets_the_same_answer(mailbox, person, connect):
    paula = await person()
    known, unknown = await ask(connect(), paula.email), await ask(connect(), "nobody@example.com")
    assert (known.status_code, known.headers["location"]) == (unknown.status_code, unknown.headers["location"])
    pages = [(await connect().get("/forgot?sent=1")).text for _ in range(2)]
    assert "If there is an account with this address" in pages[0]
    assert [mail["To"] for mail in mailbox.mails] == [paula.email]


async def test_asking_too_often_is_limited_for_known_and_unknown(mailbox, person, connect):
    paula = await person()
    for email in (paula.email, "nobody2@example.com"):
        codes = [(await ask(connect(), email)).status_code for _ in range(4)]
        assert codes == [303, 303, 303, 429]


async def test_a_mailbox_is_not_flooded(mailbox, person, connect, database):
    paula = await person()
    async with database.globally() as tx:
        account = await tx.value("select id from accounts where email = $1", paula.email)
        for n in range(5):
            await tx.run(
                "insert into account_secrets (secret_hash, kind, account_id, created_at, expires_at)"
                " values ($1, 'reset', $2, now(), now() + interval '1 hour')",
                f"{paula.email}{n}".encode(),
                account,
            )
    await ask(connect(), paula.email)
    assert mailbox.mails == []


@pytest.mark.parametrize("name", ["Host", "X-Forwarded-Host"])
async def test_no_header_decides_the_link(name, mailbox, person, connect):
    paula = await person()
    await ask(
        connect(),
        paula.email,
        **{name: "evil.example", "Origin": "http://evil.example"} if name == "Host" else {name: "evil.example"},
    )
    assert link_of(mailbox.mails[0]).startswith(f"{PUBLIC}/reset/")
    assert "evil" not in mailbox.mails[0].get_content()


async def test_only_the_hash_of_a_link_is_kept(mailbox, person, connect, database, tenant):
    paula = await person()
    secret = (await ask_for_link(mailbox, connect, paula)).rsplit("/", 1)[1]
    async with database.globally() as tx:
        kept = [row["secret_hash"] for row in await tx.rows("select secret_hash from account_secrets")]
        assert rules.secret_hash(secret) in kept
        jobs = await tx.value(
            "select count(*) from pgqueuer where convert_from(payload, 'UTF8') like '%' || $1 || '%'", secret
        )
    async with database.tenant(tenant.id) as tx:
        told = await tx.value(
            "select count(*) from notification_deliveries where tenant_id = $1 and body like '%' || $2 || '%'",
            tenant.id,
            secret,
        )
    assert (jobs, told) == (0, 0)


async def test_two_different_or_simple_passwords_are_refused_and_the_link_stays(mailbox, person, connect):
    paula, browser = await person(), connect()
    path = await ask_for_link(mailbox, connect, paula)
    page = (await browser.get(path)).text
    different = await send(browser, page, path, new=NEW, again="something else")
    assert different.status_code == 422
    assert 'id="reset-again-error"' in different.text
    simple = await send(browser, page, path, new="aaaaaaaaaa", again="aaaaaaaaaa")
    assert simple.status_code == 422
    assert 'id="reset-new-error"' in simple.text
    assert (await send(browser, simple.text, path, new=NEW, again=NEW)).status_code == 303


async def test_the_mail_speaks_the_members_language(mailbox, person, connect, database, tenant):
    paula = await person()
    async with database.tenant(tenant.id) as tx:
        await tx.run("update users set locale = 'de' where tenant_id = $1 and email = $2", tenant.id, paula.email)
    await ask(connect(), paula.email)
    assert mailbox.mails[0]["Subject"] == "Ein neues Passwort für Tocsin"
    assert "Guten Tag Paula Person" in mailbox.mails[0].get_content()


async def test_without_a_mail_server_the_page_says_so(connect, person):
    paula, browser = await person(), connect()
    page = (await browser.get("/forgot")).text
    assert "This server cannot send you a link by mail." in page
    assert "with the command <code>tocsin user password</code>." in page
    assert "link sent to you" not in page + (await browser.get("/login")).text
    assert '<form class="tc-stack" method="post" action="/forgot"' not in page
    answer = await browser.post("/forgot", data={"email": paula.email}, headers={"Origin": BASE_URL})
    assert answer.status_code == 409


@pytest.mark.parametrize("secret", ["x", "x" * 43, "%00", "..%2f..%2fetc", "é"])
async def test_links_that_nobody_sent(secret, connect):
    answer = await connect().get(f"/reset/{secret}")
    assert answer.status_code in (404, 422)
