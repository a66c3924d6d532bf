"""Organisations' own gateways: kept sealed, guarded against addresses inside of networks, sent through for real."""

from __future__ import annotations

import asyncio
import json
import stat
from contextlib import asynccontextmanager

import pytest

from tests.conftest import make_tenant
from tests.notifications.test_deliver import event_types, notify, only
from tocsin.base.errors import Invalid, NotFound, Refused
from tocsin.base.ids import new_id
from tocsin.base.settings import Settings
from tocsin.notifications import service
from tocsin.notifications.adapters import gateways
from tocsin.notifications.adapters.sending import NotSent
from tocsin.notifications.model import Recipient
from tocsin.notifications.service import GatewayChange, Trial

ANN = Recipient(None, None, "Ann", "+49 30 901820")


class Receiver:
    """A real HTTP server on loopback that keeps what it was sent."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.bodies: list[dict[str, str]] = []
        self.url = ""
        self.answer = "200 OK"
        self.more = ""

    async def take(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        self.heads.append(head)
        self.bodies.append(json.loads(await reader.readexactly(length)))
        writer.write(
            f"HTTP/1.1 {self.answer}\r\n{self.more}Content-Length: 4\r\nConnection: close\r\n\r\nsaid".encode()
        )
        await writer.drain()
        writer.close()


@pytest.fixture
async def receiver():
    found = Receiver()
    server = await asyncio.start_server(found.take, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook/T0/secretpath"
    yield found
    server.close()
    await server.wait_closed()


@pytest.fixture
async def admin(member):
    return (await member("admin")).actor


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, loopback_gateways=True)


async def put(database, tenant, admin, settings, channel, **change):
    async with database.tenant(tenant.id) as tx:
        return await service.set_gateway(tx, admin, settings, channel, GatewayChange(**change))


async def attempt(database, tenant, settings, delivery):
    await service.deliver(database, settings, tenant.id, delivery)
    return await only(database, tenant)


async def test_a_text_message_goes_to_the_organisations_own_gateway(database, tenant, admin, settings, receiver):
    await put(database, tenant, admin, settings, "sms", url=receiver.url, secret="s3cret")
    (delivery,) = await notify(database, tenant, recipients=[ANN], channel="sms")
    row = await attempt(database, tenant, settings, delivery)
    assert (row["state"], row["last_error"]) == ("sent", None)
    assert receiver.bodies == [{"id": str(delivery), "to": "+4930901820", "text": "Disk full\nLook."}]
    assert "Authorization: Bearer s3cret\r\n" in receiver.heads[0]
    assert f"Idempotency-Key: {delivery}\r\n" in receiver.heads[0]


async def test_slack_is_told_in_its_own_words(database, tenant, admin, settings, receiver):
    await put(database, tenant, admin, settings, "slack", url=receiver.url)
    (delivery,) = await notify(database, tenant, channel="slack", subject="<!channel> & co")
    assert (await attempt(database, tenant, settings, delivery))["state"] == "sent"
    assert receiver.bodies == [{"text": "*&lt;!channel&gt; &amp; co*\nLook."}]
    assert "authorization" not in receiver.heads[0].lower()


async def test_each_organisation_has_its_own(database, tenant, admin, settings, receiver):
    other = await make_tenant(database)
    await put(database, tenant, admin, settings, "slack", url=receiver.url)
    (delivery,) = await notify(database, other, channel="slack")
    assert (await attempt(database, other, settings, delivery))["state"] == "recorded"
    assert receiver.bodies == []
    async with database.tenant(tenant.id) as tx:
        sealed = await tx.value("select sealed from notification_gateways where tenant_id = $1", tenant.id)
    with pytest.raises(NotSent, match="key"):
        service.open_gateway(settings, other.id, "slack", sealed)
    with pytest.raises(NotSent, match="key"):
        service.open_gateway(settings, tenant.id, "sms", sealed)
    assert b"hook" not in sealed
    assert stat.S_IMODE((settings.home / "channel-key").stat().st_mode) == 0o600


async def test_keys_take_turns(database, tenant, admin, settings, tmp_path, receiver):
    await put(database, tenant, admin, settings, "slack", url=receiver.url)
    old = (tmp_path / "channel-key").read_text()
    other = Settings(home=tmp_path / "other", loopback_gateways=True)
    (delivery,) = await notify(database, tenant, channel="slack")
    row = await attempt(database, tenant, other, delivery)
    assert (row["state"], "write them anew" in row["last_error"]) == ("pending", True)
    fresh = (tmp_path / "other" / "channel-key").read_text()
    (tmp_path / "both").write_text(fresh + old)
    both = Settings(home=tmp_path, channel_key=tmp_path / "both", loopback_gateways=True)
    (second,) = await notify(database, tenant, channel="slack")
    await service.deliver(database, both, tenant.id, second)
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ("302 Found", "pending"),
        ("500 Oops", "pending"),
        ("404 Gone", "pending"),
        ("400 Bad", "failed"),
        ("204 No", "sent"),
    ],
)
async def test_what_an_answer_means(database, tenant, admin, settings, receiver, answer, state):
    receiver.answer, receiver.more = answer, "Location: http://127.0.0.1:9/\r\n"
    await put(database, tenant, admin, settings, "slack", url=receiver.url)
    (delivery,) = await notify(database, tenant, channel="slack")
    row = await attempt(database, tenant, settings, delivery)
    assert row["state"] == state
    assert len(receiver.bodies) == 1, "no redirect is followed"
    assert "secretpath" not in (row["last_error"] or "")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://hooks.example.com/x", "https"),
        ("https://127.0.0.1/x", "inside"),
        ("https://[::ffff:169.254.169.254]/x", "inside"),
        ("https://10.1.2.3:8443/x", "inside"),
        ("https://localhost/x", "inside"),
        ("https://user:pw@hooks.example.com/x", "password"),
        ("https://hooks.example.com:99999/x", "address"),
        ("https://", "address"),
        ("ftp://hooks.example.com/", "https"),
        ("", "address"),
        ("https://hooks.example.com/\r\nX: y", "address"),
        ("https://[::1/", "address"),
    ],
)
async def test_an_address_that_messages_may_not_go_to(database, tenant, admin, tmp_path, url, said):
    with pytest.raises(Invalid, match=said) as refused:
        await put(database, tenant, admin, Settings(home=tmp_path), "slack", url=url)
    assert [error.field for error in refused.value.errors] == ["url"]


async def test_a_name_that_leads_inside_is_not_connected_to(settings, monkeypatch):
    async def inside(_host, _port):
        return ["93.184.215.14", "::ffff:10.0.0.1"]

    monkeypatch.setattr(gateways, "look_up", inside)
    backend = gateways.PublicOnly(loopback=True)
    with pytest.raises(NotSent, match="inside of a network"):
        await backend.connect_tcp("hooks.example.com", 443)


async def test_a_secret_stays_with_its_host(database, tenant, admin, settings, receiver):
    await put(database, tenant, admin, settings, "sms", url=receiver.url, secret="s3cret")
    assert (await put(database, tenant, admin, settings, "sms", url=receiver.url + "2")).has_secret
    assert not (await put(database, tenant, admin, settings, "sms", url="http://localhost:9/x")).has_secret
    with pytest.raises(Invalid) as refused:
        await put(database, tenant, admin, settings, "sms", url=receiver.url, secret="a b")
    assert refused.value.errors[0].field == "secret"


async def try_it(database, tenant, admin, settings, channel, **trial):
    @asynccontextmanager
    async def opens():
        async with database.tenant(tenant.id) as tx:
            yield tx

    return await service.try_gateway(opens, settings, lambda: admin, channel, Trial(**trial))


async def test_a_test_says_at_once_what_became_of_it(database, tenant, admin, settings, receiver):
    await put(database, tenant, admin, settings, "sms", url=receiver.url)
    receiver.answer = "503 Later"
    made = await try_it(database, tenant, admin, settings, "sms", phone="+49 30 901820")
    assert (made.state, made.last_error, made.kind) == ("failed", "answered 503 said", "ChannelTest")
    assert receiver.bodies[0]["to"] == "+4930901820"
    assert await event_types(database, tenant) == ["DeliveryFailed"]
    with pytest.raises(Refused):
        for _ in range(3):
            await try_it(database, tenant, admin, settings, "sms", phone="+49 30 901820")
    with pytest.raises(Invalid) as refused:
        await try_it(database, tenant, admin, settings, "sms", phone="x")
    assert refused.value.errors[0].field == "phone"
    with pytest.raises(NotFound):
        await try_it(database, tenant, admin, settings, str(new_id()))


async def test_nothing_leaves_a_sandbox(database, admin, settings, receiver):
    sandbox = await make_tenant(database, sandbox=True)
    made = await try_it(database, sandbox, admin, settings, "slack")
    assert (made.state, receiver.bodies) == ("recorded", [])


async def test_removing_brings_the_operators_way_back(database, tenant, admin, settings, receiver):
    await put(database, tenant, admin, settings, "slack", url=receiver.url)
    async with database.tenant(tenant.id) as tx:
        await service.remove_gateway(tx, admin, "slack")
        with pytest.raises(NotFound):
            await service.remove_gateway(tx, admin, "slack")
        assert await service.gateways(tx, admin) == []
    (delivery,) = await notify(database, tenant, channel="slack")
    assert (await attempt(database, tenant, settings, delivery))["state"] == "recorded"
