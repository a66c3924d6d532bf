"""My profile, looks, password and sessions, in a browser with a session."""

from __future__ import annotations

import pytest

from tests.access.conftest import log_in
from tests.access.pages import fields_of, logged_in, said, send


@pytest.fixture
async def paula(person):
    return await person("agent")


@pytest.fixture
async def browser(paula, connect):
    return await logged_in(connect(), paula)


async def page_of(browser, path="/profile"):
    answer = await browser.get(path)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


async def kept(database, tenant, paula):
    async with database.tenant(tenant.id) as tx:
        return await tx.row(
            "select name, time_zone, locale, preferences from users where tenant_id = $1 and email = $2",
            tenant.id,
            paula.email,
        )


async def test_name_zone_and_language_are_changed_and_act_at_once(browser, paula, database, tenant):
    page = await page_of(browser)
    answer = await send(browser, page, "/profile", name="Paula Neu", time_zone="Asia/Tokyo", locale="de")
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile")
    after = await page_of(browser)
    assert said(browser, after) == "Ihr Profil ist gespeichert."
    assert '<html lang="de"' in after
    row = await kept(database, tenant, paula)
    assert (row["name"], row["time_zone"], row["locale"]) == ("Paula Neu", "Asia/Tokyo", "de")
    await send(browser, after, "/profile", name="Paula Neu", time_zone="", locale="")
    row = await kept(database, tenant, paula)
    assert (row["time_zone"], row["locale"]) == (None, None)


async def test_what_is_wrong_stands_beside_the_field(browser):
    page = await page_of(browser)
    answer = await send(browser, page, "/profile", name="", time_zone="Mars/Olympus")
    assert answer.status_code == 422
    assert 'id="profile-name-error"' in answer.text
    answer = await send(browser, page, "/profile", name="Paula", time_zone="Mars/Olympus")
    assert 'id="profile-time_zone-error"' in answer.text
    assert 'value="Mars/Olympus"' in answer.text


async def test_looks_act_on_every_page(browser, paula, database, tenant):
    page = await page_of(browser)
    fields = fields_of(page, "/profile/looks")
    assert (fields["theme"], fields["density"], fields["keys"]) == ("system", "normal", "true")
    del fields["keys"]
    answer = await browser.post("/profile/looks", data={**fields, "theme": "dark", "density": "compact"})
    assert answer.status_code == 303
    queue = (await browser.get("/queue")).text
    assert 'data-theme="dark"' in queue
    assert 'data-density="compact"' in queue
    assert "&#34;keys&#34;:false" in queue
    assert (await kept(database, tenant, paula))["preferences"] == {
        "theme": "dark",
        "density": "compact",
        "keys": False,
    }


async def test_looks_that_do_not_exist_are_refused(browser):
    page = await page_of(browser)
    assert (await send(browser, page, "/profile/looks", theme="pink")).status_code == 422


async def test_a_forged_form_changes_nothing(browser, database, tenant, paula):
    fields = fields_of(await page_of(browser), "/profile") | {"_csrf": "forged", "name": "Somebody"}
    assert (await browser.post("/profile", data=fields)).status_code == 403
    assert (await kept(database, tenant, paula))["name"] == "Paula Person"


# ------------------------------------------------------------------------------------------------- password, sessions


async def test_a_new_password_ends_the_other_sessions(browser, paula, connect):
    other = await logged_in(connect(), paula)
    page = await page_of(browser)
    new = "a much longer sentence"
    wrong = await send(browser, page, "/profile/password", old="wrong", new=new, again=new)
    assert wrong.status_code == 422
    assert 'id="password-old-error"' in wrong.text
    different = await send(browser, page, "/profile/password", old=paula.password, new=new, again="another")
    assert 'id="password-again-error"' in different.text
    done = await send(browser, page, "/profile/password", old=paula.password, new=new, again=new)
    assert done.status_code == 303, done.text[:500]
    assert (await browser.get("/profile")).status_code == 200
    assert (await other.get("/profile")).status_code == 303


async def test_sessions_are_listed_and_ended(browser, paula, connect, database, tenant):
    others = [await logged_in(connect(**{"User-Agent": "Mozilla/5.0 (iPhone) Safari/1"}), paula) for _ in range(3)]
    page = await page_of(browser, "/profile/sessions")
    assert page.count("this one") == 1
    assert page.count("Safari on iPhone") == 3
    paths = {part.split('"')[0] for part in page.split('action="')[1:]}
    ends = sorted(path for path in paths if path.endswith("/end"))
    assert len(ends) == 3
    answer = await send(browser, page, ends[0])
    assert answer.status_code == 303
    page = await page_of(browser, "/profile/sessions")
    assert said(browser, page) == "The session has ended."
    answer = await send(browser, page, "/profile/sessions/end-others")
    page = await page_of(browser, "/profile/sessions")
    assert said(browser, page) == "2 sessions have ended."
    assert [(await other.get("/profile")).status_code for other in others] == [303, 303, 303]
    assert "end-others" not in page


async def test_nobody_ends_anothers_session(browser, person, connect):
    mia = await person("agent")
    hers = connect()
    session = (await log_in(hers, mia)).json()["session_id"]
    csrf = fields_of(await page_of(browser), "/profile")["_csrf"]
    answer = await browser.post(f"/profile/sessions/{session}/end", data={"_csrf": csrf})
    assert answer.status_code == 404
    assert (await hers.get("/profile")).status_code == 200
