"""The life of an incident through HTTP: create, read, change, work, resolve, close, reopen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

API = "/api/incidents/v1/incidents"
MakeClient = Callable[..., Awaitable[httpx.AsyncClient]]


async def make(client: httpx.AsyncClient, **body: object) -> dict[str, object]:
    answer = await client.post(API, json={"title": "Printer on fire", **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_create_answers_the_whole_shape(client: MakeClient) -> None:
    admin = await client("admin")
    answer = await admin.post(API, json={"title": "  Printer on fire ", "priority": "high", "category": "hardware"})
    assert answer.status_code == 201
    incident = answer.json()
    assert answer.headers["location"] == f"{API}/{incident['id']}"
    assert incident["title"] == "Printer on fire"
    assert incident["reference_code"].startswith("INC-000")
    assert incident["status"]["slug"] == "open"
    assert incident["priority"]["slug"] == "high"
    assert incident["priority"]["level"] == 2
    assert incident["category"]["slug"] == "hardware"
    assert incident["reporter"]["type"] == "user"
    assert incident["assigned_to"] is None
    assert incident["assignees"] == []
    assert incident["due_at"] == incident["sla"]["resolution_due_at"]
    assert incident["version"] == 1
    again = await admin.get(f"{API}/{incident['reference_code']}")
    assert again.json() == incident
    assert again.headers["etag"] == '"1"'
