"""Searching and saved views on screen: completion, marked snippets, where a query is wrong, the side bar."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, make
from tests.incidents.test_routing import team_of
from tocsin.incidents.console.in_query import as_query
from tocsin.incidents.rules.query import parse


async def offers(client: httpx.AsyncClient, text: str) -> list[str]:
    answer = await client.get("/queue/complete", params={"text": text, "at": len(text)})
    assert answer.status_code == 200, answer.text
    found = re.findall(r'data-insert="([^"]*)" data-from="(\d+)"', answer.text)
    return [text[: int(start)] + html.unescape(insert) for insert, start in found]


async def test_what_stands_at_the_cursor_is_completed(client: MakeClient, member: Any) -> None:
    admin, person = await client("admin"), await member("agent", "Wilma Quux")
    await admin.post("/api/access/v1/teams", json={"name": "Network", "slug": "network"})
    body = {"slug": "site", "name": "Site", "type": "choice", "choices": ["berlin", "new york"]}
    assert (await admin.post("/api/incidents/v1/custom-fields", json=body)).status_code == 201
    await make(admin, tags=["vpn"])
    cases = {
        "sta": ["status:"],
        "disk -stat": ["disk -status:"],
        "status:op": ["status:open "],
        "status:open,tri": ["status:open,triaged "],
        "priority:Cri": ["priority:critical "],
        "team:net": ["team:network "],
        "assignee:wilma": [f"assignee:{person.email} "],
        "own": ["assignee:"],
        "is:over": ["is:overdue "],
        "created:>=tod": ["created:>=today "],
        "tag:v": ["tag:vpn "],
        "custom.si": ["custom.site:"],
        "custom.site:n": ['custom.site:"new york" ', "custom.site:none "],
        "breached:t": ["breached:true "],
    }
    found = {text: await offers(admin, text) for text in cases}
    assert found == cases
    for text in ("", "disk ", '"sta', "nofield:x"):
        assert await offers(admin, text) == []


async def test_who_sees_their_own_is_told_of_nobody(client: MakeClient, member: Any, connect: Any) -> None:
    await member("agent", "Wilma Quux")
    reporter = connect((await member("reporter")).token)
    assert await offers(reporter, "assignee:wil") == []
    assert await offers(reporter, "team:") == ["team:mine ", "team:none "]


async def test_hits_are_marked_and_words_corrected(client: MakeClient) -> None:
    admin = await client("admin")
    await make(admin, "Paper everywhere", description="the <b>printer</b> jams & burns")
    page = (await admin.get("/queue", params={"q": "printer"})).text
    assert '<span class="tc-snippet">the <mark>printer</mark> jams &amp; burns</span>' in page
    page = (await admin.get("/queue", params={"q": "prnter"})).text
    assert "Paper everywhere" in page
    assert 'href="/queue?q=printer"' in page
    assert 'hx-get="/queue/count?q=printer"' in page
    assert 'name="back" value="/queue?q=printer"' in page
    assert 'href="/views/new?query=is%3Aopen+printer' in page
    assert "tc-snippet" not in (await admin.get("/queue")).text


async def test_a_wrong_query_shows_where(client: MakeClient) -> None:
    answer = await (await client("admin")).get("/queue", params={"q": "disk status:opn vpn"})
    assert answer.status_code == 422
    assert "<code>disk status:<mark>opn</mark> vpn</code><span>Did you mean open?</span>" in answer.text
    assert 'data-at="12"' in answer.text


@pytest.mark.parametrize(
    ("given", "query"),
    [
        ({}, "is:open"),
        ({"status": "any"}, ""),
        ({"status": "open,triaged", "q": "disk -vpn"}, "status:open,triaged disk -vpn"),
        ({"assigned_to": "me", "priority": "high,critical"}, "is:open assignee:me priority:high,critical"),
        ({"team": "none", "delegated_by": "me", "reported_via": "public"}, "is:open team:none delegator:me via:public"),
        ({"overdue": "true", "breached": "false"}, "is:open overdue:true breached:false"),
        (
            {"created_after": "2026-01-31", "due_before": "2026-02-01T10:00:00+01:00"},
            "is:open created:>=2026-01-31 due:<2026-02-01T10:00:00+01:00",
        ),
        ({"breached_after": "2026-01-31", "tag": "a,b"}, "is:open missed:>=2026-01-31 tag:a,b"),
        ({"custom.site": "new york", "sort": "due_at", "view": "x"}, 'is:open custom.site:"new york"'),
    ],
)
def test_what_an_address_is_narrowed_to_is_a_query(given: dict[str, str], query: str) -> None:
    assert as_query(given) == query
    parse(query)


async def test_a_view_is_saved_opened_changed_pinned_and_deleted(client: MakeClient) -> None:
    admin = await client("admin")
    await make(admin, "Disk full", priority="high")
    await make(admin, "VPN down")
    page = (await admin.get("/queue", params={"priority": "high", "sort": "due_at"})).text
    keep = html.unescape(re.search(r'href="(/views/new\?[^"]*)"', page)[1])  # type: ignore[index]  # the assertion is that it is there
    form = (await admin.get(keep)).text
    assert 'value="is:open priority:high"' in form
    fields = {
        "name": "Hot",
        "query": "is:open priority:high",
        "sort": "due_at",
        "column": ["title", "due"],
        "scope": "tenant",
        "pinned": "true",
    }
    saved = await admin.post("/views", data=fields)
    assert saved.status_code == 303, saved.text
    asked = parse_qs(urlsplit(saved.headers["location"]).query)
    assert (asked["q"], asked["sort"], asked["columns"]) == (["is:open priority:high"], ["due_at"], ["title,due"])
    opened = (await admin.get(saved.headers["location"])).text
    assert "Disk full" in opened
    assert "VPN down" not in opened
    assert ">Hot</h1>" in opened
    assert 'class="is-own"' not in opened
    side = (await admin.get("/views/side")).text
    assert "Hot" in side
    assert '<span class="tc-count">1</span>' in side
    assert "aria-current" not in side
    view = asked["view"][0]
    where = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{saved.headers['location']}"}
    assert 'aria-current="page"' in (await admin.get("/views/side", headers=where)).text
    await admin.post(f"/views/{view}", data={**fields, "name": "Hotter", "query": "priority:high,critical"})
    listed = (await admin.get("/views")).text
    assert "Hotter" in listed
    assert "priority:high,critical" in listed
    assert (await admin.post(f"/views/{view}/pin", data={"pinned": "false"})).status_code == 303
    assert "Hotter" not in (await admin.get("/views/side")).text
    other = await client("viewer")
    assert "Hotter" in (await other.get("/views")).text
    assert (await other.get(f"/views/{view}")).status_code == 303
    assert (await admin.post(f"/views/{view}/delete", data={})).status_code == 303
    assert (await admin.get(f"/views/{view}")).status_code == 404
    assert "No view is saved yet" in (await admin.get("/views")).text


async def test_a_wrong_view_comes_back_as_it_was_written(client: MakeClient) -> None:
    admin = await client("admin")
    fields = {
        "name": "x",
        "query": "status:opn",
        "sort": "due_at",
        "scope": "private",
        "_back": "/views/new",
        "_form": "view",
    }
    answer = await admin.post("/views", data=fields)
    assert answer.status_code == 422
    assert 'value="status:opn"' in answer.text
    assert "There is no status opn." in answer.text


async def test_a_view_is_offered_to_ones_own_teams_only(client: MakeClient, member: Any, connect: Any) -> None:
    admin, one, other = await client("admin"), await member(name="One"), await member(name="Other")
    await team_of(admin, one, name="Ours")
    await team_of(admin, name="Theirs")
    inside = (await connect(one.token).get("/views/new")).text
    assert ">Ours</option>" in inside
    assert ">Theirs</option>" not in inside
    outside = (await connect(other.token).get("/views/new")).text
    assert '<option value="team"' not in outside
    assert ">Ours</option>" not in outside
    assert ">Theirs</option>" in (await admin.get("/views/new")).text


async def test_similar_incidents_on_screen(client: MakeClient) -> None:
    admin = await client("admin")
    known = await make(admin, "Coffee machine leaks")
    fresh = await make(admin, "Coffee machine leaking")
    part = (await admin.get("/incidents/similar", params={"title": "coffee machine leaks again"})).text
    assert known["reference_code"] in part
    assert known["reference_code"] in (await admin.get(f"/incidents/{fresh['reference_code']}/similar")).text
    assert (await admin.get("/incidents/similar", params={"title": "co"})).text.strip() == ""
    assert 'hx-get="/incidents/similar"' in (await admin.get("/incidents/new")).text
    assert (await admin.get(f"{API}/{known['id']}")).status_code == 200
