"""Deliveries against a real SMTP server and a real PostgreSQL."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import make_tenant
from tests.notifications.smtp import Server
from tocsin.base.errors import SettingError
from tocsin.base.ids import new_id
from tocsin.base.settings import Settings
from tocsin.db.tx import Database
from tocsin.notifications import rules, service, store
from tocsin.notifications.adapters import sending
from tocsin.notifications.model import Recipient
from tocsin.tenancy import service as tenancy

ANN = Recipient(None, None, "Ann", "ann@example.com")


@pytest.fixture
async def smtp():
    server = Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def settings(smtp):
    return Settings(smtp_url=smtp.url, mail_from="Tocsin <tocsin@example.org>")


async def notify(database, tenant, recipients=(ANN,), **changes):
    wanted: dict[str, Any] = {
        "kind": "IncidentCreated",
        "incident_id": new_id(),
        "subject": "Disk full",
        "body": "Look.",
        "dedupe": str(new_id()),
    }
    async with database.tenant(tenant.id) as tx:
        return await service.notify(tx, recipients=list(recipients), **(wanted | changes))


async def rows(database, tenant):
    async with database.tenant(tenant.id) as tx:
        return await tx.rows("select * from notification_deliveries where tenant_id = $1 order by id", tenant.id)


async def only(database, tenant):
    (row,) = await rows(database, tenant)
    return row


async def due_now(database, tenant):
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update notification_deliveries set next_attempt_at = $2 where tenant_id = $1 and state = 'pending'",
            tenant.id,
            tx.now,
        )


async def event_types(database, tenant):
    async with database.tenant(tenant.id) as tx:
        found = await tx.rows("select type from events where tenant_id = $1 and type like 'Delivery%'", tenant.id)
    return [row["type"] for row in found]


async def test_sent_once(database, tenant, smtp, settings):
    incident = new_id()
    (delivery,) = await notify(database, tenant, incident_id=incident)
    await asyncio.gather(*(service.deliver(database, settings, tenant.id, delivery) for _ in range(4)))
    (mail,) = smtp.handler.mails
    assert smtp.handler.recipients == [["ann@example.com"]]
    assert mail["Message-ID"] == f"<{delivery}@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["References"] == mail["In-Reply-To"] == f"<incident.{incident}@example.org>"
    assert mail["Subject"] == "Disk full"
    assert mail.get_content().strip() == "Look."
    row = await only(database, tenant)
    assert (row["state"], row["attempts"], row["last_error"]) == ("sent", 1, None)
    assert row["sent_at"] is not None
    assert await event_types(database, tenant) == []


async def test_the_same_occasion_tells_nobody_twice(database, tenant):
    assert len(await notify(database, tenant, dedupe="x")) == 1
    assert await notify(database, tenant, dedupe="x") == []
    assert len(await notify(database, tenant, dedupe="y")) == 1


async def test_refused_for_now_then_taken(database, tenant, smtp, settings):
    smtp.handler.answers = ["451 later"]
    (delivery,) = await notify(database, tenant)
    await service.deliver(database, settings, tenant.id, delivery)
    row = await only(database, tenant)
    assert (row["state"], row["attempts"]) == ("pending", 1)
    assert "451" in row["last_error"]
    assert timedelta(seconds=50) < row["next_attempt_at"] - datetime.now(UTC) < timedelta(seconds=61)
    await service.deliver(database, settings, tenant.id, delivery)
    assert smtp.handler.tried == 1, "it was not due"
    await due_now(database, tenant)
    await service.deliver(database, settings, tenant.id, delivery)
    (mail,) = smtp.handler.mails
    assert mail["Message-ID"] == f"<{delivery}@example.org>"
    assert (await only(database, tenant))["state"] == "sent"


@pytest.mark.parametrize("where", ["answers", "rcpt_answers"])
async def test_refused_for_good(database, tenant, smtp, settings, where):
    setattr(smtp.handler, where, ["550 no such user"])
    (delivery,) = await notify(database, tenant)
    await service.deliver(database, settings, tenant.id, delivery)
    row = await only(database, tenant)
    assert (row["state"], row["attempts"], row["next_attempt_at"]) == ("failed", 1, None)
    assert "no such user" in row["last_error"]
    assert await event_types(database, tenant) == ["DeliveryFailed"]


async def test_given_up_after_the_last_attempt(database, tenant, smtp, settings):
    smtp.handler.answers = ["451 later"] * 20
    (delivery,) = await notify(database, tenant)
    for _ in range(rules.MAX_ATTEMPTS + 2):
        await due_now(database, tenant)
        await service.deliver(database, settings, tenant.id, delivery)
    assert smtp.handler.tried == rules.MAX_ATTEMPTS
    assert (await only(database, tenant))["state"] == "failed"
    assert await event_types(database, tenant) == ["DeliveryFailed"]


async def test_a_server_that_says_nothing(database, tenant, smtp, settings, monkeypatch):
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.3)
    smtp.handler.hang = True
    (delivery,) = await notify(database, tenant)
    await asyncio.wait_for(service.deliver(database, settings, tenant.id, delivery), 5)
    row = await only(database, tenant)
    assert (row["state"], row["attempts"]) == ("pending", 1)
    assert "0.3 seconds" in row["last_error"]


async def test_no_server_at_all(database, tenant, smtp, settings):
    await smtp.stop()
    (delivery,) = await notify(database, tenant)
    await service.deliver(database, settings, tenant.id, delivery)
    assert (await only(database, tenant))["state"] == "pending"


async def test_a_crash_between_sending_and_writing_sends_again_under_the_same_id(
    database, tenant, smtp, settings, monkeypatch
):
    async def crash(*_args, **_options):
        raise RuntimeError

    (delivery,) = await notify(database, tenant)
    with monkeypatch.context() as patched:
        patched.setattr(store, "settle", crash)
        with pytest.raises(RuntimeError):
            await service.deliver(database, settings, tenant.id, delivery)
    row = await only(database, tenant)
    assert row["state"] == "pending"
    assert row["next_attempt_at"] - datetime.now(UTC) > timedelta(seconds=sending.SEND_SECONDS)
    await due_now(database, tenant)
    await service.deliver(database, settings, tenant.id, delivery)
    assert len(smtp.handler.mails) == 2
    assert len({mail["Message-ID"] for mail in smtp.handler.mails}) == 1
    assert smtp.handler.mails[0].as_bytes() == smtp.handler.mails[1].as_bytes()


async def test_a_late_writer_does_not_undo_a_newer_attempt(database, tenant, smtp, settings):
    (delivery,) = await notify(database, tenant)
    await service.deliver(database, settings, tenant.id, delivery)
    async with database.tenant(tenant.id) as tx:
        assert not await store.settle(tx, delivery, 1, state="failed", next_attempt_at=None, error="late", sent_at=None)


@pytest.mark.parametrize(
    "title",
    [
        "Fire\r\nBcc: evil@example.com",
        "Fire\nBcc: evil@example.com",
        "Fire\x85Bcc: e@example.com",
        "Fire\u2028Bcc: e",
        "é" * 300,
    ],
)
async def test_a_title_cannot_make_a_header(database, tenant, smtp, settings, title):
    evil = {"References": "<1@x>\r\nBcc: evil@example.com", "Bcc": "evil@example.com"}
    (delivery,) = await notify(database, tenant, subject=title, headers=evil, body="a\r\n.\r\nMAIL FROM:<x>\r\n\x00b")
    await service.deliver(database, settings, tenant.id, delivery)
    (mail,) = smtp.handler.mails
    assert mail["Bcc"] is None
    assert mail.get_all("Subject") is not None
    assert len(mail.get_all("Subject") or []) == 1
    assert smtp.handler.recipients == [["ann@example.com"]]
    assert set(mail.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "References"),
        *("Content-Type", "Content-Transfer-Encoding", "MIME-Version"),
    }


@pytest.mark.parametrize("address", [None, "nonsense", "a@example.com\r\nRCPT TO:<b@example.com>"])
async def test_who_has_no_usable_address_is_skipped_visibly(database, tenant, smtp, address):
    await notify(database, tenant, [Recipient(None, None, "Bob", address)])
    row = await only(database, tenant)
    assert (row["state"], row["next_attempt_at"]) == ("skipped", None)
    assert row["last_error"].startswith("Bob ")


async def test_nothing_configured_is_recorded(database, tenant):
    (delivery,) = await notify(database, tenant)
    await service.deliver(database, Settings(), tenant.id, delivery)
    row = await only(database, tenant)
    assert (row["state"], row["sent_at"], row["attempts"]) == ("recorded", None, 1)


async def test_a_sandbox_sends_nothing(database, smtp, settings):
    sandbox = await make_tenant(database, sandbox=True, clock_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    (delivery,) = await notify(database, sandbox)
    await service.deliver(database, settings, sandbox.id, delivery)
    row = await only(database, sandbox)
    assert row["state"] == "recorded"
    assert row["created_at"] == datetime(2026, 1, 5, 9, tzinfo=UTC)
    assert smtp.handler.tried == 0
    assert await event_types(database, sandbox) == ["DeliveryRecorded"]


async def test_a_suspended_tenants_deliveries_rest(database, tenant, smtp, settings):
    (delivery,) = await notify(database, tenant)
    await tenancy.set_state(database, tenant.slug, "suspended")
    await service.deliver(database, settings, tenant.id, delivery)
    assert smtp.handler.tried == 0
    await tenancy.set_state(database, tenant.slug, "active")
    await service.deliver(database, settings, tenant.id, delivery)
    assert (await only(database, tenant))["state"] == "sent"


async def test_a_module_that_is_off_makes_no_deliveries(database, tenant):
    async with database.tenant(tenant.id) as tx:
        await tenancy.switch_module(tx, "notifications", enabled=False)
    assert await notify(database, tenant) == []


async def test_people_have_addresses_and_are_active(database: Database, tenant, member):
    ann, bob = await member("agent", "Ann"), await member("agent", "Bob", active=False)
    async with database.tenant(tenant.id) as tx:
        found = await service.people(tx, [ann.id, bob.id, new_id()])
        assert [(r.user_id, r.name, r.address) for r in found] == [(ann.id, "Ann", ann.email)]
        assert await service.people(tx, [ann.id], "sms") == []
        assert [r.address for r in await service.members(tx, [ann.id], "sms")] == [None]
        await tx.run("update users set kind = 'service' where tenant_id = $1 and id = $2", tenant.id, ann.id)
        assert await service.people(tx, [ann.id]) == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Apprise imports imghdr
async def test_apprise_sends_text_messages(database, tenant, monkeypatch):
    import apprise

    seen = []

    async def fake(self, **message):
        seen.append((self[0].url(), message))
        return len(seen) > 1

    monkeypatch.setattr(apprise.Apprise, "async_notify", fake)
    settings = Settings(sms_url="json://127.0.0.1:9/{phone}")
    (delivery,) = await notify(database, tenant, [Recipient(None, None, "Ann", "+49 30 123456")], channel="sms")
    await service.deliver(database, settings, tenant.id, delivery)
    assert (await only(database, tenant))["state"] == "pending"
    await due_now(database, tenant)
    await service.deliver(database, settings, tenant.id, delivery)
    assert (await only(database, tenant))["state"] == "sent"
    assert "4930123456" in seen[0][0]
    assert seen[0][1]["body"] == "Look."


async def test_slack_is_one_channel(database, tenant):
    two = [ANN, Recipient(new_id(), None, "Bob", "bob@example.com")]
    assert len(await notify(database, tenant, two, channel="slack")) == 1


@pytest.mark.parametrize(
    "changes", [{"smtp_url": "smtp://x?nonsense=1"}, {"mail_from": "nobody"}, {"sms_url": "json://127.0.0.1/"}]
)
def test_wrong_settings_are_named(changes):
    with pytest.raises(SettingError, match="TOCSIN_"):
        service.check_settings(dataclasses.replace(Settings(), **changes))
