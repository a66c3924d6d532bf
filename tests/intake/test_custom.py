"""Custom fields asked of the public: on the form and through the API, only those that the organisation shows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conftest import Client
from tests.incidents.steps import API as INCIDENTS, MakeClient, fields
from tests.incidents.test_custom import define
from tests.intake.test_public import REPORT, SUBMIT
from tocsin.tenancy.model import Tenant


@pytest.fixture
def stranger(connect: Client, tenant: Tenant) -> httpx.AsyncClient:
    return connect(None, **{"X-Tenant": tenant.slug})


async def asked(admin: httpx.AsyncClient) -> None:
    await define(admin, "site", "choice", choices=["Berlin", "Paris"], required_at="create", is_public=True)
    await define(admin, "parts", "multi_choice", choices=["fan", "disk"], is_public=True, categories=["hardware"])
    await define(admin, "cost", "number", is_public=True)
    await define(admin, "secret", "text", required_at="create")


async def custom_of(admin: httpx.AsyncClient, reference: str) -> Any:
    return (await admin.get(f"{INCIDENTS}/{reference}")).json()["custom"]


async def test_a_program_sends_values_and_hears_what_is_wrong(client: MakeClient, stranger: httpx.AsyncClient) -> None:
    admin = await client("admin")
    await asked(admin)
    for custom, named in (
        ({}, ["custom.site"]),
        ({"site": "Rome", "cost": "5"}, ["custom.site", "custom.cost"]),
        ({"site": "Paris", "secret": "x"}, ["custom.secret"]),
        ({"site": "Paris", "parts": ["fan"]}, ["custom.parts"]),
        ({"site": "Paris", "nothing": 1}, ["custom.nothing"]),
    ):
        answer = await stranger.post(SUBMIT, json={**REPORT, "custom": custom})
        assert (answer.status_code, fields(answer.json())) == (422, named)
    body = {**REPORT, "category": "hardware", "custom": {"site": "Paris", "parts": ["fan"], "cost": 5}}
    answer = await stranger.post(SUBMIT, json=body)
    assert answer.status_code == 201, answer.text
    assert await custom_of(admin, answer.json()["reference_code"]) == {"site": "Paris", "parts": ["fan"], "cost": 5}
    form = {**REPORT, "category": "hardware", "custom.site": "Berlin", "custom.parts": ["fan", "disk"]}
    answer = await stranger.post(SUBMIT, data=form)
    assert answer.status_code == 201, answer.text
    assert await custom_of(admin, answer.json()["reference_code"]) == {"site": "Berlin", "parts": ["fan", "disk"]}


async def test_the_form_asks_and_keeps_what_was_typed(
    client: MakeClient, stranger: httpx.AsyncClient, tenant: Tenant
) -> None:
    admin = await client("admin")
    await asked(admin)
    page = (await stranger.get(f"/p/{tenant.slug}")).text
    assert 'id="custom.site"' in page
    assert "Only if it is about: Hardware." in page
    assert "custom.secret" not in page
    parts = [(name, (None, text)) for name, text in REPORT.items()]
    wrong = await stranger.post(f"/p/{tenant.slug}", files=[*parts, ("custom.cost", (None, "much"))])
    assert wrong.status_code == 422
    for name in ("custom.site", "custom.cost"):
        assert f'id="{name}-error"' in wrong.text
    assert 'value="much"' in wrong.text
    filled = [("category", "hardware"), ("custom.site", "Paris"), ("custom.parts", "fan"), ("custom.parts", "disk")]
    parts += [(name, (None, text)) for name, text in [*filled, ("custom.cost", "1,5")]]
    answer = await stranger.post(f"/p/{tenant.slug}", files=parts)
    assert answer.status_code == 201, answer.text[:500]
    newest = (await admin.get(INCIDENTS)).json()["items"][0]
    assert newest["custom"] == {"site": "Paris", "parts": ["fan", "disk"], "cost": 1.5}


async def test_a_field_of_some_categories_is_asked_where_a_category_is(
    client: MakeClient, stranger: httpx.AsyncClient, tenant: Tenant
) -> None:
    admin = await client("admin")
    await define(admin, "room", is_public=True, required_at="create", categories=["hardware", "network"])
    page = (await stranger.get(f"/p/{tenant.slug}")).text
    assert '<div class="tc-field" data-only-for="hardware network">' in page
    assert '<label for="custom.room">Room</label>' in page
    without = {"settings": {"public_fields": ["description"]}}
    assert (await admin.put("/api/tenancy/v1/tenant", json=without)).status_code == 200
    assert "custom.room" not in (await stranger.get(f"/p/{tenant.slug}")).text
