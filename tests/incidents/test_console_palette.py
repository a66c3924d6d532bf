"""The command palette and the page of everything: what they find, and for whom."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.collaboration.steps import comment
from tests.conftest import Client, NewMember
from tests.incidents.steps import act, make
from tocsin.db.tx import Tx
from tocsin.tenancy.model import Tenant


async def ask(client: httpx.AsyncClient, q: str = "") -> str:
    answer = await client.get("/palette", params={"q": q} if q else None, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.text
    return answer.text


def codes(html: str) -> list[str]:
    return re.findall(r'data-recent="([^"]+)"', html)


async def test_incidents_are_found_by_reference_and_by_beginnings_of_words(client: Any) -> None:
    api = await client("agent")
    badge = await make(api, "Badge readers reject all cards", description="Building C")
    lamp = await make(api, "Lamp is out")
    assert codes(await ask(api, badge["reference_code"])) == [badge["reference_code"]]
    assert codes(await ask(api, badge["reference_code"].lower())) == [badge["reference_code"]]
    assert codes(await ask(api, str(int(lamp["reference_code"].split("-")[1])))) == [lamp["reference_code"]]
    for text in ("badg", "BADGE read", "build rej", "c badge"):
        assert codes(await ask(api, text)) == [badge["reference_code"]], text
    assert codes(await ask(api, "badge lamp")) == []
    assert "<mark>Badge</mark> readers" in await ask(api, "badge")


async def test_open_ones_come_before_resolved_ones(client: Any) -> None:
    api = await client("agent")
    first, second = await make(api, "Pump drips"), await make(api, "Pump squeaks")
    await act(api, second, "resolve")
    assert codes(await ask(api, "pump")) == [first["reference_code"], second["reference_code"]]


@pytest.mark.parametrize("text", ["'", "a", "&", "!(b", "x:*", "%", "\\", "<script>", "é" * 200, "1" * 19, "INC-"])
async def test_whatever_is_typed_is_answered(client: Any, text: str) -> None:
    html = await ask(await client("agent"), text)
    assert "<script" not in html


async def test_too_long_a_text_is_refused_by_name(client: Any) -> None:
    answer = await (await client("agent")).get("/palette", params={"q": "x" * 201})
    assert answer.status_code == 422


async def test_people_and_teams_lead_to_what_they_own(client: Any, member: NewMember) -> None:
    boss = await client("admin")
    priya = await member("agent", "Priya Raman")
    await member("agent", "Priya Gone", active=False)
    team = (await boss.post("/api/access/v1/teams", json={"name": "Priority desk"})).json()
    html = await ask(boss, "pri")
    assert f"/queue?assigned_to={priya.id}" in html
    assert f"/queue?team={team['id']}" in html
    assert "Priya Gone" not in html


async def test_a_reporter_finds_only_the_own_by_public_words_and_no_people(member: NewMember, connect: Client) -> None:
    reporter, agent = await member("reporter", "Rita Report"), await member("agent", "Rita Agent")
    own = await make(connect(reporter.token), "Kettle broke")
    await make(connect(agent.token), "Kettle of somebody else")
    await comment(connect(agent.token), own, "zebracode", is_internal=True)
    client = connect(reporter.token)
    assert codes(await ask(client, "kettle")) == [own["reference_code"]]
    assert codes(await ask(client, "zebra")) == []
    assert codes(await ask(connect(agent.token), "zebra")) == [own["reference_code"]]
    assert "Rita Agent" not in await ask(client, "rita")


async def test_another_tenants_incidents_are_not_found(client: Any, other_tenant: Tenant) -> None:
    theirs = await make(await client("agent", of=other_tenant), "Flamingo loose")
    html = await ask(await client("agent"), "flamingo")
    assert codes(html) == []
    assert theirs["reference_code"] not in html


async def test_without_a_text_there_are_screens_and_actions(client: Any) -> None:
    html = await ask(await client("agent"))
    assert 'href="/queue"' in html
    assert 'href="/incidents/new"' in html
    assert 'data-command="logout"' in html
    assert "theme-dark" not in html
    assert 'data-command="theme-dark"' in await ask(await client("agent"), "dark")
    assert 'href="/incidents/new"' not in await ask(await client("viewer"))


async def test_nothing_found_says_what_can_be_found(client: Any) -> None:
    html = await ask(await client("agent"), "qwxyz")
    assert "Nothing is called “qwxyz”" in html
    assert 'href="/queue?q=qwxyz"' in html


async def test_it_takes_two_statements_of_its_own(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    api = await client("agent")
    await make(api, "Badge readers")
    await ask(api, "badge")
    asked: list[str] = []
    rows = Tx.rows

    async def noted(tx: Tx, sql: str, *args: Any) -> Any:
        asked.append(sql)
        return await rows(tx, sql, *args)

    monkeypatch.setattr(Tx, "rows", noted)
    await ask(api, "badge")
    own = [sql for sql in asked if "union all" in sql]
    assert len(own) == 2, asked
    assert len(asked) <= 5, asked  # with the catalogue's three


async def test_an_ended_session_sends_a_part_to_the_login_and_back_to_its_page(connect: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1/queue?status=open&q=a%20b"}
    answer = await connect().get("/palette", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/login?next=/queue%3Fstatus%3Dopen%26q%3Da%2520b"
    elsewhere = await connect().get("/palette", headers={**headers, "HX-Current-URL": "https://evil.example//x"})
    assert elsewhere.headers["hx-redirect"] == "/login?next=/"


async def test_the_menu_shows_what_one_may_see(client: Any) -> None:
    for role in ("agent", "reporter"):
        page = await (await client(role)).get("/menu")
        assert page.status_code == 200
        assert 'href="/queue"' in page.text
        assert 'action="/logout"' in page.text
    assert (await (await client("agent")).get("/menu")).text.count('aria-current="page"') == 1


async def test_the_list_of_keys_stands_in_every_screen(client: Any) -> None:
    page = (await (await client("agent")).get("/queue")).text
    for key in "cxairnespjk":
        assert f'data-single="{key}"' in page
    assert 'data-go="q" data-path="/queue"' in page
    assert 'data-single="?"' in page
