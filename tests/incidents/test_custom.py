"""Custom fields and tags: defined by the tenant, kept on incidents, found by lists, never another tenant's."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.incidents.steps import API as INCIDENTS, MakeClient, act, events, fields, make

API = "/api/incidents/v1"


async def define(admin: httpx.AsyncClient, slug: str, kind: str = "text", **about: Any) -> dict[str, Any]:
    body = {"slug": slug, "name": slug.title(), "type": kind, **about}
    answer = await admin.post(f"{API}/custom-fields", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(answer: httpx.Response, status: int = 422) -> list[str]:
    assert answer.status_code == status, answer.text
    return fields(answer.json())


async def test_a_field_is_added_changed_used_and_retired(client: MakeClient) -> None:
    admin = await client("admin")
    field = await define(admin, "site", "choice", choices=["berlin", " paris "])
    assert field["choices"] == ["berlin", "paris"]
    assert (field["required_at"], field["categories"], field["is_active"]) == (None, [], True)
    assert (await admin.get(f"{API}/custom-fields/site")).json() == field
    assert (await admin.get(f"{API}/custom-fields")).json()["items"] == [field]
    changed = await admin.put(f"{API}/custom-fields/site", json={"name": "Where", "choices": ["berlin", "rome"]})
    assert changed.json() == {**field, "name": "Where", "choices": ["berlin", "rome"]}
    incident = await make(admin, custom={"site": "rome"})
    assert incident["custom"] == {"site": "rome"}
    for body in ({"slug": "place"}, {"type": "text"}):
        assert (await admin.put(f"{API}/custom-fields/site", json=body)).status_code == 409
    assert (
        await admin.put(f"{API}/custom-fields/site", json={"slug": "site", "choices": ["berlin"]})
    ).status_code == 200
    assert (await admin.delete(f"{API}/custom-fields/site")).status_code == 204
    assert (await admin.get(f"{API}/custom-fields/site")).json()["is_active"] is False
    shown = (await admin.get(f"{INCIDENTS}/{incident['id']}")).json()
    assert shown["custom"] == {"site": "rome"}
    assert await refused(await admin.post(INCIDENTS, json={"title": "x", "custom": {"site": "berlin"}})) == [
        "custom.site"
    ]
    cleared = await admin.put(f"{INCIDENTS}/{incident['id']}", json={"custom": {"site": None}})
    assert cleared.json()["custom"] == {}
    assert (await admin.delete(f"{API}/custom-fields/site")).status_code == 204
    assert (await admin.get(f"{API}/custom-fields/site")).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"slug": "a b"}, "slug"),
        ({"type": "colour"}, "type"),
        ({"type": "choice"}, "choices"),
        ({"choices": ["a"]}, "choices"),
        ({"required_at": "close"}, "required_at"),
        ({"categories": ["nothing"]}, "categories"),
        ({"type": "user", "is_public": True}, "is_public"),
        ({"name": " "}, "name"),
    ],
)
async def test_a_field_that_makes_no_sense_is_refused(client: MakeClient, body: dict[str, Any], field: str) -> None:
    admin = await client("admin")
    answer = await admin.post(f"{API}/custom-fields", json={"slug": "x", "name": "X", "type": "text", **body})
    assert await refused(answer) == [field]
    assert (await admin.get(f"{API}/custom-fields")).json()["items"] == []


async def test_values_are_checked_by_their_type_and_all_flaws_named(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "cost", "number")
    await define(admin, "root_cause", "text")
    await define(admin, "approver", "user")
    await define(admin, "asset", categories=["hardware"])
    body = {
        "title": "x",
        "custom": {"cost": "5", "root_cause": 5, "approver": "nobody@example.com", "asset": "a", "no": 1},
    }
    named = await refused(await admin.post(INCIDENTS, json=body))
    assert named == ["custom.cost", "custom.root_cause", "custom.approver", "custom.asset", "custom.no"]
    assert (await admin.get(INCIDENTS)).json()["items"] == []
    made = await make(admin, category="hardware", custom={"cost": 5.0, "approver": "me", "asset": "PC 7"})
    me = (await admin.get("/api/access/v1/me")).json()
    assert made["custom"] == {"cost": 5, "approver": me["user"]["id"], "asset": "PC 7"}


async def test_a_put_changes_the_given_values_only_and_says_before_and_after(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "cost", "number")
    await define(admin, "asset", categories=["hardware"])
    incident = await make(admin, custom={"cost": 5})
    path = f"{INCIDENTS}/{incident['id']}"
    both = await admin.put(path, json={"category": "hardware", "custom": {"asset": "PC 7"}})
    assert both.json()["custom"] == {"cost": 5, "asset": "PC 7"}
    told = [event for event in await events(admin, incident) if event["type"] == "IncidentUpdated"][-1]
    assert told["data"]["fields"] == ["custom.asset"]
    assert (told["data"]["before"], told["data"]["after"]) == ({"custom.asset": None}, {"custom.asset": "PC 7"})
    assert (await admin.put(path, json={"category": None})).json()["custom"] == {"cost": 5, "asset": "PC 7"}
    assert await refused(await admin.put(path, json={"custom": {"asset": "PC 8"}})) == ["custom.asset"]
    same = await admin.put(path, json={"custom": {"asset": "PC 7"}})
    assert same.json()["custom"] == {"cost": 5, "asset": "PC 7"}
    assert (await admin.put(path, json={"custom": None})).json()["custom"] == {}


async def test_a_required_field_is_asked_at_creation_and_never_cleared(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "site", "choice", choices=["berlin"], required_at="create")
    assert await refused(await admin.post(INCIDENTS, json={"title": "x"})) == ["custom.site"]
    incident = await make(admin, custom={"site": "berlin"})
    answer = await admin.put(f"{INCIDENTS}/{incident['id']}", json={"custom": {"site": None}})
    assert await refused(answer) == ["custom.site"]


async def test_a_field_is_given_by_slug_or_id_and_kept_by_slug(client: MakeClient) -> None:
    admin = await client("admin")
    site = await define(admin, "site", "choice", choices=["berlin", "rome"], required_at="create")
    incident = await make(admin, custom={site["id"]: "berlin"})
    assert incident["custom"] == {"site": "berlin"}
    changed = await admin.put(f"{INCIDENTS}/{incident['id']}", json={"custom": {site["id"]: "rome"}})
    assert changed.json()["custom"] == {"site": "rome"}
    found = await admin.get(INCIDENTS, params={f"custom.{site['id']}": "rome"})
    assert [each["id"] for each in found.json()["items"]] == [incident["id"]]
    rule = {"name": "To the south", "custom": {site["id"]: ["rome"]}, "user": (await make_user(admin))}
    assert (await admin.post(f"{API}/routing/rules", json=rule)).json()["custom"] == {"site": ["rome"]}
    asked = await admin.post(f"{API}/routing/preview", json={"title": "x", "custom": {site["id"]: "rome"}})
    assert asked.json()["because"][0]["matched"], asked.text


async def make_user(admin: httpx.AsyncClient) -> str:
    users = await admin.get("/api/access/v1/users")
    found: str = users.json()["items"][0]["id"]
    return found


async def test_undoing_leaves_out_values_of_fields_that_are_no_more(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "cause")
    await define(admin, "site")
    incident = await make(admin, custom={"cause": "A cable", "site": "Rome"})
    path = f"{INCIDENTS}/{incident['id']}"
    changed = await admin.put(path, json={"status": "triaged", "custom": {"cause": None, "site": "Oslo"}})
    assert (await admin.delete(f"{API}/custom-fields/cause")).status_code == 204
    undone = await admin.post(f"{API}/operations/{changed.headers['operation-id']}/undo")
    assert undone.status_code == 200
    assert (await admin.get(path)).json()["custom"] == {"site": "Rome"}
    assert (await admin.put(path, json={"custom": None})).json()["custom"] == {}


async def test_who_creates_what_is_resolved_already_is_asked_as_at_resolving(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "cause", required_at="resolve")
    assert await refused(await admin.post(INCIDENTS, json={"title": "x", "status": "resolved"})) == ["custom.cause"]
    done = await make(admin, status="resolved", custom={"cause": "A cable"})
    assert (done["status"]["slug"], done["custom"]) == ("resolved", {"cause": "A cable"})
    await make(admin)


@pytest.mark.parametrize(
    ("given", "kept"), [(["resolve", "create"], "create"), (["resolve"], "resolve"), ([], None), (None, None)]
)
async def test_several_moments_are_one_the_earliest(client: MakeClient, given: Any, kept: str | None) -> None:
    admin = await client("admin")
    assert (await define(admin, "site", required_at=given))["required_at"] == kept
    changed = await admin.put(f"{API}/custom-fields/site", json={"required_at": given})
    assert changed.json()["required_at"] == kept


async def test_lists_find_custom_values(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "site", "choice", choices=["Berlin", "Paris"])
    await define(admin, "parts", "multi_choice", choices=["fan", "disk"])
    await define(admin, "cost", "number")
    await define(admin, "bought", "date")
    await define(admin, "spare", "boolean")
    await make(admin, "one", custom={"site": "Berlin", "parts": ["fan", "disk"], "cost": 9, "bought": "2026-01-31"})
    await make(admin, "two", custom={"site": "Paris", "parts": ["fan"], "cost": 10.5, "spare": True})
    await make(admin, "three")

    async def found(**params: str) -> set[str]:
        answer = await admin.get(INCIDENTS, params={f"custom.{name}": value for name, value in params.items()})
        assert answer.status_code == 200, answer.text
        return {item["title"] for item in answer.json()["items"]}

    assert await found(site="berlin") == {"one"}
    assert await found(site="berlin,Paris") == {"one", "two"}
    assert await found(site="") == {"three"}
    assert await found(parts="fan") == {"one", "two"}
    assert await found(parts="disk", site="Paris") == set()
    assert await found(cost="10.50") == {"two"}
    assert await found(cost="9.5..") == {"two"}
    assert await found(cost="..10") == {"one"}
    assert await found(bought="2026-01-01..2026-02-01") == {"one"}
    assert await found(spare="true") == {"two"}
    one = (await admin.get(INCIDENTS, params={"custom.site": "berlin"})).json()["items"][0]
    await admin.put(f"{INCIDENTS}/{one['id']}", json={"custom": {"site": "Paris", "parts": None}})
    assert await found(site="berlin") == set()
    assert await found(parts="disk") == set()
    assert await found(site="paris") == {"one", "two"}
    for params, name in (
        ({"custom.cost": "x"}, "custom.cost"),
        ({"custom.no": "1"}, "custom.no"),
        ({"custom.": "1"}, "custom."),
    ):
        assert await refused(await admin.get(INCIDENTS, params=params)) == [name]


async def test_tags_are_put_on_taken_off_and_found(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent, "one", tags=["VPN", "#Two words", "vpn"])
    assert incident["tags"] == ["two-words", "vpn"]
    await make(agent, "two", tags=["printer"])
    more = await act(agent, incident, "tags", tags=["Printer", "vpn"])
    assert more["tags"] == ["printer", "two-words", "vpn"]
    assert (await agent.delete(f"{INCIDENTS}/{incident['id']}/tags/two-words")).status_code == 204
    assert (await agent.delete(f"{INCIDENTS}/{incident['id']}/tags/two-words")).status_code == 404
    put = await agent.put(f"{INCIDENTS}/{incident['id']}", json={"tags": ["vpn"]})
    assert put.json()["tags"] == ["vpn"]
    answer = await agent.get(INCIDENTS, params={"tag": "VPN,printer"})
    assert {item["title"] for item in answer.json()["items"]} == {"one", "two"}
    assert [i["title"] for i in (await agent.get(INCIDENTS, params={"tag": "printer"})).json()["items"]] == ["two"]
    assert (await agent.get(f"{API}/tags")).json()["items"] == ["printer", "vpn"]
    assert (await agent.get(f"{API}/tags", params={"q": "VP"})).json()["items"] == ["vpn"]
    first = (await agent.get(f"{API}/tags", params={"limit": 1})).json()
    rest = await agent.get(f"{API}/tags", params={"limit": 1, "cursor": first["next_cursor"]})
    assert (first["items"], rest.json()) == (["printer"], {"items": ["vpn"], "next_cursor": None})
    for bad in (["a,b"], [f"t{n}" for n in range(31)]):
        assert await refused(await agent.post(INCIDENTS, json={"title": "x", "tags": bad})) == ["tags"]


async def test_tags_are_suggested_the_most_used_first(client: MakeClient, other_tenant: Any) -> None:
    agent, stranger = await client("agent"), await client("admin", of=other_tenant)
    for tags in (["vpn", "disk-full"], ["vpn", "video"], ["video", "vip"], ["vpn"]):
        await make(agent, tags=tags)
    await make(stranger, tags=["vpn-of-others"])

    async def used(q: str, **more: Any) -> Any:
        return (await agent.get(f"{API}/tags", params={"q": q, "sort": "-used", **more})).json()

    assert (await used(""))["items"] == ["vpn", "video", "disk-full", "vip"]
    assert (await used("#V"))["items"] == ["vpn", "video", "vip"]
    assert (await used("disk F"))["items"] == ["disk-full"]
    first = await used("v", limit=1)
    rest = await used("v", limit=2, cursor=first["next_cursor"])
    assert (first["items"], rest) == (["vpn"], {"items": ["video", "vip"], "next_cursor": None})
    by_name = {"q": "v", "cursor": first["next_cursor"]}
    assert await refused(await agent.get(f"{API}/tags", params=by_name)) == ["cursor"]
    assert await refused(await agent.get(f"{API}/tags", params={"sort": "used"})) == ["sort"]

    async def offered(text: str, at: int) -> list[tuple[str, str]]:
        answer = await agent.get("/queue/tags", params={"text": text, "at": at})
        assert answer.status_code == 200
        return re.findall(r'data-insert="(.*?)" data-from="(.*?)"', answer.text)

    assert await offered("v", 1) == [("vpn, ", "0"), ("video, ", "0"), ("vip, ", "0")]
    assert await offered("vpn, vi", 7) == [("video, ", "5"), ("vip, ", "5")]
    assert await offered("vp, video", 2) == [("vpn, ", "0")]
    assert await offered("vpn, ", 5) == []


async def test_who_sees_only_their_own_incidents_is_told_the_tags_of_these(client: MakeClient) -> None:
    agent, reporter = await client("agent"), await client("reporter")
    await make(agent, tags=["strike", "vpn"])
    for tags in (["printer", "vpn"], ["vpn"]):
        answer = await reporter.post(INCIDENTS, json={"title": "mine", "tags": tags})
        assert answer.status_code == 201, answer.text

    async def told(**params: Any) -> list[str]:
        found: list[str] = []
        while True:
            answer = await reporter.get(f"{API}/tags", params={"limit": 1, **params})
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if (cursor := answer.json()["next_cursor"]) is None:
                return found
            params["cursor"] = cursor

    assert await told() == ["printer", "vpn"]
    assert await told(sort="-used") == ["vpn", "printer"]
    assert await told(q="s") == []


async def test_the_other_tenants_fields_and_tags_are_unknown(client: MakeClient, other_tenant: Any) -> None:
    admin, stranger = await client("admin"), await client("admin", of=other_tenant)
    field = await define(admin, "site")
    await make(admin, custom={"site": "berlin"}, tags=["ours"])
    assert await refused(await stranger.post(INCIDENTS, json={"title": "x", "custom": {"site": "b"}})) == [
        "custom.site"
    ]
    assert await refused(await stranger.get(INCIDENTS, params={"custom.site": "berlin"})) == ["custom.site"]
    assert (await stranger.get(f"{API}/custom-fields/{field['id']}")).status_code == 404
    assert (await stranger.get(f"{API}/tags")).json()["items"] == []
