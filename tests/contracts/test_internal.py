"""What is internal never reaches who reported: not by any address, search, export, message, link or page."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus
from uuid import UUID

import httpx
import msgspec
import pytest

from tests.collaboration.bombs import picture
from tests.conftest import make_member, make_tenant
from tests.contracts import samples
from tests.contracts.conftest import issue_token
from tests.contracts.docs import endpoints
from tests.contracts.samples import World
from tocsin.activity import service as activity
from tocsin.base.manifest import Endpoint
from tocsin.collaboration.service.stored import look_at
from tocsin.db.tx import Database
from tocsin.tenancy import service as tenancy

pytestmark = pytest.mark.contract

API = "/api/incidents/v1/incidents"
WORD, BESIDE = "Quetzalcoatl", "Huitzilopochtli"
"""What stands in all that is internal. A page may repeat the word that is looked for; the one beside it tells."""
PUBLIC = "Tlaloc"
"""What stands in all that is public: a walk that sees nothing at all would prove nothing."""
STREAMS = ("text/event-stream",)


@dataclass(frozen=True)
class Story:
    """An incident of a member and one from the public form, each with public and internal words, files and progress."""

    world: World
    reporter: httpx.AsyncClient
    stranger: httpx.AsyncClient
    incident: dict[str, Any]
    tracking: str
    reporter_id: UUID


async def said(answer: httpx.Response) -> Any:
    """The answer's document."""
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


async def attach(
    admin: httpx.AsyncClient, world: World, settings: Any, incident_id: str, words: str, data: dict[str, str]
) -> str:
    """A picture with words in its name and content, and with a thumbnail; its id."""
    content = picture() + f"{words} {incident_id}".encode()
    files = {"file": (f"{words}.png", content, "image/png")}
    file = await said(await admin.post(f"{API}/{incident_id}/attachments", files=files, data=data))
    await look_at(world.database, settings, world.tenant_id, UUID(file["id"]))
    return str(file["id"])


async def tell(admin: httpx.AsyncClient, world: World, settings: Any, incident_id: str) -> dict[str, str]:
    """Say and attach something in public, and the same in internal; the internal things by kind."""
    path, made = f"{API}/{incident_id}", {}
    for internal in (False, True):
        words = f"{WORD} {BESIDE}" if internal else f"{PUBLIC} is looking"
        about = {"is_internal": internal}
        comment = await said(await admin.post(f"{path}/comments", json={"body": words, **about}))
        await said(await admin.post(f"{path}/progress", json={"percent": 40, "summary": words, **about}))
        data = {"is_internal": str(internal).lower()}
        files = [
            await attach(admin, world, settings, incident_id, f"{words} {number}", data | extra)
            for number, extra in enumerate(({}, {"comment_id": comment["id"]}))
        ]
        made = {"comment": comment["id"], "attachment": files[-1]}
    edited = await admin.put(f"{path}/comments/{made['comment']}", json={"body": f"{WORD} {BESIDE} once more"})
    assert edited.status_code == 200, edited.text
    await said(await admin.post(f"{path}/tasks", json={"title": f"{WORD} {BESIDE}", "description": f"{WORD} {BESIDE}"}))
    note = {"note": f"{WORD} {BESIDE}"}
    await said(await admin.post(f"{path}/assign", json={"user": await world.id("user"), **note}))
    await said(await admin.post(f"{path}/watchers", json={"email": "outside@example.com"}))
    return made


@pytest.fixture(scope="module")
async def story(database: Database, reach: Any, whole_app: Any) -> Story:
    settings = whole_app.state.services.settings
    tenant = await make_tenant(database)
    admin = reach(await issue_token(database, tenant.id))
    world = World(database, tenant.id, tenant.slug, admin, "Contract")
    member = await make_member(database, tenant, "reporter")
    reporter, stranger = reach(member.token), reach()
    incident = await said(await reporter.post(API, json={"title": f"Lamp of {PUBLIC}"}))
    world.made["incident"] = incident["id"]
    major = f"{API}/{incident['id']}/major"
    await said(await admin.post(major, json={"reason": f"{WORD} {BESIDE}"}))
    await said(await admin.post(f"{API}/{incident['id']}/watchers", json={"user": str(member.id)}))
    for kind in sorted(samples.kinds_in_use()):
        await world.id(kind)
    world.made |= await tell(admin, world, settings, incident["id"])
    await said(await admin.post(f"{major}/updates", json={"body": f"{WORD} {BESIDE}", "is_internal": True}))
    body = {"title": f"Door of {PUBLIC}", "email": "visitor@example.com"}
    sent = await said(
        await stranger.post("/api/incidents/v1/public/submit", json=body, headers={"X-Tenant": tenant.slug})
    )
    other = (await said(await admin.get(API, params={"q": "Door"})))["items"][0]
    await said(await admin.post(f"{API}/{other['id']}/watchers", json={"user": str(member.id)}))
    await tell(admin, world, settings, other["id"])
    await said(await admin.post(f"{API}/{other['id']}/resolve", json={"note": f"{WORD} {BESIDE}"}))
    await run_handlers(database, tenant.id)
    return Story(world, reporter, stranger, incident, "/p/" + sent["tracking_url"].split("/p/")[1], member.id)


async def run_handlers(database: Database, tenant_id: UUID) -> None:
    """Whatever wakes at an event, until nothing is left."""
    for _ in range(5):
        async with database.tenant(tenant_id) as tx:
            rows = await tx.rows("select id from events where tenant_id = $1 and pending <> '{}'", tenant_id)
        for row in rows:
            async with database.tenant(tenant_id) as tx:
                await tenancy.current(tx)
                await activity.handle_pending(tx, row["id"])
        if not rows:
            return


def is_clean(text: str) -> bool:
    return WORD not in text and BESIDE not in text


GETS = [e for e in endpoints() if e.method == "GET" and e.access == "member" and e.produces not in STREAMS]


def named(endpoint: Endpoint) -> str:
    return endpoint.path


@pytest.mark.parametrize("endpoint", GETS, ids=named)
async def test_no_address_tells_who_reported(endpoint: Endpoint, story: Story) -> None:
    path = await samples.address(endpoint, story.world)
    for client in (story.reporter, story.stranger):
        answer = await client.get(path)
        assert answer.status_code < 500
        assert is_clean(answer.content.decode("utf-8", "replace")), path
        assert is_clean(str(answer.headers.raw)), path


@pytest.mark.parametrize(
    "endpoint", [e for e in GETS if e.path.startswith(API) or e.path.startswith("/incidents")], ids=named
)
async def test_who_may_see_it_does(endpoint: Endpoint, story: Story) -> None:
    """The walk above is worth something: its addresses work, and lead to what the internal words are in."""
    path = await samples.address(endpoint, story.world)
    assert (await story.world.api.get(path)).status_code in (200, 404)


async def test_the_walk_would_have_found_it(story: Story) -> None:
    one = f"{API}/{story.incident['id']}"
    seen = [
        path
        for path in ("comments", "attachments", "progress", "tasks", "activity", "assignments")
        if not is_clean((await story.world.api.get(f"{one}/{path}")).text)
    ]
    assert seen == ["comments", "attachments", "progress", "tasks", "activity", "assignments"]
    for path in ("comments", "attachments", "progress"):
        assert PUBLIC in (await story.reporter.get(f"{one}/{path}")).text
    assert PUBLIC in (await story.reporter.get(f"/incidents/{story.incident['reference_code']}")).text


SEARCHED = [
    e
    for e in GETS
    if e.query is not None and {"q", "query"} & {field.encode_name for field in msgspec.structs.fields(e.query)}
]


@pytest.mark.parametrize("endpoint", SEARCHED, ids=named)
@pytest.mark.parametrize("asked", [WORD, f'"{WORD} {BESIDE}"', WORD[:6], WORD.replace("z", "s")])
async def test_no_search_finds_it(endpoint: Endpoint, asked: str, story: Story) -> None:
    path = await samples.address(endpoint, story.world)
    for name in ("q", "query"):
        answer = await story.reporter.get(path, params={name: asked})
        assert answer.status_code < 500
        assert BESIDE not in html.unescape(answer.text).replace(asked, "").replace(quote(asked), "").replace(
            quote_plus(asked), ""
        )
        if answer.status_code == 200 and endpoint.path == API:
            assert answer.json()["items"] == []


async def test_no_shape_brings_it_along(story: Story) -> None:
    for include in ("comments", "attachments", "progress", "comments,attachments,progress"):
        for path in (API, f"{API}/{story.incident['id']}"):
            answer = await story.reporter.get(path, params={"include": include})
            assert answer.status_code == 200, answer.text
            assert is_clean(answer.text)
            assert PUBLIC in answer.text
    for include in ("tasks", "watchers"):
        assert (await story.reporter.get(API, params={"include": include})).status_code == 403


async def test_no_message_carries_it_out(story: Story) -> None:
    """What is written to the one who reported, and to addresses outside, is public; what is not told to anybody else."""
    async with story.world.database.tenant(story.world.tenant_id) as tx:
        rows = await tx.rows(
            "select d.user_id, d.reporter_id, d.address, to_jsonb(d)::text as whole from notification_deliveries d"
            " where tenant_id = $1",
            tx.tenant_id,
        )
    outside = [row for row in rows if row["user_id"] in (None, story.reporter_id)]
    assert sum(PUBLIC in row["whole"] for row in outside if row["user_id"]) > 3
    assert all(is_clean(row["whole"]) for row in outside)


async def test_no_link_leads_to_it(story: Story) -> None:
    listed = (await story.world.api.get(f"{API}/{story.incident['id']}/attachments")).json()["items"]
    hidden = [file for file in listed if file["is_internal"]]
    assert len(hidden) == 2
    for file in hidden:
        path = f"{API}/{story.incident['id']}/attachments/{file['id']}"
        assert (await story.world.api.post(f"{path}/link", json={})).status_code == 409
        assert (await story.reporter.post(f"{path}/link", json={})).status_code == 404
        for part in ("", "/content", "/thumbnail"):
            assert (await story.reporter.get(path + part)).status_code == 404
            assert (await story.world.api.get(path + part)).status_code == 200


async def test_the_tracking_page_says_what_is_public(story: Story) -> None:
    page = await story.stranger.get(story.tracking)
    assert page.status_code == 200
    assert is_clean(page.text)
    assert PUBLIC in page.text


async def test_the_record_of_changes_holds_no_words(story: Story) -> None:
    """What other systems are told of changes: ids and types, for members too."""
    assert is_clean((await story.world.api.get("/api/incidents/v1/changes", params={"limit": 200})).text)
    assert (await story.reporter.get("/api/incidents/v1/changes")).status_code == 403
