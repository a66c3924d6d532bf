from __future__ import annotations

import asyncio

from tests.access.conftest import API
from tocsin.access import permissions


async def test_the_six_seeded_roles(admin):
    items = (await admin.get(f"{API}/roles")).json()["items"]
    assert {role["slug"]: tuple(role["permissions"]) for role in items} == {
        slug: held for slug, (_, held) in permissions.SEEDED_ROLES.items()
    }
    assert [role["name"] for role in items] == sorted(role["name"] for role in items)


async def test_permissions_are_listed_with_what_they_allow(admin):
    items = (await admin.get(f"{API}/permissions")).json()["items"]
    assert [item["name"] for item in items] == list(permissions.ALL)
    assert all(item["description"] for item in items)


async def test_the_life_of_a_role(admin):
    answer = await admin.post(f"{API}/roles", json={"name": "Night shift", "permissions": ["incidents.view"]})
    role = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{API}/roles/{role['id']}"
    assert (await admin.post(f"{API}/roles", json={"name": "Night shift"})).status_code == 409
    changed = await admin.put(f"{API}/roles/night-shift", json={"permissions": ["incidents.update", "incidents.view"]})
    assert changed.json()["permissions"] == ["incidents.view", "incidents.update"]
    user = (
        await admin.post(f"{API}/users", json={"name": "N", "email": "n@example.com", "roles": ["night-shift"]})
    ).json()
    assert (await admin.delete(f"{API}/roles/night-shift")).status_code == 409
    await admin.put(f"{API}/users/{user['id']}", json={"roles": []})
    token = (await admin.post(f"{API}/tokens", json={"name": "t", "role": "night-shift"})).json()
    assert (await admin.delete(f"{API}/roles/night-shift")).status_code == 409
    await admin.delete(f"{API}/tokens/{token['id']}")
    assert (await admin.delete(f"{API}/roles/{role['id']}")).status_code == 204
    assert (await admin.get(f"{API}/roles/{role['id']}")).status_code == 404
    assert (await admin.delete(f"{API}/roles/{role['id']}")).status_code == 404


async def test_a_change_of_a_role_acts_at_once(admin, client):
    agent = await client("agent")
    assert (await agent.get(f"{API}/users")).status_code == 200
    await admin.put(f"{API}/roles/agent", json={"permissions": ["incidents.create"]})
    assert (await agent.get(f"{API}/users")).status_code == 403


async def test_bad_roles(admin, connect):
    for body, field in [
        ({"name": ""}, "name"),
        ({"name": "X", "slug": "No Slug"}, "slug"),
        ({"name": "X", "permissions": ["incidents.fly"]}, "permissions"),
        ({"permissions": []}, "name"),
    ]:
        answer = await admin.post(f"{API}/roles", json=body)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["field"] == field


async def test_nobody_grants_what_they_do_not_hold(admin, connect):
    body = {"name": "Keeper", "permissions": ["roles.manage", "incidents.view"]}
    await admin.post(f"{API}/roles", json=body)
    token = (await admin.post(f"{API}/tokens", json={"name": "t", "role": "keeper"})).json()["token"]
    keeper = connect(token)
    assert (await keeper.post(f"{API}/roles", json={"name": "A", "permissions": ["audit.view"]})).status_code == 403
    assert (await keeper.post(f"{API}/roles", json={"name": "B", "permissions": ["incidents.view"]})).status_code == 201
    assert (await keeper.put(f"{API}/roles/keeper", json={"permissions": list(permissions.ALL)})).status_code == 403
    # Taking away, and renaming what holds more, grants nothing
    assert (await keeper.put(f"{API}/roles/manager", json={"name": "Boss"})).status_code == 200
    assert (await keeper.put(f"{API}/roles/manager", json={"permissions": ["incidents.view"]})).status_code == 200


async def test_two_administrators_cannot_remove_each_other_at_once(member, connect):
    one, two = await member("admin"), await member("admin")
    answers = await asyncio.gather(
        connect(one.token).put(f"{API}/users/{two.id}", json={"is_active": False}),
        connect(two.token).put(f"{API}/users/{one.id}", json={"is_active": False}),
    )
    # The loser is refused as the last administrator, or comes too late and is shut out already.
    assert sorted(answer.status_code for answer in answers) in ([200, 401], [200, 409])


async def test_the_life_of_a_team(admin, member):
    ann, bob, cid = await member("agent", "Ann"), await member("agent", "Bob"), await member("agent", "Cid")
    body = {"name": "Network", "description": "Cables", "members": [str(bob.id), ann.email], "leads": [str(cid.id)]}
    answer = await admin.post(f"{API}/teams", json=body)
    team = answer.json()
    assert answer.status_code == 201
    assert team["slug"] == "network"
    assert [(m["name"], m["is_lead"]) for m in team["members"]] == [("Ann", False), ("Bob", False), ("Cid", True)]
    assert (await admin.post(f"{API}/teams", json={"name": "Network"})).status_code == 409
    changed = await admin.put(f"{API}/teams/network", json={"members": [str(ann.id), str(cid.id)]})
    assert [(m["name"], m["is_lead"]) for m in changed.json()["members"]] == [("Ann", False), ("Cid", True)]
    changed = await admin.put(f"{API}/teams/network", json={"leads": [str(ann.id)], "description": None})
    assert [(m["name"], m["is_lead"]) for m in changed.json()["members"]] == [("Ann", True), ("Cid", False)]
    assert changed.json()["description"] is None
    # Who became inactive may stay, but not come in
    await admin.put(f"{API}/users/{ann.id}", json={"is_active": False})
    kept = await admin.put(f"{API}/teams/network", json={"members": [str(ann.id)]})
    assert [m["is_active"] for m in kept.json()["members"]] == [False]
    assert (await admin.post(f"{API}/teams", json={"name": "Other", "members": [str(ann.id)]})).status_code == 422
    await admin.put(f"{API}/teams/network", json={"is_active": False})
    assert (await admin.get(f"{API}/teams")).json()["items"] == []
    assert len((await admin.get(f"{API}/teams", params={"active": "all"})).json()["items"]) == 1


async def test_pages_of_teams(admin):
    for name in ("One", "Two", "Three"):
        await admin.post(f"{API}/teams", json={"name": name})
    page = (await admin.get(f"{API}/teams", params={"limit": "2"})).json()
    rest = (await admin.get(f"{API}/teams", params={"limit": "2", "cursor": page["next_cursor"]})).json()
    assert [team["name"] for team in [*page["items"], *rest["items"]]] == ["One", "Three", "Two"]
    assert rest["next_cursor"] is None


async def test_services_are_in_no_team(admin):
    token = (await admin.post(f"{API}/tokens", json={"name": "Robot", "role": "agent"})).json()
    foreign = await admin.post(f"{API}/teams", json={"name": "T", "members": [token["user"]["id"]]})
    unknown = await admin.post(f"{API}/teams", json={"name": "T", "members": ["01890a5d-ac96-774b-bcce-b302099a8057"]})
    assert foreign.status_code == 422
    assert foreign.json()["errors"] == unknown.json()["errors"]
