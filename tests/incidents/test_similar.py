"""Likely duplicates: open, recent, one's own tenant's, and only what one may see."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, act, make


async def like(client: httpx.AsyncClient, title: str, **more: Any) -> list[str]:
    answer = await client.post(f"{API}/similar", json={"title": title, **more})
    assert answer.status_code == 200, answer.text
    page = answer.json()
    likeness = [item["similarity"] for item in page["items"]]
    assert likeness == sorted(likeness, reverse=True)
    return [item["incident"]["title"] for item in page["items"]]


async def test_open_ones_with_a_similar_title(client: MakeClient) -> None:
    admin = await client("admin")
    for title in ("VPN drops every hour", "VPN drops each hour", "Printer on fire", "Coffee machine"):
        await make(admin, title)
    closed = await make(admin, "VPN drops every our")
    await act(admin, closed, "close")
    gone = await make(admin, "VPN drops every hour!")
    assert (await admin.delete(f"{API}/{gone['id']}")).status_code == 204
    assert await like(admin, "vpn drops  every hour") == ["VPN drops every hour", "VPN drops each hour"]
    assert await like(admin, "vpn drops every hour", limit=1) == ["VPN drops every hour"]
    assert await like(admin, "xyz") == []
    assert await like(admin, "Something else entirely") == []
    one = (await admin.get(API, params={"q": "title:each"})).json()["items"][0]
    beside = (await admin.get(f"{API}/{one['reference_code']}/similar")).json()["items"]
    assert [item["incident"]["title"] for item in beside] == ["VPN drops every hour"]


async def test_reporters_see_their_own_alone(client: MakeClient, member: Any, connect: Any) -> None:
    admin, reporter = await client("admin"), connect((await member("reporter")).token)
    secret = await make(admin, "Payroll server stolen")
    assert await like(reporter, "Payroll server stolen") == []
    await make(reporter, "Payroll server slow")
    assert await like(reporter, "Payroll server stolen") == ["Payroll server slow"]
    assert (await reporter.get(f"{API}/{secret['id']}/similar")).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"title": 5}, {"title": "x" * 1001}, {"title": "abcd", "limit": 0}, {"title": "a", "x": 1}]
)
async def test_bad_bodies(client: MakeClient, body: dict[str, Any]) -> None:
    assert (await (await client("viewer")).post(f"{API}/similar", json=body)).status_code == 422
