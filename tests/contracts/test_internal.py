"""What is for members only reaches no reporter: through no route, search, include, page, stream, message or public page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.collaboration.steps import under
from tests.contracts import samples
from tests.contracts.docs import endpoints
from tests.contracts.samples import World
from tests.incidents.steps import API, make
from tocsin.activity import service as activity
from tocsin.base.manifest import Endpoint

pytestmark = pytest.mark.contract

SECRET = "unobtainium"
CONFIDED = {"incident", "comment", "attachment", "progress", "task"}
"""Kinds of things here that a route may name."""
LOOKS = [e for e in endpoints() if e.method == "GET" and e.access == "member" and "event-stream" not in e.produces]


@dataclass
class Case:
    """A reporter inside, one outside, and an incident of each that holds a secret of the members."""

    world: World
    reporter: httpx.AsyncClient
    public: httpx.AsyncClient
    incident: dict[str, Any]
    tracking: str
    code: str
    addresses: list[str]


@pytest.fixture
async def case(database, tenant, member, connect, client) -> Case:
    person, agent, admin = await member("reporter", "Rosa Reporter"), await client("manager"), await client("admin")
    reporter, public = connect(person.token), connect()
    incident = await make(reporter, title="Mine")
    body = {"title": "From outside", "name": "Otto Outside", "email": "otto@example.com"}
    receipt = await public.post("/api/incidents/v1/public/submit", json=body, headers={"X-Tenant": tenant.slug})
    assert receipt.status_code == 201, receipt.text
    found = (await admin.get(API, params={"q": "outside"})).json()["items"][0]
    world = World(database, tenant.id, tenant.slug, admin, "internal")
    for one in (found, incident):
        await _confide(agent, one, world)
    world.made["incident"] = incident["id"]
    addresses = [person.email, "otto@example.com"]
    secret = receipt.json()
    return Case(world, reporter, public, incident, secret["tracking_url"], secret["reference_code"], addresses)


async def _confide(agent: httpx.AsyncClient, incident: dict[str, Any], world: World) -> None:
    """Say it in every way in which members say something among themselves."""

    async def post(what: str, **options: Any) -> Any:
        answer = await agent.post(under(incident, what), **options)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    made = await post("comments", json={"body": f"@Rosa Reporter: {SECRET}", "is_internal": True})
    world.made["comment"] = made["id"]
    changed = await agent.put(under(incident, "comments", made["id"]), json={"body": f"{SECRET}, twice"})
    assert changed.status_code == 200, changed.text
    files = {"file": (f"{SECRET}.txt", SECRET.encode(), "text/plain")}
    world.made["attachment"] = (await post("attachments", files=files, data={"is_internal": "true"}))["id"]
    on_comment = {"comment_id": made["id"], "is_internal": "false"}
    await post("attachments", files=files, data=on_comment)
    world.made["progress"] = (await post("progress", json={"percent": 9, "summary": SECRET, "is_internal": True}))["id"]
    world.made["task"] = (await post("tasks", json={"title": SECRET, "description": SECRET}))["id"]
    user = (await agent.get("/api/access/v1/users", params={"q": "Rosa"})).json()["items"][0]
    await post("assign", json={"user": "me", "note": SECRET})
    assert user["name"] == "Rosa Reporter"


async def test_no_route_shows_it_to_who_reported(case):
    told = 0
    for endpoint in LOOKS:
        if not {kind for _, kind in samples.kinds(endpoint)} <= CONFIDED:
            continue
        path = await samples.address(endpoint, case.world)
        for asked in _asked(endpoint):
            answer = await case.reporter.get(path + asked)
            assert SECRET not in answer.text, f"GET {path}{asked}"
            told += answer.status_code == 200
    assert told > 40, "the reporter is let in where they may look"


def _asked(endpoint: Endpoint) -> tuple[str, ...]:
    """The questions that a route is asked: pages repeat what is searched for, so the words themselves go to the API alone."""
    if endpoint.path.startswith(API):
        return "", "?include=tasks,comments,attachments,progress", f"?q={SECRET}"
    return ("", "?show=internal", "?show=all") if "incidents/{ref}" in endpoint.path else ("",)


async def test_its_words_are_not_found(case):
    assert (await case.reporter.get(API, params={"q": SECRET})).json()["items"] == []
    assert len((await case.world.api.get(API, params={"q": SECRET})).json()["items"]) == 2


async def test_no_message_tells_it_to_who_reported(case):
    async with case.world.database.tenant(case.world.tenant_id) as tx:
        for _ in range(2):
            for row in await tx.rows("select id, pending from events where tenant_id = $1", tx.tenant_id):
                for name in row["pending"]:
                    await activity.handle(tx, {"event": str(row["id"]), "handler": name})
        rows = await tx.rows(
            "select subject, body, headers::text as headers from notification_deliveries"
            " where tenant_id = $1 and address = any ($2)",
            *(tx.tenant_id, case.addresses),
        )
    for row in rows:
        assert SECRET not in f"{row['subject']} {row['body']} {row['headers']}"


async def test_the_public_page_does_not_tell_it(case):
    answer = await case.public.get(case.tracking)
    assert answer.status_code == 200
    assert SECRET not in answer.text
    assert case.code in answer.text
