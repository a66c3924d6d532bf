"""The catalogue in the administration."""

from __future__ import annotations

import re

API = "/api/incidents/v1"


async def entry(client, kind: str, slug: str) -> dict:
    return (await client.get(f"{API}/{kind}/{slug}")).json()


async def test_a_category_is_added_changed_and_switched_off(client):
    admin = await client("admin")
    sent = {"name": "Forklifts", "type": "incident", "department": "Plant"}
    assert (await admin.post("/admin/categories", data=sent)).status_code == 303
    made = await entry(admin, "categories", "forklifts")
    path = f"/admin/categories/{made['id']}"
    assert 'value="Forklifts"' in (await admin.get(path)).text
    await admin.post(path, data={"name": "Fork lifts"})
    after = await entry(admin, "categories", "forklifts")
    assert (after["name"], after["type"], after["department"]) == ("Fork lifts", None, None)
    await admin.post(f"{path}/active", data={"is_active": "false"})
    assert "can&#39;t be chosen any more" in (await admin.get("/admin/categories")).text
    await admin.post(f"{path}/delete", data={})
    assert (await admin.get(path)).status_code == 404


async def test_a_used_category_is_kept(client):
    admin = await client("admin")
    await admin.post(f"{API}/incidents", json={"title": "Broken", "category": "hardware"})
    hardware = await entry(admin, "categories", "hardware")
    await admin.post(f"/admin/categories/{hardware['id']}/delete", data={})
    assert "is in use, so it was deactivated instead" in (await admin.get("/admin/categories")).text
    assert not (await entry(admin, "categories", "hardware"))["is_active"]


async def test_targets_are_written_and_shown_as_people_do(client):
    admin = await client("admin")
    high = await entry(admin, "priorities", "high")
    path = f"/admin/priorities/{high['id']}"
    assert "1 h" in (await admin.get("/admin/priorities")).text
    await admin.post(path, data={"name": "High", "level": "2", "response": "1h 30m", "resolution": ""})
    after = await entry(admin, "priorities", "high")
    assert (after["response_time_minutes"], after["resolution_time_minutes"]) == (90, None)
    assert "No time to resolve is set for High" in (await admin.get("/admin")).text
    sent = {"name": "High", "level": "0", "response": "soon", "_form": "priority", "_back": path}
    refused = await admin.post(path, data=sent)
    assert (refused.status_code, 'id="priority-level-error"' in refused.text) == (422, True)
    refused = await admin.post(path, data={**sent, "level": "2"})
    assert (refused.status_code, 'id="priority-response-error"' in refused.text) == (422, True)
    assert 'value="soon"' in refused.text


async def test_the_default_is_handed_on_and_never_lost(client):
    admin = await client("admin")
    low, medium = await entry(admin, "priorities", "low"), await entry(admin, "priorities", "medium")
    await admin.post(f"/admin/priorities/{low['id']}/default", data={})
    assert (await entry(admin, "priorities", "low"))["is_default"]
    assert not (await entry(admin, "priorities", "medium"))["is_default"]
    path = f"/admin/priorities/{low['id']}"
    refused = await admin.post(f"{path}/active", data={"is_active": "false", "_back": path})
    assert refused.status_code == 409
    assert "is the default; make another one the default first" in refused.text
    assert (
        await admin.post(f"/admin/priorities/{medium['id']}/active", data={"is_active": "false"})
    ).status_code == 303


async def test_the_graph_shows_the_chosen_status(client):
    admin = await client("admin")
    page = (await admin.get("/admin/statuses", params={"chosen": "in-progress"})).text
    assert page.count('class="tc-node') == 6
    assert "tc-admin-page is-wide" in page
    assert len(re.findall(r'class="tc-edge is-from"', page)) == 5
    assert 'is-chosen"' in page
    assert "is-dashed" in page
    assert "is-thick" in page
    assert "25 moves are allowed in all" in page
    wrong = await admin.get("/admin/statuses", params={"chosen": "nonsense"})
    assert (wrong.status_code, "chosen: There is no active status" in wrong.text) == (422, True)


async def test_the_table_sets_exactly_the_ticked_moves(client, database, tenant):
    admin = await client("admin")
    shown = ["open", "triaged", "in-progress", "waiting", "resolved", "closed"]
    moves = ["open:triaged", "triaged:in-progress", "in-progress:resolved", "resolved:closed", "waiting:open"]
    sent = {"shown": shown, "moves": moves}
    assert (await admin.post("/admin/statuses/moves", data=sent)).status_code == 303
    listed = (await admin.get(f"{API}/statuses")).json()["items"]
    assert {(s["slug"], t) for s in listed for t in s["transitions"]} == {tuple(m.split(":")) for m in moves}
    page = (await admin.get("/admin/statuses")).text
    assert "The moves of 5 statuses were changed." in page
    assert "No way leads to Waiting." in page
    await admin.post("/admin/statuses/moves", data=sent)
    assert "Nothing was changed." in (await admin.get("/admin/statuses")).text
    events = (await admin.get("/api/activity/v1/events", params={"type": "StatusChanged"})).json()["items"]
    assert len(events) == 5
    assert events[0]["data"]["to"]["transitions"] == ["closed"] or "transitions" in events[0]["data"]["to"]


async def test_moves_of_statuses_that_a_stale_table_did_not_show_stay(client):
    admin = await client("admin")
    await admin.post("/admin/statuses", data={"name": "Parked", "meaning": "pauses"})
    await admin.post("/admin/statuses/moves", data={"shown": ["open", "triaged"], "moves": ["triaged:open"]})
    opened, parked = await entry(admin, "statuses", "open"), await entry(admin, "statuses", "parked")
    assert "triaged" not in opened["transitions"]
    assert {"parked", "in-progress"} <= set(opened["transitions"])
    assert parked["pauses_sla"]
    assert "open" in parked["transitions"]


async def test_wrong_moves_are_refused_in_the_page(client):
    admin = await client("admin")
    for moves in (["open:nonsense"], ["open"], ["open:open"]):
        sent = {"shown": ["open", "triaged"], "moves": moves, "_form": "moves", "_back": "/admin/statuses"}
        answer = await admin.post("/admin/statuses/moves", data=sent)
        assert answer.status_code == 422
        assert "tc-lint is-breach" in answer.text


async def test_statuses_are_put_in_order(client):
    admin = await client("admin")
    triaged = await entry(admin, "statuses", "triaged")
    await admin.post(f"/admin/statuses/{triaged['id']}/shift", data={"way": "later"})
    listed = (await admin.get(f"{API}/statuses")).json()["items"]
    assert [s["slug"] for s in listed][:3] == ["open", "in-progress", "triaged"]
    opened = await entry(admin, "statuses", "open")
    sent = {"way": "earlier", "_back": "/admin/statuses"}
    refused = await admin.post(f"/admin/statuses/{opened['id']}/shift", data=sent)
    assert (refused.status_code, "Open is first already." in refused.text) == (409, True)


async def test_the_meaning_of_a_used_status_stands(client):
    admin = await client("admin")
    await admin.post(f"{API}/incidents", json={"title": "Somewhere", "status": "triaged"})
    triaged = await entry(admin, "statuses", "triaged")
    path = f"/admin/statuses/{triaged['id']}"
    sent = {"name": "Seen", "meaning": "terminal", "_form": "status", "_back": path}
    refused = await admin.post(path, data=sent)
    assert refused.status_code == 409
    assert "whether it resolves, ends or pauses stands" in refused.text
    assert 'value="Seen"' in refused.text
    assert (await admin.post(path, data={"name": "Seen", "meaning": "open"})).status_code == 303
    assert (await entry(admin, "statuses", "triaged"))["name"] == "Seen"


async def test_with_incidents_switched_off_the_screens_are_gone(client):
    admin = await client("admin")
    await admin.post("/admin/modules/incidents", data={"is_enabled": "false"})
    page = (await admin.get("/admin")).text
    assert "/admin/statuses" not in page
    assert (await admin.get("/admin/statuses")).status_code == 403
