"""Checklists, replies, macros and progress on the console's screens."""

from __future__ import annotations

import re

from tests.collaboration.steps import comment, task, under
from tests.collaboration.test_console import page_of, tasks_of
from tests.collaboration.test_shelf import ROOT, add
from tests.incidents.steps import make

ROWS = {
    "title": ["Look", "", "Repair"],
    "detail": ["", "", "With the vendor"],
    "wait": ["2", "", ""],
    "unit": ["h", "h", "d"],
    "after": ["", "", "1"],
}


async def test_a_checklist_is_made_of_rows(client):
    admin = await client("admin")
    new = {"name": "Network", "category": "network", "priority": "", **ROWS}
    more = await admin.post("/admin/checklists", data={**new, "more": "row"})
    assert more.status_code == 200
    assert more.text.count('name="title"') == 4
    fewer = await admin.post("/admin/checklists", data={**new, "more": "drop:1"})
    assert re.findall(r'name="after" value="([^"]*)"', fewer.text) == ["", "1"]
    assert (await admin.get(f"{ROOT}/checklists")).json()["items"] == []
    assert (await admin.post("/admin/checklists", data=new)).status_code == 303
    (made,) = (await admin.get(f"{ROOT}/checklists")).json()["items"]
    assert made["category"]["slug"] == "network"
    assert made["items"] == [
        {"title": "Look", "due_after": "PT2H"},
        {"title": "Repair", "description": "With the vendor", "depends_on": [0]},
    ]
    page = (await admin.get(f"/admin/checklists/{made['id']}")).text
    assert re.findall(r'name="wait"[^>]* value="([^"]*)"', page) == ["2", ""]
    wrong = {**new, "after": ["", "", "9"], "_form": "checklist", "_back": "/admin/checklists/new"}
    answer = await admin.post("/admin/checklists", data=wrong)
    assert answer.status_code == 422
    assert "numbers of earlier tasks" in answer.text
    assert answer.text.count('name="title"') == 3
    await admin.post(f"/admin/checklists/{made['id']}/active", data={"is_active": "false"})
    assert "Inactive" in (await admin.get("/admin/checklists")).text
    await admin.post(f"/admin/checklists/{made['id']}/delete")
    assert "There are no checklists" in (await admin.get("/admin/checklists")).text


async def test_a_macro_is_made_of_rows(client):
    admin = await client("admin")
    rows = {
        "do": ["comment", "assign", "resolve"],
        "what": ["", "user:me", "status:nothing"],
        "text": ["Hello {{reporter.name}}", "", "Done"],
        "internal": ["true", "false", "false"],
    }
    assert (await admin.post("/admin/macros", data={"name": "Done", **rows, "more": "row"})).text.count(
        "data-step-do"
    ) == 4
    assert (await admin.post("/admin/macros", data={"name": "Done", **rows})).status_code == 303
    (made,) = (await admin.get(f"{ROOT}/macros")).json()["items"]
    assert made["steps"] == [
        {"do": "comment", "body": "Hello {{reporter.name}}", "is_internal": True},
        {"do": "assign", "user": "me"},
        {"do": "resolve", "note": "Done"},
    ]
    assert "Hello {{reporter.name}}</textarea>" in (await admin.get(f"/admin/macros/{made['id']}")).text
    wrong = {"name": "x", **rows, "text": ["{{no}}", "", ""], "_form": "macro", "_back": "/admin/macros/new"}
    answer = await admin.post("/admin/macros", data=wrong)
    assert answer.status_code == 422
    assert "There is no variable no" in answer.text


async def test_a_reply_is_kept(client):
    admin = await client("admin")
    assert "No reply is kept ready" in (await admin.get("/admin/replies")).text
    assert (await admin.post("/admin/replies", data={"name": "Seen it", "body": "We look"})).status_code == 303
    page = (await admin.get("/admin/replies")).text
    assert "<kbd>/seen-it</kbd>" in page
    wrong = {"name": "x", "body": "{{no}}", "_form": "reply", "_back": "/admin/replies/new"}
    answer = await admin.post("/admin/replies", data=wrong)
    assert answer.status_code == 422
    assert 'id="reply-body-error"' in answer.text


async def test_what_is_ready_is_used_on_the_page(client):
    admin, agent, viewer = await client("admin"), await client("agent"), await client("viewer")
    lists = await add(admin, "checklists", name="By hand", items=[{"title": "Look"}])
    note = await add(admin, "macros", name="Note it", steps=[{"do": "comment", "body": "Noted", "is_internal": True}])
    await add(admin, "macros", name="Take it", steps=[{"do": "assign", "user": "me"}])
    incident = await make(admin)
    page = (await agent.get(page_of(incident))).text
    assert "Note it" in page
    assert "Take it" not in page, "an agent may not assign"
    assert "incident-macros" not in (await viewer.get(page_of(incident))).text
    assert (await agent.post(page_of(incident, "macros", note["id"]))).status_code == 303
    assert "Noted" in (await agent.get(page_of(incident))).text
    assert (await agent.post(page_of(incident, "checklists"), data={"checklist": lists["id"]})).status_code == 303
    assert await tasks_of(agent, incident) == ["Look"]
    assert 'id="add-checklist"' not in (await agent.get(page_of(incident))).text


async def test_texts_are_completed(client, member):
    admin = await client("admin")
    await member("agent", "Ada Lovelace")
    kim, _other = await member("agent", "Kim Lee"), await member("agent", "Kim Lee")
    await add(admin, "replies", name="Seen", body="We look into {{incident.reference}}")
    await add(admin, "macros", name="See to it", steps=[{"do": "acknowledge"}])
    incident = await make(admin)
    path = page_of(incident, "complete")
    people = (await admin.get(path, params={"sign": "at", "text": "ada"})).text
    assert 'data-insert="@Ada Lovelace "' in people
    twins = (await admin.get(path, params={"sign": "at", "text": "kim"})).text
    assert f'data-insert="@{kim.email} "' in twins
    ready = (await admin.get(path, params={"sign": "slash", "text": "se"})).text
    assert f'data-insert="We look into {incident["reference_code"]}"' in ready
    assert 'data-run="macro-' in ready
    assert "option" not in (await admin.get(path, params={"sign": "slash", "text": "zzz"})).text


async def test_progress_is_reported_on_the_page(client):
    agent, viewer = await client("agent"), await client("viewer")
    incident = await make(agent)
    page = page_of(incident)
    assert 'id="progress"' not in (await viewer.get(page)).text
    dialog = await agent.get(page, params={"do": "progress"})
    assert 'name="percent"' in dialog.text
    sent = {
        "percent": "40",
        "summary": "Fuse <found>",
        "next_update_due_at": "2031-05-05T10:00",
        "is_internal": "false",
    }
    assert (await agent.post(page_of(incident, "progress"), data=sent)).status_code == 303
    seen = (await viewer.get(page)).text
    assert 'class="is-fill" width="40%"' in seen
    assert "Fuse &lt;found&gt;" in seen
    assert "Report progress" not in seen
    wrong = {**sent, "percent": "140", "_form": "progress", "_back": page}
    refused = await agent.post(page_of(incident, "progress"), data=wrong)
    assert refused.status_code == 422
    assert 'id="progress-percent-error"' in refused.text
    await comment(agent, incident)
    await task(agent, incident)
    assert (await agent.get(under(incident))).json()["progress_percent"] == 40
