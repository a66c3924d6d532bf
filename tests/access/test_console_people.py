"""People and teams in the administration: what is typed is kept, what is refused is said beside its field."""

from __future__ import annotations

import re

from tests.conftest import Member, NewMember
from tocsin.access.service import UserQuery, list_users

PEOPLE, TEAMS = "/admin/people", "/admin/teams"


def fields(form: str, back: str, /, **values: object) -> dict[str, object]:
    return {**values, "_form": form, "_back": back}


async def found(database, tenant, **query):
    async with database.tenant(tenant.id) as tx:
        return (await list_users(tx, UserQuery(active="all", **query))).items


async def test_a_person_is_added_with_roles_and_teams(client, database, tenant):
    admin = await client("admin")
    await admin.post(TEAMS, data={"name": "Plant"})
    form = {"name": " Ada  Lovelace ", "email": "Ada@Example.com", "roles": ["agent"], "teams": ["plant"]}
    answer = await admin.post(PEOPLE, data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, PEOPLE)
    (ada,) = await found(database, tenant, q="Ada")
    assert (ada.name, ada.email, ada.roles, ada.teams) == ("Ada Lovelace", "ada@example.com", ["agent"], ["plant"])
    page = await admin.get(PEOPLE)
    assert "Ada Lovelace" in page.text
    assert f"{PEOPLE}/{ada.id}" in page.text


async def test_a_refused_person_is_shown_again_as_typed(client):
    admin = await client("admin")
    sent = fields("person", f"{PEOPLE}/new", name="Ada", email="not one", phone="+1 555", roles="agent", password="x")
    answer = await admin.post(PEOPLE, data=sent)
    assert answer.status_code == 422
    assert 'id="person-email-error"' in answer.text
    assert re.search(r'name="email"[^>]*aria-invalid="true"[^>]*autofocus', answer.text)
    assert 'value="+1 555"' in answer.text
    assert re.search(r'name="roles" value="agent" checked', answer.text)
    assert 'value="x"' not in answer.text


async def test_an_email_that_is_taken_is_said(client, member: NewMember):
    admin, other = await client("admin"), await member("agent")
    answer = await admin.post(PEOPLE, data=fields("person", f"{PEOPLE}/new", name="Twin", email=other.email))
    assert answer.status_code == 409
    assert "A member with this e-mail exists already." in answer.text
    assert 'value="Twin"' in answer.text


async def test_the_list_is_narrowed_and_says_so(client, member: NewMember):
    admin = await client("admin")
    agent: Member = await member("agent", "Amara Okafor")
    gone: Member = await member("agent", "Gone Girl", active=False)
    shown = (await admin.get(PEOPLE, params={"q": "okafor", "show": "active", "role": "agent", "team": ""})).text
    assert agent.name in shown
    assert gone.name not in shown
    assert gone.name in (await admin.get(PEOPLE, params={"show": "inactive"})).text
    assert "Nobody here fits" in (await admin.get(PEOPLE, params={"q": "nobody at all"})).text
    wrong = await admin.get(PEOPLE, params={"role": "nonsense"})
    assert wrong.status_code == 422
    assert "role: There is no role" in wrong.text


async def test_who_has_no_role_is_found(client, database, tenant):
    admin = await client("admin")
    await admin.post(PEOPLE, data={"name": "Bare", "email": "bare@example.com"})
    page = (await admin.get(PEOPLE, params={"role": "none"})).text
    assert "Bare" in page
    assert "No role" in page
    assert "1 person has no role" in (await admin.get("/admin")).text


async def test_deactivating_can_be_taken_back(client, member: NewMember, database, tenant):
    admin, agent = await client("admin"), await member("agent", "Otto")
    answer = await admin.post(f"{PEOPLE}/{agent.id}/active", data={"is_active": "false"})
    assert answer.status_code == 303
    toast = (await admin.get(PEOPLE)).text
    assert "Otto was deactivated and logged out." in toast
    assert f'action="{PEOPLE}/{agent.id}/active"' in toast
    assert not (await found(database, tenant, q="Otto"))[0].is_active
    await admin.post(f"{PEOPLE}/{agent.id}/active", data={"is_active": "true"})
    assert (await found(database, tenant, q="Otto"))[0].is_active


async def test_the_last_administrator_stays(client, member: NewMember, connect):
    only = await member("admin")
    admin = connect(only.token)
    sent = fields("person", f"{PEOPLE}/{only.id}", name="Me", email=only.email, roles="agent")
    answer = await admin.post(f"{PEOPLE}/{only.id}", data=sent)
    assert answer.status_code == 409
    assert "This would leave nobody who can manage users and roles" in answer.text
    assert re.search(r'name="roles" value="agent" checked', answer.text)


async def test_nobody_grants_a_role_beyond_their_own_rights(client, database, tenant, connect, member: NewMember):
    clerk = await member("agent")
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update roles set permissions = '{users.manage,incidents.view}' where tenant_id = $1 and slug = 'agent'",
            tenant.id,
        )
    hands = connect(clerk.token)
    page = (await hands.get(f"{PEOPLE}/new")).text
    assert re.search(r'name="roles" value="admin" disabled', page)
    assert not re.search(r'name="roles" value="agent" disabled', page)
    assert "You don&#39;t hold all that it grants." in page
    sent = fields("person", f"{PEOPLE}/new", name="Eve", email="eve@example.com", roles="admin")
    answer = await hands.post(PEOPLE, data=sent)
    assert answer.status_code == 422
    assert 'id="person-roles-error"' in answer.text
    assert "without holding it" in answer.text


async def test_a_team_has_members_and_leads(client, member: NewMember):
    admin = await client("admin")
    one, two = await member("agent", "One Agent"), await member("agent", "Two Agent")
    sent = {"name": "Network", "description": "Wires", "members": [str(one.id)], "leads": [str(two.id)]}
    assert (await admin.post(TEAMS, data=sent)).status_code == 303
    shown = (await admin.get("/api/access/v1/teams/network")).json()
    assert {m["name"]: m["is_lead"] for m in shown["members"]} == {"One Agent": False, "Two Agent": True}
    page = (await admin.get(f"{TEAMS}/{shown['id']}")).text
    assert re.search(rf'name="leads" value="{two.id}" checked', page)
    await admin.post(f"{TEAMS}/{shown['id']}", data={"name": "Network", "leads": [str(one.id)]})
    after = (await admin.get("/api/access/v1/teams/network")).json()
    assert {m["name"]: m["is_lead"] for m in after["members"]} == {"One Agent": True}
    assert after["description"] is None
    await admin.post(f"{TEAMS}/{shown['id']}/active", data={"is_active": "false"})
    assert "Inactive" in (await admin.get(TEAMS)).text


async def test_a_service_member_keeps_what_is_its_tokens(client):
    admin = await client("admin")
    await admin.post("/api/access/v1/tokens", json={"name": "Probe", "role": "viewer"})
    page = (await admin.get(PEOPLE, params={"show": "service"})).text
    address = re.search(rf'href="({PEOPLE}/[0-9a-f-]+)">Probe', page)
    assert address is not None
    form = (await admin.get(address.group(1))).text
    assert 'name="roles"' not in form
    assert (await admin.post(address.group(1), data={"name": "Prober"})).status_code == 303
    assert "Prober" in (await admin.get(PEOPLE, params={"show": "service"})).text
