"""Twins of one Idempotency-Key: one executes, the others get its answer, and nobody else waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar

from tests.conftest import BASE_URL, Member
from tests.incidents.steps import API
from tocsin import wiring
from tocsin.access.service.gate import Gate
from tocsin.activity import service as activity
from tocsin.base.errors import Refused
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.incidents import service as incidents
from tocsin.web import twins
from tocsin.web.app import build_app
from tocsin.web.twins import Twins
from tocsin.web.unit import Services

Slow = Callable[[float], list[None]]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """`slow(seconds)`: creating an incident takes so long; answers the list of executions."""
    original, executed = incidents.create, list[None]()

    def make(seconds: float) -> list[None]:
        async def create(*args: Any) -> Any:
            executed.append(None)
            await asyncio.sleep(seconds)
            return await original(*args)

        monkeypatch.setattr(incidents, "create", create)
        return executed

    return make


async def test_fifty_at_once_wait_for_the_first_however_slow(
    client: Callable[..., Awaitable[httpx.AsyncClient]], slow: Slow
) -> None:
    """Longer than a request waits for a connection, and more of them than there are connections."""
    admin, executed = await client("admin"), slow(5.5)
    headers = {"Idempotency-Key": "one"}

    async def others() -> list[httpx.Response]:
        await asyncio.sleep(0.5)
        return [await admin.get(API) for _ in range(20)]

    answers, meanwhile = await asyncio.gather(
        asyncio.gather(*(admin.post(API, json={"title": "Once"}, headers=headers) for _ in range(50))), others()
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len({(answer.headers["location"], answer.headers["etag"]) for answer in answers}) == 1
    assert sorted("idempotent-replayed" in answer.headers for answer in answers) == [False] + [True] * 49
    assert len(executed) == 1
    assert {answer.status_code for answer in meanwhile} == {200}
    assert max(answer.elapsed.total_seconds() for answer in meanwhile) < 2


async def test_twins_in_two_processes_execute_once(
    app: Litestar, server: EmbeddedServer, app_settings: Settings, member: Callable[..., Awaitable[Member]], slow: Slow
) -> None:
    executed, token = slow(1.0), (await member("admin")).token
    endpoints = [endpoint for module in wiring.modules() for endpoint in module.endpoints]

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> Any:
        yield

    database = await Database.connect(server.urls.app, size=4, closer=activity.record)
    try:
        second = build_app(endpoints, [], lifespan)
        second.state.services = Services(database, Gate(app_settings.session_hours), app_settings, {})
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "one"}
        clients = [
            httpx.AsyncClient(transport=httpx.ASGITransport(cast("Any", one)), base_url=BASE_URL, headers=headers)
            for one in (app, second)
        ]
        answers = await asyncio.gather(*(clients[n % 2].post(API, json={"title": "Once"}) for n in range(20)))
        for one in clients:
            await one.aclose()
    finally:
        await database.close()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert len(executed) == 1


async def test_when_the_first_fails_the_next_executes(
    client: Callable[..., Awaitable[httpx.AsyncClient]], monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, original, tried = await client("admin"), incidents.create, list[None]()

    async def create(*args: Any) -> Any:
        tried.append(None)
        await asyncio.sleep(0.05)
        if len(tried) < 3:
            raise Refused("not yet")
        return await original(*args)

    monkeypatch.setattr(incidents, "create", create)
    headers = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(*(admin.post(API, json={"title": "Once"}, headers=headers) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] * 6 + [409] * 2
    assert len(tried) == 3


async def test_a_twin_does_not_wait_for_ever(
    client: Callable[..., Awaitable[httpx.AsyncClient]], slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await client("admin")
    slow(1.0)
    monkeypatch.setattr(twins, "WAIT_SECONDS", 0.2)
    headers = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(*(admin.post(API, json={"title": "Once"}, headers=headers) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert (await admin.post(API, json={"title": "Once"}, headers=headers)).status_code == 201


async def test_nothing_is_kept_of_keys_that_are_done() -> None:
    kept = Twins()

    async def work(mark: str, fails: bool) -> None:
        async with kept.turn(mark):
            await asyncio.sleep(0)
            if fails:
                raise LookupError

    done = await asyncio.gather(
        *(work(mark, fails) for mark in "abc" for fails in (True, False, False)), return_exceptions=True
    )
    assert [isinstance(one, LookupError) for one in done] == [True, False, False] * 3
    assert not kept._locks
