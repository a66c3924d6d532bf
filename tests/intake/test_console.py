"""The public pages: languages, the brand, answers from the tracking page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.incidents.steps import API as INCIDENTS
from tests.intake.test_public import REPORT, SUBMIT, browser_form, count, found, limited, secret_of, shut, stranger
from tocsin.base.actor import system_actor
from tocsin.collaboration import service as collaboration
from tocsin.incidents import service as incidents
from tocsin.intake import console
from tocsin.intake.rules import brand
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.service import TenantChange

__all__ = ["limited", "stranger"]


async def report(stranger, tenant):
    made = (await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug})).json()
    return made["reference_code"], f"/p/{tenant.slug}/t/{secret_of(made['tracking_url'])}"


def submission_of(page):
    return found(r'name="submission" value="([^"]+)"', page)


# ----------------------------------------------------------------------------------------------------------- languages


async def test_the_reader_chooses_the_language_and_it_is_kept(tenant, connect):
    reader = connect()
    page = await reader.get(f"/p/{tenant.slug}")
    assert '<html lang="en">' in page.text
    chosen = await reader.get(f"/p/{tenant.slug}?lang=de")
    assert "Ein Problem melden" in chosen.text
    assert "httponly" in chosen.headers["set-cookie"].lower()
    assert "Ein Problem melden" in (await reader.get(f"/p/{tenant.slug}")).text
    wrong = await reader.post(f"/p/{tenant.slug}", data={"title": "", "email": ""})
    assert "Bitte füllen Sie dieses Feld aus." in wrong.text
    assert "Report a problem" in (await reader.get(f"/p/{tenant.slug}?lang=en")).text


async def test_without_a_choice_the_browser_decides_then_the_organisation(database, tenant, stranger):
    async with database.tenant(tenant.id) as tx:
        await tx.run("update tenants set locale = 'de', revision = revision + 1 where id = $1", tenant.id)
    for header, language in (("en-GB", "en"), ("fr", "de"), ("", "de")):
        page = await stranger.get(f"/p/{tenant.slug}", headers={"Accept-Language": header})
        assert f'<html lang="{language}">' in page.text


async def test_a_shut_door_speaks_no_organisations_language(database, tenant, stranger):
    async with database.tenant(tenant.id) as tx:
        await tx.run("update tenants set locale = 'de', revision = revision + 1 where id = $1", tenant.id)
    await shut(database, tenant, "suspended")
    for query in ("", "?lang=de"):
        here, nowhere = [await stranger.get(f"/p/{slug}{query}") for slug in (tenant.slug, "nobody-here")]
        assert (here.status_code, here.text) == (404, nowhere.text)


# --------------------------------------------------------------------------------------------------------------- brand


async def test_the_pages_wear_the_organisations_colour(tenant, stranger, monkeypatch):
    monkeypatch.setattr(console, "_color", lambda _tenant: "#0b5d4e")
    page = (await stranger.get(f"/p/{tenant.slug}")).text
    path = found(r'href="(/p/[^"]+/brand\.css\?v=[^"]+)"', page)
    assert "style=" not in page
    sheet = await stranger.get(path)
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert sheet.headers["cache-control"] == "public, max-age=86400"
    assert sheet.text == brand.sheet("#0b5d4e")
    assert (await stranger.get(f"/p/{tenant.slug}/brand.css")).headers["cache-control"] == "no-cache"


async def test_without_a_colour_there_is_no_sheet_to_load(tenant, stranger):
    assert "brand.css" not in (await stranger.get(f"/p/{tenant.slug}")).text
    assert (await stranger.get(f"/p/{tenant.slug}/brand.css")).text == ""


async def test_the_sheet_of_a_shut_door_is_not_there(database, tenant, stranger):
    await shut(database, tenant, "intake")
    here, nowhere = [await stranger.get(f"/p/{slug}/brand.css") for slug in (tenant.slug, "nobody-here")]
    assert (here.status_code, nowhere.status_code) == (404, 404)
    assert here.json() | {"request_id": ""} == nowhere.json() | {"request_id": ""}


# ------------------------------------------------------------------------------------------------------------- answers


async def test_an_answer_becomes_a_public_comment_with_its_files(database, tenant, member, stranger):
    code, path = await report(stranger, tenant)
    page = (await stranger.get(path)).text
    fields = {"body": "Both *cards*.", "submission": submission_of(page)}
    files = [("file", ("reader.txt", b"red", "text/plain"))]
    answer = await stranger.post(path, data=fields, files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?sent=1#messages")
    twice = await stranger.post(path, data=fields, files=files)
    assert twice.status_code == 303
    shown = (await stranger.get(f"{path}?sent=1")).text
    assert "Your answer has been sent." in shown
    assert shown.count("Both <em>cards</em>.") == 1
    assert "reader.txt" in shown
    agent = await member("agent")
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        comments = await collaboration.list_comments(tx, agent.actor, code, collaboration.ListQuery())
    assert [(c.author.type, c.is_internal, len(c.attachments)) for c in comments.items] == [("reporter", False, 1)]


async def test_the_page_tells_of_progress_and_brings_public_files(database, tenant, client, stranger):
    code, path = await report(stranger, tenant)
    agent = await client("agent")
    under = f"{INCIDENTS}/{code}"
    for body, is_internal, name in (("For you", False, "open.txt"), ("For us", True, "secret.txt")):
        said = (await agent.post(f"{under}/comments", json={"body": body, "is_internal": is_internal})).json()
        file = {"file": (name, name.encode(), "text/plain")}
        sent = await agent.post(f"{under}/attachments", data={"comment_id": said["id"]}, files=file)
        assert sent.status_code == 201, sent.text
    assert 'id="progress"' not in (await stranger.get(path)).text
    soon = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    for percent, word, is_internal in ((40, "Ordered <b>parts</b>", False), (60, "Unspoken", True)):
        told = {"percent": percent, "summary": word, "is_internal": is_internal, "next_update_due_at": soon}
        assert (await agent.post(f"{under}/progress", json=told)).status_code == 201
    page = (await stranger.get(path)).text
    assert 'value="40"' in page
    assert "Ordered &lt;b&gt;parts&lt;/b&gt;" in page
    assert "Next update due" in page
    assert [word for word in ("For us", "secret.txt", "Unspoken", 'value="60"') if word in page] == []
    link = found(r'<a href="([^"]+)" download>open.txt</a>', page)
    fetched = await stranger.get(link)
    assert (fetched.status_code, fetched.content) == (200, b"open.txt")
    assert fetched.headers["content-disposition"].startswith("attachment")
    async with database.tenant(tenant.id) as tx:
        await tx.run("update stored_files set scan = 'infected' where tenant_id = $1", tenant.id)
    assert "download>open.txt" not in (await stranger.get(path)).text
    assert (await agent.post(f"{under}/resolve", json={})).status_code == 200
    assert "Next update due" not in (await stranger.get(path)).text


async def test_an_empty_answer_is_refused_beside_its_field(tenant, stranger):
    _, path = await report(stranger, tenant)
    page = await stranger.post(path, **browser_form(body="  "))
    assert page.status_code == 422
    assert 'id="body-error"' in page.text
    assert "autofocus" in page.text


async def test_a_closed_report_takes_no_answers(database, tenant, member, stranger):
    code, path = await report(stranger, tenant)
    manager = await member("manager")
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        await tenancy.change(tx, system_actor(tenant.id), TenantChange(settings={"reopen_on_reply": False}))
        await incidents.close(tx, manager.actor, code)
    page = (await stranger.get(path)).text
    assert "takes no more answers" in page
    assert "<textarea" not in page
    answer = await stranger.post(path, data={"body": "Hello?"})
    assert answer.status_code == 409
    assert "please report it again" in answer.text


async def test_nobody_answers_without_the_address(database, tenant, other_tenant, stranger):
    _, path = await report(stranger, other_tenant)
    wrong = [path.replace(other_tenant.slug, tenant.slug), f"/p/{tenant.slug}/t/{'y' * 43}", f"/p/nobody/t/{'y' * 43}"]
    answers = [await stranger.post(one, data={"body": "Hello"}) for one in wrong]
    assert {(a.status_code, a.text) for a in answers} == {(404, answers[0].text)}
    async with database.tenant(other_tenant.id) as tx:
        assert await tx.value("select count(*) from incident_comments where tenant_id = $1", other_tenant.id) == 0


async def test_answers_are_limited(limited, tenant, stranger):
    _, path = await report(stranger, tenant)
    limited(1)
    codes = [(await stranger.post(path, data={"body": f"Hello {n}"})).status_code for n in range(3)]
    assert codes[-1] == 429


async def test_the_title_stays_inside(tenant, client, stranger):
    code, path = await report(stranger, tenant)
    agent = await client("agent")
    changed = await agent.put(f"/api/incidents/v1/incidents/{code}", json={"title": "Lift: bankrupt supplier"})
    assert changed.status_code == 200
    assert "bankrupt" not in (await stranger.get(path)).text


@pytest.mark.parametrize(
    "probe", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)"]
)
async def test_what_strangers_write_is_text(probe, tenant, stranger):
    _, path = await report(stranger, tenant)
    await stranger.post(path, data={"body": probe})
    page = (await stranger.get(path)).text
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page.replace("&gt;", "")
    again = (await stranger.post(f"/p/{tenant.slug}", data={"title": probe, "email": "x"})).text
    assert "<script>alert" not in again
    assert len(re.findall(r"<script", again)) == 1


async def test_a_report_twice_is_one(database, tenant, stranger):
    page = (await stranger.get(f"/p/{tenant.slug}")).text
    fields = {**REPORT, "submission": submission_of(page)}
    first, second = [await stranger.post(f"/p/{tenant.slug}", data=fields) for _ in range(2)]
    assert first.text == second.text
    assert await count(database, tenant) == 1
