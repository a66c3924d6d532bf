"""The login page: passwords, choosing an organisation, the demo's one click, languages."""

from __future__ import annotations

import dataclasses
import json

import pytest

from tests.access.pages import fields_of, said, send
from tests.conftest import BASE_URL
from tocsin.tenancy import service as tenancy
from tocsin.web.unit import Services


@pytest.fixture
def serving(app, database, app_settings):
    """`serving(demo=True)`: the application under other settings, put back afterwards."""
    before = app.state.services

    def change(**changes):
        settings = dataclasses.replace(app_settings, **changes)
        app.state.services = Services(database, before.gatekeeper, settings, before.extras)

    yield change
    app.state.services = before


async def page_of(browser, path="/login"):
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


async def test_a_right_password_leads_to_where_one_wanted(person, connect):
    paula, browser = await person(), connect()
    page = await page_of(browser, "/login?next=/queue%3Fstatus%3Dopen")
    answer = await send(browser, page, "/login", email=paula.email, password=paula.password)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?status=open")
    assert (await browser.get("/queue")).status_code == 200


@pytest.mark.parametrize("goal", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_nobody_is_sent_elsewhere(goal, person, connect):
    paula, browser = await person(), connect()
    page = (await browser.get("/login", params={"next": goal})).text
    answer = await send(browser, page, "/login", email=paula.email, password=paula.password, next=goal)
    assert answer.headers["location"] == "/queue"


async def test_wrong_and_unknown_look_the_same_and_keep_the_address(person, connect):
    paula = await person()
    answers = []
    for email in (paula.email, "nobody@example.com"):
        browser = connect()
        answer = await send(browser, await page_of(browser), "/login", email=email, password="wrong")
        assert answer.status_code == 422
        assert 'id="login-password-error"' in answer.text
        assert f'value="{email}"' in answer.text
        assert "wrong" not in fields_of(answer.text, "/login").values()
        answers.append(answer.text.count("The e-mail or the password is wrong."))
    assert answers == [1, 1]


async def test_too_many_failures_say_how_long_to_wait(person, connect, serving):
    serving(login_rate_per_minute=2)
    paula, browser = await person(), connect()
    page = await page_of(browser)
    answers = [await send(browser, page, "/login", email=paula.email, password="wrong") for _ in range(3)]
    answer = answers[-1]
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "Too many failed attempts; try again in" in answer.text
    assert f'value="{paula.email}"' in answer.text


async def test_a_suspended_organisation_is_told_after_the_right_password_only(person, connect, database, tenant):
    paula = await person()
    await tenancy.set_state(database, tenant.slug, "suspended")
    browser = connect()
    page = await page_of(browser)
    wrong = await send(browser, page, "/login", email=paula.email, password="wrong")
    right = await send(browser, page, "/login", email=paula.email, password=paula.password)
    assert "suspended" not in wrong.text
    assert right.status_code == 409
    assert "This organisation is suspended" in right.text
    assert "set-cookie" not in {name for name in right.headers if "tcs_session" in right.headers[name]}


async def test_a_login_of_another_site_is_refused(person, connect):
    paula, browser = await person(), connect()
    fields = fields_of(await page_of(browser), "/login")
    answer = await browser.post(
        "/login",
        data={**fields, "email": paula.email, "password": paula.password},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403


# ---------------------------------------------------------------------------------------------------- several tenants


async def test_who_belongs_to_several_chooses_without_the_password(person, connect, tenant, other_tenant):
    paula = await person()
    await person(of=other_tenant, email=paula.email)
    browser = connect()
    page = await page_of(browser, "/login?next=/profile")
    answer = await send(browser, page, "/login", email=paula.email, password=paula.password)
    assert answer.status_code == 303
    assert "httponly" in answer.headers["set-cookie"].lower()
    choice = answer.headers["location"]
    page = await page_of(browser, choice)
    assert tenant.name in page
    assert other_tenant.name in page
    kept = browser.cookies["tcs_choice"]
    entered = await send(browser, page, "/login/organisation", tenant=other_tenant.slug)
    assert (entered.status_code, entered.headers["location"]) == (303, "/profile")
    assert other_tenant.name in (await browser.get("/profile")).text
    thief = connect()
    thief.cookies.set("tcs_choice", kept, path="/login")
    again = await thief.post("/login/organisation", data={"tenant": tenant.slug})
    assert again.headers["location"].startswith("/login?")
    assert "tcs_session" not in thief.cookies


async def test_a_choice_is_for_ones_own_organisations_and_used_up(person, connect, tenant, other_tenant, database):
    paula = await person()
    await person(of=other_tenant, email=paula.email)
    stranger = await tenancy.create(database, f"x-{tenant.slug}", "Strangers")
    browser = connect()
    answer = await send(browser, await page_of(browser), "/login", email=paula.email, password=paula.password)
    secret = browser.cookies["tcs_choice"]
    refused = await browser.post("/login/organisation", data={"tenant": stranger.slug})
    assert refused.headers["location"].startswith("/login?")
    browser.cookies.set("tcs_choice", secret, path="/login")
    assert (await browser.get(answer.headers["location"])).status_code == 303
    assert "tcs_session" not in browser.cookies


async def test_without_a_pending_login_there_is_nothing_to_choose(connect):
    browser = connect()
    answer = await browser.get("/login/organisation?next=/profile")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fprofile")
    page = (await browser.get(answer.headers["location"])).text
    assert said(browser, page) == "This took too long, or was done already; log in again."


# ------------------------------------------------------------------------------------------------------------ the demo


def demo_file(home, tenant, *people):
    logins = [{"email": p.email, "password": p.password, "role": "agent", "name": "Paula Person"} for p in people]
    (home / "demo.json").write_text(json.dumps([{"slug": tenant.slug, "tokens": {}, "logins": logins}]))


async def test_the_demos_logins_work_by_one_click(person, connect, tenant, serving, tmp_path):
    paula, other = await person(), await person()
    demo_file(tmp_path, tenant, paula)
    serving(demo=True, home=tmp_path)
    browser = connect()
    page = await page_of(browser)
    assert "Paula Person" in page
    assert paula.password not in page
    answer = await send(browser, page, "/login/demo")
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue")
    assert (await browser.get("/queue")).status_code == 200
    assert (await connect().post("/login/demo", data={"email": other.email})).status_code == 404


async def test_outside_the_demo_nobody_enters_by_a_click(person, connect, tenant, serving, tmp_path):
    paula = await person()
    demo_file(tmp_path, tenant, paula)
    serving(home=tmp_path)
    browser = connect()
    assert "Paula Person" not in await page_of(browser)
    answer = await browser.post("/login/demo", data={"email": paula.email})
    assert answer.status_code == 404
    assert "tcs_session" not in browser.cookies


# ----------------------------------------------------------------------------------------------------------- languages


async def test_the_page_speaks_what_is_asked_for(connect):
    browser = connect()
    assert '<html lang="en"' in await page_of(browser)
    asked = await browser.get("/login", headers={"Accept-Language": "fr, de-AT;q=0.8"})
    assert "Anmelden" in asked.text
    chosen = await browser.get("/login?lang=de")
    assert "Vergessen?" in chosen.text
    assert "Anmelden" in await page_of(browser)
    wrong = await send(browser, chosen.text, "/login", email="nobody@example.com", password="wrong")
    assert "Die E-Mail-Adresse oder das Passwort ist falsch." in wrong.text
    assert '<html lang="en"' in (await browser.get("/login?lang=en")).text


async def test_unknown_languages_change_nothing(connect):
    answer = await connect().get("/login?lang=xx")
    assert answer.status_code == 200
    assert "tcs_lang" not in answer.headers.get("set-cookie", "")


async def test_the_origin_of_ones_own_pages_is_fine(person, connect):
    paula, browser = await person(), connect()
    fields = fields_of(await page_of(browser), "/login")
    answer = await browser.post(
        "/login",
        data={**fields, "email": paula.email, "password": paula.password},
        headers={"Origin": BASE_URL},
    )
    assert answer.status_code == 303
