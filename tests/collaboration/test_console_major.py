"""The room of a major incident in the console."""

from __future__ import annotations

from typing import Any

from tests.incidents.steps import API, MakeClient, make


async def test_the_room_from_declaring_to_the_review(client: MakeClient) -> None:
    manager, agent = await client("manager"), await client("agent")
    incident = await make(manager, "All plants offline")
    path = f"/incidents/{incident['reference_code']}"
    assert "This is no major incident" in (await agent.get(f"{path}/major")).text
    assert "Declare a major incident" in (await manager.get(path)).text
    assert "Declare a major incident" not in (await agent.get(path)).text
    assert 'name="reason"' in (await manager.get(f"{path}?do=major")).text
    declared = await manager.post(f"{path}/major", data={"reason": "Every line stands"})
    assert declared.headers["location"] == f"{path}/major"
    room = (await manager.get(f"{path}/major")).text
    assert "Every line stands" in room
    assert "Post the update" in room
    assert (await agent.post(f"{path}/major/roles", data={})).status_code == 403
    said = {"body": "The **core switch**", "stage": "identified", "is_internal": "true"}
    assert (await agent.post(f"{path}/major/updates", data=said)).status_code == 303
    assert "<strong>core switch</strong>" in (await agent.get(f"{path}/major")).text
    assert "cause identified" in (await agent.get(path)).text
    again = await agent.post(f"{path}/major/updates", data={"body": " ", "_back": f"{path}/major", "_form": "update"})
    assert again.status_code == 422
    assert "Write something" in again.text
    assert (await manager.post(f"{path}/major/roles", data={"scribe": "me"})).status_code == 303
    assert (await manager.post(f"{path}/major/stand-down", data={"note": "All back"})).status_code == 303
    assert "Keep the review" in (await agent.get(f"{path}/major")).text
    assert (await agent.post(f"{path}/major/review", data={"summary": "A switch", "impact": ""})).status_code == 303
    assert (await agent.post(f"{path}/major/review/actions", data={"title": "Replace it"})).status_code == 303
    ended = (await manager.get(f"{path}/major")).text
    assert "A switch" in ended
    assert "Replace it" in ended
    timeline = (await manager.get(path)).text
    assert "declared a major incident" in timeline


async def test_a_role_of_somebody_who_left_stays_when_the_others_are_given(client: MakeClient, member: Any) -> None:
    manager, admin, scribe = await client("manager"), await client("admin"), await member(name="Sue Scribe")
    incident = await make(manager)
    path, api = f"/incidents/{incident['reference_code']}/major", f"{API}/{incident['id']}/major"
    body = {"reason": "Every line stands", "scribe": str(scribe.id)}
    assert (await manager.post(api, json=body)).status_code == 201
    assert (await admin.put(f"/api/access/v1/users/{scribe.id}", json={"is_active": False})).status_code == 200
    assert f'<option value="{scribe.id}" selected>Sue Scribe' in (await manager.get(path)).text
    roles = {"commander": "", "communications": "me", "scribe": str(scribe.id)}
    assert (await manager.post(f"{path}/roles", data=roles)).status_code == 303
    found = (await manager.get(api)).json()["roles"]
    assert (found["commander"], found["scribe"]["name"], found["communications"] is None) == (None, "Sue Scribe", False)
