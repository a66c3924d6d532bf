"""My notifications: channels and rules as fields, without scripts."""

from __future__ import annotations

import re

MINE = "/profile/notifications"
RULES = "/api/escalation/v1/notification-rules/me"


async def test_the_page_shows_what_counts_and_saves_what_is_sent(client, member):
    deputy = await member(name="Dora Deputy")
    mine = await client("agent")
    page = (await mine.get(MINE)).text
    assert "When an escalation needs me" in page
    assert page.count('<option value="email:" selected>') == 1
    sent = {"wait": ["0", "10"], "unit": ["m", "m"], "by": ["email:", f"user:{deputy.id}"]}
    assert (await mine.post(MINE, data=sent)).status_code == 303
    saved = (await mine.get(RULES)).json()
    assert saved["rules"] == [{"after": "PT0S", "channel": "email"}, {"after": "PT10M", "user": str(deputy.id)}]
    assert f'<option value="user:{deputy.id}" selected>' in (await mine.get(MINE)).text
    await mine.post(f"{MINE}/default", data={})
    assert (await mine.get(RULES)).json()["is_default"]


async def test_the_forms_own_buttons_and_refusals_keep_what_was_typed(client):
    mine = await client("agent")
    sent = {"wait": ["0", "7"], "unit": ["m", "h"], "by": ["email:", "sms:"]}
    more = (await mine.post(MINE, data=sent | {"more": "rule"})).text
    assert re.findall(r'name="wait"[^>]*value="(\d+)"', more) == ["0", "7", "5"]
    fewer = (await mine.post(MINE, data=sent | {"more": "drop:0"})).text
    assert re.findall(r'name="wait"[^>]*value="(\d+)"', fewer) == ["7"]
    refused = await mine.post(MINE, data=sent | {"by": ["email:", "pigeon:"], "_form": "rules", "_back": MINE})
    assert refused.status_code == 422
    assert "Choose by what." in refused.text
    assert re.findall(r'name="wait"[^>]*value="(\d+)"', refused.text) == ["0", "7"]


async def test_an_address_is_added_and_verified_in_the_page(client, database, tenant):
    mine = await client("agent")
    assert (await mine.post(f"{MINE}/channels", data={"kind": "sms", "address": "+49 30 1234567"})).status_code == 303
    page = (await mine.get(MINE)).text
    found = re.search(r"/channels/([0-9a-f-]{36})/verify", page)
    assert found is not None
    async with database.tenant(tenant.id) as tx:
        body = await tx.value("select body from notification_deliveries where tenant_id = $1", tenant.id)
    code = re.search(r"\d{6}", body)
    assert code is not None
    assert (await mine.post(f"{MINE}/channels/{found[1]}/verify", data={"code": code.group()})).status_code == 303
    assert "Not verified" not in (await mine.get(MINE)).text


async def test_a_token_without_a_person_has_none(client):
    admin = await client("admin")
    token = (await admin.post("/api/access/v1/tokens", json={"name": "t", "role": "agent"})).json()["token"]
    answer = await admin.get(MINE, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert "A token has no notifications" in answer.text
    assert (await admin.get(RULES, headers={"Authorization": f"Bearer {token}"})).status_code == 409
