"""Reports from outside: the API, the form, the tracking page, and what they never tell."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from datetime import UTC, datetime
from html import unescape

import pytest

from tocsin.collaboration import service as collaboration
from tocsin.incidents import service as incidents
from tocsin.tenancy import service as tenancy
from tocsin.web.unit import Services

SUBMIT = "/api/incidents/v1/public/submit"
REPORT = {"title": "The lift is stuck", "email": "mira@visitor.example"}


@pytest.fixture
def stranger(connect):
    return connect()


@pytest.fixture
def limited(app, database, app_settings):
    """`limited(3)`: the application's limits of public requests, put back afterwards."""
    before = app.state.services

    def limit(count: int):
        settings = dataclasses.replace(app_settings, public_rate_per_minute=count)
        app.state.services = Services(database, before.gatekeeper, settings, before.extras)

    yield limit
    app.state.services = before


async def row(database, tenant, code):
    async with database.tenant(tenant.id) as tx:
        return await tx.row("select * from incidents where tenant_id = $1 and reference_code = $2", tenant.id, code)


async def count(database, tenant):
    async with database.tenant(tenant.id) as tx:
        return await tx.value("select count(*) from incidents where tenant_id = $1", tenant.id)


def secret_of(url):
    return url.rsplit("/", 1)[1]


# ------------------------------------------------------------------------------------------------------------- the API


async def test_a_report_becomes_an_incident(database, tenant, stranger):
    body = {
        **REPORT,
        "description": "Between 2 and 3.",
        "name": "Mira",
        "phone": "030 1",
        "organization": "Visitors",
        "category": "facilities",
    }
    answer = await stranger.post(SUBMIT, json=body, headers={"X-Tenant": tenant.slug})
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert set(receipt) == {"reference_code", "tracking_url", "status", "created_at"}
    assert receipt["status"] == "Received"
    assert answer.headers["location"].startswith(f"/p/{tenant.slug}/t/")
    made = await row(database, tenant, receipt["reference_code"])
    assert (made["source"], made["reported_via"], made["title"]) == ("api", "public", "The lift is stuck")
    secret = secret_of(receipt["tracking_url"])
    assert len(secret) == 43
    assert made["tracking_hash"] == hashlib.sha256(secret.encode()).digest()
    async with database.tenant(tenant.id) as tx:
        who = await tx.row(
            "select * from incident_reporters where tenant_id = $1 and id = $2",
            tenant.id,
            made["reported_by_reporter_id"],
        )
        event = await tx.row(
            "select * from events where tenant_id = $1 and incident_id = $2 and seq = 1", tenant.id, made["id"]
        )
        kept = await tx.value(
            "select count(*) from events where tenant_id = $1 and data::text like '%' || $2 || '%'", tenant.id, secret
        )
    assert (who["name"], who["email"], who["phone"], who["organization"]) == (
        "Mira",
        "mira@visitor.example",
        "030 1",
        "Visitors",
    )
    assert event["actor_id"] is None
    assert kept == 0


async def test_the_name_defaults_to_the_mailbox_and_one_reporter_is_kept_for_one_address(database, tenant, stranger):
    for email in ("mira@visitor.example", "Mira@Visitor.example"):
        assert (
            await stranger.post(SUBMIT, json={**REPORT, "email": email}, headers={"X-Tenant": tenant.slug})
        ).status_code == 201
    async with database.tenant(tenant.id) as tx:
        names = [
            r["name"] for r in await tx.rows("select name from incident_reporters where tenant_id = $1", tenant.id)
        ]
    assert names == ["mira"]


@pytest.mark.parametrize(
    "change, field",
    [
        ({"title": "  "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"email": "mira@visitor"}, "email"),
        ({"email": ""}, "email"),
        ({"category": "no-such"}, "category"),
        ({"phone": "1" * 41}, "phone"),
        ({"priority": "critical"}, "priority"),
        ({"title": "NUL \x00"}, "title"),
        ({"title": 5}, "title"),
    ],
)
async def test_bad_values_name_the_field_and_leave_nothing(change, field, database, tenant, stranger):
    answer = await stranger.post(SUBMIT, json={**REPORT, **change}, headers={"X-Tenant": tenant.slug})
    assert answer.status_code == 422, answer.text
    assert [e["field"] for e in answer.json()["errors"]] == [field]
    assert await count(database, tenant) == 0


async def test_several_flaws_are_told_at_once(tenant, stranger):
    answer = await stranger.post(SUBMIT, json={"title": "", "email": "x"}, headers={"X-Tenant": tenant.slug})
    assert [e["field"] for e in answer.json()["errors"]] == ["title", "email"]


async def test_an_inactive_or_foreign_category_is_unknown(database, tenant, other_tenant, client, stranger):
    admin = await client("admin")
    assert (await admin.put("/api/incidents/v1/categories/hardware", json={"is_active": False})).status_code == 200
    theirs = (
        await (await client("admin", of=other_tenant)).post("/api/incidents/v1/categories", json={"name": "Theirs"})
    ).json()
    texts = set()
    for ref in ("hardware", theirs["id"], "theirs"):
        answer = await stranger.post(SUBMIT, json={**REPORT, "category": ref}, headers={"X-Tenant": tenant.slug})
        assert answer.status_code == 422
        texts.add(str(answer.json()["errors"]))
    assert len(texts) == 1


@pytest.mark.parametrize("fields", [REPORT, {**REPORT, "category": "", "phone": ""}])
async def test_forms_are_read_too(fields, database, tenant, stranger):
    for options in ({"data": fields}, {"files": {name: (None, text) for name, text in fields.items()}}):
        answer = await stranger.post(SUBMIT, headers={"X-Tenant": tenant.slug}, **options)
        assert answer.status_code == 201, answer.text
    assert await count(database, tenant) == 2


async def test_other_bodies_are_refused(tenant, stranger):
    headers = {"X-Tenant": tenant.slug}
    assert (
        await stranger.post(SUBMIT, content=b"x", headers={**headers, "content-type": "text/plain"})
    ).status_code == 415
    assert (
        await stranger.post(SUBMIT, content=b"{", headers={**headers, "content-type": "application/json"})
    ).status_code == 400
    assert (await stranger.post(SUBMIT, data={**REPORT, "priority": "high"}, headers=headers)).status_code == 422
    large = {**REPORT, "description": "x" * 2_000_000}
    assert (await stranger.post(SUBMIT, json=large, headers=headers)).status_code == 413


async def test_files_are_attached_in_the_reporters_name(database, tenant, stranger, client):
    files = [("file", ("a.txt", b"one", "text/plain")), ("file", ("b.txt", b"two", "text/plain"))]
    answer = await stranger.post(SUBMIT, data=REPORT, files=files, headers={"X-Tenant": tenant.slug})
    assert answer.status_code == 201, answer.text
    code = answer.json()["reference_code"]
    found = (await (await client("viewer")).get(f"/api/incidents/v1/incidents/{code}/attachments")).json()["items"]
    assert [(f["filename"], f["size_bytes"], f["is_internal"], f["uploaded_by"]["type"]) for f in found] == [
        ("a.txt", 3, False, "reporter"),
        ("b.txt", 3, False, "reporter"),
    ]


async def test_an_empty_file_and_too_many_are_refused_and_leave_nothing(database, tenant, stranger, home):
    headers = {"X-Tenant": tenant.slug}
    empty = await stranger.post(SUBMIT, data=REPORT, files=[("file", ("a.txt", b"", "text/plain"))], headers=headers)
    many = [("file", (f"{n}.txt", b"x", "text/plain")) for n in range(6)]
    answers = [empty, await stranger.post(SUBMIT, data=REPORT, files=many, headers=headers)]
    for answer in answers:
        assert answer.status_code == 422
        assert [e["field"] for e in answer.json()["errors"]] == ["file"]
    assert await count(database, tenant) == 0
    assert not [p for p in (home / "files" / str(tenant.id)).rglob("*") if p.is_file()]


async def test_the_tenant_of_a_token_wins(database, tenant, other_tenant, client, stranger):
    admin = await client("admin", of=other_tenant)
    answer = await admin.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug})
    assert answer.status_code == 201
    assert (await count(database, tenant), await count(database, other_tenant)) == (0, 1)


async def test_the_tenants_host_names_it(database, tenant, stranger, connect):
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update tenants set host = $2, revision = revision + 1 where id = $1", tenant.id, f"{tenant.slug}.example"
        )
    answer = await stranger.post(SUBMIT, json=REPORT, headers={"Host": f"{tenant.slug}.example"})
    assert answer.status_code == 201
    assert answer.json()["tracking_url"].startswith(f"http://{tenant.slug}.example/p/{tenant.slug}/t/")


async def test_a_strange_host_never_gets_into_a_link(tenant, stranger):
    answer = await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug, "Host": "evil.example"})
    assert answer.json()["tracking_url"].startswith(f"/p/{tenant.slug}/t/")
    answer = await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug})
    assert answer.json()["tracking_url"].startswith(f"http://127.0.0.1/p/{tenant.slug}/t/")


async def test_an_idempotency_key_makes_one_incident(database, tenant, stranger):
    headers = {"X-Tenant": tenant.slug, "Idempotency-Key": "k1"}
    first = await stranger.post(SUBMIT, json=REPORT, headers=headers)
    again = await stranger.post(SUBMIT, json=REPORT, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    other = await stranger.post(SUBMIT, json={**REPORT, "title": "Another"}, headers=headers)
    assert other.status_code == 422
    assert await count(database, tenant) == 1
    async with database.tenant(tenant.id) as tx:
        kept = [r["body"] for r in await tx.rows("select body from idempotency_keys where tenant_id = $1", tenant.id)]
    assert kept
    assert all(secret_of(first.json()["tracking_url"]).encode() not in body for body in kept)


# ----------------------------------------------------------------------------------------------------- the shut door


async def shut(database, tenant, how):
    async with database.tenant(tenant.id) as tx:
        if how == "right":
            await tx.run("update roles set permissions = '{}' where tenant_id = $1 and slug = 'public'", tenant.id)
        elif how == "suspended":
            await tx.run("update tenants set state = 'suspended', revision = revision + 1 where id = $1", tenant.id)
        else:
            await tenancy.switch_module(tx, how, enabled=False)


@pytest.mark.parametrize("how", ["intake", "incidents", "suspended", "right"])
async def test_a_shut_door_looks_like_no_door(how, database, tenant, stranger):
    path = f"/p/{tenant.slug}/t/{'x' * 43}"
    await shut(database, tenant, how)

    def mark(answer):
        return answer.status_code, re.sub(r'"request_id":"[^"]*"', "", answer.text), answer.headers["content-type"]

    shut_api = await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug})
    none_api = await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": "nobody-here"})
    assert mark(shut_api) == mark(none_api)
    assert shut_api.status_code == 404
    shut_pages = [
        await stranger.get(f"/p/{tenant.slug}"),
        await stranger.post(f"/p/{tenant.slug}", data=REPORT),
        await stranger.get(path),
    ]
    none_pages = [
        await stranger.get("/p/nobody-here"),
        await stranger.post("/p/nobody-here", data=REPORT),
        await stranger.get("/p/nobody-here/t/x"),
    ]
    assert {mark(page) for page in (*shut_pages, *none_pages)} == {mark(shut_pages[0])}
    assert shut_pages[0].status_code == 404
    assert "html" in shut_pages[0].headers["content-type"]
    assert tenant.slug not in shut_pages[0].text


async def test_another_tenants_secret_is_unknown(tenant, other_tenant, stranger):
    made = (await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": other_tenant.slug})).json()
    there = await stranger.get(f"/p/{other_tenant.slug}/t/{secret_of(made['tracking_url'])}")
    here = await stranger.get(f"/p/{tenant.slug}/t/{secret_of(made['tracking_url'])}")
    nowhere = await stranger.get(f"/p/{tenant.slug}/t/{'y' * 43}")
    assert there.status_code == 200
    assert (here.status_code, here.text) == (404, nowhere.text)


# ---------------------------------------------------------------------------------------------------------- the limits


async def test_the_limit_of_an_address(limited, tenant, other_tenant, stranger):
    limited(2)
    headers = {"X-Tenant": tenant.slug}
    assert [(await stranger.post(SUBMIT, json=REPORT, headers=headers)).status_code for _ in range(2)] == [201, 201]
    refused = await stranger.post(SUBMIT, json=REPORT, headers=headers)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 61
    assert refused.json()["type"] == "urn:tocsin:problem:rate-limited"
    page = await stranger.post(f"/p/{tenant.slug}", data=REPORT)
    assert (page.status_code, page.headers["retry-after"] != "") == (429, True)
    assert "html" in page.headers["content-type"]
    assert (await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": other_tenant.slug})).status_code == 201


async def test_the_tracking_page_is_limited_too(limited, tenant, stranger):
    limited(1)
    codes = [(await stranger.get(f"/p/{tenant.slug}/t/{'z' * 43}")).status_code for _ in range(5)]
    assert codes == [404, 404, 404, 404, 429]


async def test_a_forwarded_address_counts_only_from_a_trusted_proxy(limited, tenant, stranger):
    limited(1)
    codes = []
    for n in range(2):
        headers = {"X-Tenant": tenant.slug, "X-Forwarded-For": f"198.51.100.{n}"}
        codes.append((await stranger.post(SUBMIT, json=REPORT, headers=headers)).status_code)
    assert codes == [201, 429]


# ------------------------------------------------------------------------------------------------------------ the form


def browser_form(**fields):
    """The body as a browser sends it where no file was chosen."""
    parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{text}\r\n' for n, text in fields.items()]
    parts.append(
        '--b\r\nContent-Disposition: form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n'
    )
    return {"content": "".join(parts).encode(), "headers": {"content-type": "multipart/form-data; boundary=b"}}


def found(pattern, page, flags=0):
    match = re.search(pattern, page, flags)
    assert match is not None, pattern
    return match.groups()[0] if match.groups() else match.group()


def field_of(page, name):
    return found(rf'<(?:input|textarea|select)[^>]*name="{name}"[^>]*>', page)


async def test_the_form_works_without_script(tenant, stranger):
    page = await stranger.get(f"/p/{tenant.slug}")
    assert page.status_code == 200
    assert re.findall(r"<script[^>]*>", page.text) == re.findall(r'<script src="/static/[^"]+" defer>', page.text)
    assert re.search(r"</?script[^>]*>[^<]", page.text.replace("</script>\n", "")) is None
    assert "style=" not in page.text
    assert '<html lang="en">' in page.text
    for name in ("title", "description", "category", "email", "name", "phone", "organization", "file"):
        assert f'for="{name}"' in page.text
        assert f'id="{name}"' in field_of(page.text, name)
    assert f'method="post" action="/p/{tenant.slug}"' in page.text


async def test_a_sent_form_is_confirmed_and_can_be_followed(database, tenant, stranger):
    page = await stranger.get(f"/p/{tenant.slug}")
    submission = found(r'name="submission" value="([^"]+)"', page.text)
    fields = {**REPORT, "submission": submission, "website": "", "category": "general"}
    sent = await stranger.post(f"/p/{tenant.slug}", **browser_form(**fields))
    assert sent.status_code == 201, sent.text
    code = found(r"INC-\d+", sent.text)
    path = found(r'href="(/p/[^"]+/t/[^"]+)"', sent.text)
    assert (await row(database, tenant, code))["source"] == "web"
    twice = await stranger.post(f"/p/{tenant.slug}", **browser_form(**fields))
    assert twice.text == sent.text
    assert await count(database, tenant) == 1
    changed = await stranger.post(f"/p/{tenant.slug}", data={**fields, "title": "Something else"})
    assert changed.status_code == 201
    assert await count(database, tenant) == 2
    assert (await stranger.get(path)).status_code == 200


async def test_errors_stand_beside_the_fields_and_what_was_typed_is_kept(database, tenant, stranger):
    fields = {"title": "", "email": "mira@<b>", "description": 'a <b> & \n\n"c"', "name": "Mira", "category": "network"}
    page = await stranger.post(f"/p/{tenant.slug}", data=fields)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in field_of(page.text, "title")
    assert "autofocus" in field_of(page.text, "title")
    assert page.text.count("autofocus") == 1
    assert 'id="email-error"' in page.text
    assert 'value="mira@&lt;b&gt;"' in page.text
    assert '<option value="network" selected>' in page.text
    assert unescape(found(r"<textarea[^>]*>\n(.*?)</textarea>", page.text, re.DOTALL)) == fields["description"]
    assert await count(database, tenant) == 0


async def test_a_bad_file_keeps_the_rest(database, tenant, stranger):
    files = [("file", ("a.txt", b"", "text/plain"))]
    page = await stranger.post(f"/p/{tenant.slug}", data=REPORT, files=files)
    assert page.status_code == 422
    assert 'value="The lift is stuck"' in page.text
    assert 'id="file-error"' in page.text
    assert await count(database, tenant) == 0


async def test_programs_that_fill_in_everything_are_refused(database, tenant, stranger):
    page = await stranger.post(f"/p/{tenant.slug}", data={**REPORT, "website": "http://spam.example"})
    assert page.status_code == 422
    assert await count(database, tenant) == 0


async def test_the_pages_speak_the_tenants_language(database, tenant, stranger):
    async with database.tenant(tenant.id) as tx:
        await tx.run("update tenants set locale = 'de', revision = revision + 1 where id = $1", tenant.id)
    page = await stranger.get(f"/p/{tenant.slug}")
    assert '<html lang="de">' in page.text
    assert "Ein Problem melden" in page.text
    wrong = await stranger.post(f"/p/{tenant.slug}", data={"title": "", "email": ""})
    assert "Bitte füllen Sie dieses Feld aus." in wrong.text


# --------------------------------------------------------------------------------------------------- the tracking page


async def test_the_tracking_page_shows_what_is_public(database, tenant, member, stranger):
    made = (await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug})).json()
    agent = await member("manager", "Priya Secret")
    path = f"/p/{tenant.slug}/t/{secret_of(made['tracking_url'])}"
    assert "Nobody has looked at it yet." in (await stranger.get(path)).text
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        code = made["reference_code"]
        await incidents.assign(tx, agent.actor, code, user=str(agent.id))
        await incidents.acknowledge(tx, agent.actor, code)
        await incidents.transition(tx, agent.actor, code, "triaged")
        await collaboration.add_comment(tx, agent.actor, code, "We are *on it*.", is_internal=False)
        await collaboration.add_comment(tx, agent.actor, code, "The lift firm is bankrupt.", is_internal=True)
        incident = await incidents.see(tx, agent.actor, code)
    page = (await stranger.get(path)).text
    assert "Being worked on" in page
    assert "We are <em>on it</em>." in page
    for inside in ("bankrupt", "Priya", "Triaged", "medium", str(incident.id), str(tenant.id), "mira@visitor.example"):
        assert inside not in page
    insider = (await stranger.get(path, headers={"Authorization": f"Bearer {agent.token}"})).text
    assert "bankrupt" not in insider


async def test_an_answer_shows_that_it_was_taken_up(database, tenant, member, stranger):
    made = (await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug})).json()
    agent = await member("agent")
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        await collaboration.add_comment(tx, agent.actor, made["reference_code"], "Which door?", is_internal=False)
    page = (await stranger.get(f"/p/{tenant.slug}/t/{secret_of(made['tracking_url'])}")).text
    assert "Being worked on" in page
    assert "Taken up" in page


async def test_a_deleted_incident_is_gone(database, tenant, member, stranger):
    made = (await stranger.post(SUBMIT, json=REPORT, headers={"X-Tenant": tenant.slug})).json()
    manager = await member("manager")
    async with database.tenant(tenant.id, now=datetime.now(UTC)) as tx:
        await tenancy.current(tx)
        await incidents.delete(tx, manager.actor, made["reference_code"])
    assert (await stranger.get(f"/p/{tenant.slug}/t/{secret_of(made['tracking_url'])}")).status_code == 404
