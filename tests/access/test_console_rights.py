"""Roles and tokens in the administration."""

from __future__ import annotations

import html
import re

from tests.conftest import NewMember
from tocsin.access import permissions

ROLES, TOKENS = "/admin/roles", "/admin/tokens"


async def role(client, slug: str) -> dict:
    return (await client.get(f"/api/access/v1/roles/{slug}")).json()


def test_the_matrix_shows_every_permission_once():
    shown = [name for _title, names in permissions.GROUPS for name in names]
    assert sorted(shown) == sorted(permissions.ALL)


def test_whoever_may_administer_anything_gets_the_overview():
    manage = {name for name in permissions.ALL if name.endswith(".manage")}
    elsewhere = {"incidents.tasks.manage", "incidents.comments.manage", "incidents.settings.manage", "sla.manage"}
    assert manage - elsewhere <= set(permissions.ADMINISTER)


async def test_a_column_is_saved_by_itself(client):
    admin = await client("admin")
    agent = await role(admin, "agent")
    page = (await admin.get(ROLES)).text
    assert f'action="{ROLES}/{agent["id"]}"' in page
    assert "taken from the role <code>public</code>" in page
    wanted = [*agent["permissions"], "incidents.assign"]
    answer = await admin.post(f"{ROLES}/{agent['id']}", data={"permissions": wanted, "_form": "save-agent"})
    assert answer.status_code == 303
    assert "incidents.assign" in (await role(admin, "agent"))["permissions"]
    await admin.post(f"{ROLES}/{agent['id']}", data={"_form": "save-agent"})
    assert (await role(admin, "agent"))["permissions"] == []
    assert (await role(admin, "agent"))["name"] == agent["name"]


async def test_what_one_does_not_hold_cannot_be_ticked(database, tenant, connect, member: NewMember):
    keeper = await member("agent")
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update roles set permissions = '{roles.manage}' where tenant_id = $1 and slug = 'agent'", tenant.id
        )
    hands = connect(keeper.token)
    page = (await hands.get(ROLES)).text
    assert re.search(r'form="save-viewer" name="permissions" value="users.manage" disabled', page)
    assert re.search(r'form="save-viewer" name="permissions" value="roles.manage" aria', page)
    viewer = await role(hands, "viewer")
    sent = {"permissions": ["users.manage"], "_form": "save-viewer", "_back": ROLES}
    answer = await hands.post(f"{ROLES}/{viewer['id']}", data=sent)
    assert answer.status_code == 422
    assert "You would grant users.manage without holding it" in answer.text
    assert re.search(r'form="save-viewer" name="permissions" value="users.manage" checked', answer.text)


async def test_the_last_administrators_rights_stay(client):
    admin = await client("admin")
    own = await role(admin, "admin")
    sent = {"permissions": ["incidents.view"], "_form": "save-admin", "_back": ROLES}
    answer = await admin.post(f"{ROLES}/{own['id']}", data=sent)
    assert answer.status_code == 409
    assert "This would leave nobody who can manage users and roles" in answer.text


async def test_a_role_starts_like_another_is_renamed_and_deleted(client):
    admin = await client("admin")
    made = await admin.post(ROLES, data={"name": "Night shift", "like": "agent"})
    shift = await role(admin, "night-shift")
    assert made.headers["location"] == f"{ROLES}/{shift['id']}"
    assert sorted(shift["permissions"]) == sorted((await role(admin, "agent"))["permissions"])
    await admin.post(f"{ROLES}/{shift['id']}", data={"name": "Nights", "permissions": ["incidents.view"]})
    assert (await role(admin, "night-shift"))["name"] == "Nights"
    sent = {"name": "", "_form": "role", "_back": f"{ROLES}/{shift['id']}"}
    refused = await admin.post(f"{ROLES}/{shift['id']}", data=sent)
    assert (refused.status_code, 'id="role-name-error"' in refused.text) == (422, True)
    assert (await admin.post(f"{ROLES}/{shift['id']}/delete", data={})).status_code == 303
    agent = await role(admin, "agent")
    await admin.post("/admin/people", data={"name": "A", "email": "a@example.com", "roles": "agent"})
    kept = await admin.post(f"{ROLES}/{agent['id']}/delete", data={"_back": f"{ROLES}/{agent['id']}"})
    assert kept.status_code == 409
    assert "take it from them first" in kept.text


async def test_a_token_is_shown_once(client, connect):
    admin = await client("admin")
    sent = {"name": "Monitoring", "role": "viewer", "permissions": ["incidents.view"], "last_day": "2099-12-31"}
    sent |= {"_once": "mark-1", "_back": TOKENS}
    made = await admin.post(TOKENS, data=sent)
    assert made.status_code == 200
    text = re.search(r'id="fresh-token"[^>]*>(tcs_[^<]+)<', made.text)
    assert text is not None
    token = html.unescape(text.group(1))
    assert (await connect(token).get("/api/incidents/v1/incidents")).status_code == 200
    assert (await connect(token).get("/api/reports/v1/none")).status_code in (403, 404)
    listed = await admin.get(TOKENS)
    assert "Monitoring" in listed.text
    assert token not in listed.text
    assert "1 permission" in listed.text
    again = await admin.post(TOKENS, data=sent)
    assert again.status_code == 409
    assert token not in again.text


async def test_a_refused_token_keeps_what_was_typed(client):
    admin = await client("admin")
    back = {"_form": "token", "_back": f"{TOKENS}/new"}
    answer = await admin.post(TOKENS, data={"name": "Old", "role": "viewer", "last_day": "2001-01-01", **back})
    assert answer.status_code == 422
    assert 'id="token-last_day-error"' in answer.text
    assert 'value="Old"' in answer.text
    wide = {"name": "Wide", "role": "viewer", "permissions": ["incidents.delete"], **back}
    answer = await admin.post(TOKENS, data=wide)
    assert answer.status_code == 422
    assert "is beyond what the token&#39;s owner or role holds" in answer.text
    assert "<details" in answer.text
    assert " open>" in answer.text


async def test_a_revoked_token_ends_at_once(client, connect):
    admin = await client("admin")
    made = (await admin.post("/api/access/v1/tokens", json={"name": "Gone", "role": "viewer"})).json()
    await admin.post(f"{TOKENS}/{made['id']}/revoke", data={})
    assert (await connect(made["token"]).get("/api/incidents/v1/incidents")).status_code == 401
    assert "Gone" in (await admin.get(TOKENS, params={"show": "revoked"})).text


async def test_the_overview_shows_what_one_may_manage(client):
    manager, viewer = await client("manager"), await client("viewer")
    page = (await manager.get("/admin")).text
    assert 'href="/admin/audit"' in page
    assert 'href="/admin/people"' not in page
    assert (await viewer.get("/admin")).status_code == 403
    assert 'href="/admin"' not in (await viewer.get("/queue")).text
    assert 'href="/admin"' in (await manager.get("/queue")).text
