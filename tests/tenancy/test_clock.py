"""A sandbox's clock: moved by hand, and everything due on the way happens, in order, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import make_member, make_tenant
from tocsin.db.tx import Database
from tocsin.tenancy.model import Tenant

INCIDENTS = "/api/incidents/v1/incidents"
CLOCK = "/api/tenancy/v1/clock"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Connect = Callable[..., httpx.AsyncClient]


async def make_sandbox(database: Database) -> Tenant:
    return await make_tenant(database, sandbox=True, clock_at=START)


@pytest.fixture
async def sandbox(database: Database) -> Tenant:
    return await make_sandbox(database)


async def api_of(database: Database, connect: Connect, tenant: Tenant, role: str = "admin") -> httpx.AsyncClient:
    return connect((await make_member(database, tenant, role, f"The {role}")).token)


async def advance(api: httpx.AsyncClient, by: str, status: int = 200) -> Any:
    reply = await api.post(f"{CLOCK}/advance", json={"by": by})
    assert reply.status_code == status, reply.text
    return reply.json()


def told(found: Any) -> list[tuple[str, str, str | None]]:
    return [(one["at"], one["what"], one["detail"].get("clock")) for one in found["happened"]]


async def test_what_is_due_happens_at_its_time_and_in_order(
    database: Database, connect: Connect, sandbox: Tenant
) -> None:
    api = await api_of(database, connect, sandbox)
    await make_member(database, sandbox, "manager", "Maja")
    shown = (await api.get(CLOCK)).json()
    assert shown == {"now": "2026-03-02T09:00:00Z", "kind": "sandbox"}
    made = (await api.post(INCIDENTS, json={"title": "Printer", "priority": "high"})).json()
    assert made["created_at"] == "2026-03-02T09:00:00Z"
    found = await advance(api, "PT1H")
    assert found["now"] == "2026-03-02T10:00:00Z"
    assert [one for one in told(found) if one[1] != "DeliveryRecorded"] == [
        ("2026-03-02T09:45:00Z", "SlaWarning", "response"),
        ("2026-03-02T09:54:00Z", "SlaWarning", "response"),
        ("2026-03-02T10:00:00Z", "SlaBreached", "response"),
    ]
    assert {one["incident"]["reference_code"] for one in found["happened"]} == {made["reference_code"]}
    deliveries = [one for one in found["happened"] if one["what"] == "DeliveryRecorded"]
    assert [(one["at"], one["detail"]["to"]) for one in deliveries] == [
        ("2026-03-02T09:45:00Z", "Maja"),
        ("2026-03-02T09:54:00Z", "Maja"),
        ("2026-03-02T10:00:00Z", "Maja"),
    ]
    assert (await advance(api, "PT0S"))["happened"] == []
    assert (await api.get(CLOCK)).json()["now"] == "2026-03-02T10:00:00Z"
    rest = await advance(api, "P1D")
    assert [one[:2] for one in told(rest) if one[1] == "SlaBreached"] == [("2026-03-02T17:00:00Z", "SlaBreached")]
    outside = (await api.get("/api/notifications/v1/deliveries", params={"state": "recorded"})).json()
    assert all(one["sent_at"] is None for one in outside["items"])


async def test_in_parts_or_at_once_the_same_happens(database: Database, connect: Connect) -> None:
    stories = []
    for parts in (["P3D"], ["PT7H", "PT17H", "P1D", "PT1M", "PT23H59M"]):
        tenant = await make_sandbox(database)
        api = await api_of(database, connect, tenant)
        await make_member(database, tenant, "manager", "Maja")
        for number, priority in enumerate(("low", "high", "critical", "medium")):
            body = {"title": f"Printer {number}", "priority": priority}
            assert (await api.post(INCIDENTS, json=body)).status_code == 201
        story: list[Any] = []
        for by in parts:
            found = await advance(api, by)
            story += [
                (at, what, clock, one["incident"]["reference_code"])
                for (at, what, clock), one in zip(told(found), found["happened"], strict=True)
            ]
        assert story == sorted(story, key=lambda one: one[0])
        stories.append(story)
    assert stories[0] == stories[1]
    assert len(stories[0]) > 20


async def test_what_is_refused(database: Database, connect: Connect, sandbox: Tenant, tenant: Tenant) -> None:
    api = await api_of(database, connect, sandbox)
    for by in ("-PT1H", "PT-1H", "1 hour", "P1M", "", "P99999D"):
        refused = await advance(api, by, 422)
        assert [one["field"] for one in refused["errors"]] == ["by"]
    live = await api_of(database, connect, tenant)
    await advance(live, "PT1H", 409)
    assert (await live.get(CLOCK)).json()["kind"] == "live"
    agent = await api_of(database, connect, sandbox, "agent")
    await advance(agent, "PT1H", 403)
    assert (await api.get(CLOCK)).json()["now"] == "2026-03-02T09:00:00Z"


async def test_only_one_moves_the_clock_at_a_time(database: Database, connect: Connect, sandbox: Tenant) -> None:
    api = await api_of(database, connect, sandbox)
    assert (await api.post(INCIDENTS, json={"title": "Printer"})).status_code == 201
    replies = await asyncio.gather(*(api.post(f"{CLOCK}/advance", json={"by": "P1D"}) for _ in range(3)))
    moved = sum(reply.status_code == 200 for reply in replies)
    assert {reply.status_code for reply in replies} <= {200, 409}
    assert moved >= 1
    now = datetime.fromisoformat((await api.get(CLOCK)).json()["now"])
    assert now == START + timedelta(days=moved)


async def test_the_same_key_moves_it_once(database: Database, connect: Connect, sandbox: Tenant) -> None:
    api = await api_of(database, connect, sandbox)
    sent = [await api.post(f"{CLOCK}/advance", json={"by": "PT1H"}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert sent[0].json() == sent[1].json() == {"now": "2026-03-02T10:00:00Z", "happened": []}
    other = await api.post(f"{CLOCK}/advance", json={"by": "PT2H"}, headers={"Idempotency-Key": "k"})
    assert other.status_code == 422
    assert (await api.get(CLOCK)).json()["now"] == "2026-03-02T10:00:00Z"


async def test_delegations_end_and_what_is_resolved_closes(
    database: Database, connect: Connect, sandbox: Tenant
) -> None:
    api = await api_of(database, connect, sandbox)
    owner, other = (
        await make_member(database, sandbox, "agent", "Ada"),
        await make_member(database, sandbox, "agent", "Bo"),
    )
    made = (
        await api.post(INCIDENTS, json={"title": "Printer", "priority": "low", "assigned_to": str(owner.id)})
    ).json()
    until = (START + timedelta(hours=2)).isoformat()
    body = {"user": str(other.id), "until": until}
    assert (await api.post(f"{INCIDENTS}/{made['id']}/delegate", json=body)).status_code == 200
    reminder = {
        "reminder_type": "follow_up",
        "scheduled_for": (START + timedelta(hours=1)).isoformat(),
        "channel": "email",
    }
    assert (await api.post(f"{INCIDENTS}/{made['id']}/reminders", json=reminder)).status_code == 201
    found = await advance(api, "PT3H")
    happened = [(at, what) for at, what, _ in told(found) if what in ("ReminderDue", "IncidentRecalled")]
    assert happened == [("2026-03-02T10:00:00Z", "ReminderDue"), ("2026-03-02T11:00:00Z", "IncidentRecalled")]
    after = (await api.get(f"{INCIDENTS}/{made['id']}")).json()
    assert after["assigned_to"]["id"] == str(owner.id)
