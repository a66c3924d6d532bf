"""Calendars, explanations and previews through HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

SLA = "/api/sla/v1"
INCIDENTS = "/api/incidents/v1/incidents"
OFFICE = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
Make = Callable[..., Awaitable[httpx.AsyncClient]]


async def answered(reply: httpx.Response, status: int = 200) -> Any:
    assert reply.status_code == status, reply.text
    return reply.json() if reply.content else None


async def test_a_calendar_is_made_changed_and_replaced_as_default(client: Make) -> None:
    api = await client("admin")
    first = await answered(await api.get(f"{SLA}/calendars"))
    assert [(one["slug"], one["is_default"]) for one in first["items"]] == [("24x7", True)]
    body = {"name": "Office", "time_zone": "Europe/Berlin", "hours": OFFICE, "is_default": True}
    reply = await api.post(f"{SLA}/calendars", json={**body, "holidays": [{"date": "2026-12-25", "name": "Christmas"}]})
    made = await answered(reply, 201)
    assert reply.headers["Location"] == f"{SLA}/calendars/{made['id']}"
    assert (made["slug"], made["version"], made["hours"]) == ("office", 1, OFFICE)
    assert made["holidays"] == [{"date": "2026-12-25", "name": "Christmas"}]
    assert not (await answered(await api.get(f"{SLA}/calendars/24x7")))["is_default"]
    changed = await answered(await api.put(f"{SLA}/calendars/office", json={"hours": {"mon": [["22:00", "06:00"]]}}))
    assert (changed["version"], changed["hours"]) == (2, {"mon": [["22:00", "06:00"]]})
    assert (await api.put(f"{SLA}/calendars/office", json={"is_default": False})).status_code == 409
    assert (await api.delete(f"{SLA}/calendars/office")).status_code == 409
    assert (await api.post(f"{SLA}/calendars", json={**body, "slug": "office"})).status_code == 409
    assert (await api.delete(f"{SLA}/calendars/24x7")).status_code == 204
    assert (await api.get(f"{SLA}/calendars/24x7")).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hours": {}}, "hours"),
        ({"hours": {"mon": [["09:00", "09:00"]]}}, "hours.mon[0]"),
        ({"hours": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "hours.mon[1]"),
        ({"hours": {"someday": []}}, "hours.someday"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"name": " "}, "name"),
        ({"slug": "Not A Slug"}, "slug"),
        ({"holidays": [{"date": "2026-12-25"}, {"date": "2026-12-25"}]}, "holidays[1].date"),
        ({"holidays": [{"date": "0001-12-25"}]}, "holidays[0].date"),
    ],
)
async def test_what_is_wrong_with_a_calendar_is_named(client: Make, change: dict[str, Any], field: str) -> None:
    api = await client("admin")
    body = {"name": "Office", "hours": OFFICE, **change}
    refused = await answered(await api.post(f"{SLA}/calendars", json=body), 422)
    assert [one["field"] for one in refused["errors"]] == [field]


async def test_holidays_of_a_region_are_added_and_own_ones_stay(client: Make) -> None:
    api = await client("admin")
    own = [{"date": "2026-12-25", "name": "Our party"}, {"date": "2026-08-03", "name": "Founder's day"}]
    await answered(await api.post(f"{SLA}/calendars", json={"name": "Munich", "hours": OFFICE, "holidays": own}), 201)
    asked = {"country": "DE", "region": "BY", "first": 2026, "last": 2027}
    after = await answered(await api.post(f"{SLA}/calendars/munich/holidays", json=asked))
    found = {one["date"]: one["name"] for one in after["holidays"]}
    assert found["2026-12-25"] == "Our party"
    assert found["2027-01-06"] == "Epiphany"
    assert after["version"] == 2
    again = await answered(await api.post(f"{SLA}/calendars/munich/holidays", json=asked))
    assert again["version"] == 2
    for wrong, field in (
        ({"country": "XX"}, "country"),
        ({"region": "ZZ"}, "region"),
        ({"last": 2020}, "first"),
        ({"last": 2120}, "last"),
    ):
        refused = await answered(await api.post(f"{SLA}/calendars/munich/holidays", json=asked | wrong), 422)
        assert [one["field"] for one in refused["errors"]] == [field]
    shown = await answered(
        await api.get(f"{SLA}/places/DE/holidays", params={"region": "BY", "first": 2026, "last": 2026})
    )
    assert len(shown["items"]) == 12
    assert "BY" in next(
        p["regions"]
        for p in (await answered(await api.get(f"{SLA}/places", params={"limit": 200})))["items"]
        if p["country"] == "DE"
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_an_explanation_leads_from_the_start_to_the_due_time(client: Make) -> None:
    api = await client("admin")
    body = {"name": "Mornings", "time_zone": "Europe/Berlin", "is_default": True}
    mornings = {day: [["08:00", "12:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    await answered(await api.post(f"{SLA}/calendars", json={**body, "hours": mornings}), 201)
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "priority": "high"}), 201)
    found = await answered(await api.get(f"{INCIDENTS}/{made['reference_code']}/sla/explain"))
    resolution = found["resolution"]
    assert resolution["due_at"] == made["sla"]["resolution_due_at"]
    assert (resolution["target_minutes"], resolution["calendar"]) == (480, "Mornings")
    assert sum(one["minutes"] for one in resolution["spans"] if one["state"] == "running") == 480
    spans = resolution["spans"]
    assert moment(spans[0]["from"]) == moment(resolution["started_at"])
    assert spans[-1]["to"] == resolution["due_at"]
    for one, following in pairwise(spans):
        assert one["to"] == following["from"]
    closed = next(one for one in spans if one["state"] == "closed")
    assert closed["reason"] == "Outside the hours of Mornings"
    assert found["update"] is None
    assert [(one["percent"], one["is_given"]) for one in resolution["warnings"]] == [(75, False), (90, False)]
    assert spans[0]["from"] < resolution["warnings"][0]["at"] < resolution["warnings"][1]["at"] < resolution["due_at"]
    assert (await api.get(f"{INCIDENTS}/INC-999999/sla/explain")).status_code == 404


async def test_a_preview_tells_what_saving_does(client: Make) -> None:
    api = await client("admin")
    await answered(
        await api.post(f"{SLA}/calendars", json={"name": "Office", "hours": OFFICE, "is_default": True}), 201
    )
    made = [
        await answered(await api.post(INCIDENTS, json={"title": f"Printer {n}", "priority": priority}), 201)
        for n, priority in enumerate(("low", "high", "critical"))
    ]
    change = {"hours": {"mon": [["09:00", "12:00"]]}}
    seen = await answered(await api.post(f"{SLA}/what-if", json={"calendar": "office", "change": change}))
    assert (seen["checked"], seen["following"], seen["moved"]) == (3, 3, len(seen["items"]))
    assert (await answered(await api.get(f"{SLA}/calendars/office")))["version"] == 1
    kept = await answered(await api.get(f"{INCIDENTS}/{made[0]['id']}"))
    assert kept["sla"] == made[0]["sla"]
    await answered(await api.put(f"{SLA}/calendars/office", json={**change, "apply_to_running": True}))
    for one in made:
        after = await answered(await api.get(f"{INCIDENTS}/{one['id']}"))
        for clock in ("response", "resolution"):
            told = [m for m in seen["items"] if m["clock"] == clock and m["incident"]["id"] == one["id"]]
            before_due, after_due = one["sla"][f"{clock}_due_at"], after["sla"][f"{clock}_due_at"]
            assert [(m["due_at"], m["new_due_at"]) for m in told] == (
                [(before_due, after_due)] if before_due != after_due else []
            )
            for m in told:
                assert m["minutes"] == pytest.approx((moment(after_due) - moment(before_due)) / timedelta(minutes=1))
        assert after["due_at"] == after["sla"]["resolution_due_at"]


async def test_running_clocks_keep_what_they_began_with(client: Make) -> None:
    api = await client("admin")
    await answered(
        await api.post(f"{SLA}/calendars", json={"name": "Office", "hours": OFFICE, "is_default": True}), 201
    )
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer"}), 201)
    change = {"hours": {"mon": [["09:00", "12:00"]]}}
    await answered(await api.put(f"{SLA}/calendars/office", json=change))
    assert (await answered(await api.get(f"{INCIDENTS}/{made['id']}")))["sla"] == made["sla"]
    targets = {"response_time_minutes": 30, "resolution_time_minutes": 60}
    seen = await answered(await api.post(f"{SLA}/what-if", json={"priority": "medium", "change": targets}))
    assert {one["clock"] for one in seen["items"]} == {"response", "resolution"}
    for wrong in ({"priority": "nope", "change": {}}, {"calendar": "nope", "change": {}}, {"change": {}}):  # type: ignore[var-annotated]
        assert (await api.post(f"{SLA}/what-if", json=wrong)).status_code == 422
    assert (
        await api.post(f"{SLA}/what-if", json={"priority": "high", "change": {"resolution_time_minutes": -1}})
    ).status_code == 422
    assert (
        await api.post(f"{SLA}/what-if", json={"calendar": "office", "change": {"hours": {"mon": []}}})
    ).status_code == 422


async def test_a_change_of_priority_keeps_the_old_clocks_beside(client: Make) -> None:
    api = await client("admin")
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "priority": "low"}), 201)
    after = await answered(await api.put(f"{INCIDENTS}/{made['id']}", json={"priority": "critical"}))
    started = moment(made["sla"]["started_at"])
    assert moment(after["sla"]["resolution_due_at"]) == started + timedelta(minutes=240)
    (first, second) = (await answered(await api.get(f"{INCIDENTS}/{made['id']}/sla/promises")))["items"]
    assert (first["priority"], first["is_active"], first["resolution_due_at"]) == ("low", False, made["due_at"])
    assert (second["priority"], second["is_active"], second["until"]) == ("critical", True, None)
    assert first["until"] == second["since"]
    done = await answered(await api.post(f"{INCIDENTS}/{made['id']}/resolve", json={}))
    assert done["sla"]["resolution_outcome"] == "met"


async def test_targets_of_a_priority_move_running_clocks_when_told(client: Make) -> None:
    api = await client("admin")
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "priority": "high"}), 201)
    change = {"resolution_time_minutes": 60}
    kept = await answered(await api.put(f"{SLA}/priorities/high", json=change))
    assert (kept["resolution_time_minutes"], kept["response_time_minutes"]) == (60, 60)
    assert (await answered(await api.get(f"{INCIDENTS}/{made['id']}")))["due_at"] == made["due_at"]
    await answered(
        await api.put(f"{SLA}/priorities/high", json={"resolution_time_minutes": 90, "apply_to_running": True})
    )
    after = await answered(await api.get(f"{INCIDENTS}/{made['id']}"))
    assert moment(after["due_at"]) == moment(made["sla"]["started_at"]) + timedelta(minutes=90)


async def test_a_pause_names_the_status_that_paused(client: Make) -> None:
    api = await client("admin")
    statuses = "/api/incidents/v1/statuses"
    await answered(await api.post(statuses, json={"name": "At the supplier", "pauses_sla": True}), 201)
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "status": "at-the-supplier"}), 201)
    path = f"{INCIDENTS}/{made['id']}"
    for status in ("in-progress", "waiting"):
        await answered(await api.post(f"{path}/transition", json={"status": status}))
    found = (await answered(await api.get(f"{path}/sla/explain")))["resolution"]["spans"]
    paused = [(span["status"], span["reason"]) for span in found if span["state"] == "paused"]
    assert paused == [
        ("At the supplier", "Paused: the status At the supplier stops the clock"),
        ("Waiting", "Paused: the status Waiting stops the clock"),
    ]
    assert "Paused: the status Waiting stops the clock" in (await api.get(f"/incidents/{made['reference_code']}")).text
