"""Service-level policies: which promise an incident gets, and what moves when one changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.sla.test_api import INCIDENTS, OFFICE, SLA, answered
from tocsin.sla import rules
from tocsin.sla.rules import Case, Configuration, Promise, Promises

Make = Callable[..., Awaitable[httpx.AsyncClient]]


def minutes(incident: dict[str, Any]) -> tuple[int, int, int | None]:
    sla = incident["sla"]
    return sla["response_target_minutes"], sla["resolution_target_minutes"], sla["update_target_minutes"]


async def test_the_more_a_policy_is_about_the_more_it_says(client: Make) -> None:
    api = await client("admin")
    team = await answered(await api.post("/api/access/v1/teams", json={"name": "Network", "slug": "network"}), 201)
    for body in (
        {"name": "All", "targets": [{"priority": "high", "response_minutes": 50, "update_minutes": 120}]},
        {
            "name": "Network category",
            "category": "network",
            "targets": [{"priority": "high", "resolution_minutes": 300}],
        },
        {"name": "Network team", "team": "network", "targets": [{"priority": "high", "resolution_minutes": 200}]},
    ):
        await answered(await api.post(f"{SLA}/policies", json=body), 201)
    make = {"title": "Switch", "priority": "high"}
    plain = await answered(await api.post(INCIDENTS, json=make), 201)
    assert minutes(plain) == (50, 480, 120)
    about = await answered(await api.post(INCIDENTS, json={**make, "category": "network"}), 201)
    assert minutes(about) == (50, 300, 120)
    given = await answered(await api.post(f"{INCIDENTS}/{about['id']}/assign", json={"team": team["id"]}))
    assert minutes(given) == (50, 200, 120)
    explained = await answered(await api.get(f"{INCIDENTS}/{about['id']}/sla/explain"))
    assert (explained["resolution"]["policy"], explained["resolution"]["policy_version"]) == ("Network team", 1)
    assert explained["update"]["target_minutes"] == 120


async def test_a_reporters_organisation_is_promised_more(client: Make, connect: Any, tenant: Any) -> None:
    api = await client("admin")
    line = {"priority": "medium", "resolution_minutes": 60}
    await answered(
        await api.post(f"{SLA}/policies", json={"name": "Gold", "organisation": " ACME  corp ", "targets": [line]}), 201
    )
    told = {"title": "Down", "email": "a@example.com", "organization": "Acme Corp"}
    sent = await answered(
        await connect().post("/api/incidents/v1/public/submit", json=told, headers={"X-Tenant": tenant.slug}), 201
    )
    found = await answered(await api.get(f"{INCIDENTS}/{sent['reference_code']}"))
    assert found["sla"]["resolution_target_minutes"] == 60
    renewed = await answered(await api.put(f"{INCIDENTS}/{found['id']}", json={"category": "network"}))
    assert renewed["sla"]["resolution_target_minutes"] == 60


async def test_saving_a_policy_moves_running_clocks_only_when_told(client: Make) -> None:
    api = await client("admin")
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "priority": "high"}), 201)
    new = {"name": "Short", "targets": [{"priority": "high", "resolution_minutes": 90}]}
    seen = await answered(await api.post(f"{SLA}/what-if", json={"change": new}))
    assert [(one["clock"], one["minutes"]) for one in seen["items"]] == [("resolution", 90 - 480)]
    await answered(await api.post(f"{SLA}/policies", json=new), 201)
    assert (await answered(await api.get(f"{INCIDENTS}/{made['id']}")))["sla"] == made["sla"]
    change = {"targets": [{"priority": "high", "resolution_minutes": 100}]}
    seen = await answered(await api.post(f"{SLA}/what-if", json={"policy": "short", "change": change}))
    await answered(await api.put(f"{SLA}/policies/short", json={**change, "apply_to_running": True}))
    after = await answered(await api.get(f"{INCIDENTS}/{made['id']}"))
    assert after["due_at"] == after["sla"]["resolution_due_at"] == seen["items"][0]["new_due_at"]
    told = await answered(await api.get(f"{INCIDENTS}/{made['id']}/activity", params={"type": "DueChanged"}))
    assert [one["data"]["because"] for one in told["items"]] == ["policy"]
    assert (await api.delete(f"{SLA}/policies/short")).status_code == 204
    explained = await answered(await api.get(f"{INCIDENTS}/{made['id']}/sla/explain"))
    assert explained["resolution"]["policy"] == "Short"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "targets"),
        ({"targets": [{"priority": "high"}]}, "targets[0]"),
        ({"targets": [{"priority": "nope", "response_minutes": 1}]}, "targets[0].priority"),
        ({"targets": [{"priority": "high", "response_minutes": 1}] * 2}, "targets[1].priority"),
        ({"targets": [{"priority": "high", "response_minutes": -1}]}, "targets[0].response_minutes"),
        ({"targets": [{"priority": "high", "response_minutes": 10**9}]}, "targets[0].response_minutes"),
        ({"targets": [{"priority": "high", "calendar": "nope"}]}, "targets[0].calendar"),
        ({"hands_minutes": 60}, "hands_minutes"),
        ({"calendar": str(uuid4())}, "calendar"),
        ({"category": "nope", "maximum_extensions": 1}, "category"),
        ({"team": "nope", "maximum_extensions": 1}, "team"),
        ({"name": "", "maximum_extensions": 1}, "name"),
        ({"warning_percents": [0]}, "warning_percents[0]"),
    ],
)
async def test_what_is_wrong_with_a_policy_is_named(client: Make, body: dict[str, Any], field: str) -> None:
    api = await client("admin")
    refused = await answered(await api.post(f"{SLA}/policies", json={"name": "Gold", **body}), 422)
    assert [one["field"] for one in refused["errors"]] == [field]


async def test_a_calendar_in_use_is_not_deleted(client: Make) -> None:
    api = await client("admin")
    await answered(await api.post(f"{SLA}/calendars", json={"name": "Office", "hours": OFFICE}), 201)
    made = await answered(await api.post(f"{SLA}/policies", json={"name": "Gold", "calendar": "office"}), 201)
    incident = await answered(await api.post(INCIDENTS, json={"title": "Printer"}), 201)
    started = datetime.fromisoformat(incident["sla"]["started_at"])
    assert datetime.fromisoformat(incident["due_at"]) > started + timedelta(minutes=1440)
    assert (await api.delete(f"{SLA}/calendars/office")).status_code == 409
    await answered(await api.put(f"{SLA}/policies/{made['id']}", json={"calendar": None, "maximum_extensions": 1}))
    assert (await api.delete(f"{SLA}/calendars/office")).status_code == 204
    assert not (await answered(await api.get(f"{SLA}/calendars/office")))["is_active"]
    assert (await api.post(f"{SLA}/policies", json={"name": "B", "calendar": "office"})).status_code == 422


def test_parts_of_a_promise_come_from_the_first_that_says_something() -> None:
    high, network = uuid4(), uuid4()
    plain = Promises(id=uuid4(), name="Plain", version=3, warning_percents=(50,), extensions=2)
    fine = Promises(
        id=uuid4(), name="Fine", version=1, category_id=network,
        lines=(Promise(priority_id=high, update_minutes=30),),
    )  # fmt: skip
    configuration = Configuration(warning_percents=(90, 75), promises=(plain, fine))
    policy = rules.choose(configuration, Case(10, 20, "high", high, network))
    assert (policy.targets.response_minutes, policy.targets.update_minutes) == (10, 30)
    assert (policy.warning_percents, policy.extensions) == ((50,), 2)
    assert {(one.what, one.name, one.version) for one in policy.sources} == {
        ("update", "Fine", 1),
        ("warnings", "Plain", 3),
        ("extensions", "Plain", 3),
    }
    assert rules.choose(Configuration(warning_percents=(90, 75)), Case(None, None, "high")).warning_percents == (75, 90)
