"""Teams' queues: claiming, handing over, lists of one's own teams; watchers who are told, and those who hear nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from tests.conftest import Client, Member
from tests.incidents.steps import API, MakeClient, act, events, fields, make, refused
from tests.incidents.test_routing import away, team_of
from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import system_actor
from tocsin.collaboration import service as collaboration
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.tenancy import service as tenancy
from tocsin.tenancy.model import Tenant


async def test_members_claim_from_their_teams_queue(client: MakeClient, member: Any, connect: Client) -> None:
    admin, one, stranger = await client("admin"), await member(name="One"), await member()
    team = await team_of(admin, one)
    incident = await make(admin, team=team["slug"])
    await make(admin, "Of no team")
    as_one, as_stranger = connect(one.token), connect(stranger.token)
    mine = (await as_one.get(API, params={"team": "mine", "assigned_to": "none"})).json()["items"]
    assert [found["id"] for found in mine] == [incident["id"]]
    assert (await as_stranger.get(API, params={"team": "mine"})).json()["items"] == []
    await refused(as_stranger, incident, "claim", 403)
    await refused(await client("viewer"), incident, "claim", 403)
    claimed = await act(as_one, incident, "claim", note="Mine")
    assert claimed["assigned_to"]["name"] == "One"
    told = [e for e in await events(admin, incident) if e["type"] == "IncidentAssigned"]
    assert [(e["data"]["because"], e["data"]["note"], e["actor"]["name"]) for e in told] == [("claimed", "Mine", "One")]
    await refused(as_one, incident, "claim", 409)
    await refused(admin, incident, "claim", 409)


async def test_of_many_who_claim_one_gets_it(client: MakeClient, member: Any, connect: Client) -> None:
    admin = await client("admin")
    people = [await member() for _ in range(6)]
    incident = await make(admin, team=(await team_of(admin, *people))["slug"])
    url = f"{API}/{incident['id']}/claim"
    answers = await asyncio.gather(*(connect(one.token).post(url, json={}) for one in people))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 5}


async def test_handing_over_between_teams(client: MakeClient, member: Any, connect: Client) -> None:
    admin, one, two, both = await client("admin"), await member(), await member(name="Two"), await member(name="Both")
    first = await team_of(admin, one, both, name="First")
    second = await team_of(admin, two, both, name="Second", spread="least_work")
    incident = await make(admin, team=first["slug"], assigned_to=str(one.id))
    as_one = connect(one.token)
    await refused(connect(two.token), incident, "hand-over", 403, team=second["slug"])
    assert fields(await refused(as_one, incident, "hand-over", 422, team="none-such")) == ["team"]
    await refused(as_one, incident, "hand-over", 409, team=first["slug"])
    over = await act(as_one, incident, "hand-over", team=second["slug"], note="Yours, I think")
    assert over["team"]["name"] == "Second"
    assert over["assigned_to"]["name"] in ("Two", "Both")
    assert [e["type"] for e in await events(admin, incident)][-3:] == [
        "TeamChanged",
        "IncidentUnassigned",
        "IncidentAssigned",
    ]
    kept = await make(admin, team=first["slug"], assigned_to=str(both.id))
    assert (await act(admin, kept, "hand-over", team=second["slug"]))["assigned_to"]["name"] == "Both"
    await away(admin, two)
    await away(admin, both)
    again = await make(admin, team=first["slug"], assigned_to=str(one.id))
    assert (await act(as_one, again, "hand-over", team=second["slug"]))["assigned_to"] is None


async def test_muting(client: MakeClient, member: Any, connect: Client) -> None:
    admin, one, two = await client("admin"), await member(), await member()
    team = await team_of(admin, one)
    incident = await make(admin)
    url = f"{API}/{incident['id']}/watchers"
    await admin.post(url, json={"team": team["slug"]})
    await admin.post(url, json={"user": str(two.id)})
    as_one, as_two = connect(one.token), connect(two.token)
    await refused(as_one, incident, "unmute", 409)
    for who in (as_one, as_two):
        await act(who, incident, "mute")
        await refused(who, incident, "mute", 409)
    shown = {w["user"]["id"] if w["user"] else w["type"]: w["is_muted"] for w in (await admin.get(url)).json()["items"]}
    assert shown == {"team": False, str(two.id): True}
    added = await admin.post(url, json={"user": str(one.id)})
    assert (added.status_code, added.json()["reason"], added.json()["is_muted"]) == (201, "added", True)
    assert (await admin.post(url, json={"user": str(one.id)})).status_code == 409
    assert (await admin.delete(f"{url}/{added.json()['id']}")).status_code == 204
    await act(as_one, incident, "mute")
    again = await as_one.post(url, json={"user": "me"})
    assert (again.status_code, again.json()["is_muted"]) == (201, False), "who watches by their own wish wants to hear"
    assert (await admin.delete(f"{url}/{again.json()['id']}")).status_code == 204
    await act(as_one, incident, "mute")
    for who in (as_one, as_two):
        await act(who, incident, "unmute")
    shown = {w["user"]["id"] if w["user"] else w["type"]: w["is_muted"] for w in (await admin.get(url)).json()["items"]}
    assert shown == {"team": False, str(two.id): False}


async def told(database: Database, tenant: Tenant, kind: str) -> list[tuple[str, str]]:
    """Whom an event's deliveries go to, and their text."""
    async with database.tenant(tenant.id) as tx:
        rows = await tx.rows(
            "select address, body from notification_deliveries where tenant_id = $1 and kind = $2 order by address",
            *(tenant.id, kind),
        )
        await tx.run("delete from notification_deliveries where tenant_id = $1", tenant.id)
    return [(row["address"], row["body"]) for row in rows]


async def happened(database: Database, tenant: Tenant, incident: dict[str, Any], admin: Any, tell: Any) -> None:
    """Run the job of the last event."""
    last = (await events(admin, incident))[-1]
    async with database.tenant(tenant.id) as tx:
        await tenancy.current(tx)
        row = {"actor_id": None, **{k: last[k] for k in ("id", "type", "at", "source", "data", "seq", "hash")}}
        row["actor_id"] = last["actor"]["id"] if last["actor"] else None
        event = msgspec.convert({**row, "incident_id": incident["id"]}, RecordedEvent)
        await tell(tx, event)


async def test_watchers_are_told_and_addresses_outside_read_public_words_only(
    client: MakeClient, member: Any, connect: Client, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    people: list[Member] = [await member() for _ in range(4)]
    agent, one, quiet, in_team = people
    team = await team_of(admin, in_team)
    incident = await make(admin, impact="Secret impact")
    url = f"{API}/{incident['id']}"
    for body in ({"user": str(one.id)}, {"user": str(quiet.id)}, {"team": team["slug"]}, {"email": "out@side.example"}):
        assert (await admin.post(f"{url}/watchers", json=body)).status_code == 201
    await act(connect(quiet.token), incident, "mute")
    as_agent = connect(agent.token)
    await as_agent.post(f"{url}/comments", json={"body": "For members", "is_internal": True})
    watchers = {w["user"]["id"]: w["reason"] for w in (await admin.get(f"{url}/watchers")).json()["items"] if w["user"]}
    assert watchers[str(agent.id)] == "commented"
    await as_agent.post(f"{url}/comments", json={"body": "For all", "is_internal": False})
    async with database.tenant(tenant.id) as tx:
        comments = await tx.rows("select id, body from incident_comments where tenant_id = $1", tenant.id)
    for comment in comments:
        data = {"comment": str(comment["id"]), "mentioned": []}
        about = (comment["id"], "CommentAdded", UUID(incident["id"]), agent.id, datetime.now(UTC))
        event = RecordedEvent(*about, "api", data, 1, "")
        async with database.tenant(tenant.id) as tx:
            await tenancy.current(tx)
            await collaboration.tell_comment(tx, event)
        found = await told(database, tenant, "CommentAdded")
        members = [one.email, in_team.email]
        expected = [*members, "out@side.example"] if comment["body"] == "For all" else members
        assert {address for address, _ in found} - {None} >= set(expected)
        assert quiet.email not in {address for address, _ in found}
        assert agent.email not in {address for address, _ in found}
        assert ("out@side.example" in {address for address, _ in found}) == (comment["body"] == "For all")
    await act(as_agent, incident, "resolve", note="An internal word")
    await happened(database, tenant, incident, admin, service.tell)
    read = dict(await told(database, tenant, "IncidentResolved"))
    (reporter,) = set(read) - {one.email, in_team.email, "out@side.example"}  # who created it, too, in public words
    assert "An internal word" in read[one.email]
    assert not any("An internal word" in read[each] for each in ("out@side.example", reporter))


async def test_nobody_is_written_to_twice_who_reported_and_watches_from_outside(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    body = {"title": "Lift", "email": "rita@out.example"}
    sent = await admin.post("/api/incidents/v1/public/submit", json=body)
    incident = (await admin.get(f"{API}/{sent.json()['reference_code']}")).json()
    for address in ("rita@out.example", "other@out.example"):
        answer = await admin.post(f"{API}/{incident['id']}/watchers", json={"email": address})
        assert answer.status_code == 201, answer.text
    await act(admin, incident, "resolve")
    await happened(database, tenant, incident, admin, service.tell)
    addresses = [address for address, _ in await told(database, tenant, "IncidentResolved")]
    assert sorted(addresses) == ["other@out.example", "rita@out.example"]


async def test_whoever_was_told_of_an_act_hears_that_it_was_undone(
    client: MakeClient, member: Any, connect: Client, database: Database, tenant: Tenant
) -> None:
    admin, reporter = await client("admin"), await member(role="agent")
    had, new, helper, queued, watching = [await member() for _ in range(5)]
    incident = await make(connect(reporter.token))
    await act(admin, incident, "assign", user=str(had.id))
    url = f"{API}/{incident['id']}"
    for body in ({"user": str(watching.id)}, {"email": "out@side.example"}):
        assert (await admin.post(f"{url}/watchers", json=body)).status_code == 201
    first, second = await team_of(admin, queued), await team_of(admin, had, name="Second")

    async def undone(verb: str, **body: Any) -> dict[str, str]:
        answer = await admin.post(f"{url}/{verb}", json=body)
        assert answer.status_code == 200, answer.text
        back = await admin.post(f"/api/incidents/v1/operations/{answer.headers['operation-id']}/undo", json={})
        assert back.status_code == 200, back.text
        await told(database, tenant, "")
        await happened(database, tenant, incident, admin, service.tell)
        return dict(await told(database, tenant, "OperationUndone"))

    assigned = await undone("assign", user=str(new.id))
    assert set(assigned) == {had.email, new.email}
    assert f"Owner: {had.name} again, not {new.name}" in assigned[new.email]
    assert set(await undone("assign", user=str(helper.id), **{"as": "collaborator"})) == {helper.email}
    public = {watching.email, "out@side.example", reporter.email}
    for verb in ("resolve", "close"):
        words = await undone(verb, note="An internal word")
        assert set(words) == (public if verb == "resolve" else public - {reporter.email})
        assert f"That it was {verb.rstrip('e')}ed has been taken back." in words["out@side.example"]
        assert not any("Status:" in words[one] for one in words if one != watching.email)
    assert set(await undone("hand-over", team=first["slug"])) == {had.email, queued.email}
    await act(connect(queued.token), incident, "mute")
    await act(admin, incident, "unassign")
    await act(admin, incident, "assign", team=second["slug"])
    await happened(database, tenant, incident, admin, service.tell)
    assert set(dict(await told(database, tenant, "TeamChanged"))) == {had.email}
    assert await undone("merge", into=(await make(admin))["id"]) == {}, "nobody was told of the merge"


async def test_delegated_work_that_comes_back_is_told_of(
    client: MakeClient, member: Any, connect: Client, database: Database, tenant: Tenant
) -> None:
    admin, one, two = await client("admin"), await member(role="agent"), await member(role="agent")
    incident = await make(admin, assigned_to=str(one.id))
    await act(connect(one.token), incident, "delegate", user=str(two.id))
    await act(connect(one.token), incident, "recall")
    await happened(database, tenant, incident, admin, service.tell)
    assert [address for address, _ in await told(database, tenant, "IncidentRecalled")] == [two.email]


async def test_the_figures_of_each_team_are_those_of_its_lists(
    client: MakeClient, member: Any, database: Database, tenant: Tenant
) -> None:
    admin, one = await client("admin"), await member(name="One")
    busy, idle = await team_of(admin, one), await team_of(admin, one, name="Idle")
    made = [await make(admin, team=busy["slug"]) for _ in range(4)]
    await make(admin, "Of no team")
    await act(admin, made[0], "assign", user=str(one.id))
    await act(admin, made[1], "resolve")
    await act(admin, made[2], "transition", status="waiting")
    async with database.tenant(tenant.id) as tx:
        late = "update incidents set due_at = '2020-01-01' where tenant_id = $1 and reference_no <= 3"
        await tx.run(late, tenant.id)
        found = await service.team_queues(tx, system_actor(tenant.id))
    of_team = {"status": "open,triaged,in-progress,waiting", "team": busy["slug"]}
    asked = {"waiting": {"assigned_to": "none"}, "open": {}, "overdue": {"overdue": "true"}}
    for name, more in asked.items():
        listed = (await admin.get(API, params={**of_team, **more})).json()["items"]
        assert found[UUID(busy["id"])][name] == len(listed), name
    assert UUID(idle["id"]) not in found
    await act(admin, made[2], "assign", user=str(one.id))
    shown = (await admin.get(f"/api/incidents/v1/queues/{busy['slug']}")).json()
    theirs = {name: {"assigned_to": str(one.id), **more} for name, more in asked.items() if name != "waiting"}
    for name, more in theirs.items():
        listed = (await admin.get(API, params={**of_team, **more})).json()["items"]
        assert shown["members"][0][name] == len(listed), f"{name}, without what is paused"
    queues = (await admin.get("/api/incidents/v1/queues")).json()["items"]
    assert [(one["team"]["name"], one["open"]) for one in queues] == [("Idle", 0), ("Network", 3)]
    assert {**queues[1], "members": shown["members"]} == shown
