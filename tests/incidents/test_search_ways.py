"""Whichever way words are found (walked along, read at once, both): the same incidents in the same order on every page."""

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

SORTS = ("created_at", "-created_at", "-updated_at", "priority", "time_left", "-due_at")
EXPECTED = {"few": 0, "some": 7, "many": 10**6}
"""What PostgreSQL is made to expect, with the bounds of `narrow_bounds`."""
TITLES = ("alpha beta", "alpha", "beta gamma", "gamma alpha", "beta alpha delta", "delta", "alpha delta", "gamma beta")
QUERIES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "alpha": lambda item: "alpha" in item["title"],
    '"alpha beta"': lambda item: "alpha beta" in item["title"],
    "title:alpha": lambda item: "alpha" in item["title"],
    "al* -beta": lambda item: "alpha" in item["title"] and "beta" not in item["title"],
    "alpha OR gamma": lambda item: "alpha" in item["title"] or "gamma" in item["title"],
    "is:open alpha": lambda item: "alpha" in item["title"] and item["resolved_at"] is None,
    "priority:high beta": lambda item: "beta" in item["title"] and item["priority"]["slug"] == "high",
}


@pytest.fixture
def narrow_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds of a million, for two dozen incidents."""
    for name, value in (("LOOKED_UP", 5), ("HELD", (3, 8)), ("JUDGED", (3, 8)), ("GLANCE", 2), ("STRETCH", 7)):
        monkeypatch.setattr(store.words, name, value)
    monkeypatch.setattr(store.page, "STRETCH", 7)


@pytest.fixture
async def worded(client: MakeClient, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    """Two dozen incidents of words in every mixture, whose times collide; some resolved, some deleted."""
    admin = await client("admin")
    picks = random.Random(11)
    made = [await make(admin, TITLES[n % 8], priority=picks.choice(["critical", "high", "low"])) for n in range(24)]
    for incident in made[::5]:
        await act(admin, incident, "resolve")
    for incident in made[::7]:
        assert (await admin.delete(f"{API}/{incident['id']}")).status_code == 204
    async with database.tenant(tenant.id) as tx:
        for incident in made:
            created, updated = (
                datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=picks.randrange(5)) for _ in range(2)
            )
            await tx.run(
                "update incidents set created_at = $3, updated_at = $4 where tenant_id = $1 and id = $2",
                *(tenant.id, incident["id"], created, updated),
            )
            await tx.run(
                "update incident_search set created_at = $3 where tenant_id = $1 and incident_id = $2",
                *(tenant.id, incident["id"], created),
            )
    return admin


@pytest.mark.usefixtures("narrow_bounds")
async def test_every_way_finds_the_same(worded: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, int | None] = {"expected": None}

    async def expect(*_: Any) -> int | None:
        return answers["expected"]

    monkeypatch.setattr(store.page, "how_common", expect)
    for sort in SORTS:
        everything = await collect(worded, sort=sort, limit=3)
        for q, holds in QUERIES.items():
            wanted = [item["id"] for item in everything if holds(item)]
            assert wanted
            for name, expected in EXPECTED.items():
                answers["expected"] = expected
                found = [item["id"] for item in await collect(worded, q=q, sort=sort, limit=3)]
                assert found == wanted, (sort, q, name)
