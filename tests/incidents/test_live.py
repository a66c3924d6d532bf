"""`/live` and `/live/poll` on the whole application: what is committed anywhere is heard by whoever may hear it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.collaboration.steps import comment
from tests.conftest import Client, Member, NewMember
from tests.incidents.steps import act, make
from tocsin import asgi
from tocsin.access import rules
from tocsin.access.service.gate import COOKIE
from tocsin.base.actor import system_actor
from tocsin.base.ids import new_id
from tocsin.base.settings import Settings
from tocsin.db.embedded import EmbeddedServer
from tocsin.db.tx import Database
from tocsin.incidents import events
from tocsin.incidents.service import live
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant

POLL = "/live/poll"


class Ear:
    """A browser's end of a stream."""

    def __init__(self) -> None:
        self.status = 0
        self.text = ""
        self.came = asyncio.Event()
        self.gone = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        self.text += message.get("body", b"").decode()
        self.came.set()

    @property
    def heard(self) -> list[dict[str, Any]]:
        """The data of what came, heartbeats left out."""
        lines = (line.removeprefix("data: ") for line in self.text.split("\n") if line.startswith("data: {"))
        return [json.loads(line) for line in lines]

    @property
    def incidents(self) -> list[str]:
        """Which incidents were heard of, each once."""
        return list(dict.fromkeys(one["incident"] for one in self.heard))

    async def until(self, is_so: Callable[[Ear], bool]) -> None:
        """Wait until what came is so."""
        async with asyncio.timeout(10):
            while not is_so(self):
                self.came.clear()
                await self.came.wait()

    async def types(self, count: int) -> list[str]:
        """The names of the first events."""
        await self.until(lambda ear: len(ear.heard) >= count)
        return [one["type"] for one in self.heard]


Listen = Callable[..., Awaitable[Ear]]


@asynccontextmanager
async def process(settings: Settings) -> AsyncIterator[Listen]:
    """A web process of its own. `await listen(token, …)`: a browser connected to it."""
    app, ears = asgi.build(settings), []

    async def listen(credential: str, last: str = "", query: str = "", cookie: bool = False) -> Ear:
        ear = Ear()
        login = (b"cookie", f"{COOKIE}={credential}") if cookie else (b"authorization", f"Bearer {credential}")
        headers = [(b"host", b"127.0.0.1"), (login[0], login[1].encode())]
        if last:
            headers.append((b"last-event-id", last.encode()))
        scope: Any = {
            "type": "http",
            "method": "GET",
            "path": "/live",
            "raw_path": b"/live",
            "query_string": query.encode(),
            "headers": headers,
            "scheme": "http",
            "http_version": "1.1",
            "root_path": "",
            "state": {},
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 1),
            "asgi": {"version": "3.0"},
            "extensions": {},
        }
        ear.task = asyncio.create_task(app(scope, ear.receive, ear.send))
        ears.append(ear)
        await ear.until(lambda one: one.status != 0 and (one.status != 200 or "event: beat" in one.text))
        return ear

    async with app.lifespan():
        await asyncio.sleep(0.2)  # the listener connects
        yield listen
        for ear in ears:
            ear.gone.set()
        await asyncio.gather(*(ear.task for ear in ears if ear.task is not None))


@pytest.fixture(scope="module")
async def listen(app_settings: Settings, server: EmbeddedServer, database: Database) -> AsyncIterator[Listen]:
    """One process for all tests, begun and ended in the same task."""
    begun: asyncio.Future[Listen] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def run() -> None:
        async with process(app_settings) as found:
            begun.set_result(found)
            await over.wait()

    running = asyncio.create_task(run())
    yield await begun
    over.set()
    await running


async def test_a_change_elsewhere_is_heard_and_holds_no_text(
    listen: Listen, member: NewMember, connect: Client, tenant: Tenant
) -> None:
    agent = await member("agent", "Mia Wolf")
    ear = await listen(agent.token)
    incident = await make(connect(agent.token), "Secret title", description="Secret words")
    await act(connect(agent.token), incident, "resolve", note="Secret note")
    assert await ear.types(2) == ["IncidentCreated", "IncidentResolved"]
    first, second = ear.heard
    assert first["incident"] == incident["id"]
    assert first["reference_code"] == incident["reference_code"]
    assert first["actor"] == {"id": str(agent.id), "name": "Mia Wolf"}
    assert second["version"] >= first["version"]
    assert "Secret" not in ear.text
    assert f"id: {first['id']}\n" in ear.text


async def test_other_tenants_and_the_tenants_own_stream_are_not_heard(
    listen: Listen, client: Any, member: NewMember, other_tenant: Tenant
) -> None:
    ear = await listen((await member("admin")).token)
    await make(await client("agent", of=other_tenant), "Elsewhere")
    boss = await client("admin")
    await boss.post("/api/access/v1/teams", json={"name": "Night shift"})
    await make(boss, "Here")
    assert await ear.types(1) == ["IncidentCreated"]


async def test_a_reporter_hears_of_the_own_incidents_and_of_nothing_internal(
    listen: Listen, member: NewMember, connect: Client
) -> None:
    reporter, agent = await member("reporter"), await member("agent")
    ear = await listen(reporter.token)
    await make(connect(agent.token), "Somebody else's")
    own = await make(connect(reporter.token), "Mine")
    await comment(connect(agent.token), own, is_internal=True)
    await connect(agent.token).post(f"/api/incidents/v1/incidents/{own['id']}/tasks", json={"title": "Inside"})
    await comment(connect(agent.token), own, is_internal=False)
    await act(connect(agent.token), own, "resolve")
    assert await ear.types(3) == ["IncidentCreated", "CommentAdded", "IncidentResolved"]
    assert {one["incident"] for one in ear.heard} == {own["id"]}


async def test_a_stream_is_taken_up_where_it_was_lost(listen: Listen, member: NewMember, connect: Client) -> None:
    agent = await member("agent")
    api, ear = connect(agent.token), await listen(agent.token)
    first = await make(api, "Before")
    await ear.types(1)
    last = ear.heard[-1]["id"]
    missed = [await make(api, f"While away {number}") for number in range(3)]
    again = await listen(agent.token, last)
    heard = again.incidents  # what arrived meanwhile may come twice
    assert heard[-3:] == [one["id"] for one in missed]
    assert set(heard) <= {first["id"], *(one["id"] for one in missed)}
    by_query = await listen(agent.token, query=f"since={last}")
    assert by_query.incidents[-3:] == heard[-3:]


@pytest.mark.parametrize(
    "last", ["00000000-0000-0000-0000-000000000000", "nonsense", "018f0000-0000-7000-8000-000000000000"]
)
async def test_who_was_away_too_long_is_told_to_look_anew(listen: Listen, member: NewMember, last: str) -> None:
    ear = await listen((await member("agent")).token, last)
    assert [one["type"] for one in ear.heard] == ["refresh"]


async def test_too_much_missed_is_one_refresh(
    listen: Listen, member: NewMember, connect: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "MOST", 2)
    agent = await member("agent")
    since = str(new_id())
    for number in range(3):
        await make(connect(agent.token), f"One of many {number}")
    ear = await listen(agent.token, since)
    assert [one["type"] for one in ear.heard] == ["refresh"]
    polled = (await connect(agent.token).get(POLL, params={"since": since})).json()
    assert polled["items"] == [{"type": "refresh"}]


async def session(database: Database, person: Member) -> str:
    """The cookie of a fresh session."""
    credential, secret_hash = rules.new_credential(person.actor.tenant_id)
    async with database.tenant(person.actor.tenant_id) as tx:
        await tx.run(
            "insert into sessions (tenant_id, id, secret_hash, csrf_token, user_id, created_at, last_seen_at, expires_at)"
            " values ($1, $2, $3, 'token', $4, $5::timestamptz, $5, $5 + interval '1 hour')",
            *(tx.tenant_id, new_id(), secret_hash, person.id, tx.real_now),
        )
    return credential


async def test_a_session_that_ends_ends_its_stream_and_no_other(
    listen: Listen, member: NewMember, database: Database, connect: Client
) -> None:
    agent = await member("agent")
    cookie = await session(database, agent)
    mine, other = await listen(cookie, cookie=True), await listen(agent.token)
    client = connect()
    client.cookies.set(COOKIE, cookie)
    answer = await client.post("/api/access/v1/logout", headers={"X-CSRF-Token": "token"})
    assert answer.is_success, answer.text
    await mine.until(lambda ear: "event: over" in ear.text)
    assert mine.task is not None
    await asyncio.wait_for(mine.task, 5)
    await make(connect(agent.token), "Still heard")
    assert await other.types(1) == ["IncidentCreated"]


async def test_suspension_a_lost_permission_and_a_module_switched_off_end_streams(
    app_settings: Settings, member: NewMember, database: Database, tenant: Tenant, connect: Client
) -> None:
    async with process(app_settings) as listen:
        boss, agent = await member("admin"), await member("agent")
        ear = await listen(agent.token)
        answer = await connect(boss.token).put(f"/api/access/v1/users/{agent.id}", json={"roles": ["reporter"]})
        assert answer.is_success
        await ear.until(lambda one: "event: over" in one.text)
        reporter = await listen(agent.token)
        switch = "/api/modules/v1/modules/incidents"
        await connect(boss.token).put(switch, json={"is_enabled": False})
        await reporter.until(lambda one: "event: over" in one.text)
        assert (await listen(agent.token)).status == 403
        await connect(boss.token).put(switch, json={"is_enabled": True})
        ear = await listen(boss.token)
        await tenancy.set_state(database, tenant.slug, "suspended")
        await ear.until(lambda one: "event: over" in one.text)


async def test_who_may_see_nothing_is_refused_in_a_machines_words(
    listen: Listen, member: NewMember, connect: Client
) -> None:
    public = await member("public")
    assert (await listen(public.token)).status == 403
    answer = await connect().get(POLL)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_jobs_transaction_and_a_rolled_back_one(
    listen: Listen, member: NewMember, connect: Client, database: Database, tenant: Tenant
) -> None:
    agent = await member("agent")
    incident = await make(connect(agent.token))
    ear = await listen(agent.token)

    async def emit(kind: type[Any]) -> None:
        async with database.tenant(tenant.id) as tx:
            tx.emit(kind(actor=system_actor(tenant.id), incident_id=UUID(incident["id"])))
            if kind is events.IncidentDeleted:
                raise LookupError

    with pytest.raises(LookupError):
        await emit(events.IncidentDeleted)
    await emit(events.IncidentAcknowledged)
    assert (await ear.types(1))[-1] == "IncidentAcknowledged"
    assert ear.heard[-1]["actor"] is None


async def test_polling_gives_the_same_as_the_stream(member: NewMember, connect: Client) -> None:
    agent, reporter = await member("agent"), await member("reporter")
    api = connect(agent.token)
    begun = (await api.get(POLL)).json()
    assert begun["items"] == []
    incident = await make(api)
    found = (await api.get(POLL, params={"since": begun["last"]})).json()
    assert [one["incident"] for one in found["items"]] == [incident["id"]]
    assert found["last"] > found["items"][-1]["id"]
    assert (await connect(reporter.token).get(POLL, params={"since": begun["last"]})).json()["items"] == []
    wrong = await api.get(POLL, params={"since": "yesterday"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "since"


async def test_a_process_without_a_hub_tells_what_was_missed_and_ends(member: NewMember, connect: Client) -> None:
    agent = await member("agent")
    since = str(new_id())
    incident = await make(connect(agent.token))
    answer: httpx.Response = await connect(agent.token).get("/live", headers={"Last-Event-ID": since})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert incident["id"] in answer.text
