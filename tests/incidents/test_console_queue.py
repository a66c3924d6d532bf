"""The queue's screens over HTTP: what the address asks for, what the chips say, and how few statements it takes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import httpx
import pytest

from tests.conftest import Member
from tests.incidents.steps import MakeClient, act, make
from tocsin.db.tx import Database, Tx
from tocsin.tenancy.model import Tenant

PART = {"HX-Request": "true"}


async def page(client: httpx.AsyncClient, path: str, status: int = 200, /, **headers: str) -> str:
    """A page's text."""
    answer = await client.get(path, headers=headers)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:500]}"
    return unescape(answer.text)


def shown(text: str) -> list[str]:
    """The titles of the rows, in order."""
    return re.findall(r'class="tc-row-title"[^>]*>([^<]*)<', text)


def chips(text: str) -> dict[str, str]:
    """What the chips say: the value by the filter's parameter."""
    return dict(re.findall(r'data-filter="(\w+)">.*?<b>(.*?)</b>', text))


@pytest.fixture
async def desk(client: MakeClient, member: Any) -> tuple[httpx.AsyncClient, Member]:
    """Four incidents with different owners, priorities and ends; the client of an administrator, and the owner."""
    admin, owner = await client("admin"), await member("agent", "Rosa Lind")
    await make(admin, "urgent", priority="critical", category="hardware")
    await make(admin, "owned", assigned_to=str(owner.id))
    done = await make(admin, "done")
    await act(admin, done, "close")
    await make(admin, "calm", priority="low", source="email")
    return admin, owner


async def test_the_queue_holds_what_is_open_by_the_time_left(desk: tuple[httpx.AsyncClient, Member]) -> None:
    text = await page(desk[0], "/queue")
    assert shown(text) == ["urgent", "owned", "calm"]
    assert chips(text) == {"status": "all open"}
    assert 'aria-sort="ascending"><a href="/queue?sort=-time_left">' in text
    assert 'class="tc-sla is-ok" data-state="ok"' in text, "the state stands there without a script"


@pytest.mark.parametrize(
    ("query", "titles", "said"),
    [
        ("status=any&sort=created_at", ["urgent", "owned", "done", "calm"], {"status": "any"}),
        ("status=any,closed&sort=created_at", ["urgent", "owned", "done", "calm"], {"status": "any"}),
        ("status=closed", ["done"], {"status": "Closed"}),
        ("priority=critical,low", ["urgent", "calm"], {"status": "all open", "priority": "Critical, Low"}),
        ("category=hardware", ["urgent"], {"status": "all open", "category": "Hardware"}),
        ("source=email", ["calm"], {"status": "all open", "source": "E-mail"}),
        ("assigned_to=none&q=calm", ["calm"], {"q": "calm", "status": "all open", "assigned_to": "nobody"}),
        ("created_before=2001-02-03", [], {"status": "all open", "created_before": "Feb 3, 2001"}),
        ("breached=true&overdue=false", [], {"status": "all open", "breached": "yes", "overdue": "no"}),
    ],
)
async def test_the_address_says_it_all(
    desk: tuple[httpx.AsyncClient, Member], query: str, titles: list[str], said: dict[str, str]
) -> None:
    text = await page(desk[0], f"/queue?{query}")
    assert shown(text) == titles
    assert chips(text) == said
    if not titles:
        assert "No incident fits these filters" in text


async def test_people_are_called_by_their_name_and_each_chip_takes_one_filter_away(
    desk: tuple[httpx.AsyncClient, Member],
) -> None:
    admin, owner = desk
    text = await page(admin, f"/queue?assigned_to={owner.email}&priority=medium")
    assert shown(text) == ["owned"]
    assert chips(text)["assigned_to"] == "Rosa Lind"
    assert f'href="/queue?assigned_to={owner.email}" aria-label="Remove the filter Priority"' in text
    assert 'href="/queue?priority=medium" aria-label="Remove the filter Owner"' in text


async def test_the_form_without_a_script_leads_to_the_short_address(desk: tuple[httpx.AsyncClient, Member]) -> None:
    answer = await desk[0].get("/queue?status=open&status=triaged&priority=&created_after=2026-01-31&q=")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/queue?status=open,triaged&created_after=2026-01-31"


async def test_a_bad_address_is_explained_in_the_page(desk: tuple[httpx.AsyncClient, Member]) -> None:
    text = await page(desk[0], "/queue?colour=red&priority=loud&due_before=soon&breached=maybe&sort=size", 422)
    assert shown(text) == []
    assert {"colour", "priority", "due_before", "breached", "sort"} == set(
        re.findall(r'is-pair is-wrong"[^>]*><button[^>]*data-filter="(\w+)"', text)
    )
    assert "There is no “loud” here." in text
    assert 'class="btn btn-primary" href="/queue">Leave these out' in text
    for query, name in (("assigned_to=nobody-known", "assigned_to"), ("cursor=xyz", "cursor"), ("team=ghosts", "team")):
        assert f'data-filter="{name}"' in await page(desk[0], f"/queue?{query}", 422)


async def test_more_is_loaded_by_key_and_put_below(client: MakeClient) -> None:
    admin = await client("admin")
    for n in range(52):
        await make(admin, f"No {n:02}")
    first = await page(admin, "/queue?sort=created_at")
    link = re.search(r'href="([^"]*cursor=[^"]*)" hx-get="\1" hx-target="#more"', first)
    assert link is not None
    rest = await page(admin, link.group(1), **PART, **{"HX-Target": "tbody#more"})
    assert rest.lstrip().startswith("<tbody>")
    assert shown(first) + shown(rest) == [f"No {n:02}" for n in range(52)]
    whole = await page(admin, link.group(1))
    assert shown(whole) == shown(rest)
    assert "Back to the beginning" in whole


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []
    with monkeypatch.context() as patch:
        for name in ("rows", "row", "value", "run"):
            kept = getattr(Tx, name)

            async def noted(self: Tx, sql: str, *args: Any, _kept: Any = kept) -> Any:
                sent.append(sql)
                return await _kept(self, sql, *args)

            patch.setattr(Tx, name, noted)
        yield sent


@pytest.mark.parametrize("query", ["", "?status=any&sort=-priority", "?assigned_to={owner}&team=desk&q=no"])
async def test_a_page_of_fifty_takes_four_statements_and_little_to_send(
    client: MakeClient, member: Any, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    admin, owner = await client("admin"), await member()
    await admin.post("/api/access/v1/teams", json={"name": "Desk", "slug": "desk"})
    for n in range(51):
        await make(admin, f"No {n} prints nothing since the change of rooms", assigned_to=str(owner.id), team="desk")
    await admin.get("/queue")
    with counted(monkeypatch) as sent:
        answer = await admin.get(f"/queue{query.format(owner=owner.id)}", headers={"Accept-Encoding": "gzip"})
    assert len(shown(answer.text)) == 50
    looked_up = [sql for sql in sent if "api_tokens" in sql or "notify" in sql]
    assert len(sent) - len(looked_up) <= 4 + ("q=" in query), "one more for the text around hits:" + "\n".join(sent)
    assert len(gzip.compress(answer.content, 5)) < 12_000


async def test_figures_stop_at_a_thousand(client: MakeClient, database: Database, tenant: Tenant, member: Any) -> None:
    admin, owner = await client("admin"), await member()
    await make(admin, "owned", assigned_to=str(owner.id))
    first = await make(admin, "unowned")
    assert (await admin.get("/counts")).json() == {"open": "2", "triage": "1", "mine": "0"}
    async with database.tenant(tenant.id) as tx:
        row = await tx.row("select * from incidents where tenant_id = $1 and title = 'unowned'", tenant.id)
        assert row is not None
        plain = {name: value for name, value in row.items() if name != "reported_by_id"}
        names = ", ".join(plain)
        picked = ", ".join(
            {"id": "gen_random_uuid()", "reference_no": "n + 10", "reference_code": "'X-' || n"}.get(k, k)
            for k in plain
        )
        await tx.run(
            f"insert into incidents ({names}) select {picked} from incidents, generate_series(1, 1001) n"
            " where tenant_id = $1 and title = 'unowned'",
            tenant.id,
        )
    assert first
    assert (await admin.get("/counts")).json() == {"open": "1000+", "triage": "1000+", "mine": "0"}
    assert ">more than 1000 incidents<" in await page(admin, "/queue/count?assigned_to=none")
    assert 'data-figure="0">0 incidents<' in await page(admin, "/queue/count?status=closed")


async def test_columns_are_kept_for_the_one_who_chose_them(desk: tuple[httpx.AsyncClient, Member]) -> None:
    admin = desk[0]
    form = {"column": ["reporter", "created"], "density": "compact", "_back": "/queue?priority=low", "_form": "columns"}
    answer = await admin.post("/queue/columns", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?priority=low")
    text = await page(admin, "/queue")
    headings = re.findall(r'<th scope="col" class="is-(\w+)"', text)
    assert headings == ["check", "left", "title", "text", "when"]
    assert 'data-density="compact"' in text
    assert '<table class="tc-rows">' in text
    many = await page(
        admin, "/queue?columns=priority,reference,category,team,reporter,created,updated,due,status,owner,tags"
    )
    assert '<table class="tc-rows is-least-104">' in many, "the title keeps its place"


async def test_a_row_brought_in_anew_has_the_columns_of_its_list(desk: tuple[httpx.AsyncClient, Member]) -> None:
    admin = desk[0]
    there = {"HX-Request": "true", "HX-Current-URL": "http://here/queue?columns=title,tags,created"}
    found = (await admin.get("/api/incidents/v1/incidents", params={"limit": 1})).json()["items"][0]
    path = f"/incidents/{found['reference_code']}"
    for headers, kinds in ((there, ["check", "left", "title", "when", "text"]), ({}, ["check", "left", "prio", "ref"])):
        row = (await admin.get(f"{path}/row", headers=headers)).text
        assert re.findall(r'<t[dh][^>]* class="is-([a-z]+)', row)[: len(kinds)] == kinds
    moved = await admin.post(f"{path}/pick/priority", data={"priority": "low", "_form": "priority"}, headers=there)
    assert re.findall(r'<t[dh][^>]* class="is-([a-z]+)', moved.text) == ["check", "left", "title", "when", "text"]
    for odd in ("http://[", "", "\\", "/queue?columns=" + "x," * 500):
        answer = await admin.get(f"{path}/row", headers={"HX-Request": "true", "HX-Current-URL": odd})
        assert answer.status_code == 200


async def test_a_viewer_sees_nothing_that_would_be_refused(
    desk: tuple[httpx.AsyncClient, Member], client: MakeClient
) -> None:
    text = await page(await client("viewer"), "/queue")
    assert shown(text)
    for offered in ("data-pick", 'name="ref"', 'id="bulk"', 'href="/triage"', 'href="/incidents/new"'):
        assert offered not in text
    agents = await page(await client("agent"), "/queue")
    assert 'data-pick="status"' in agents
    assert 'data-pick="owner"' not in agents
    assert 'id="bulk-owner"' not in agents


async def test_a_reporter_finds_only_what_they_reported(client: MakeClient) -> None:
    admin, reporter = await client("admin"), await client("reporter")
    await make(admin, "theirs")
    await make(reporter, "mine")
    assert shown(await page(reporter, "/queue")) == ["mine"]
    assert (await reporter.get("/counts")).json()["open"] == "1"


async def test_empty_queues_help(client: MakeClient) -> None:
    agent = await client("agent")
    assert "No incident yet" in await page(agent, "/queue")
    await act(agent, await make(agent, "solved"), "resolve")
    text = await page(agent, "/queue")
    assert "Nothing is open" in text
    assert 'href="/queue?status=any"' in text


async def test_pages_show_what_was_written_and_run_nothing(client: MakeClient) -> None:
    admin = await client("admin")
    probe = "<script>alert(1)</script>"
    incident = await make(admin, probe, description=probe)
    answers = [
        await admin.get(path)
        for path in ("/queue", f"/queue?q={probe}", f"/queue?x={probe}", "/triage", f"/incidents/{incident['id']}/row")
    ]
    for answer in answers:
        assert probe not in answer.text
        assert answer.status_code in (200, 422)


async def test_only_new_ones_that_fit_the_filters_are_counted_as_new(client: MakeClient) -> None:
    admin = await client("admin")
    await make(admin, "before", priority="low")
    found = re.search(r'data-fresh="([^"]+)"', await page(admin, "/queue?priority=low&open=INC-000001"))
    assert found is not None
    await make(admin, "fits", priority="low")
    await make(admin, "does not", priority="high")
    assert 'data-figure="1"' in await page(admin, found.group(1))
