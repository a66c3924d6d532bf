"""Where new incidents go: rules in order, teams that spread, people who are away; and the same answer beforehand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Member
from tests.incidents.steps import API, MakeClient, act, events, fields, make, refused
from tocsin.db.tx import Database, Tx
from tocsin.incidents import service
from tocsin.tenancy.model import Tenant

ROUTING = "/api/incidents/v1/routing"
RULES = f"{ROUTING}/rules"
ACCESS = "/api/access/v1"


async def team_of(admin: Any, *people: Member, spread: str = "none", name: str = "Network") -> dict[str, Any]:
    body = {"name": name, "members": [str(one.id) for one in people], "spread": spread}
    answer = await admin.post(f"{ACCESS}/teams", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def rule(admin: Any, **body: Any) -> dict[str, Any]:
    answer = await admin.post(RULES, json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def preview(admin: Any, **body: Any) -> dict[str, Any]:
    answer = await admin.post(f"{ROUTING}/preview", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def away(admin: Any, who: Member, deputy: Member | None = None) -> None:
    body = {"from": "2020-01-01T00:00:00Z", "to": "2198-01-01T00:00:00Z"} | (
        {"deputy": str(deputy.id)} if deputy else {}
    )
    body["to"] = "2029-12-01T00:00:00Z"
    answer = await admin.post(f"{ACCESS}/users/{who.id}/absences", json=body)
    assert answer.status_code == 201, answer.text


async def persistent(agent: Any, title: str) -> Any:
    """Create an incident, as often as a server that has too much to do at the moment says to come again."""
    answer = await agent.post(API, json={"title": title})
    while answer.status_code == 503:
        assert answer.headers["retry-after"]
        answer = await agent.post(API, json={"title": title})
    return answer


async def test_the_first_rule_that_fits_takes_it_and_the_preview_says_so(client: MakeClient, member: Any) -> None:
    admin, agent = await client("admin"), await client("agent")
    one = await member(name="Ada")
    await admin.post("/api/incidents/v1/categories", json={"name": "VPN", "slug": "vpn"})
    team = await team_of(admin, one)
    await rule(admin, name="Urgent", priority="critical", user=str(one.id))
    await rule(admin, name="Remote", category="vpn", keyword=["tunnel", "remote desktop"], team=team["slug"])
    await rule(admin, name="Rest", source=["api"], team=str(team["id"]), user=one.email)
    would = await preview(agent, title="The tunnel is down", category="vpn")
    assert would["team"] == {"id": team["id"], "name": "Network"}
    assert would["user"] is None
    assert [(b["rule"]["name"], b["matched"]) for b in would["because"]] == [("Urgent", False), ("Remote", True)]
    assert would["because"][0]["why"] == "The priority is Medium, not Critical."
    assert would["because"][1]["why"] == (
        "The category is VPN. The text holds “tunnel”. It goes to the team Network. The team takes it from its queue."
    )
    routed = await make(agent, "The tunnel is down", category="vpn")
    assert (routed["team"], routed["assigned_to"]) == (would["team"], None)
    urgent = await make(agent, "Anything", priority="critical")
    assert (urgent["team"], urgent["assigned_to"]) == (None, {"id": str(one.id), "name": "Ada"})
    rest = await make(agent, "Tunnels everywhere", category="vpn")
    assert (rest["team"]["name"], rest["assigned_to"]["name"]) == ("Network", "Ada")
    assert (await make(agent, "From the console", source="web"))["team"] is None
    told = [e for e in await events(admin, rest) if e["type"] in ("TeamChanged", "IncidentAssigned")]
    assert [(e["type"], e["actor"], e["data"]["because"]) for e in told] == [
        ("TeamChanged", None, "routing"),
        ("IncidentAssigned", None, "routing"),
    ]
    given = await make(admin, "Mine", priority="critical", assigned_to="me")
    assert given["assigned_to"]["id"] != str(one.id)


async def test_rules_are_changed_moved_and_removed(client: MakeClient, member: Any) -> None:
    admin, agent = await client("admin"), await client("agent")
    team = await team_of(admin)
    first = await rule(admin, keyword="one", team=team["slug"])
    second = await rule(admin, name="Second", keyword="two", team=team["slug"], position=1)
    assert first["name"] == "→ Network"
    listed = (await agent.get(RULES)).json()["items"]
    assert [(r["id"], r["position"]) for r in listed] == [(second["id"], 1), (first["id"], 2)]
    url = f"{RULES}/{first['id']}"
    moved = (await admin.put(url, json={"position": 1, "keyword": None, "priority": ["high", "low"]})).json()
    assert (moved["position"], moved["keyword"], moved["priority"]) == (1, [], ["high", "low"])
    assert (await admin.get(url)).json() == moved
    assert (await make(agent, "x", priority="low"))["team"]["name"] == "Network"
    assert (await admin.put(url, json={"is_active": False})).json()["is_active"] is False
    assert (await make(agent, "x", priority="low"))["team"] is None
    assert (await agent.put(url, json={"name": "Mine"})).status_code == 403
    assert fields((await admin.put(url, json={"team": None})).json()) == ["team"]
    assert fields((await admin.post(RULES, json={"keyword": "x"})).json()) == ["team"]
    assert fields((await admin.post(RULES, json={"team": "network", "source": "fax"})).json()) == ["source"]
    assert fields((await admin.post(RULES, json={"team": "network", "category": "none-such"})).json()) == ["category"]
    assert (await admin.delete(url)).status_code == 204
    assert (await admin.get(url)).status_code == 404
    assert [r["position"] for r in (await admin.get(RULES)).json()["items"]] == [1]


async def test_the_reporters_organisation_decides_for_the_public(client: MakeClient, tenant: Tenant) -> None:
    admin = await client("admin")
    team = await team_of(admin)
    await rule(admin, organization="ACME  Ltd", team=team["slug"])
    for organization, expected in (("acme ltd", "Network"), ("Other", None)):
        report = {"title": "Broken", "email": f"{organization[:4].strip()}@x.example", "organization": organization}
        made = await admin.post("/api/incidents/v1/public/submit", json=report)
        assert made.status_code == 201, made.text
        found = (await admin.get(f"{API}/{made.json()['reference_code']}")).json()
        assert (found["team"] or {}).get("name") == expected
    assert (await preview(admin, title="x", organization="Acme Ltd"))["team"]["name"] == "Network"


async def test_64_creators_at_once_leave_round_robin_within_one_of_equal(client: MakeClient, member: Any) -> None:
    admin, agent = await client("admin"), await client("agent")
    people = [await member() for _ in range(5)]
    gone = await member(active=False)
    ill = await member()
    await away(admin, ill)
    team = await team_of(admin, *people, ill, spread="round_robin")
    await admin.put(f"{ACCESS}/teams/{team['id']}", json={"members": [str(p.id) for p in (*people, ill)]})
    await rule(admin, team=team["slug"])
    answers = await asyncio.gather(*(persistent(agent, f"No {n}") for n in range(64)))
    assert {answer.status_code for answer in answers} == {201}
    owners = Counter(answer.json()["assigned_to"]["id"] for answer in answers)
    assert set(owners) == {str(one.id) for one in people}
    assert str(gone.id) not in owners
    assert max(owners.values()) - min(owners.values()) <= 1


async def test_least_work_is_weighed_and_fair_when_many_create_at_once(client: MakeClient, member: Any) -> None:
    admin, agent = await client("admin"), await client("agent")
    busy, idle, third = await member(name="Busy"), await member(name="Idle"), await member(name="Third")
    await team_of(admin, busy, idle, third, spread="least_work")
    await make(admin, "Old", priority="critical", assigned_to=str(busy.id))
    await make(admin, "Old", priority="high", assigned_to=str(third.id))
    await rule(admin, team="network")
    would = await preview(agent, title="x")
    assert would["user"]["name"] == "Idle"
    assert {c["name"]: c["load"] for c in would["candidates"]} == {"Busy": 8, "Idle": 0, "Third": 4}
    answers = await asyncio.gather(*(persistent(agent, f"No {n}") for n in range(30)))
    owners = Counter(answer.json()["assigned_to"]["name"] for answer in answers)
    # 30 mediums weigh 60; with what was there each ends at 24
    assert owners == {"Busy": 8, "Idle": 12, "Third": 10}


async def test_the_same_reporter_comes_to_the_same_person(client: MakeClient, member: Any, connect: Any) -> None:
    admin = await client("admin")
    one, two, reporter = await member(name="One"), await member(name="Two"), await member()
    await team_of(admin, one, two, spread="sticky")
    await rule(admin, team="network")
    as_reporter = connect(reporter.token)
    first = (await make(as_reporter, "First"))["assigned_to"]["name"]
    for _ in range(3):
        assert (await make(as_reporter, "Again"))["assigned_to"]["name"] == first
    await away(admin, one if first == "One" else two)
    assert (await make(as_reporter, "Later"))["assigned_to"]["name"] != first


async def test_nobody_there_is_a_visible_failure(client: MakeClient, member: Any) -> None:
    admin, agent = await client("admin"), await client("agent")
    only, alone = await member(), await member(name="Alone")
    await team_of(admin, only, spread="round_robin")
    await away(admin, only)
    await away(admin, alone)
    await rule(admin, name="Person", keyword="alone", user=str(alone.id))
    await rule(admin, name="Team", team="network")
    would = await preview(agent, title="Alone")
    assert (would["team"]["name"], would["user"]) == ("Network", None)
    assert would["because"][0]["matched"] is False
    assert "Alone is not here" in would["because"][0]["why"]
    assert "Nobody of the team is here" in would["because"][1]["why"]
    made = await make(agent, "Alone")
    assert (made["team"]["name"], made["assigned_to"]) == ("Network", None)


async def test_a_deputy_gets_what_is_meant_for_somebody_away_until_they_are_back(
    client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant
) -> None:
    admin, agent = await client("admin"), await client("agent")
    one, two, three = await member(name="One"), await member(name="Two"), await member(name="Three")
    await away(admin, one, two)
    await away(admin, two, three)
    await rule(admin, user=str(one.id))
    routed = await make(agent, "For one")
    given = await act(admin, await make(admin, "Given", assigned_to=str(three.id)), "assign", user=str(one.id))
    made = await make(admin, "Made", assigned_to=str(one.id))
    for incident in (routed, given, made):
        assert incident["assigned_to"]["name"] == "Three"
        assert incident["assignees"][0]["delegated_from"] == str(two.id)
        assert incident["assignees"][0]["delegated_until"] == "2029-12-01T00:00:00Z"
        types = [e["type"] for e in await events(admin, incident)]
        assert types[-3:] == ["IncidentAssigned", "IncidentDelegated", "IncidentDelegated"]
        watchers = (await admin.get(f"{API}/{incident['id']}/watchers")).json()["items"]
        assert {w["user"]["name"] for w in watchers} == {"One", "Two"}
    back = await act(connect(one.token), routed, "recall")
    assert back["assigned_to"]["name"] == "One"
    async with database.tenant(tenant.id) as tx:
        due = await tx.value(
            "select id from incident_assignments where tenant_id = $1 and is_active and incident_id = $2::text::uuid",
            *(tenant.id, given["id"]),
        )
        until = await tx.value(
            "select delegated_until from incident_assignments where tenant_id = $1 and id = $2", tenant.id, due
        )
    async with database.tenant(tenant.id, now=until + timedelta(seconds=1)) as tx:
        await service.return_delegated(tx, due)
    assert (await admin.get(f"{API}/{given['id']}")).json()["assigned_to"]["name"] == "One"
    mine = await act(connect((await member("manager", "Chief")).token), made, "assign", user=str(two.id))
    assert mine["assigned_to"]["name"] == "Three"


async def test_giving_somebody_away_what_their_deputy_has_for_them_changes_nothing(
    client: MakeClient, member: Any, connect: Any
) -> None:
    admin = await client("admin")
    one, two = await member(name="One"), await member(name="Two")
    await away(admin, one, two)
    incident = await make(admin, assigned_to=str(one.id))
    problem = await refused(admin, incident, "assign", 409, user=str(one.id))
    assert problem["detail"] == "Two owns the incident for this person already."
    same = await admin.put(f"{API}/{incident['id']}", json={"assigned_to": str(one.id)})
    assert (same.status_code, same.json()["version"]) == (200, incident["version"])
    await act(connect(one.token), incident, "recall")
    again = await act(admin, incident, "assign", user=str(two.id))
    assert again["assignees"][0]["delegated_from"] is None
    meant = await act(admin, incident, "assign", user=str(one.id))
    assert meant["assignees"][0]["delegated_from"] == str(one.id)


async def test_work_delegated_to_somebody_away_goes_on_to_their_deputy(
    client: MakeClient, member: Any, connect: Any
) -> None:
    admin, one, two, three = await client("admin"), await member(), await member(name="Two"), await member(name="Three")
    await away(admin, two, three)
    incident = await make(admin, assigned_to=str(one.id))
    as_one = connect(one.token)
    over = await act(as_one, incident, "delegate", user=str(two.id), until="2029-01-01T00:00:00Z")
    assert (over["assigned_to"]["name"], over["assignees"][0]["delegated_from"]) == ("Three", str(two.id))
    assert over["assignees"][0]["delegated_until"] == "2029-01-01T00:00:00Z"
    assert [e["type"] for e in await events(admin, incident)][-2:] == ["IncidentDelegated", "IncidentDelegated"]
    assert (await act(as_one, incident, "recall"))["assigned_to"]["id"] == str(one.id)
    await away(admin, one)
    mine = await make(admin, assigned_to=str(three.id))
    kept = await act(connect(three.token), mine, "delegate", user=str(two.id))
    assert kept["assigned_to"]["name"] == "Two"


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    said: list[str] = []
    for name in ("rows", "row", "value", "run", "run_many"):
        real = getattr(Tx, name)

        def wrapped(self: Tx, sql: str, *args: Any, _real: Any = real) -> Any:
            said.append(sql)
            return _real(self, sql, *args)

        monkeypatch.setattr(Tx, name, wrapped)
    yield said
    monkeypatch.undo()


async def test_routing_adds_at_most_one_statement_to_create(
    client: MakeClient, member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin, agent = await client("admin"), await client("agent")
    people = [await member() for _ in range(3)]

    async def statements() -> int:
        await make(agent, "Warm")
        with counted(monkeypatch) as said:
            await make(agent, "Counted")
        return len(said)

    without = await statements()
    team = await team_of(admin, *people)
    made = await rule(admin, keyword="counted", team=team["slug"])
    assert await statements() == without
    for spread in ("round_robin", "least_work", "sticky"):
        await admin.put(f"{ACCESS}/teams/{team['id']}", json={"spread": spread})
        assert await statements() == without + 1
    await admin.put(f"{RULES}/{made['id']}", json={"team": None, "user": str(people[0].id)})
    assert await statements() == without + 1


async def test_a_rule_on_a_custom_field(client: MakeClient) -> None:
    admin, agent = await client("admin"), await client("agent")
    field = {"slug": "site", "name": "Site", "type": "choice", "choices": ["berlin", "paris"]}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=field)).status_code == 201
    team = await team_of(admin)
    made = await rule(admin, custom={"site": ["berlin"]}, team=team["slug"])
    assert made["custom"] == {"site": ["berlin"]}
    assert fields((await admin.post(RULES, json={"custom": {"no": "x"}, "team": "network"})).json()) == ["custom.no"]
    assert (await make(agent, "x", custom={"site": "berlin"}))["team"]["name"] == "Network"
    assert (await make(agent, "x", custom={"site": "paris"}))["team"] is None
    would = await preview(agent, title="x", custom={"site": "paris"})
    assert would["because"][0]["why"] == "The field site is paris, not berlin."


async def test_a_preview_asks_for_nothing_that_is_left_out(client: MakeClient) -> None:
    admin, agent = await client("admin"), await client("agent")
    field = {"slug": "site", "name": "Site", "type": "text", "required_at": "create"}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=field)).status_code == 201
    team = await team_of(admin)
    await rule(admin, custom={"site": "Berlin"}, team=team["slug"])
    assert (await preview(agent, title="x", custom={"site": "berlin"}))["team"]["name"] == "Network"
    would = await preview(agent, title="x")
    assert (would["team"], would["because"][0]["why"]) == (None, "The field site is none, not Berlin.")
    wrong = await agent.post(f"{ROUTING}/preview", json={"title": "x", "custom": {"site": 5}})
    assert (wrong.status_code, fields(wrong.json())) == (422, ["custom.site"])
    assert (await agent.post(API, json={"title": "x"})).status_code == 422


@pytest.mark.parametrize("blank", ["", " ", [""], ["vpn", " "], "?!", ["vpn", "--"]])
@pytest.mark.parametrize("kind", ["keyword", "organization", "custom"])
async def test_an_empty_word_is_no_condition_that_takes_everything(
    client: MakeClient, kind: str, blank: str | list[str]
) -> None:
    admin = await client("admin")
    if kind == "custom":
        field = {"slug": "site", "name": "Site", "type": "text"}
        assert (await admin.post("/api/incidents/v1/custom-fields", json=field)).status_code == 201
    team, last = await team_of(admin), blank if isinstance(blank, str) else blank[-1]
    body = {"team": team["slug"], kind: {"site": blank} if kind == "custom" else blank}
    answer = await admin.post(RULES, json=body)
    if kind != "keyword" and last.strip():
        assert answer.status_code == 201, "only a word of a text needs letters or digits"
        return
    assert answer.status_code == 422, answer.text
    assert fields(answer.json()) == ["custom.site" if kind == "custom" else kind]
    assert (await admin.get(RULES)).json()["items"] == []


@pytest.mark.parametrize(
    ("about", "good", "kept", "bad"),
    [
        ({"type": "choice", "choices": ["Berlin", "Paris"]}, "berlin", "Berlin", "Rome"),
        ({"type": "multi_choice", "choices": ["Berlin", "Paris"]}, "PARIS", "Paris", "Berlin,Paris,Rome"),
        ({"type": "number"}, "3.0", "3", "three"),
        ({"type": "date"}, "2026-02-28", "2026-02-28", "2026-02-30"),
        ({"type": "boolean"}, "true", "true", "perhaps"),
        ({"type": "url"}, "https://example.com/", "https://example.com/", "javascript:alert(1)"),
        ({"type": "text"}, "Any  thing", "Any thing", ""),
    ],
)
async def test_a_rule_wants_what_an_incident_can_have(
    client: MakeClient, about: dict[str, Any], good: str, kept: str, bad: str
) -> None:
    admin = await client("admin")
    field = {"slug": "site", "name": "Site", **about}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=field)).status_code == 201
    team = await team_of(admin)
    made = await rule(admin, custom={"site": good}, team=team["slug"])
    assert made["custom"] == {"site": [kept]}
    cleared = await admin.put(f"{RULES}/{made['id']}", json={"custom": {"site": []}})
    assert cleared.json()["custom"] == {}
    wrong = await admin.put(f"{RULES}/{made['id']}", json={"custom": {"site": [good, bad]}})
    assert (wrong.status_code, fields(wrong.json())) == (422, ["custom.site"])


async def test_a_rule_keeps_what_is_out_of_use_by_now(client: MakeClient, member: Any) -> None:
    admin, person = await client("admin"), await member()
    fields_of = "/api/incidents/v1/custom-fields"
    site = {"slug": "site", "name": "Site", "type": "choice", "choices": ["Berlin", "Paris"]}
    for field in (site, {"slug": "boss", "name": "Boss", "type": "user"}):
        assert (await admin.post(fields_of, json=field)).status_code == 201
    old = {"slug": "old", "name": "Old"}
    assert (await admin.post("/api/incidents/v1/categories", json=old)).status_code == 201
    team = await team_of(admin)
    made = await rule(admin, category="old", custom={"site": "Paris", "boss": person.email}, team=team["slug"])
    assert made["custom"]["boss"] == [str(person.id)]
    assert (await admin.put("/api/incidents/v1/categories/old", json={"is_active": False})).status_code == 200
    assert (await admin.put(f"{fields_of}/site", json={"choices": ["Berlin"]})).status_code == 200
    same = {"name": "Same", "category": made["category"], "custom": made["custom"]}
    answer = await admin.put(f"{RULES}/{made['id']}", json=same)
    assert answer.status_code == 200, answer.text
    assert answer.json()["custom"] == made["custom"]
    again = await admin.post(RULES, json={"category": "old", "team": team["slug"]})
    assert (again.status_code, fields(again.json())) == (422, ["category"])


async def test_another_category_routes_what_nobody_has_taken(client: MakeClient, member: Any) -> None:
    admin, agent, one = await client("admin"), await client("agent"), await member(name="Ada")
    for slug in ("vpn", "mail", "desk"):
        await admin.post("/api/incidents/v1/categories", json={"name": slug.title(), "slug": slug})
    network, post = await team_of(admin, name="Network"), await team_of(admin, one, name="Post", spread="least_work")
    made = await rule(admin, category="vpn", team=network["slug"])
    await rule(admin, category="mail", team=post["slug"])

    async def put(incident: Any, **body: Any) -> tuple[str | None, str | None]:
        answer = await admin.put(f"{API}/{incident['id']}", json=body)
        assert answer.status_code == 200, answer.text
        return tuple((answer.json()[name] or {}).get("name") for name in ("team", "assigned_to"))  # type: ignore[return-value]

    incident = await make(agent)
    assert await put(incident, category="desk") == (None, None)
    assert await put(incident, category="vpn") == ("Network", None)
    told = (await events(admin, incident))[-1]
    assert (told["type"], told["actor"]) == ("TeamChanged", None)
    assert (told["data"]["because"], told["data"]["rule"]) == ("routing", made["id"])
    assert await put(incident, category="desk") == ("Network", None), "no rule takes it"
    assert await put(incident, category="mail") == ("Post", "Ada"), "a rule had chosen its team"
    assert await put(incident, category="vpn") == ("Post", "Ada"), "somebody owns it"
    waiting = await make(agent)
    answer = await admin.put(f"{API}/{waiting['id']}", json={"category": "mail"})
    assert answer.json()["assigned_to"]["name"] == "Ada"
    back = await admin.post(f"/api/incidents/v1/operations/{answer.headers['operation-id']}/undo", json={})
    assert back.status_code == 200, back.text
    found = (await admin.get(f"{API}/{waiting['id']}")).json()
    assert (found["category"], found["team"], found["assigned_to"]) == (None, None, None)
    by_hand = await make(admin, team=network["slug"])
    assert await put(by_hand, category="mail") == ("Network", None), "somebody chose its team"
    assert await put(await make(agent), category="vpn", team=post["slug"]) == ("Post", None)
    resolved = await act(admin, await make(agent), "resolve")
    assert await put(resolved, category="vpn") == (None, None)


async def test_who_stands_in_joins_as_co_assignee(client: MakeClient, member: Any) -> None:
    admin, ada, bob = await client("admin"), await member(name="Ada"), await member(name="Bob")
    await away(admin, ada, deputy=bob)
    incident = await make(admin, assigned_to="me")
    joined = await act(admin, incident, "assign", user=str(ada.id), **{"as": "collaborator"})
    helper = joined["assignees"][-1]
    assert (helper["name"], helper["as"], helper["delegated_from"]) == ("Bob", "collaborator", str(ada.id))
    assert helper["delegated_until"] == "2029-12-01T00:00:00Z"
    assert [e["type"] for e in await events(admin, incident)][-2:] == ["IncidentAssigned", "IncidentDelegated"]
    taken = await make(admin, assigned_to=str(bob.id))
    both = await act(admin, taken, "assign", user=str(ada.id), **{"as": "collaborator"})
    assert [one["name"] for one in both["assignees"]] == ["Bob", "Ada"], "who stands in works on it already"
