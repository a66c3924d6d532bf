"""The query language over HTTP and for other features: what each word finds, what is refused, who sees what."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, act, fields, make
from tests.incidents.test_list import titles
from tocsin.base.actor import system_actor
from tocsin.base.errors import WrongQuery
from tocsin.db.tx import Database
from tocsin.incidents import service
from tocsin.incidents.rules.query import FIELDS
from tocsin.tenancy.model import Tenant


@pytest.fixture
async def office(client: MakeClient, member: Any, connect: Any, database: Database, tenant: Tenant) -> dict[str, Any]:
    """A handful of incidents that differ in everything a query can ask for."""
    admin, owner = await client("admin"), await member("agent")
    team = (await admin.post("/api/access/v1/teams", json={"name": "Network", "slug": "network"})).json()
    disk = await make(admin, "Disk full on server", description="Nobody can save", priority="high", category="hardware")
    vpn = await make(
        admin, "VPN drops", priority="critical", team="network", source="email", impact="Everybody at home"
    )
    owned = await make(connect(owner.token), "Badge reader", assigned_to=None)
    await act(admin, owned, "assign", user=str(owner.id))
    done = await make(admin, "Printer jam", priority="low")
    await act(admin, done, "resolve")
    old = await make(admin, "Old crash")
    await act(admin, old, "close")
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update incidents set created_at = '2025-06-02T07:30Z', closed_at = '2025-06-05T00:00Z', resolved_at = '2025-06-05T00:00Z',"
            " progress_percent = 40 where tenant_id = $1 and id = $2",
            *(tenant.id, old["id"]),
        )
    return {
        "admin": admin,
        "agent": connect(owner.token),
        "owner": owner,
        "team": team,
        "disk": disk,
        "vpn": vpn,
        "old": old,
    }


CASES = [
    ("", {"disk", "vpn", "badge", "jam", "old"}),
    ("status:open", {"disk", "vpn", "badge"}),
    ("STATUS:Open", {"disk", "vpn", "badge"}),
    ("status:open,resolved", {"disk", "vpn", "badge", "jam"}),
    ("-status:open", {"jam", "old"}),
    ("is:open", {"disk", "vpn", "badge"}),
    ("is:closed", {"old"}),
    ("is:resolved", {"jam", "old"}),
    ("is:resolved,open", {"disk", "vpn", "badge", "jam", "old"}),
    ("is:unassigned is:open", {"disk", "vpn"}),
    ("is:overdue", set()),
    ("-is:overdue", {"disk", "vpn", "badge", "jam", "old"}),
    ("is:paused", set()),
    ("priority:high,critical", {"disk", "vpn"}),
    ("-priority:low status:open priority:critical", {"vpn"}),
    ("category:hardware", {"disk"}),
    ("category:none", {"vpn", "badge", "jam", "old"}),
    ("category:none,hardware", {"disk", "vpn", "badge", "jam", "old"}),
    ("-category:hardware", {"vpn", "badge", "jam", "old"}),
    ("assignee:me", {"badge"}),
    ("-assignee:me", {"disk", "vpn", "jam", "old"}),
    ("owner:none is:open", {"disk", "vpn"}),
    ("assignee:{owner}", {"badge"}),
    ("assignee:{email},none status:open", {"disk", "vpn", "badge"}),
    ("team:network", {"vpn"}),
    ("-team:network is:open", {"disk", "badge"}),
    ("team:mine", set()),
    ("-team:mine", {"disk", "vpn", "badge", "jam", "old"}),
    ("watcher:me", set()),
    ("delegator:me", set()),
    ("reporter:me", {"badge"}),
    ("reporter:{email}", {"badge"}),
    ("-reporter:{owner}", {"disk", "vpn", "jam", "old"}),
    ('reporter:"Nobody Known"', set()),
    ("org:acme", set()),
    ("org:none", {"disk", "vpn", "badge", "jam", "old"}),
    ("source:email", {"vpn"}),
    ("via:internal", {"disk", "vpn", "badge", "jam", "old"}),
    ("breached:true", set()),
    ("breached:false overdue:false -breached:true", {"disk", "vpn", "badge", "jam", "old"}),
    ("clock:on_track,soon", {"disk", "vpn", "badge"}),
    ("outcome:met,met_with_extension", {"jam", "old"}),
    ("outcome:met_with_extension,missed", set()),
    ("-outcome:met", {"disk", "vpn", "badge"}),
    ("resolution_met:today response_met:today", {"jam"}),
    ("resolution_extended:today", set()),
    ("resolution_met:none", {"disk", "vpn", "badge"}),
    ("response_missed:none update_missed:none -resolution_missed:today", {"disk", "vpn", "badge", "jam", "old"}),
    ("update_met:>2020", set()),
    ("created:>2026-01-01", {"disk", "vpn", "badge", "jam"}),
    ("created:<2026-01-01", {"old"}),
    ("created:2025-06-02", {"old"}),
    ("created:2025-06", {"old"}),
    ("created:2025-01-01..2025-06-01,2025-07", set()),
    ("created:today", {"disk", "vpn", "badge", "jam"}),
    ("created:2025-06 hour:mon-07", {"old"}),
    ("created:2025-06 hour:mon-08,tue-07", set()),
    ("updated:>=-1h", {"disk", "vpn", "badge", "jam", "old"}),
    ("due:none", set()),
    ("due:>now is:open", {"disk", "vpn", "badge"}),
    ("next_due:<+30d", {"disk", "vpn", "badge"}),
    ("resolved:none", {"disk", "vpn", "badge"}),
    ("resolved:today", {"jam"}),
    ("closed:2025", {"old"}),
    ("acknowledged:none", {"disk", "vpn", "badge", "jam", "old"}),
    ("responded:none", {"disk", "vpn", "badge", "jam", "old"}),
    ("-responded:today", {"disk", "vpn", "badge", "jam", "old"}),
    ("missed:today", set()),
    ("escalated:>2020", set()),
    ("reopened:none", {"disk", "vpn", "badge", "jam", "old"}),
    ("progress:40", {"old"}),
    ("progress:>40", set()),
    ("progress:10..50", {"old"}),
    ("progress:none", {"disk", "vpn", "badge", "jam"}),
    ("reopens:0", {"disk", "vpn", "badge", "jam", "old"}),
    ("reopens:>=1", set()),
    ("has:owner", {"badge"}),
    ("has:team,impact", {"vpn"}),
    ("has:comments,attachments,tasks", set()),
    ("-has:tasks is:major", set()),
    ("major:true", set()),
    ("major:false is:open", {"disk", "vpn", "badge"}),
    ("is:merged", set()),
    ("-has:description is:open", {"vpn", "badge"}),
    ("has:watchers,due,category,reporter", {"disk", "vpn", "badge", "jam", "old"}),
    ("ref:{reference}", {"disk"}),
    ("id:{disk}", {"disk"}),
    ("{reference}", {"disk"}),
    ("disk", {"disk"}),
    ("DISK full", {"disk"}),
    ('"full on"', {"disk"}),
    ('"on full"', set()),
    ("prin*", {"jam"}),
    ("disk OR vpn OR nothing", {"disk", "vpn"}),
    ("-disk is:open", {"vpn", "badge"}),
    ("title:disk", {"disk"}),
    ("title:nobody", set()),
    ("description:nobody,printer", {"disk"}),
    ("-description:nobody is:open", {"vpn", "badge"}),
    ("comment:disk", set()),
    ("vpn -drops", set()),
    ("disk priority:critical", set()),
]
NAMES = {
    "Disk full on server": "disk",
    "VPN drops": "vpn",
    "Badge reader": "badge",
    "Printer jam": "jam",
    "Old crash": "old",
}


async def found(who: httpx.AsyncClient, office: dict[str, Any], text: str, **more: Any) -> set[str]:
    owner, disk = office["owner"], office["disk"]
    asked = text.replace("{owner}", str(owner.id)).replace("{email}", owner.email)
    asked = asked.replace("{reference}", disk["reference_code"]).replace("{disk}", disk["id"])
    return {NAMES[title] for title in await titles(who, q=asked, **more)}


async def test_what_each_word_finds(office: dict[str, Any]) -> None:
    wrong = {}
    for text, wanted in CASES:
        if (shown := await found(office["agent"], office, text)) != wanted:
            wrong[text] = shown
    assert wrong == {}


async def test_the_words_go_with_every_sort_count_and_moment(office: dict[str, Any]) -> None:
    moment = office["vpn"]["updated_at"]
    for text, wanted in CASES[::5]:
        assert await found(office["agent"], office, text, sort="due_at") == wanted, text
        assert await found(office["agent"], office, text, sort="-time_left") == wanted, text
    for text, _ in CASES:
        assert await found(office["agent"], office, text, as_of=moment) <= {"disk", "vpn", "old"}, text


async def test_one_statement_judges_many_conditions(office: dict[str, Any], database: Database, tenant: Tenant) -> None:
    texts = {text: text for text, _ in CASES if "{" not in text}
    async with database.tenant(tenant.id) as tx:
        fits = await service.fitting(tx, office["disk"]["id"], texts)
        assert await service.fitting(tx, office["disk"]["id"], {}) == set()
        urgent = await service.matching_ids(tx, system_actor(tenant.id), "priority:high,critical")
        assert [str(one) for one in urgent] == [office["disk"]["id"], office["vpn"]["id"]]
        first = await service.matching_ids(tx, system_actor(tenant.id), "", limit=2)
        rest = await service.matching_ids(tx, system_actor(tenant.id), "", after=first[-1])
        assert len(first) == 2
        assert len(rest) == 3
        with pytest.raises(WrongQuery):
            await service.fitting(tx, office["disk"]["id"], {1: "status:nowhere"})
        assert await service.check_query(tx, system_actor(tenant.id), "  Owner:none   a ") == "assignee:none a"
    about_me = {text for text in texts if ":me" in text or ":mine" in text}
    assert fits - about_me == {text for text, names in CASES if "disk" in names and text in texts} - about_me


REFUSED = [
    ("status:nowhere", 7, "There are"),
    ("priority:hihg", 9, "high"),
    ("a  team:nowhere", 8, ""),
    ("category:hardware,nothing", 18, ""),
    ("assignee:nobody@example.org", 9, ""),
    ("assignee:00000000-0000-7000-8000-000000000000", 9, ""),
    ("source:fax", 7, "email"),
    ("created:soon", 8, "2026"),
    ("created:2026-02-30", 8, ""),
    ("progress:x", 9, ""),
    ("breached:perhaps", 9, "true"),
    ("is:opn", 3, "open"),
    ("has:everything", 4, ""),
    ("hour:mon-09", 0, "created"),
    ("title:--", 6, ""),
    ("team:mine,network", 5, ""),
    ('"disk', 0, "Close"),
    ("a:b", 0, "quotation"),
    ("-", 0, ""),
    ("ab\x00c", 2, "control"),
]


async def test_a_wrong_query_says_where_and_what_instead(office: dict[str, Any]) -> None:
    for text, position, hint in REFUSED:
        answer = await office["agent"].get(API, params={"q": text})
        assert answer.status_code == 422, text
        problem = answer.json()
        assert fields(problem) == ["q"]
        assert problem["position"] == position, text
        assert hint in problem["hint"], text
        assert problem["hint"]
        assert "{" not in problem["hint"] + problem["detail"]


async def test_long_queries_are_read_again(client: MakeClient) -> None:
    admin = await client("admin")
    for text in ('"' + "\\a" * 900 + '"', " ".join(["owner:me"] * 48) + ' nowhere "' + "x " * 770 + '"'):
        assert 1800 < len(text) <= 2000
        answer = await admin.get(API, params={"q": text})
        assert answer.status_code == 200, answer.text
        view = await admin.post("/api/incidents/v1/views", json={"name": "Long", "query": text})
        assert (await admin.get(view.headers["location"])).json()["count"] == 0
    answer = await admin.post("/api/incidents/v1/views", json={"name": "Long", "query": "x " * 1001})
    assert (answer.status_code, answer.json()["position"]) == (422, 2000)


async def test_cursors_are_bound_to_the_query(office: dict[str, Any]) -> None:
    agent = office["agent"]
    page = (await agent.get(API, params={"q": "created:>-900d is:open", "limit": 1})).json()
    again = await agent.get(API, params={"q": " created:>-900d  is:open", "limit": 1, "cursor": page["next_cursor"]})
    assert again.status_code == 200
    assert again.json()["items"][0]["id"] != page["items"][0]["id"]
    other = await agent.get(API, params={"q": "is:open", "limit": 1, "cursor": page["next_cursor"]})
    assert other.status_code == 422


async def test_who_sees_their_own_finds_their_own(office: dict[str, Any], member: Any, connect: Any) -> None:
    reporter = connect((await member("reporter")).token)
    await make(reporter, "Mine and disk")
    assert await titles(reporter, q="disk OR vpn") == {"Mine and disk"}
    assert await titles(reporter, q="-vpn") == {"Mine and disk"}
    assert await titles(reporter, q="is:open") == {"Mine and disk"}


async def test_tags_and_custom_fields(client: MakeClient, member: Any) -> None:
    admin, person = await client("admin"), await member("agent")
    for slug, kind, more in [
        ("site", "choice", {"choices": ["berlin", "rome italy"]}),
        ("seats", "number", {}),
        ("since", "date", {}),
        ("lent", "boolean", {}),
        ("keeper", "user", {}),
        ("note", "text", {}),
    ]:
        body = {"slug": slug, "name": slug, "type": kind, **more}
        assert (await admin.post("/api/incidents/v1/custom-fields", json=body)).status_code == 201
    one = {
        "site": "berlin",
        "seats": 5,
        "since": "2026-01-31",
        "lent": True,
        "keeper": str(person.id),
        "note": "a..b, c",
    }
    await make(admin, "one", custom=one, tags=["spam", "vpn"])
    await make(admin, "two", custom={"site": "rome italy", "seats": -2.5, "since": "2026-02-01"}, tags=["vpn"])
    await make(admin, "three")
    cases = [
        ("tag:spam", {"one"}),
        ("tag:SPAM,vpn", {"one", "two"}),
        ("-tag:spam", {"two", "three"}),
        ("tag:none", {"three"}),
        ("tag:unheard-of", set()),
        ("custom.site:berlin", {"one"}),
        ('custom.site:"rome italy",Berlin', {"one", "two"}),
        ("-custom.site:berlin", {"two", "three"}),
        ("custom.site:none", {"three"}),
        ("custom.seats:5", {"one"}),
        ("custom.seats:>=5", {"one"}),
        ("custom.seats:>5", set()),
        ("custom.seats:<5", {"two"}),
        ("custom.seats:-3..5", {"one", "two"}),
        ("-custom.seats:..0", {"one", "three"}),
        ("custom.since:>2026-01-31", {"two"}),
        ("custom.since:2026-01-31..", {"one", "two"}),
        ("custom.since:2026-01,2026-03", {"one"}),
        ("custom.since:>2026-01", {"two"}),
        ("custom.since:<2026-02", {"one"}),
        ("custom.since:2026", {"one", "two"}),
        ("custom.since:2026-02..today", {"two"}),
        ("custom.since:>9999-12-31,<0001-01-01", set()),
        ("custom.lent:true", {"one"}),
        (f"custom.keeper:{person.email}", {"one"}),
        (f"custom.keeper:{person.id}", {"one"}),
        ("custom.keeper:me", set()),
        ('custom.note:"a..b, c"', {"one"}),
    ]
    found = {text: await titles(admin, q=text) for text, _ in cases}
    assert found == dict(cases)
    for text, position in [
        ("custom.sight:berlin", 7),
        ("-custom.x:1", 8),
        ("custom.seats:many", 13),
        ("custom.since:2026-02-30", 13),
        ("custom.since:2026-01-31T10:00", 13),
        ('custom.since:"today"', 13),
        ("custom.lent:perhaps", 12),
        ("custom.site:>berlin", 13),
        ("custom.keeper:nobody@example.org", 14),
        ("tag:,", 4),
    ]:
        answer = await admin.get(API, params={"q": text})
        assert answer.status_code == 422, text
        assert answer.json()["position"] == position, text


async def test_days_from_now_are_found_in_custom_dates(client: MakeClient, tenant: Tenant) -> None:
    admin = await client("admin")
    body = {"slug": "renewal", "name": "Renewal", "type": "date"}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=body)).status_code == 201
    today = datetime.now(ZoneInfo(tenant.time_zone)).date()
    for title, shift in (("past", -40), ("lately", -3), ("now", 0), ("soon", 20)):
        await make(admin, title, custom={"renewal": str(today + timedelta(days=shift))})
    cases = [
        ("custom.renewal:today", {"now"}),
        ("custom.renewal:<today", {"past", "lately"}),
        ("custom.renewal:-3d", {"lately"}),
        ("custom.renewal:>=-3d", {"lately", "now", "soon"}),
        ("custom.renewal:-7d..+30d", {"lately", "now", "soon"}),
        ("-custom.renewal:..yesterday", {"now", "soon"}),
    ]
    assert {text: await titles(admin, q=text) for text, _ in cases} == dict(cases)


async def test_every_field_is_asked_for(office: dict[str, Any]) -> None:
    """No field of the language is without a case, so that none can come without SQL that runs."""
    told = {text.lstrip("-").partition(":")[0].lower() for text, _ in CASES for text in text.split(" ")}
    missing = {name for name in FIELDS if name not in told} - {"tag", "custom"}
    assert missing == set()
