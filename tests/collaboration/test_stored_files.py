"""Files behind attachments: once for each content, locked up until clean, shown small, fetched by links, swept away."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.collaboration.bombs import BOMBS, POLYGLOTS, huge_picture, picture
from tests.collaboration.clamd import EICAR, clamd
from tests.collaboration.steps import TEXT, attach, under
from tests.incidents.steps import API, events, fields, make
from tocsin.collaboration import store
from tocsin.collaboration.adapters import files, scanner
from tocsin.collaboration.rules import links
from tocsin.collaboration.service import stored as service

LINKS = "/api/incidents/v1/files"


@pytest.fixture
def kept(app_settings, tenant):
    """The names of the test's tenant's files in the store."""
    folder = files.local_folder(app_settings) / str(tenant.id)
    return lambda: sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def run_due(database, app, tenant):
    """`await run_due()`: look at what is due, as the worker does; how many files."""

    async def run() -> int:
        settings = app.state.services.settings
        async with database.tenant(tenant.id) as tx:
            rows = await tx.rows(
                "select id from stored_files where tenant_id = $1 and due_at <= $2", tenant.id, tx.real_now
            )
        for row in rows:
            await service.FILES.handle(database, settings, tenant.id, row["id"])
        return len(rows)

    return run


@pytest.fixture
async def scanning(app, monkeypatch):
    """A scanner, and the application set up with it."""
    async with clamd() as found:
        services = app.state.services
        monkeypatch.setattr(services, "settings", dataclasses.replace(services.settings, clamd_url=found.url))
        yield found


async def refused(client: Any, incident: Any, file: Any) -> str:
    """Send a file that is refused, with nothing left behind; why."""
    before = (await client.get(under(incident))).json()["version"]
    answer = await client.post(under(incident, "attachments"), files={"file": file})
    assert (answer.status_code, fields(answer.json())) == (422, ["file"]), answer.text
    assert (await client.get(under(incident))).json()["version"] == before
    assert (await client.get(under(incident, "attachments"))).json()["items"] == []
    return str(answer.json()["errors"][0]["message"])


# ------------------------------------------------------------------------------------------------ once for each content


async def test_the_same_content_is_kept_once_in_a_tenant(client, other_tenant, kept):
    agent, stranger = await client("agent"), await client("agent", of=other_tenant)
    one, two = await make(agent), await make(agent)
    first = await attach(agent, one)
    again = await attach(agent, two, ("copy.txt", TEXT[1], "text/plain"), is_internal="true")
    foreign = await attach(stranger, await make(stranger))
    assert kept() == [first["id"]]
    assert again["id"] != first["id"]
    assert (again["filename"], again["sha256"], again["is_internal"]) == ("copy.txt", first["sha256"], True)
    assert (await agent.delete(under(one, "attachments", first["id"]))).status_code == 204
    assert kept() == [first["id"]]
    for who, made in ((agent, again), (stranger, foreign)):
        assert (await who.get(made["content_url"])).content == TEXT[1]
    assert (await agent.delete(under(two, "attachments", again["id"]))).status_code == 204
    assert kept() == []
    assert (await stranger.get(foreign["content_url"])).content == TEXT[1]


async def test_many_at_once_keep_it_once(client, kept, database, tenant):
    """Sixteen copies come and eight go at the same time: whoever is left has its content."""
    agent = await client("agent")
    incidents = [await make(agent) for _ in range(8)]
    made = [await attach(agent, one) for one in incidents]

    async def leave(number: int) -> None:
        await agent.delete(under(incidents[number], "attachments", made[number]["id"]))

    coming = [attach(agent, incidents[number % 8], (f"{number}.txt", TEXT[1], "text/plain")) for number in range(16)]
    results = await asyncio.gather(*coming, *(leave(number) for number in range(8)))
    for left in results[:16]:
        assert (await agent.get(left["content_url"])).content == TEXT[1]
    async with database.tenant(tenant.id) as tx:
        paths = await tx.rows("select path from stored_files where tenant_id = $1", tenant.id)
    assert [row["path"].rsplit("/", 1)[-1] for row in paths] == kept()
    assert len(paths) == 1


async def test_a_refused_copy_leaves_the_first_alone(client, kept, monkeypatch):
    agent = await client("agent")
    incident = await make(agent)
    first = await attach(agent, incident)
    answer = await agent.post(
        under(incident, "attachments"),
        files={"file": TEXT},
        data={"comment_id": "01234567-89ab-7def-8123-456789abcdef"},
    )
    assert answer.status_code == 422
    assert kept() == [first["id"]]
    assert (await agent.get(first["content_url"])).status_code == 200


# --------------------------------------------------------------------------------------------------- what is not taken


@pytest.mark.parametrize("what", [*BOMBS, *POLYGLOTS])
async def test_bombs_and_polyglots_leave_nothing_behind(client, kept, what):
    agent = await client("agent")
    content = POLYGLOTS[what] if what in POLYGLOTS else BOMBS[what]()
    said = await refused(agent, await make(agent), ("x.bin", content, "application/octet-stream"))
    assert said.startswith("x.bin "), "which of several it was"
    assert kept() == []


async def test_a_tenant_takes_the_types_it_says(client, kept):
    admin = await client("admin")
    incident = await make(admin)
    settings = {"attachment_types": ["image/*", "text/plain"]}
    answer = await admin.put("/api/tenancy/v1/tenant", json={"settings": settings})
    assert answer.status_code == 200, answer.text
    assert "accepted here are image/*, text/plain" in await refused(
        admin, incident, ("x.pdf", b"%PDF-1.7\n", "application/pdf")
    )
    assert "application/octet-stream" in await refused(admin, incident, ("x.exe", b"\x00\x01", "image/png"))
    assert kept() == []
    for file in (("a.png", picture(), "application/pdf"), TEXT):
        await attach(admin, incident, file)
    for wrong in (["image"], ["*/png"], ["IMAGE/*"], ["image/*; q=1"], ["a/b"] * 51, "image/*", [""], [None]):
        answer = await admin.put("/api/tenancy/v1/tenant", json={"settings": {"attachment_types": wrong}})
        assert answer.status_code == 422, wrong
    assert (await admin.put("/api/tenancy/v1/tenant", json={"settings": {"attachment_types": []}})).status_code == 200
    await attach(admin, incident, ("x.pdf", b"%PDF-1.7\n", "application/pdf"))


async def test_the_public_form_says_what_is_wrong_with_a_file(client, tenant, connect):
    admin = await client("admin")
    await admin.put("/api/tenancy/v1/tenant", json={"settings": {"attachment_types": ["image/png"]}})
    body = {"title": "Lamp", "email": "ada@example.com"}
    head = {"X-Tenant": tenant.slug}
    answer = await connect().post("/api/incidents/v1/public/submit", data=body, files={"file": TEXT}, headers=head)
    assert (answer.status_code, fields(answer.json())) == (422, ["file"])
    answer = await connect().post(
        "/api/incidents/v1/public/submit",
        data=body,
        files={"file": ("a.gif", POLYGLOTS["GIF and script"])},
        headers=head,
    )
    assert (answer.status_code, fields(answer.json())) == (422, ["file"])
    assert (await admin.get(API)).json()["items"] == []


# ----------------------------------------------------------------------------------------------------------- scanning


async def test_a_file_is_locked_up_until_it_is_clean(client, scanning, run_due):
    agent, reporter = await client("agent"), await client("reporter")
    incident = await make(reporter)
    made = await attach(agent, incident, ("shot.png", picture(), "image/png"))
    assert (made["scan"], made["thumbnail_url"]) == ("waiting", None)
    for who in (agent, reporter):
        answer = await who.get(made["content_url"])
        assert (answer.status_code, "locked up" in answer.json()["detail"]) == (409, True)
        assert (await who.get(made["content_url"].replace("content", "thumbnail"))).status_code == 404
    assert (await agent.post(under(incident, "attachments", made["id"], "link"), json={})).status_code == 409
    assert await run_due() == 1
    assert scanning.scanned == [made["size_bytes"]]
    shown = (await agent.get(under(incident, "attachments", made["id"]))).json()
    assert (shown["scan"], shown["thumbnail_url"] is not None) == ("clean", True)
    assert (await reporter.get(made["content_url"])).content == picture()
    copy = await attach(agent, incident, ("again.png", picture(), "image/png"))
    assert copy["scan"] == "clean"
    assert await run_due() == 0


async def test_what_came_before_the_scanner_is_scanned_when_it_comes_again(client, scanning, run_due, app, monkeypatch):
    agent = await client("agent")
    incident = await make(agent)
    services = app.state.services
    with monkeypatch.context() as without:
        without.setattr(services, "settings", dataclasses.replace(services.settings, clamd_url=None))
        first = await attach(agent, incident)
        await run_due()
    assert first["scan"] == "none"
    again = await attach(agent, incident, ("again.txt", TEXT[1], "text/plain"))
    for one in (first, again):
        assert (await agent.get(one["content_url"])).status_code == 409
    await run_due()
    assert scanning.scanned == [len(TEXT[1])]
    for one in (first, again):
        assert (await agent.get(one["content_url"])).content == TEXT[1]
    assert again["scan"] == "waiting"


async def test_malware_stays_locked_up_and_is_told(client, scanning, run_due, kept):
    agent = await client("agent")
    one, two = await make(agent), await make(agent)
    content = b"x" * 300_000 + EICAR
    made = [await attach(agent, incident, ("tool.bin", content, "text/plain")) for incident in (one, two)]
    assert len(kept()) == 1
    assert await run_due() == 1
    for incident, file in zip((one, two), made, strict=True):
        assert (await agent.get(under(incident, "attachments", file["id"]))).json()["scan"] == "infected"
        answer = await agent.get(file["content_url"])
        assert (answer.status_code, "Eicar-Test-Signature" in answer.json()["detail"]) == (409, True)
        told = (await events(agent, incident))[-1]
        assert (told["type"], told["data"]["found"], told["data"]["filename"]) == (
            "AttachmentInfected",
            "Eicar-Test-Signature",
            "tool.bin",
        )
        assert "found malware in tool.bin" in (await agent.get(f"/incidents/{incident['reference_code']}")).text
    third = await make(agent)
    assert "Eicar-Test-Signature" in await refused(agent, third, ("innocent.txt", content, "text/plain"))
    for incident, file in zip((one, two), made, strict=True):
        assert (await agent.delete(under(incident, "attachments", file["id"]))).status_code == 204
    assert kept() == []


@pytest.mark.parametrize("trouble", ["is not there", "hangs up", "babbles", "takes less"])
async def test_a_scanner_that_is_away_is_asked_again(
    client, scanning, run_due, trouble, app, monkeypatch, database, tenant
):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident)
    services = app.state.services
    good = services.settings
    if trouble == "is not there":
        monkeypatch.setattr(services, "settings", dataclasses.replace(good, clamd_url="tcp://127.0.0.1:9"))
    elif trouble == "takes less":
        scanning.limit = 3
    else:
        scanning.mode = trouble
    pauses = []
    for _ in range(3):
        assert await run_due() == 1
        assert (await agent.get(made["content_url"])).status_code == 409
        async with database.tenant(tenant.id) as tx:
            due = await tx.value("select due_at from stored_files where tenant_id = $1", tenant.id)
            pauses.append(round((due - tx.real_now).total_seconds()))
        assert await run_due() == 0
        async with database.tenant(tenant.id) as tx:
            await tx.run("update stored_files set due_at = $2 where tenant_id = $1", tenant.id, tx.real_now)
    assert pauses == sorted(pauses)
    assert 4 <= pauses[0] <= 5 < pauses[2] <= 300
    monkeypatch.setattr(services, "settings", good)
    scanning.limit, scanning.mode = 10**9, "works"
    assert await run_due() == 1
    assert (await agent.get(made["content_url"])).content == TEXT[1]


async def test_the_scanner_listens_on_a_socket_too_and_takes_long_files(tmp_path):
    async def content(size: int, tail: bytes = b""):
        for _ in range(size // 100_000):
            yield b"x" * 100_000
        yield tail

    async with clamd(str(tmp_path / "clamd.sock")) as found:
        assert (await scanner.scan(found.url, content(5_000_000))).found is None
        assert (await scanner.scan(found.url, content(5_000_000, EICAR))).found == "Eicar-Test-Signature"
        found.limit = 1_000_000
        with pytest.raises(scanner.ScannerAway):
            await scanner.scan(found.url, content(50_000_000))


# ---------------------------------------------------------------------------------------------------------- thumbnails


async def test_pictures_get_thumbnails(client, run_due, kept):
    agent, reporter = await client("agent"), await client("reporter")
    incident = await make(reporter)
    public = await attach(agent, incident, ("shot.jpg", picture("JPEG", (900, 600)), "image/jpeg"))
    hidden = await attach(agent, incident, ("note.png", picture(), "image/png"), is_internal="true")
    await attach(agent, incident)
    assert public["thumbnail_url"] is None
    assert await run_due() == 2
    public = (await agent.get(under(incident, "attachments", public["id"]))).json()
    got = await reporter.get(public["thumbnail_url"])
    assert (got.status_code, got.headers["content-type"], got.content[8:12]) == (200, "image/webp", b"WEBP")
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["x-content-type-options"] == "nosniff"
    assert (await reporter.get(under(incident, "attachments", hidden["id"], "thumbnail"))).status_code == 404
    page = (await agent.get(f"/incidents/{incident['reference_code']}")).text
    assert public["thumbnail_url"] in page
    assert len(kept()) == 5
    for file in (public, hidden):
        assert (await agent.delete(under(incident, "attachments", file["id"]))).status_code == 204
    assert len(kept()) == 1


async def test_what_is_no_picture_is_settled(client, run_due):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident, ("x.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "image/png"))
    large = await attach(agent, incident, ("y.png", huge_picture(8000, 8000), "image/png"))
    assert await run_due() == 2
    assert await run_due() == 0
    for file in (made, large):
        assert (await agent.get(under(incident, "attachments", file["id"]))).json()["thumbnail_url"] is None


# --------------------------------------------------------------------------------------------------------------- links


async def test_a_link_gives_a_file_to_whoever_has_it(client, connect):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident)
    answer = await agent.post(under(incident, "attachments", made["id"], "link"), json={"valid_for": "PT5M"})
    assert answer.status_code == 200, answer.text
    link = answer.json()
    until = datetime.fromisoformat(link["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4, seconds=50) < until <= timedelta(minutes=5)
    assert link["url"].startswith(f"http://127.0.0.1{LINKS}/"), "as its client reached the server"
    got = await connect().get(link["url"])
    assert (got.status_code, got.content) == (200, TEXT[1])
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    assert (await connect().get(link["url"][:-1] + ("A" if link["url"][-1] != "A" else "B"))).status_code == 404
    for token in ("x", "A" * 83, "é" * 83, "_" * 83):
        assert (await connect().get(f"{LINKS}/{token}")).status_code == 404
    for wrong in ("P2D", "PT0S", "15", "-PT1M", "P1Y"):
        answer = await agent.post(under(incident, "attachments", made["id"], "link"), json={"valid_for": wrong})
        assert (answer.status_code, fields(answer.json())) == (422, ["valid_for"]), wrong


async def test_a_link_ends(client, connect, database, tenant, other_tenant):
    agent, admin = await client("agent"), await client("admin")
    incident = await make(agent)
    made = await attach(agent, incident)
    path = under(incident, "attachments", made["id"], "link")
    link = (await agent.post(path, json={})).json()["url"]
    stranger = await client("agent", of=other_tenant)
    assert (await stranger.post(path, json={})).status_code == 404
    assert (await connect().get(link)).status_code == 200

    async def switch(statement: str) -> None:
        async with database.tenant(tenant.id) as tx:
            await tx.run(statement, tenant.id)

    for off, on in (
        ("update tenants set state = 'suspended' where id = $1", "update tenants set state = 'active' where id = $1"),
        (
            "update tenants set disabled_modules = '{collaboration}' where id = $1",
            "update tenants set disabled_modules = '{}' where id = $1",
        ),
        (
            "update incident_attachments set is_internal = true where tenant_id = $1",
            "update incident_attachments set is_internal = false where tenant_id = $1",
        ),
    ):
        await switch(off)
        assert (await connect().get(link)).status_code == 404, off
        await switch(on)
        assert (await connect().get(link)).status_code == 200
    await admin.delete(under(incident))
    assert (await connect().get(link)).status_code == 404
    await admin.post(under(incident, "restore"), json={})
    assert (await connect().get(link)).status_code == 200
    async with database.tenant(tenant.id) as tx:
        over = links.Link(tenant.id, UUID(made["id"]), tx.real_now - timedelta(seconds=1))
        token = links.write(over, await store.files.link_key(tx))
    assert (await connect().get(f"{LINKS}/{token}")).status_code == 404
    assert (await agent.delete(under(incident, "attachments", made["id"]))).status_code == 204
    assert (await connect().get(link)).status_code == 404


async def test_there_are_no_links_to_internal_files(client):
    agent, reporter = await client("agent"), await client("reporter")
    incident = await make(reporter)
    hidden = await attach(agent, incident, is_internal="true")
    path = under(incident, "attachments", hidden["id"], "link")
    assert (await agent.post(path, json={})).status_code == 409
    assert (await reporter.post(path, json={})).status_code == 404


# ------------------------------------------------------------------------------------------------------------- sweeping


async def test_what_nobody_names_is_swept_away(client, database, app_settings, tenant, kept, run_due):
    agent = await client("agent")
    incident = await make(agent)
    made = await attach(agent, incident, ("a.png", picture(), "image/png"))
    await run_due()
    folder = files.local_folder(app_settings) / str(tenant.id) / "2020"
    folder.mkdir(parents=True)
    long_ago = time.time() - 3 * 86_400
    ages = {
        "old": long_ago,
        "old.thumbnail": long_ago,
        "half#1": long_ago,
        "young": time.time(),
        "coming#1": time.time(),
    }
    for name, written_at in ages.items():
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (written_at, written_at))
    for path in folder.parent.rglob(f"{made['id']}*"):
        os.utime(path, (long_ago, long_ago))
    async with database.tenant(tenant.id) as tx:
        gone = await tx.value("select gen_random_uuid()")
        await tx.run(
            "insert into stored_files (tenant_id, id, disk, path, mime_type, size_bytes, sha256, created_at)"
            " values ($1, $2, 'local', $3, 'text/plain', 1, sha256('x'), $4)",
            *(tenant.id, gone, f"{tenant.id}/2020/named", tx.real_now - timedelta(days=3)),
        )
        (folder / "named").write_bytes(b"x")
        await tx.run("update file_stores set next_sweep_at = $2 where tenant_id = $1", tenant.id, tx.real_now)
    await service.sweep(database, app_settings, tenant.id, tenant.id)
    assert kept() == sorted([made["id"], f"{made['id']}.thumbnail", "young", "coming#1"])
    async with database.tenant(tenant.id) as tx:
        assert await store.files.unnamed(tx, tx.real_now + timedelta(1), 10) == []
        assert await tx.value("select next_sweep_at > $2 from file_stores where tenant_id = $1", tenant.id, tx.real_now)
    (folder / "later").write_bytes(b"x")
    os.utime(folder / "later", (long_ago, long_ago))
    await service.sweep(database, app_settings, tenant.id, tenant.id)
    assert "later" in kept(), "it is not due again before tomorrow"


async def test_the_page_offers_a_link_and_locks_up_what_waits(client, scanning, run_due, connect):
    agent, viewer = await client("agent"), await client("viewer")
    incident = await make(agent)
    made = await attach(agent, incident)
    hidden = await attach(agent, incident, ("hidden.txt", b"for us", "text/plain"), is_internal="true")
    page = f"/incidents/{incident['reference_code']}"
    before = (await agent.get(page)).text
    assert "Being checked" in before
    assert made["content_url"] not in before
    await run_due()
    after = (await agent.get(page)).text
    assert made["content_url"] in after
    link = f"/attachments/{made['id']}/link"
    assert link in after
    assert f"/attachments/{hidden['id']}/link" not in after
    assert link not in (await viewer.get(page)).text
    answer = await agent.post(f"{page}{link}", data={})
    assert answer.status_code == 303
    said = (await agent.get(page)).text
    url = re.search(r"http://127\.0\.0\.1(/api/incidents/v1/files/[\w-]+)", said)
    assert url is not None
    assert (await connect().get(url[1])).content == TEXT[1]


async def test_the_public_page_says_that_a_file_is_not_accepted(client, tenant, connect, kept):
    stranger, admin = connect(), await client("admin")
    form = {"title": "Lamp", "email": "ada@example.com"}
    for content, said in ((POLYGLOTS["PNG and archive"], "of a kind that is not accepted"), (b"", "has no content")):
        answer = await stranger.post(f"/p/{tenant.slug}", data=form, files={"file": ("shot.png", content, "image/png")})
        assert (answer.status_code, said in answer.text) == (422, True)
    assert kept() == []
    assert (await admin.get(API)).json()["items"] == []


async def test_a_locked_file_of_a_comment_is_no_link(client, scanning, run_due):
    agent = await client("agent")
    incident = await make(agent)
    word = (await agent.post(under(incident, "comments"), json={"body": "See there"})).json()
    made = await attach(agent, incident, ("tool.bin", EICAR, "text/plain"), comment_id=word["id"])
    page = f"/incidents/{incident['reference_code']}"
    assert made["content_url"] not in (await agent.get(page)).text
    await run_due()
    after = (await agent.get(page)).text
    assert made["content_url"] not in after
    assert "Malware" in after
