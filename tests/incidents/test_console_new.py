"""The form of a new incident through HTTP: what it offers to whom, all problems at once, files and once only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Client, NewMember
from tests.incidents.steps import API, MakeClient, make
from tocsin.base.settings import Settings
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant

PAGE = "/incidents/new"
WITH_FILES = f"{PAGE}/files"


def text_parts(**fields: str) -> dict[str, Any]:
    """Text fields as multipart/form-data."""
    return {name: (None, value) for name, value in fields.items()}


async def number_of(client: httpx.AsyncClient) -> int:
    return len((await client.get(API)).json()["items"])


def stored(settings: Settings, tenant: Tenant) -> list[Path]:
    """The files in the object store that are this tenant's."""
    return [path for path in (settings.home / "files").rglob("*") if path.is_file() and str(tenant.id) in str(path)]


async def test_it_records_and_lands_on_the_incident(client: MakeClient, member: NewMember) -> None:
    manager, owner = await client("manager"), await member()
    sent = {
        "title": " Printer on fire ",
        "description": "It *burns*.",
        "category": "hardware",
        "priority": "critical",
        "status": "triaged",
        "assigned_to": str(owner.id),
        "impact": "The third floor",
        "due_at": "2031-07-01T09:30",
        "team": "",
    }
    answer = await manager.post(PAGE, data=sent)
    assert answer.status_code == 303, answer.text[:400]
    reference = answer.headers["location"].removeprefix("/incidents/")
    assert "tcs_flash" in answer.cookies
    found = (await manager.get(f"{API}/{reference}")).json()
    assert found["title"] == "Printer on fire"
    assert (found["status"]["slug"], found["priority"]["slug"], found["source"]) == ("triaged", "critical", "web")
    assert found["assigned_to"]["id"] == str(owner.id)
    assert found["due_at"] == "2031-07-01T09:30:00Z"


async def test_due_is_read_on_the_readers_clock(
    database: Database, tenant: Tenant, member: NewMember, connect: Client
) -> None:
    who = await member("agent")
    async with database.tenant(tenant.id) as tx:
        await tx.run("update users set time_zone = 'Europe/Berlin' where tenant_id = $1 and id = $2", tenant.id, who.id)
    there = connect(who.token)
    for given, expected in (("2031-07-01T09:30", "2031-07-01T07:30:00Z"), ("2031-01-01T09:30", "2031-01-01T08:30:00Z")):
        answer = await there.post(PAGE, data={"title": "Due", "due_at": given})
        found = (await there.get(f"{API}{answer.headers['location'].removeprefix('/incidents')}")).json()
        assert found["due_at"] == expected
    skipped = await there.post(PAGE, data={"title": "Due", "due_at": "2031-03-30T02:30", "_back": PAGE, "_form": "new"})
    assert skipped.status_code == 422
    assert "The clocks leap over this time" in skipped.text


async def test_all_problems_stand_beside_their_fields_and_what_was_typed_stays(client: MakeClient) -> None:
    manager = await client("manager")
    sent = {
        "title": "",
        "description": "kept <b>text</b>",
        "category": "nothing",
        "priority": "nothing",
        "status": "closed",
        "assigned_to": "nobody@nowhere.example",
        "team": "nothing",
        "impact": "x" * 2001,
        "due_at": "2001-01-01T00:00",
        "_back": PAGE,
        "_form": "new",
    }
    for post in (manager.post(PAGE, data=sent), manager.post(WITH_FILES, files=text_parts(**sent))):
        answer = await post
        assert answer.status_code == 422
        wrong = set(re.findall(r'id="new-(\w+)-error"', answer.text))
        assert wrong == {"title", "category", "priority", "status", "assigned_to", "team", "impact", "due_at"}
        assert "kept &lt;b&gt;text&lt;/b&gt;" in answer.text
        assert answer.text.count("autofocus") == 1
        assert re.search(r'id="new-title" name="title" aria-invalid="true"[^>]*autofocus', answer.text)
    assert await number_of(manager) == 0


async def test_priorities_say_what_they_promise(client: MakeClient) -> None:
    page = (await (await client("agent")).get(PAGE)).text
    assert re.search(r">Critical: reply within \d+ (h|min), resolve within \d+ h<", page)


async def test_everybody_sees_what_they_may_use(client: MakeClient) -> None:
    named: dict[str, set[str]] = {}
    for role in ("manager", "agent", "reporter"):
        answer = await (await client(role)).get(PAGE)
        assert answer.status_code == 200
        named[role] = {
            name for name in re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', answer.text) if name[0] != "_"
        }
    agent = {"title", "description", "category", "priority", "status", "impact", "due_at", "tags", "file"}
    assert named == {
        "manager": agent | {"assigned_to", "team"},
        "agent": agent,
        "reporter": {"title", "description", "category"},
    }
    assert (await (await client("viewer")).get(PAGE)).status_code == 403


async def test_a_reporter_reports(client: MakeClient) -> None:
    reporter = await client("reporter")
    answer = await reporter.post(PAGE, data={"title": "My screen is black", "category": "hardware"})
    assert answer.status_code == 303
    seen = await reporter.get(f"{API}{answer.headers['location'].removeprefix('/incidents')}")
    assert seen.json()["reporter"]["type"] == "user"
    refused = await reporter.post(PAGE, data={"title": "Mine", "assigned_to": "me"})
    assert refused.status_code == 403


@pytest.mark.parametrize("path", [PAGE, WITH_FILES])
async def test_sent_twice_it_is_recorded_once(client: MakeClient, path: str) -> None:
    agent = await client("agent")
    sent = {"title": "Once", "_once": "a-mark-of-the-page"}
    if path == WITH_FILES:
        answers = [await agent.post(path, files={**text_parts(**sent), "file": ("a.txt", b"a")}) for _ in range(2)]
    else:
        answers = [await agent.post(path, data=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await number_of(agent) == 1


async def test_files_come_with_it_or_nothing_does(client: MakeClient, app_settings: Settings, tenant: Tenant) -> None:
    agent = await client("agent")
    parts: list[Any] = [
        ("title", (None, "With files")),
        ("file", ("a.txt", b"first")),
        ("file", ("b.txt", b"second")),
    ]
    answer = await agent.post(WITH_FILES, files=parts)
    assert answer.status_code == 303, answer.text[:400]
    files = (await agent.get(f"{API}{answer.headers['location'].removeprefix('/incidents')}/attachments")).json()[
        "items"
    ]
    assert sorted(file["filename"] for file in files) == ["a.txt", "b.txt"]
    assert len(stored(app_settings, tenant)) == 2
    hidden = [("_back", (None, PAGE)), ("_form", (None, "new"))]
    refused = await agent.post(WITH_FILES, files=[*hidden, ("title", (None, "")), ("file", ("c.txt", b"third"))])
    assert refused.status_code == 422
    empty = await agent.post(WITH_FILES, files=[*hidden, ("title", (None, "Kept")), ("file", ("d.txt", b""))])
    assert empty.status_code == 422
    assert "d.txt has no content. Choose the files again." in empty.text
    assert 'value="Kept"' in empty.text
    many = [("file", (f"{n}.txt", b"x")) for n in range(11)]
    assert "At most 10 files" in (await agent.post(WITH_FILES, files=[*hidden, ("title", (None, "Many")), *many])).text
    assert await number_of(agent) == 1
    assert len(stored(app_settings, tenant)) == 2, "nothing of what was refused stays"


async def test_nothing_is_stored_of_who_may_not_attach(
    client: MakeClient, app_settings: Settings, tenant: Tenant
) -> None:
    reporter = await client("reporter")
    answer = await reporter.post(WITH_FILES, files={**text_parts(title="Mine"), "file": ("a.txt", b"content")})
    assert answer.status_code == 403
    assert stored(app_settings, tenant) == []


async def test_without_the_module_of_files_the_form_takes_none(client: MakeClient) -> None:
    admin = await client("admin")
    page = (await admin.get(PAGE)).text
    assert f'action="{WITH_FILES}"' in page
    off = await admin.put("/api/modules/v1/modules/collaboration", json={"is_enabled": False})
    assert off.status_code == 200, off.text
    page = (await admin.get(PAGE)).text
    assert f'action="{PAGE}"' in page
    assert 'type="file"' not in page
    assert (await admin.post(PAGE, data={"title": "Without files"})).status_code == 303


async def test_a_description_is_shown_as_it_will_look(client: MakeClient) -> None:
    agent = await client("agent")
    answer = await agent.post(f"{PAGE}/preview", data={"body": "It *burns* <script>x</script>"})
    assert answer.status_code == 200
    assert "<em>burns</em>" in answer.text
    assert "<script" not in answer.text


async def test_another_tenants_team_is_no_team(client: MakeClient, other_tenant: Tenant) -> None:
    theirs = await client("admin", of=other_tenant)
    team = (await theirs.post("/api/access/v1/teams", json={"name": "Theirs", "slug": "theirs"})).json()
    await make(theirs, "theirs")
    for ref in (team["id"], "theirs"):
        answer = await (await client("manager")).post(PAGE, data={"title": "Mine", "team": ref})
        assert answer.status_code == 422
