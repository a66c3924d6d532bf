"""The calendar through HTTP: what is due on which day of the reader's, capped days, filters, one statement."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from tests.conftest import Client, Member, NewMember
from tests.incidents.steps import MakeClient, act, make
from tocsin.db.tx import Database, Tx
from tocsin.tenancy.model import Tenant


async def days(client: httpx.AsyncClient, **query: str) -> dict[str, list[str]]:
    """The references shown on each day that has some."""
    answer = await client.get("/calendar", params=query)
    assert answer.status_code == 200, answer.text[:500]
    found = re.split(r'<h3><time datetime="([\d-]+)"', answer.text)
    shown = {
        day: re.findall(r'<a href="/incidents/([^"]+)"', text)
        for day, text in zip(found[1::2], found[2::2], strict=True)
    }
    return {day: its for day, its in shown.items() if its}


@pytest.fixture
async def reader(database: Database, tenant: Tenant, member: NewMember, connect: Client) -> Any:
    """`await reader(zone)`: a manager in a zone, and a client of theirs."""

    async def make_reader(zone: str) -> tuple[Member, httpx.AsyncClient]:
        who = await member("manager")
        async with database.tenant(tenant.id) as tx:
            await tx.run("update users set time_zone = $3 where tenant_id = $1 and id = $2", tenant.id, who.id, zone)
        return who, connect(who.token)

    return make_reader


def soon(zone: str, days: int, hour: int, minute: int = 0) -> datetime:
    """A time on the clocks of a zone some days from now."""
    today = datetime.now(ZoneInfo(zone)).date()
    day = today + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))


async def test_days_are_the_readers(client: MakeClient, reader: Any) -> None:
    admin = await client("admin")
    due = soon("Pacific/Auckland", 10, 0, 30)
    late = await make(admin, "half past midnight", due_at=due.isoformat())
    for zone in ("Pacific/Auckland", "America/Los_Angeles", "Europe/Berlin"):
        _, there = await reader(zone)
        local = due.astimezone(ZoneInfo(zone)).date()
        for query in ({"month": f"{local:%Y-%m}"}, {"week": f"{local:%G-W%V}"}):
            assert await days(there, **query) == {local.isoformat(): [late["reference_code"]]}


async def test_a_day_shows_its_first_and_leads_to_all_of_it(client: MakeClient, reader: Any) -> None:
    admin, (_, there) = await client("admin"), await reader("Europe/Berlin")
    due = soon("Europe/Berlin", 12, 10)
    made = [
        (await make(admin, f"No {n}", due_at=(due + timedelta(minutes=n)).isoformat()))["reference_code"]
        for n in range(7)
    ]
    await make(admin, "the next midnight", due_at=soon("Europe/Berlin", 13, 0).isoformat())
    month = f"{due:%Y-%m}"
    assert (await days(there, month=month))[due.date().isoformat()] == made[:4]
    page = (await there.get("/calendar", params={"month": month})).text
    more = re.search(r'class="tc-due-more" href="([^"]+)">3 more', page)
    assert more is not None
    listed = (await there.get(html.unescape(more[1]))).text
    assert set(re.findall(r"INC-\d+", listed)) == set(made)
    assert len((await days(there, week=f"{due:%G-W%V}"))[due.date().isoformat()]) == 7


async def test_only_what_is_open_counts_and_overdue_is_marked(
    client: MakeClient, database: Database, tenant: Tenant
) -> None:
    admin = await client("admin")
    late, paused, solved = [await make(admin, title) for title in ("late", "paused", "solved")]
    await act(admin, paused, "transition", status="waiting")
    await act(admin, solved, "resolve")
    yesterday = datetime.now(UTC) - timedelta(days=1)
    async with database.tenant(tenant.id) as tx:
        await tx.run("update incidents set due_at = $2 where tenant_id = $1", tenant.id, yesterday)
    page = (await admin.get("/calendar", params={"week": f"{yesterday:%G-W%V}"})).text
    items = {
        match[1]: match[0] for match in re.findall(r'<li class="(tc-due-item[^"]*)"><a href="/incidents/([^"]+)"', page)
    }
    assert items == {
        late["reference_code"]: "tc-due-item is-overdue",
        paused["reference_code"]: "tc-due-item",
    }
    assert 'aria-label="Overdue"' in page


async def test_filters_and_neighbours_keep_each_other(client: MakeClient, member: NewMember) -> None:
    admin, owner = await client("admin"), await member()
    due = soon("UTC", 9, 12)
    mine = await make(admin, "mine", assigned_to=str(owner.id), due_at=due.isoformat())
    await make(admin, "other", due_at=due.isoformat())
    month = f"{due:%Y-%m}"
    assert list((await days(admin, month=month, assigned_to=str(owner.id))).values()) == [[mine["reference_code"]]]
    page = (await admin.get("/calendar", params={"month": "2026-12", "q": "mine"})).text
    assert 'href="/calendar?q=mine&amp;month=2026-11"' in page
    assert 'href="/calendar?q=mine&amp;month=2027-01"' in page
    assert 'href="/calendar?month=2026-12"' in page, "the chip is removed, the month stays"


@pytest.mark.parametrize(
    "query, said",
    [
        ({"month": "2026-13"}, "Write a month as 2026-11."),
        ({"week": "2026-48"}, "Write a week as 2026-W48."),
        ({"week": "2026-W48", "month": "2026-11"}, "Give a month or a week, not both."),
        ({"team": "nobodys"}, "There is no active team"),
        ({"colour": "red"}, "There is no such parameter here."),
    ],
)
async def test_a_wrong_address_says_what_is_wrong(client: MakeClient, query: dict[str, str], said: str) -> None:
    answer = await (await client("agent")).get("/calendar", params=query)
    assert answer.status_code == 422
    assert said in answer.text or "team by this id" in answer.text


async def test_the_calendar_takes_one_statement(client: MakeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    admin = await client("admin")
    await make(admin, "due")
    await admin.get("/calendar")
    heard: list[str] = []
    for name in ("rows", "row", "value", "run"):
        original = getattr(Tx, name)

        async def listen(tx: Tx, sql: str, *args: Any, _original: Any = original) -> Any:
            heard.append(sql)
            return await _original(tx, sql, *args)

        monkeypatch.setattr(Tx, name, listen)
    assert (await admin.get("/calendar")).status_code == 200
    assert len([sql for sql in heard if "incidents i" in sql]) == 1
    assert len(heard) <= 2, "beside it only who asks"
