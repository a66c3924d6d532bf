"""One's own channels: a code shows that an address is one's own."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

CHANNELS = "/api/notifications/v1/channels"
PHONE = "+49 30 901820"


async def codes(at_now, address: str) -> list[str]:
    async with at_now as tx:
        rows = await tx.rows(
            "select body from notification_deliveries where tenant_id = $1 and kind = 'ChannelCode' and address = $2"
            " order by created_at, id",
            *(tx.tenant_id, address),
        )
    return [found.group() for row in rows if (found := re.search(r"\d{6}", row["body"]))]


async def test_the_login_address_is_verified_others_by_a_code(client, database, tenant):
    agent = await client("agent")
    (own,) = (await agent.get(CHANNELS)).json()["items"]
    assert (own["id"], own["kind"], own["is_primary"], own["is_verified"]) == (None, "email", True, True)
    answer = await agent.post(CHANNELS, json={"kind": "sms", "address": f" {PHONE} "})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["address"], made["is_verified"], made["is_primary"]) == (PHONE, False, False)
    assert answer.headers["location"] == f"{CHANNELS}/{made['id']}"
    (code,) = await codes(database.tenant(tenant.id), PHONE)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    answer = await agent.post(f"{CHANNELS}/{made['id']}/verify", json={"code": wrong})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "code")
    answer = await agent.post(f"{CHANNELS}/{made['id']}/verify", json={"code": f" {code} "})
    assert (answer.status_code, answer.json()["is_verified"]) == (200, True)
    assert (await agent.post(f"{CHANNELS}/{made['id']}/verify", json={"code": code})).status_code == 409
    assert (await agent.delete(f"{CHANNELS}/{made['id']}")).status_code == 204
    assert len((await agent.get(CHANNELS)).json()["items"]) == 1


async def test_five_wrong_guesses_spend_a_code(client, database, tenant):
    agent = await client("agent")
    made = (await agent.post(CHANNELS, json={"kind": "email", "address": "Else@Example.com"})).json()
    (code,) = await codes(database.tenant(tenant.id), "else@example.com")
    path = f"{CHANNELS}/{made['id']}"
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    assert [(await agent.post(f"{path}/verify", json={"code": wrong})).status_code for _ in range(5)] == [422] * 5
    assert (await agent.post(f"{path}/verify", json={"code": code})).status_code == 409
    assert (await agent.post(f"{path}/code", json={})).status_code == 409
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update user_channels set code_sent_at = $2 where tenant_id = $1", tenant.id, tx.now - timedelta(minutes=2)
        )
    assert (await agent.post(f"{path}/code", json={})).status_code == 200
    fresh = (await codes(database.tenant(tenant.id), "else@example.com"))[-1]
    assert (await agent.post(f"{path}/verify", json={"code": fresh})).json()["is_verified"]


async def test_a_code_lives_for_a_quarter_of_an_hour(client, database, tenant):
    agent = await client("agent")
    made = (await agent.post(CHANNELS, json={"kind": "sms", "address": PHONE})).json()
    (code,) = await codes(database.tenant(tenant.id), PHONE)
    async with database.tenant(tenant.id) as tx:
        late = tx.now - timedelta(minutes=16)
        await tx.run("update user_channels set code_sent_at = $2 where tenant_id = $1", tenant.id, late)
    assert (await agent.post(f"{CHANNELS}/{made['id']}/verify", json={"code": code})).status_code == 409


async def test_the_profiles_number_is_a_channel_to_be_verified(client, member, connect, database, tenant):
    ada = await member()
    async with database.tenant(tenant.id) as tx:
        await tx.run("update users set phone = $3 where tenant_id = $1 and id = $2", tenant.id, ada.id, PHONE)
    mine = connect(ada.token)
    assert [
        (one["kind"], one["is_primary"], one["is_verified"]) for one in (await mine.get(CHANNELS)).json()["items"]
    ] == [
        ("email", True, True),
        ("sms", True, False),
    ]
    made = (await mine.post(CHANNELS, json={"kind": "sms", "address": PHONE})).json()
    (code,) = await codes(database.tenant(tenant.id), PHONE)
    assert (await mine.post(f"{CHANNELS}/{made['id']}/verify", json={"code": code})).json()["is_verified"]
    assert (await mine.post(CHANNELS, json={"kind": "sms", "address": PHONE})).status_code == 409
    assert [one["is_verified"] for one in (await mine.get(CHANNELS)).json()["items"]] == [True, True]


@pytest.mark.parametrize(
    "body, field",
    [
        ({"kind": "sms", "address": "call me"}, "address"),
        ({"kind": "email", "address": "nowhere"}, "address"),
        ({"kind": "fax", "address": PHONE}, "kind"),
        ({"kind": "sms"}, "address"),
    ],
)
async def test_what_is_no_channel_is_refused(client, body, field):
    answer = await (await client("agent")).post(CHANNELS, json=body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_another_persons_channel_is_not_there(client):
    ada, bert = await client("agent"), await client("agent")
    made = (await ada.post(CHANNELS, json={"kind": "sms", "address": PHONE})).json()
    path = f"{CHANNELS}/{made['id']}"
    assert (await bert.post(f"{path}/verify", json={"code": "000000"})).status_code == 404
    assert (await bert.post(f"{path}/code", json={})).status_code == 404
    assert (await bert.delete(path)).status_code == 404
