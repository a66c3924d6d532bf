"""Deliveries in the administration."""

from __future__ import annotations

import pytest

from tocsin.notifications import service
from tocsin.notifications.model import Recipient
from tocsin.tenancy import service as tenancy

DELIVERIES = "/admin/deliveries"


@pytest.fixture
async def failed(database, tenant):
    """A delivery that could not be sent; its id."""
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        (made,) = await service.notify(
            tx,
            kind="test",
            incident_id=None,
            recipients=[Recipient(None, None, "Somebody", "somebody@example.com")],
            subject="Look <here>",
            body="First line\nSecond <b>line</b>",
            dedupe="test",
        )
        await tx.run(
            "update notification_deliveries set state = 'failed', next_attempt_at = null, attempts = 5,"
            " last_error = 'The server said no' where tenant_id = $1 and id = $2",
            tenant.id,
            made,
        )
    return made


async def test_a_failed_delivery_says_why_and_is_tried_again(client, failed):
    admin = await client("admin")
    assert "1 message of the last 7 days could not be sent." in (await admin.get("/admin")).text
    page = (await admin.get(DELIVERIES, params={"state": "failed"})).text
    assert "The server said no" in page
    assert "Look &lt;here&gt;" in page
    text = (await admin.get(f"{DELIVERIES}/{failed}")).text
    assert "Second &lt;b&gt;line&lt;/b&gt;" in text
    assert (await admin.post(f"{DELIVERIES}/{failed}/retry", data={})).status_code == 303
    assert "It is being tried again." in (await admin.get(DELIVERIES)).text
    again = await admin.post(f"{DELIVERIES}/{failed}/retry", data={"_back": DELIVERIES})
    assert (again.status_code, "Only failed deliveries are tried again" in again.text) == (409, True)


async def test_an_empty_list_says_what_is_true(client):
    admin = await client("admin")
    assert "Nobody has been told anything yet" in (await admin.get(DELIVERIES)).text
    assert "No delivery is in this state" in (await admin.get(DELIVERIES, params={"state": "failed"})).text
    assert (await admin.get(DELIVERIES, params={"state": "lost"})).status_code == 422
