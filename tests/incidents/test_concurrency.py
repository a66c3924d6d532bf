"""Many at once: references are never doubled, of two who do the same thing one is refused, keys replay."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from tests.incidents.steps import API, MakeClient, make
from tocsin.activity import service as activity
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant


async def test_32_creators_never_share_a_reference(client: MakeClient, database: Database, tenant: Tenant) -> None:
    admin = await client("admin")
    answers = await asyncio.gather(*(admin.post(API, json={"title": f"No {n}"}) for n in range(32 * 4)))
    assert {answer.status_code for answer in answers} == {201}
    codes = [answer.json()["reference_code"] for answer in answers]
    assert len(set(codes)) == 128
    async with database.tenant(tenant.id) as tx:
        verdict = await activity.verify(tx)
    assert verdict.broken is None
    assert verdict.streams >= 128


async def test_of_two_resolvers_one_is_refused(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    url = f"{API}/{incident['id']}/resolve"
    answers = await asyncio.gather(*(admin.post(url, json={}) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 7}


async def test_of_two_assigners_the_last_owner_stands_and_history_is_whole(client: MakeClient, member: Any) -> None:
    admin, people = await client("admin"), [await member() for _ in range(6)]
    incident = await make(admin)
    url = f"{API}/{incident['id']}/assign"
    answers = await asyncio.gather(*(admin.post(url, json={"user": str(p.id)}) for p in people))
    assert {answer.status_code for answer in answers} == {200}
    history = (await admin.get(f"{API}/{incident['id']}/assignments")).json()["items"]
    owner = (await admin.get(f"{API}/{incident['id']}")).json()["assigned_to"]["id"]
    assert [entry["assigned_to"]["id"] for entry in history if entry["is_active"]] == [owner]
    assert len(history) == 6


async def test_of_two_writers_with_one_version_one_is_stale(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    url, headers = f"{API}/{incident['id']}", {"If-Match": '"1"'}
    answers = await asyncio.gather(*(admin.put(url, json={"title": f"T{n}"}, headers=headers) for n in range(8)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 7}


async def test_an_idempotency_key_creates_once_however_many_twins(client: MakeClient) -> None:
    admin = await client("admin")
    headers = {"Idempotency-Key": "same"}
    answers = await asyncio.gather(*(admin.post(API, json={"title": "Once"}, headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len((await admin.get(API)).json()["items"]) == 1
    other = await admin.post(API, json={"title": "Another"}, headers=headers)
    assert other.status_code == 422
    replay = await admin.post(API, json={"title": "Once"}, headers=headers)
    chunked = await admin.post(API, content=_in_chunks(replay.request.content), headers=headers)
    assert chunked.content == replay.content
    assert replay.headers["idempotent-replayed"] == "true"
    assert replay.headers["location"] == answers[0].headers["location"]
    somebody = await client("admin")
    assert (await somebody.post(API, json={"title": "Mine"}, headers=headers)).status_code == 201


async def _in_chunks(body: bytes) -> AsyncIterator[bytes]:
    """The same body, sent without telling its length."""
    for at in range(0, len(body), 5):
        yield body[at : at + 5]
