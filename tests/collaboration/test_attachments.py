"""Attachments through HTTP: streamed in and out, types sniffed, names tamed, nothing left behind when refused."""

from __future__ import annotations

import asyncio
import hashlib

import psutil
import pytest

from tests.collaboration.steps import TEXT, attach, comment, under
from tests.incidents.steps import events, fields, make
from tocsin.base.actor import Actor
from tocsin.collaboration import service
from tocsin.collaboration.adapters import files
from tocsin.incidents import service as incidents
from tocsin.incidents.model import NewIncident
from tocsin.web import fences, uploads

MIB = 1024 * 1024
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
GIF = b"GIF89a\x01\x00\x01\x00" + b"\x00" * 16


@pytest.fixture
def stored(app_settings, tenant):
    """The files of the test's tenant in the store."""
    return lambda: [p for p in (files.local_folder(app_settings) / str(tenant.id)).rglob("*") if p.is_file()]


def form(*parts, boundary="XX", end=True):
    """A multipart body of (headers, content) pairs, to the letter."""
    lines = [f"--{boundary}\r\n".encode() + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts]
    return b"".join(lines) + (f"--{boundary}--\r\n".encode() if end else b"")


def file_head(name=b"a.txt", field=b"file", more=b""):
    return b'Content-Disposition: form-data; name="' + field + b'"; filename="' + name + b'"' + more


async def send(client, incident, content, kind="multipart/form-data; boundary=XX", **headers):
    headers = {"Content-Type": kind, **headers}
    return await client.post(under(incident, "attachments"), content=content, headers=headers)


async def test_a_file_goes_in_and_comes_out(client, member, connect, stored):
    someone = await member("agent")
    agent = connect(someone.token)
    incident = await make(agent)
    answer = await agent.post(under(incident, "attachments"), files={"file": ("Plan €.png", PNG, "text/html")})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == under(incident, "attachments", made["id"])
    assert {k: v for k, v in made.items() if k not in ("id", "created_at")} == {
        "comment_id": None,
        "filename": "Plan €.png",
        "mime_type": "image/png",
        "size_bytes": len(PNG),
        "sha256": hashlib.sha256(PNG).hexdigest(),
        "is_internal": False,
        "uploaded_by": {"type": "user", "id": str(someone.id), "name": someone.name},
        "content_url": under(incident, "attachments", made["id"], "content"),
        "thumbnail_url": None,
        "scan": "none",
    }
    assert (await agent.get(answer.headers["location"])).json() == made
    assert (await agent.get(under(incident, "attachments"))).json()["items"] == [made]
    got = await agent.get(made["content_url"])
    assert (got.status_code, got.content) == (200, PNG)
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-length"] == str(len(PNG))
    assert (
        got.headers["content-disposition"]
        == "attachment; filename=\"Plan _.png\"; filename*=UTF-8''Plan%20%E2%82%AC.png"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert [p.name for p in stored()] == [made["id"]]
    told = (await events(agent, incident))[-1]
    assert (told["type"], told["data"]["filename"], told["data"]["sha256"]) == (
        "AttachmentAdded",
        "Plan €.png",
        made["sha256"],
    )
    assert (await agent.get(under(incident))).json()["version"] == incident["version"] + 1


async def test_delete_takes_the_file_away_too(client, stored):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident)
    path = under(incident, "attachments", made["id"])
    assert len(stored()) == 1
    assert (await agent.delete(path)).status_code == 204
    assert stored() == []
    for answer in (await agent.get(path), await agent.get(f"{path}/content"), await agent.delete(path)):
        assert answer.status_code == 404
    assert (await events(agent, incident))[-1]["type"] == "AttachmentDeleted"


async def test_a_file_of_a_comment_is_shown_with_it_and_is_as_internal_as_it(client):
    agent = await client("agent")
    incident, other = await make(agent), await make(agent)
    word = await comment(agent, incident, is_internal=True)
    made = await attach(agent, incident, comment_id=word["id"])
    assert (made["comment_id"], made["is_internal"]) == (word["id"], True)
    shown = (await agent.get(under(incident, "comments", word["id"]))).json()
    assert shown["attachments"] == [made]
    for wrong in (word["id"], "x", made["id"]):
        target = other if wrong == word["id"] else incident
        answer = await agent.post(under(target, "attachments"), files={"file": TEXT}, data={"comment_id": wrong})
        assert (answer.status_code, fields(answer.json())) == (422, ["comment_id"])


async def test_the_reporter_never_sees_internal_files(client):
    agent, reporter = await client("agent"), await client("reporter")
    incident = await make(reporter)
    public, hidden = await attach(agent, incident), await attach(agent, incident, is_internal="true")
    path = under(incident, "attachments")
    assert [a["id"] for a in (await reporter.get(path)).json()["items"]] == [public["id"]]
    assert (await reporter.get(public["content_url"])).content == b"hello"
    assert (await reporter.get(hidden["content_url"])).status_code == 404
    assert (await reporter.get(f"{path}/{hidden['id']}")).status_code == 404
    assert (await reporter.post(path, files={"file": TEXT})).status_code == 403
    assert (await agent.get(hidden["content_url"])).content == b"hello"


async def test_files_of_another_incident_or_tenant_are_absent(client, other_tenant, stored):
    agent, stranger = await client("agent"), await client("admin", of=other_tenant)
    first, second = await make(agent), await make(agent)
    made = await attach(agent, first)
    for who, incident in ((agent, second), (stranger, first)):
        path = under(incident, "attachments", made["id"])
        assert (await who.get(path)).status_code == 404
        assert (await who.get(f"{path}/content")).status_code == 404
        assert (await who.delete(path)).status_code == 404
    assert (await stranger.post(under(first, "attachments"), files={"file": TEXT})).status_code == 404
    assert (await stranger.get(under(first, "attachments"))).status_code == 404
    assert len(stored()) == 1


# ------------------------------------------------------------------------------------------------------- types and names


@pytest.mark.parametrize(
    "name, content, declared, kept",
    [
        ("x.gif", GIF, "text/html", "image/gif"),
        ("x.html", b"<!doctype html><script>alert(1)</script>", "text/html", "application/octet-stream"),
        (
            "x.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "image/svg+xml",
            "application/octet-stream",
        ),
        ("x.xml", b"<?xml version='1.0'?><x/>", "application/xml", "application/octet-stream"),
        ("x.txt", "Grüße".encode(), "text/plain", "text/plain"),
        ("x.png", b"not a picture", "image/png", "application/octet-stream"),
        ("x.pdf", b"%PDF-1.7\n%...", "text/plain", "application/pdf"),
    ],
)
async def test_the_type_is_what_the_content_says(client, name, content, declared, kept):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident, (name, content, declared))
    assert made["mime_type"] == kept
    got = await agent.get(made["content_url"])
    assert got.content == content
    assert got.headers["content-type"].partition(";")[0] == kept
    assert got.headers["content-disposition"].startswith("attachment;")
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


@pytest.mark.parametrize(
    "raw, shown",
    [
        (b"../../../../tmp/evil.txt", "evil.txt"),
        (b"/etc/passwd", "passwd"),
        (b"..\\..\\evil.txt", "evil.txt"),
        (b"%2e%2e%2fevil.txt", "%2e%2e%2fevil.txt"),
        (b"a%0D%0ASet-Cookie: evil=1.txt", "aSet-Cookie: evil=1.txt"),
        (b"a%22; filename=evil.html", 'a"; filename=evil.html'),
        ("\u20ac\u202eexe.txt".encode(), "\u20acexe.txt"),
        (b"nul\x00.txt", "nul.txt"),
        (b"", "file"),
        (b"x" * 300 + b".txt", "x" * 251 + ".txt"),
    ],
)
async def test_hostile_names_are_for_show_only(client, stored, raw, shown):
    agent = await client("agent")
    incident = await make(agent)
    answer = await send(agent, incident, form((file_head(raw), b"hello")))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["filename"] == shown
    assert [p.name for p in stored()] == [made["id"]]
    got = await agent.get(made["content_url"])
    assert got.content == b"hello"
    assert "set-cookie" not in got.headers
    header = got.headers["content-disposition"]
    assert header.startswith('attachment; filename="')
    assert header.count('"') == 2
    assert header.count("filename=") == 1 + header.count("_filename=") + header.count(" filename=evil")


# ------------------------------------------------------------------------------------------------------- what is refused

GOOD = (file_head(), b"hello")
BROKEN = {
    "no file": (form((b'Content-Disposition: form-data; name="is_internal"', b"true")), 422),
    "empty file": (form((file_head(), b"")), 422),
    "empty form": (b"--XX--\r\n", 422),
    "nothing": (b"", 422),
    "not a form": (b"hello", 422),
    "cut short": (form(GOOD, end=False), 422),
    "cut inside the file": (form(GOOD)[:-20], 422),
    "two files": (form(GOOD, GOOD), 422),
    "file as text": (form((b'Content-Disposition: form-data; name="file"', b"hello")), 422),
    "text as file": (form(GOOD, (file_head(field=b"is_internal"), b"true")), 422),
    "unknown field": (form(GOOD, (b'Content-Disposition: form-data; name="path"', b"/etc")), 422),
    "unknown file": (form((file_head(field=b"upload"), b"hello")), 422),
    "no name": (form((b"Content-Disposition: form-data", b"x")), 422),
    "no disposition": (form((b"X-Y: z", b"x")), 422),
    "bad flag": (form(GOOD, (b'Content-Disposition: form-data; name="is_internal"', b"perhaps")), 422),
    "bad utf-8 name": (form((file_head(b"\xff\xfe"), b"hello")), 422),
    "bad utf-8 text": (form(GOOD, (b'Content-Disposition: form-data; name="comment_id"', b"\xff")), 422),
    "field twice": (form(GOOD, *[(b'Content-Disposition: form-data; name="is_internal"', b"true")] * 2), 422),
    "long field": (form((b'Content-Disposition: form-data; name="comment_id"', b"x" * 300_000), GOOD), 422),
    "10,000 parts": (form(*[(b'Content-Disposition: form-data; name="is_internal"', b"1")] * 10_000), 422),
    "long header": (form((file_head(more=b"; x=" + b"y" * 9000), b"hello")), 422),
    "many headers": (form((file_head() + b"\r\nX-A: b" * 50, b"hello")), 422),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_broken_forms_leave_nothing_behind(client, stored, what):
    agent = await client("agent")
    incident = await make(agent)
    content, status = BROKEN[what]
    answer = await send(agent, incident, content)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"]
    assert stored() == []
    assert (await agent.get(under(incident))).json()["version"] == incident["version"]


@pytest.mark.parametrize(
    "kind, status",
    [
        ("application/json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/mixed; boundary=XX", 415),
        ("multipart/form-data", 422),
        ("multipart/form-data; boundary=", 422),
        ('multipart/form-data; boundary=""', 422),
        ("multipart/form-data; boundary=" + "x" * 2000, 422),
        ("multipart/form-data; boundary=YY", 422),
    ],
)
async def test_wrong_content_types(client, stored, kind, status):
    agent = await client("agent")
    incident = await make(agent)
    answer = await send(agent, incident, form(GOOD), kind)
    assert answer.status_code == status, answer.text
    assert stored() == []


async def chunks(size, step=64 * 1024):
    """A body whose length nobody declared."""
    yield b"--XX\r\n" + file_head(b"big.bin") + b"\r\n\r\n"
    while size > 0:
        yield b"\x07" * min(step, size)
        size -= step
    yield b"\r\n--XX--\r\n"


async def test_the_limit_is_exact(client, stored):
    agent = await client("agent")
    incident = await make(agent)
    answer = await send(agent, incident, chunks(25 * MIB + 1))
    assert answer.status_code == 413, answer.text
    assert stored() == []
    answer = await send(agent, incident, chunks(25 * MIB))
    assert answer.status_code == 201, answer.text
    assert answer.json()["size_bytes"] == 25 * MIB


async def test_a_declared_length_is_refused_at_once(client, stored):
    agent = await client("agent")
    incident = await make(agent)
    answer = await send(agent, incident, form(GOOD), **{"Content-Length": str(40 * MIB)})
    assert answer.status_code == 413
    assert stored() == []


async def test_a_tenant_may_have_its_own_limit(client, database, tenant, stored):
    agent = await client("agent")
    incident = await make(agent)
    async with database.tenant(tenant.id) as tx:
        await tx.run("update tenants set settings = $2 where id = $1", tenant.id, {"attachment_limit": 10})
    small = await send(agent, incident, form((file_head(), b"x" * 10)))
    large = await send(agent, incident, form((file_head(), b"x" * 11)))
    assert (small.status_code, large.status_code) == (201, 413)
    assert len(stored()) == 1


async def test_memory_stays_flat(client):
    """Neither way is a file whole in memory."""
    agent = await client("agent")
    incident = await make(agent)
    await attach(agent, incident)
    process = psutil.Process()
    before, highest = process.memory_info().rss, 0

    async def watched():
        nonlocal highest
        async for chunk in chunks(24 * MIB):
            highest = max(highest, process.memory_info().rss)
            yield chunk

    answer = await send(agent, incident, watched())
    assert answer.status_code == 201, answer.text
    assert highest - before < 20 * MIB


async def test_who_may_not_is_refused_before_sending(client):
    viewer, agent = await client("viewer"), await client("agent")
    incident, sent = await make(agent), 0

    async def counted():
        nonlocal sent
        async for chunk in chunks(5 * MIB):
            sent += len(chunk)
            yield chunk

    assert (await send(viewer, incident, counted())).status_code == 403
    assert (await send(agent, {"id": "INC-999999"}, counted())).status_code == 404
    assert sent < MIB


async def test_no_connection_is_held_while_the_client_sends(client, database, app_settings):
    """More uploads wait for their clients than the pool has connections, and everybody else is served."""
    agent = await client("agent")
    incident = await make(agent)
    go = asyncio.Event()

    async def slow():
        yield b"--XX\r\n" + file_head() + b"\r\n\r\nhel"
        await go.wait()
        yield b"lo\r\n--XX--\r\n"

    waiting = [asyncio.create_task(send(agent, incident, slow())) for _ in range(24)]
    await asyncio.sleep(0.5)
    assert (await asyncio.wait_for(agent.get(under(incident)), 2)).status_code == 200
    go.set()
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {201}


async def test_a_client_that_stalls_is_given_up(client, stored, monkeypatch):
    agent = await client("agent")
    incident = await make(agent)
    monkeypatch.setattr(uploads, "BODY_SECONDS", 0.2)
    never = asyncio.Event()

    async def stalled():
        yield b"--XX\r\n" + file_head() + b"\r\n\r\nhel"
        await never.wait()

    answer = await send(agent, incident, stalled())
    assert answer.status_code == 408
    assert answer.json()["type"] == f"urn:tocsin:problem:{fences.SlowBody.slug}"
    assert stored() == []


async def test_a_failed_transaction_takes_the_file_with_it(client, stored, monkeypatch):
    agent = await client("agent")
    incident = await make(agent)

    async def deny(tx, record, values=None):
        await tx.run("select 1 / 0")

    monkeypatch.setattr(incidents, "changed", deny)
    assert (await send(agent, incident, form(GOOD))).status_code == 500
    monkeypatch.undo()
    assert stored() == []
    assert (await agent.get(under(incident, "attachments"))).json()["items"] == []


async def test_a_lost_commit_keeps_the_file(client, stored, monkeypatch):
    """Whether the row is there is unknown: a file nobody names is better than a row without its file."""
    agent = await client("agent")
    incident = await make(agent)

    async def lost(tx, record, values=None):
        raise ConnectionResetError

    monkeypatch.setattr(incidents, "changed", lost)
    assert (await send(agent, incident, form(GOOD))).status_code == 503
    assert len(stored()) == 1


async def test_a_store_that_fails_is_said(client, stored, monkeypatch):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident)
    stored()[0].unlink()
    assert (await agent.get(made["content_url"])).status_code == 404

    async def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("obstore.put_async", full)
    answer = await send(agent, incident, form(GOOD))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    monkeypatch.undo()
    assert (await agent.delete(under(incident, "attachments", made["id"]))).status_code == 204


async def test_idempotency_key(client, stored):
    agent = await client("agent")
    incident = await make(agent)
    key = {"Idempotency-Key": "file-1"}
    first = await send(agent, incident, form(GOOD), **key)
    again = await send(agent, incident, form(GOOD), **key)
    other = await send(agent, incident, form((file_head(), b"world")), **key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.content == again.content
    assert len(stored()) == 1


async def test_attachments_are_paged(client):
    agent = await client("agent")
    incident = await make(agent)
    made = [(await attach(agent, incident, (f"{n}.txt", b"x", "text/plain")))["filename"] for n in range(3)]
    page = (await agent.get(under(incident, "attachments"), params={"limit": "2"})).json()
    rest = (
        await agent.get(under(incident, "attachments"), params={"limit": "2", "cursor": page["next_cursor"]})
    ).json()
    assert [a["filename"] for a in page["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None


async def test_the_public_attaches_in_the_reporters_name(database, tenant, app_settings, stored):
    public = Actor(tenant.id, None, "Public", "public", frozenset({"incidents.public.submit"}), "web")

    async def content():
        yield b"hello"

    async with database.tenant(tenant.id) as tx:
        reporter_id = await incidents.find_or_add_reporter(tx, name="Ada Visitor", email="ada@example.com")
        now = tx.now
    async with service.receiving(app_settings, tenant.id, now) as inbox:
        upload = await inbox.store(content(), "../photo.txt", "text/plain")
        async with database.tenant(tenant.id) as tx:
            new = NewIncident(title="Lamp", source="web", reported_via="public", reporter_id=reporter_id)
            incident_id = await incidents.create(tx, public, new)
            await service.add_public_attachment(tx, public, incident_id, upload)
    async with database.tenant(tenant.id) as tx:
        page = await service.list_attachments(tx, public, incident_id, service.ListQuery())
    assert [(a.filename, a.uploaded_by.type, a.uploaded_by.name) for a in page.items] == [
        ("photo.txt", "reporter", "Ada Visitor")
    ]
    assert len(stored()) == 1
