"""What the tests of incidents do again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

API = "/api/incidents/v1/incidents"
MakeClient = Callable[..., Awaitable[httpx.AsyncClient]]


async def make(client: httpx.AsyncClient, title: str = "Printer on fire", **body: Any) -> dict[str, Any]:
    """Create an incident."""
    answer = await client.post(API, json={"title": title, **body})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def act(client: httpx.AsyncClient, incident: dict[str, Any], verb: str, /, **body: Any) -> dict[str, Any]:
    """Run a workflow verb that succeeds; the incident after it."""
    answer = await client.post(f"{API}/{incident['id']}/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def refused(client: httpx.AsyncClient, incident: dict[str, Any], verb: str, status: int, /, **body: Any) -> Any:
    """Run a workflow verb that is refused with a status; the problem."""
    answer = await client.post(f"{API}/{incident['id']}/{verb}", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json()


async def events(client: httpx.AsyncClient, incident: dict[str, Any]) -> list[Any]:
    """The incident's events, oldest first."""
    answer = await client.get(f"{API}/{incident['id']}/activity", params={"limit": 200})
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["items"]))


def fields(problem: Any) -> list[str]:
    """The fields a problem names."""
    return [error["field"] for error in problem["errors"]]
