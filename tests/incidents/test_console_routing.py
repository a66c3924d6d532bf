"""Screens of routing and of teams' queues: rules in a form, "why here?", claiming, handing over, muting."""

from __future__ import annotations

from typing import Any

from tests.conftest import Client
from tests.incidents.pages import undo_of
from tests.incidents.steps import API, MakeClient, make
from tests.incidents.test_routing import RULES, team_of

ROUTING = "/admin/routing"


async def test_rules_in_a_form_and_why_here(client: MakeClient, member: Any) -> None:
    admin = await client("admin")
    empty = await admin.get(ROUTING)
    assert "There are no rules" in empty.text
    team = await team_of(admin, await member(name="Ada"), spread="round_robin")
    body = {
        "_form": "rule",
        "_back": f"{ROUTING}/new",
        "priority": ["high", "critical"],
        "keyword": "vpn, remote desktop",
    }
    refused = await admin.post(ROUTING, data=body)
    assert refused.status_code == 422
    assert "Name the team or the user" in refused.text
    assert 'value="vpn, remote desktop"' in refused.text
    made = await admin.post(ROUTING, data={**body, "team": team["id"], "name": "Remote"})
    assert (made.status_code, made.headers["location"]) == (303, ROUTING)
    rule = (await admin.get(RULES)).json()["items"][0]
    assert (rule["priority"], rule["keyword"]) == (["high", "critical"], ["vpn", "remote desktop"])
    shown = (await admin.get(f"{ROUTING}/{rule['id']}")).text
    assert 'value="vpn, remote desktop"' in shown
    asked = await admin.get(ROUTING, params={"ask": "1", "title": "The VPN", "priority": "high"})
    assert "is next in turn." in asked.text
    assert "gets it" in asked.text
    no = await admin.get(ROUTING, params={"ask": "1", "title": "The VPN", "priority": "low"})
    assert "The priority is Low, not Critical, High." in no.text
    assert "Nobody: it waits in triage." in no.text
    field = {"slug": "floor", "name": "Floor", "type": "number", "required_at": "create"}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=field)).status_code == 201
    await admin.post(
        f"{ROUTING}/{rule['id']}", data={**body, "team": team["id"], "name": "Remote", "custom": "floor: 3"}
    )
    high = {"ask": "1", "title": "The VPN", "priority": "high"}
    assert "The field floor is 3." in (await admin.get(ROUTING, params={**high, "custom": "floor: 3"})).text
    assert "The field floor is none, not 3." in (await admin.get(ROUTING, params=high)).text
    for flaw in ("floor: third", "no: 3", "floor 3"):
        assert 'class="tc-error"' in (await admin.get(ROUTING, params={**high, "custom": flaw})).text
    await admin.post(ROUTING, data={"name": "Second", "team": team["id"]})
    second = (await admin.get(RULES)).json()["items"][1]
    moved = await admin.post(f"{ROUTING}/{second['id']}/shift", data={"way": "earlier"})
    assert moved.status_code == 303
    assert [one["name"] for one in (await admin.get(RULES)).json()["items"]] == ["Second", "Remote"]
    await admin.post(f"{ROUTING}/{second['id']}/active", data={"is_active": "false"})
    assert (await admin.get(f"{RULES}/{second['id']}")).json()["is_active"] is False
    assert (await admin.post(f"{ROUTING}/{second['id']}/delete", data={})).status_code == 303
    assert len((await admin.get(RULES)).json()["items"]) == 1
    assert (await (await client("manager")).get(ROUTING)).status_code == 403


async def test_why_here_asks_for_custom_fields_and_names_them(client: MakeClient, member: Any) -> None:
    admin = await client("admin")
    team = await team_of(admin, await member(name="Ada"))
    field = {"name": "Where it stands", "slug": "site", "type": "choice", "choices": ["Berlin", "Paris"]}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=field)).status_code == 201
    await admin.post(ROUTING, data={"name": "Local", "team": team["id"], "custom": "site: Berlin"})
    asked = (await admin.get(ROUTING, params={"ask": "1", "title": "x", "custom": "site: Berlin"})).text
    assert '<span class="tc-small tc-soft">Where it stands</span>' in asked
    assert "It waits in the team&#39;s queue." in asked
    assert "Nobody: it waits" in (await admin.get(ROUTING, params={"ask": "1", "custom": "site: Paris"})).text
    for wrong in ("site", "nowhere: x", "site: Rome"):
        refused = await admin.get(ROUTING, params={"ask": "1", "title": "x", "custom": wrong})
        assert refused.status_code == 200
        assert '<p class="tc-error">' in refused.text


async def test_a_teams_queue(client: MakeClient, member: Any, connect: Client) -> None:
    admin, one, stranger = await client("admin"), await member(name="One"), await member()
    team, other = await team_of(admin, one), await team_of(admin, name="Second")
    incident = await make(admin, "Waits", team=team["slug"])
    as_one, as_stranger = connect(one.token), connect(stranger.token)
    assert "My teams" in (await as_one.get("/teams")).text
    assert "My teams" not in (await as_stranger.get("/teams")).text
    page = (await as_one.get(f"/teams/{team['slug']}")).text
    assert f"/incidents/{incident['reference_code']}/claim" in page
    assert "/claim" not in (await as_stranger.get(f"/teams/{team['slug']}")).text
    shown = (await as_one.get(f"/incidents/{incident['reference_code']}")).text
    assert "/claim" in shown
    assert "Hand over to another team" in shown
    took = await as_one.post(f"/incidents/{incident['id']}/claim", data={})
    assert took.status_code == 303
    assert "/operations/" in undo_of(took)["path"]
    assert "Everything of this team has an owner." in (await as_one.get(f"/teams/{team['slug']}")).text
    form = await as_one.get(f"/incidents/{incident['id']}", params={"do": "hand-over"})
    assert f'<option value="{other["id"]}">' in form.text
    over = await as_one.post(f"/incidents/{incident['id']}/hand-over", data={"team": other["id"], "note": "Yours"})
    assert over.status_code == 303
    assert "/operations/" in undo_of(over)["path"]
    found = (await admin.get(f"{API}/{incident['id']}")).json()
    assert (found["team"]["name"], found["assigned_to"]) == ("Second", None)


async def test_muting_on_the_page(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent)
    url = f"/incidents/{incident['id']}"
    assert "Mute it for me" not in (await agent.get(url)).text
    await agent.post(f"{API}/{incident['id']}/watchers", json={"user": "me"})
    assert "Mute it for me" in (await agent.get(url)).text
    assert (await agent.post(f"{url}/mute", data={})).status_code == 303
    assert "Let me hear of it again" in (await agent.get(url)).text
    assert (await agent.post(f"{url}/unmute", data={})).status_code == 303
