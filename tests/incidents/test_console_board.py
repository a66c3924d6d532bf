"""The board through HTTP: its columns, cards and counts, further cards, moves, refusals, and what it costs."""

from __future__ import annotations

import html
import re
from typing import Any

import httpx
import pytest

from tests.conftest import NewMember
from tests.incidents.steps import API, MakeClient, act, make
from tocsin.db.tx import Tx
from tocsin.tenancy.model import Tenant


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The SQL of every statement from here on, without what begins and ends transactions."""
    heard: list[str] = []
    for name in ("rows", "row", "value", "run"):
        original = getattr(Tx, name)

        async def listen(tx: Tx, sql: str, *args: Any, _original: Any = original) -> Any:
            heard.append(sql)
            return await _original(tx, sql, *args)

        monkeypatch.setattr(Tx, name, listen)
    return heard


def columns(page: str) -> dict[str, list[str]]:
    """The references in each column, in their order."""
    found = re.split(r'data-column="([^"]+)"', page)
    return {slug: re.findall(r'data-card="([^"]+)"', text) for slug, text in zip(found[1::2], found[2::2], strict=True)}


def counts(page: str) -> dict[str, str]:
    found = re.split(r'data-column="([^"]+)"', page)
    shown = [re.search(r"data-cards[^>]*>([^<]+)<", text) for text in found[2::2]]
    return {slug: match[1] for slug, match in zip(found[1::2], shown, strict=True) if match}


async def board(client: httpx.AsyncClient, **query: str) -> str:
    answer = await client.get("/board", params=query)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


async def test_columns_follow_the_statuses_and_cards_the_time_left(client: MakeClient) -> None:
    admin = await client("admin")
    slow = await make(admin, "slow", priority="low")
    fast = await make(admin, "fast", priority="critical")
    solved = [await make(admin, f"solved {n}") for n in range(2)]
    for one in solved:
        await act(admin, one, "resolve")
    closed = await make(admin, "closed")
    await act(admin, closed, "close")
    page = await board(admin)
    assert list(columns(page)) == ["open", "triaged", "in-progress", "waiting", "resolved"]
    assert columns(page)["open"] == [fast["reference_code"], slow["reference_code"]]
    assert columns(page)["resolved"] == [one["reference_code"] for one in reversed(solved)]
    assert counts(page) == {"open": "2", "triaged": "0", "in-progress": "0", "waiting": "0", "resolved": "2"}
    assert closed["reference_code"] not in page


async def test_the_queues_filters_narrow_it(client: MakeClient, member: NewMember) -> None:
    admin, owner = await client("admin"), await member("agent", "Olga Owner")
    mine = await make(admin, "mine", assigned_to=str(owner.id), category="hardware", priority="high")
    other = await make(admin, "other")
    for query in (
        {"assigned_to": str(owner.id)},
        {"assigned_to": owner.email},
        {"category": "hardware"},
        {"priority": "high,critical"},
        {"q": "mine", "team": "none"},
    ):
        page = await board(admin, **query)
        assert mine["reference_code"] in page, query
        assert other["reference_code"] not in page, query
        assert counts(page)["open"] == "1"
    assert "Olga Owner" in await board(admin, assigned_to=str(owner.id))


@pytest.mark.parametrize("name", ["team", "assigned_to", "priority", "category"])
async def test_a_wrong_filter_is_named(client: MakeClient, name: str) -> None:
    answer = await (await client("agent")).get("/board", params={name: "no-such-thing"})
    assert answer.status_code == 422
    assert 'is-wrong"' in answer.text
    assert "no-such-thing" in answer.text


async def test_a_column_goes_on_by_keyset(client: MakeClient) -> None:
    admin = await client("admin")
    made = [(await make(admin, f"No {n}", priority="high"))["reference_code"] for n in range(45)]
    page = await board(admin, priority="high")
    seen = columns(page)["open"]
    assert len(seen) == 20
    assert "25 more" in page
    while (further := re.search(r'hx-get="(/board/cards[^"]+)"', page)) is not None:
        await make(admin, "in between", priority="high")
        answer = await admin.get(html.unescape(further[1]))
        assert answer.status_code == 200, answer.text[:300]
        page = answer.text
        seen += re.findall(r'data-card="([^"]+)"', page)
    assert seen[:45] == made
    assert len(set(seen)) == len(seen)


async def test_a_move_runs_the_verb_that_the_status_means(client: MakeClient) -> None:
    agent = await client("agent")
    one = await make(agent, "moved")
    reference = one["reference_code"]
    for status, event in (
        ("waiting", "IncidentTransitioned"),
        ("resolved", "IncidentResolved"),
        ("open", "IncidentReopened"),
    ):
        answer = await agent.post(f"/board/move/{reference}", data={"status": status, "_back": "/board?q=moved"})
        assert answer.status_code == 303, answer.text[:300]
        assert answer.headers["location"] == "/board?q=moved"
        story = (await agent.get(f"{API}/{reference}/activity")).json()["items"]
        assert story[0]["type"] == event
        assert (await agent.get(f"{API}/{reference}")).json()["status"]["slug"] == status
    page = (await agent.get("/board?q=moved")).text
    assert f"{reference} is Open now." in page
    assert re.search(r'action="/operations/[^"]+/undo"', page.split('id="toasts"')[1]), "undo"


async def test_a_refused_move_is_explained_in_its_column(client: MakeClient) -> None:
    admin = await client("admin")
    statuses = {one["slug"]: one for one in (await admin.get("/api/incidents/v1/statuses")).json()["items"]}
    answer = await admin.put(f"/api/incidents/v1/statuses/{statuses['open']['id']}", json={"transitions": ["triaged"]})
    assert answer.status_code == 200
    one = await make(admin, "stays")
    reference = one["reference_code"]
    page = await board(admin)
    assert re.search(r'data-column="resolved"[^>]*data-from="triaged in-progress waiting ', page)
    menu = page.split(f'action="/board/move/{reference}"')[1].split("</form>")[0]
    assert 'value="triaged"' in menu
    assert 'value="resolved"' not in menu, "what would be refused is not offered"
    sent = {"status": "resolved", "_back": "/board", "_form": f"move-{reference}"}
    whole = await admin.post(f"/board/move/{reference}", data=sent)
    assert whole.status_code == 409
    refused = whole.text.split('id="refused-resolved"')[1].split("</section>")[0]
    assert "does not allow going from Open to Resolved" in refused
    assert f'href="/incidents/{reference}"' in refused
    part = await admin.post(f"/board/move/{reference}", data=sent, headers={"HX-Request": "true"})
    assert part.status_code == 409
    assert 'hx-target="#refused-resolved"' in part.text
    assert f'hx-target="#card-{one["id"]}"' in part.text
    assert "<html" not in part.text


async def test_a_part_holds_the_moved_card_and_its_undo(client: MakeClient) -> None:
    agent = await client("agent")
    one = await make(agent, "part")
    answer = await agent.post(
        f"/board/move/{one['reference_code']}",
        data={"status": "triaged", "_back": "/board"},
        headers={"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1/board"},
    )
    assert answer.status_code == 200
    assert 'data-status="triaged"' in answer.text
    assert 'name="status" value="open"' in answer.text
    assert "<html" not in answer.text


async def test_who_may_not_change_sees_cards_without_a_handle(client: MakeClient) -> None:
    await make(await client("admin"), "seen")
    page = await board(await client("viewer"))
    assert "data-movable" not in page
    assert "/board/move" not in page
    assert (await (await client("reporter")).get("/board")).status_code == 403


async def test_another_tenants_incident_cannot_be_moved(client: MakeClient, other_tenant: Tenant) -> None:
    theirs = await make(await client("admin", of=other_tenant), "theirs")
    admin = await client("admin")
    for ref in (theirs["id"], theirs["reference_code"], "INC-999999"):
        answer = await admin.post(f"/board/move/{ref}", data={"status": "triaged"})
        assert answer.status_code == 404


async def test_the_whole_board_takes_three_statements(client: MakeClient, statements: list[str]) -> None:
    admin = await client("admin")
    for n in range(6):
        await make(admin, f"No {n}")
    await board(admin)
    statements.clear()
    await board(admin)
    own = [sql for sql in statements if "incidents i" in sql]
    assert len(own) == 3, own
    assert len(statements) - len(own) <= 1, "beside them only who asks"
