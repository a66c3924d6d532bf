"""Who looks into the record sees what a change was from and to, not only that there was one."""

from __future__ import annotations

import pytest

from tests.contracts.samples import INCIDENTS

pytestmark = pytest.mark.contract

CHANGES = [
    ("CategoryChanged", f"{INCIDENTS}/categories/{{}}", "category", {"name": "Other", "description": "Words"}),
    ("PriorityChanged", f"{INCIDENTS}/priorities/{{}}", "priority", {"name": "Other"}),
    ("StatusChanged", f"{INCIDENTS}/statuses/{{}}", "status", {"name": "Other"}),
    ("CustomFieldChanged", f"{INCIDENTS}/custom-fields/{{}}", "field", {"name": "Other"}),
    ("ChecklistChanged", f"{INCIDENTS}/checklists/{{}}", "checklist", {"name": "Other"}),
    ("CannedReplyChanged", f"{INCIDENTS}/replies/{{}}", "reply", {"body": "Other"}),
    ("MacroChanged", f"{INCIDENTS}/macros/{{}}", "macro", {"name": "Other"}),
    ("RoutingRuleChanged", f"{INCIDENTS}/routing/rules/{{}}", "rule", {"name": "Other", "keyword": ["printer"]}),
    ("TeamUpdated", "/api/access/v1/teams/{}", "team", {"name": "Other", "description": "Words"}),
    ("ScheduleChanged", "/api/escalation/v1/schedules/{}", "schedule", {"name": "Other"}),
    ("TenantChanged", "/api/tenancy/v1/tenant", None, {"name": "Other", "settings": {"comment_edit_minutes": 7}}),
]
MINE = f"{INCIDENTS}/incidents/{{}}"


@pytest.mark.parametrize("event, path, kind, change", CHANGES, ids=[change[0] for change in CHANGES])
async def test_a_change_tells_what_was_before_and_after(event, path, kind, change, worlds):
    a = worlds[1].anew()
    path = path.format(await a.id(kind) if kind else "")
    before = (await a.api.get(path)).json()
    assert (await a.api.put(path, json=change)).status_code == 200
    found = (await a.api.get("/api/activity/v1/events", params={"type": event, "limit": 1})).json()["items"][0]["data"]
    assert found["after"] == change
    assert found["before"] == {
        name: {key: before[name][key] for key in value} if isinstance(value, dict) else before[name]
        for name, value in change.items()
    }


async def test_a_reminder_and_an_order_of_tasks_tell_it_too(worlds):
    a = worlds[1].anew()
    incident = MINE.format(await a.id("incident"))
    reminder = await a.id("reminder")
    assert (await a.api.put(f"{incident}/reminders/{reminder}", json={"channel": "slack"})).status_code == 200
    tasks = [(await a.post(f"{incident}/tasks", {"title": title}))["id"] for title in ("One", "Two")]
    known = [task["id"] for task in (await a.api.get(f"{incident}/tasks")).json()["items"]]
    assert set(tasks) <= set(known)
    await a.post(f"{incident}/tasks/reorder", {"tasks": known[::-1]})
    items = (await a.api.get(f"{incident}/activity", params={"limit": 200})).json()["items"]
    told = {item["type"]: item["data"] for item in reversed(items)}
    assert (told["ReminderChanged"]["before"], told["ReminderChanged"]["after"]) == (
        {"channel": "email"},
        {"channel": "slack"},
    )
    assert (told["TasksReordered"]["from"], told["TasksReordered"]["tasks"]) == (known, known[::-1])
