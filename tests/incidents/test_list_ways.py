"""Whichever way a list is read (along its sort, at once, in parts), it holds the same incidents in the same order on every page."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, act, make
from tests.incidents.test_list import collect
from tocsin.db.tx import Database
from tocsin.incidents import store
from tocsin.tenancy.model import Tenant

BASE = datetime(2026, 1, 1, tzinfo=UTC)
SORTS = (
    "created_at",
    "-created_at",
    "updated_at",
    "-due_at",
    "due_at",
    "-priority",
    "priority",
    "reference_code",
    "time_left",
)
TIMES = ("created_at", "updated_at", "due_at", "closed_at", "resolved_at")
Holds = Callable[[dict[str, Any]], bool]


def _after(name: str, hours: int) -> Holds:
    moment = BASE + timedelta(hours=hours)
    return lambda item: item[name] is not None and datetime.fromisoformat(item[name]) >= moment


QUERIES: dict[str, Holds] = {
    "created:>=2026-01-01T02:00Z": _after("created_at", 2),
    "updated:>=2026-01-01T03:00Z": _after("updated_at", 3),
    "closed:>=2026-01-01T02:00Z": _after("closed_at", 2),
    "resolved:>=2026-01-01T02:00Z": _after("resolved_at", 2),
    "due:>=2026-01-01T02:00Z": _after("due_at", 2),
    "is:resolved -is:closed": lambda item: item["resolved_at"] is not None and item["closed_at"] is None,
    "-is:resolved,closed": lambda item: item["resolved_at"] is None and item["closed_at"] is None,
    "has:impact": lambda item: bool(item["impact"]),
    "priority:high": lambda item: item["priority"]["slug"] == "high",
    "priority:high,low": lambda item: item["priority"]["slug"] in ("high", "low"),
    "priority:critical,low created:>=2026-01-01T01:00Z": lambda item: (
        item["priority"]["slug"] in ("critical", "low") and _after("created_at", 1)(item)
    ),
    "reporter:nobody@example.org": lambda _item: False,
    "org:nowhere": lambda _item: False,
    "org:none,nowhere": lambda _item: True,
}
RANGES: dict[str, Holds] = {
    "custom.go_live:>=2026-01-05": lambda item: item["custom"].get("go_live", "") >= "2026-01-05",
    "custom.go_live:>2026-01-05": lambda item: item["custom"].get("go_live", "") > "2026-01-05",
    "custom.go_live:2026-01-02..2026-01-06 -is:closed": lambda item: (
        "2026-01-02" <= item["custom"].get("go_live", "") <= "2026-01-06" and item["closed_at"] is None
    ),
    "custom.go_live:<2025-01-01": lambda _item: False,
    "custom.seats:<3": lambda item: item["custom"].get("seats", 9) < 3,
    "custom.seats:>=2 priority:high,low": lambda item: (
        item["custom"].get("seats", 0) >= 2 and item["priority"]["slug"] in ("high", "low")
    ),
}


@pytest.fixture
async def many(client: MakeClient, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    """Two dozen incidents of every kind, whose times collide; some without a due time, some resolved, closed or deleted."""
    admin = await client("admin")
    for slug, kind in (("go_live", "date"), ("seats", "number")):
        field = {"slug": slug, "name": slug, "type": kind}
        assert (await admin.post("/api/incidents/v1/custom-fields", json=field)).status_code == 201
    picks = random.Random(7)
    made = []
    for number in range(24):
        more: dict[str, Any] = {"impact": "the shop"} if number % 3 == 0 else {}
        if number % 5:
            more["custom"] = {"go_live": f"2026-01-{number % 9 + 1:02}", "seats": number % 4}
        made.append(await make(admin, priority=picks.choice(["critical", "high", "low"]), **more))
    for incident in made[::2]:
        await act(admin, incident, "resolve")
    for incident in made[::6]:
        await act(admin, incident, "close")
    for incident in made[5::9]:
        assert (await admin.delete(f"{API}/{incident['id']}")).status_code == 204
    async with database.tenant(tenant.id) as tx:
        for incident in made:
            times = [BASE + timedelta(hours=picks.randrange(5)) for _ in TIMES]
            await tx.run(
                "update incidents set created_at = $3, updated_at = $4,"
                " due_at = case when reference_no % 4 = 0 then null else $5::timestamptz end,"
                " closed_at = case when closed_at is not null then $6::timestamptz end,"
                " resolved_at = case when resolved_at is not null then $7::timestamptz end where tenant_id = $1 and id = $2",
                *(tenant.id, incident["id"], *times),
            )
    return admin


@pytest.mark.parametrize("at_once", [False, True], ids=["a stretch is long", "a stretch is short"])
async def test_every_way_holds_the_same(
    many: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, *, at_once: bool
) -> None:
    monkeypatch.setattr(store.stretches, "GLANCE", 5)
    monkeypatch.setattr(store.stretches, "FENCE", timedelta(days=36_500) if at_once else timedelta(0))
    asked = list(QUERIES.items())[: 4 if at_once else None]
    for sort in SORTS[at_once::2]:
        everything = await collect(many, sort=sort, limit=3)
        for q, holds in asked:
            found = [item["id"] for item in await collect(many, q=q, sort=sort, limit=3)]
            assert found == [item["id"] for item in everything if holds(item)], (sort, q)


@pytest.mark.parametrize(("few", "stretch"), [(0, 1), (100, 1), (0, 1000), (3, 5)])
async def test_a_range_of_a_custom_field_holds_the_same(
    many: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, few: int, stretch: int
) -> None:
    """Near the beginning of the list, read at once, and walked along to the end."""
    for name, value in (("READ", few), ("READ_AT_ONCE", few), ("STRETCH", stretch)):
        monkeypatch.setattr(store.ranges, name, value)
    for sort in SORTS[few % 2 :: 2]:
        everything = await collect(many, sort=sort, limit=3)
        for q, holds in RANGES.items():
            found = [item["id"] for item in await collect(many, q=q, sort=sort, limit=3)]
            assert found == [item["id"] for item in everything if holds(item)], (sort, q)


async def test_a_moment_of_the_past_is_sorted_as_the_present_is(many: httpx.AsyncClient) -> None:
    """What was touched since and what wasn't are read apart: together they stand in the list's order on every page."""
    moment = datetime.now(UTC).isoformat()
    before = {sort: [item["id"] for item in await collect(many, sort=sort, limit=3)] for sort in SORTS}
    shown = await collect(many, sort="reference_code", q="is:open", limit=3)
    for incident in shown[::2]:
        await act(many, incident, "resolve")
    for sort in ("created_at", "priority", "-reference_code"):
        then = [item["id"] for item in await collect(many, sort=sort, limit=3, as_of=moment)]
        assert then == (before[sort] if sort in before else before["reference_code"][::-1]), sort
    found = await collect(many, sort="reference_code", q="is:open", as_of=moment, limit=3)
    assert [item["id"] for item in found] == [item["id"] for item in shown]
