"""The screens of the service levels, through HTTP."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from tests.conftest import make_member, make_tenant
from tests.sla.test_api import INCIDENTS, OFFICE, SLA, answered
from tests.tenancy.test_clock import START
from tocsin.db.tx import Database

Make = Callable[..., Awaitable[httpx.AsyncClient]]
WEEK = {"name": "Office", "time_zone": "Europe/Berlin", "mon": "9-12, 13:00-17", "tue": "22:00-06:00"}


def _days(page: str) -> list[tuple[str, str]]:
    """The days of the editor, each with what its row holds."""
    return re.findall(r'<label for="calendar-(\w{3})">(.*?)</svg>', page, re.DOTALL)


async def test_a_week_is_edited_in_words(client: Make) -> None:
    api = await client("admin")
    made = await api.post("/admin/calendars", data={**WEEK, "holidays": "2026-12-25 Christmas\n\n2026-12-26"})
    assert made.status_code == 303
    path = made.headers["location"]
    page = (await api.get(path)).text
    assert 'value="09:00-12:00, 13:00-17:00"' in page
    assert "2026-12-25 Christmas\n2026-12-26" in page
    found = await answered(await api.get(f"{SLA}/calendars/office"))
    assert found["hours"] == {"mon": [["09:00", "12:00"], ["13:00", "17:00"]], "tue": [["22:00", "06:00"]]}
    drawn = {day: re.findall(r'class="is-open" x="([\d.]+)%" width="([\d.]+)%"', part) for day, part in _days(page)}
    assert drawn["tue"] == [("91.67", "8.33")]
    assert drawn["wed"] == [("0", "25.0")], "what runs overnight is drawn in the day after, too"
    refused = await api.post(path, data={**WEEK, "wed": "05:00-07:00", "_form": "calendar", "_back": path})
    assert refused.status_code == 422
    assert "These hours overlap others." in refused.text
    assert 'value="05:00-07:00"' in refused.text
    holidays = await api.post(f"{path}/holidays", data={"country": "DE-BY"})
    assert holidays.status_code == 303
    assert len((await answered(await api.get(f"{SLA}/calendars/office")))["holidays"]) > 20
    default = await api.post(f"{path}/default", data={})
    assert default.status_code == 303
    assert "default" in (await api.get("/admin/calendars")).text


async def test_the_week_is_drawn_with_the_nights_that_run_into_the_next_day(client: Make) -> None:
    api = await client("admin")
    hours = {"mon": [["22:00", "06:00"]], "wed": [["06:00", "12:00"]]}
    await answered(await api.post(f"{SLA}/calendars", json={"name": "Nights", "hours": hours}), 201)
    calendar = await answered(await api.get(f"{SLA}/calendars/nights"))
    path = f"/admin/calendars/{calendar['id']}"
    page = (await api.get(path)).text
    assert drawn(page) == {"mon": [91.67], "tue": [0.0], "wed": [25.0]}
    assert '<option value="DE-BY">Germany · BY</option>' in page
    typed = {**WEEK, "mon": "22:00-06:00", "tue": "nine", "_form": "calendar", "_back": path}
    assert drawn((await api.post(path, data=typed)).text) == {"mon": [91.67], "tue": [0.0]}


def drawn(page: str) -> dict[str, list[float]]:
    """Where the bars of each day begin, in per cent."""
    days = re.findall(r'name="(mon|tue|wed|thu|fri|sat|sun)".*?<svg(.*?)</svg>', page, re.DOTALL)
    bars = {day: [float(x) for x in re.findall(r'class="is-open" x="([\d.]+)%"', svg)] for day, svg in days}
    return {day: found for day, found in bars.items() if found}


async def test_what_would_move_is_shown_before_it_is_saved(client: Make) -> None:
    api = await client("admin")
    await answered(
        await api.post(f"{SLA}/calendars", json={"name": "Office", "hours": OFFICE, "is_default": True}), 201
    )
    made = await answered(await api.post(INCIDENTS, json={"title": "Printer", "priority": "low"}), 201)
    calendar = await answered(await api.get(f"{SLA}/calendars/office"))
    path = f"/admin/calendars/{calendar['id']}"
    seen = await api.post(path, data={**WEEK, "more": "preview"})
    assert seen.status_code == 200
    assert "due times would move" in seen.text
    assert made["reference_code"] in seen.text
    assert (await answered(await api.get(f"{SLA}/calendars/office")))["version"] == 1
    saved = await api.post(path, data={**WEEK, "apply_to_running": "true"})
    assert saved.status_code == 303
    after = await answered(await api.get(f"{INCIDENTS}/{made['id']}"))
    assert after["due_at"] != made["due_at"]


async def test_a_policy_is_a_table_of_targets(client: Make) -> None:
    api = await client("admin")
    assert "No policy refines" in (await api.get("/admin/sla")).text
    form: dict[str, Any] = {
        "name": "Gold",
        "category": "network",
        "priority": ["critical", "high"],
        "response": ["", "30 min"],
        "update": ["", "4 h"],
        "resolution": ["2 h", "8 h"],
        "line_calendar": ["", "24x7"],
        "warnings": "50, 80",
        "maximum_extensions": "2",
    }
    made = await api.post("/admin/sla", data=form)
    assert made.status_code == 303
    found = await answered(await api.get(f"{SLA}/policies/gold"))
    assert [(t["priority"]["slug"], t["response_minutes"], t["resolution_minutes"]) for t in found["targets"]] == [
        ("critical", None, 120),
        ("high", 30, 480),
    ]
    page = (await api.get(made.headers["location"])).text
    assert 'value="30 min"' in page
    assert 'value="50, 80"' in page
    wrong = {**form, "response": ["soon", ""], "_form": "sla-policy", "_back": made.headers["location"]}
    refused = await api.post(made.headers["location"], data=wrong)
    assert refused.status_code == 422
    assert 'value="soon"' in refused.text
    assert (await api.post(f"{made.headers['location']}/active", data={"is_active": "false"})).status_code == 303
    assert (await api.post(f"{made.headers['location']}/delete", data={})).status_code == 303


async def test_the_incident_says_why_and_takes_wishes_for_more_time(client: Make) -> None:
    agent, manager = await client("agent"), await client("manager")
    made = await answered(await agent.post(INCIDENTS, json={"title": "Printer", "priority": "high"}), 201)
    path = f"/incidents/{made['reference_code']}"
    page = (await agent.get(path)).text
    assert "Why is it due then?" in page
    assert "Counts towards the target of 8 h" in page
    assert "Ask for more time" in page
    assert "Due instead" in (await agent.get(f"{path}?do=extend")).text
    due = (datetime.fromisoformat(made["due_at"]) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    asked = await agent.post(f"{path}/extensions", data={"due_at": due, "reason": "Spare part"})
    assert asked.status_code == 303
    own = (await agent.get(path)).text
    assert "Withdraw" in own
    assert "Approve" not in own
    work = (await manager.get("/work")).text
    assert "1 wish for more time waits for you" in work
    action = re.search(r'action="([^"]+/approve)"', (await manager.get(path)).text)
    assert action is not None
    assert (await manager.post(action[1], data={})).status_code == 303
    after = (await agent.get(path)).text
    assert "plus an extension" in after
    assert "before the extension" in after


async def test_a_sandbox_shows_its_clock_and_moves_it(database: Database, connect: Any) -> None:
    sandbox = await make_tenant(database, sandbox=True, clock_at=START)
    admin = connect((await make_member(database, sandbox, "admin")).token)
    agent = connect((await make_member(database, sandbox, "agent")).token)
    assert "Move on by" in (await admin.get("/queue")).text
    seen = (await agent.get("/queue")).text
    assert "A sandbox: it is" in seen
    assert "Move on by" not in seen
    moved = await admin.post("/clock/advance", data={"by": "PT1H"})
    assert moved.status_code == 303
    assert (await admin.get("/api/tenancy/v1/clock")).json()["now"] == "2026-03-02T10:00:00Z"


async def test_clocks_follow_a_priority_when_its_form_says_so(client: Make) -> None:
    api = await client("admin")
    made = (await api.post(INCIDENTS, json={"title": "Printer", "priority": "high"})).json()
    known = {one["slug"]: one for one in (await api.get("/api/incidents/v1/priorities")).json()["items"]}["high"]
    path = f"/admin/priorities/{known['id']}"
    sent = {"name": "High", "level": "2", "response": "1 h", "resolution": "1 h"}
    seen = await api.post(path, data={**sent, "apply_to_running": "true", "more": "preview"})
    assert "1 due time would move" in seen.text
    assert made["reference_code"] in seen.text
    assert 'value="true" checked' in seen.text
    assert (await api.get(f"{INCIDENTS}/{made['id']}")).json()["due_at"] == made["due_at"]
    assert (await api.post(path, data={**sent, "resolution": "2 h"})).status_code == 303
    assert (await api.get(f"{INCIDENTS}/{made['id']}")).json()["due_at"] == made["due_at"]
    assert (await api.post(path, data={**sent, "apply_to_running": "true"})).status_code == 303
    moved = (await api.get(f"{INCIDENTS}/{made['id']}")).json()
    assert datetime.fromisoformat(moved["due_at"]) - datetime.fromisoformat(made["created_at"]) == timedelta(hours=1)
    refused = await api.post(
        path, data={**sent, "resolution": "soon", "apply_to_running": "true", "_form": "priority", "_back": path}
    )
    assert (refused.status_code, 'id="priority-resolution-error"' in refused.text) == (422, True)
    assert 'value="true" checked' in refused.text
