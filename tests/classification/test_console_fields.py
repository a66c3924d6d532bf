"""The designer of custom fields: added, ordered, changed, retired, used again, deleted; refusals beside the field."""

from __future__ import annotations

from typing import Any

import httpx

from tests.incidents.steps import MakeClient, make

API = "/api/incidents/v1/custom-fields"
PAGE = "/admin/fields"


async def fields_of(admin: httpx.AsyncClient) -> dict[str, Any]:
    return {field["slug"]: field for field in (await admin.get(API)).json()["items"]}


async def test_a_field_is_designed_and_shown_as_people_will_see_it(client: MakeClient) -> None:
    admin = await client("admin")
    assert "There are no custom fields" in (await admin.get(PAGE)).text
    sent = {
        "name": "Root cause",
        "slug": "root_cause",
        "type": "choice",
        "choices": "Hardware\r\n\r\nPeople\n",
        "required_at": "resolve",
        "categories": ["hardware", "network"],
        "description": "What was behind it",
        "is_public": "true",
    }
    answer = await admin.post(PAGE, data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    made = (await fields_of(admin))["root_cause"]
    assert made["choices"] == ["Hardware", "People"]
    assert (made["required_at"], made["categories"], made["is_public"]) == ("resolve", ["hardware", "network"], True)
    page = (await admin.get(PAGE)).text
    for text in ("Root cause", "root_cause", "Hardware, Network", "to resolve", "public form"):
        assert text in page, text
    shown = (await admin.get(f"{PAGE}/{made['id']}")).text
    assert 'name="custom.root_cause"' in shown
    assert "Hardware\nPeople</textarea>" in shown
    await admin.post(f"{PAGE}/{made['id']}", data={"name": "Cause", "type": "choice", "choices": "People"})
    after = (await fields_of(admin))["root_cause"]
    assert (after["name"], after["choices"], after["categories"], after["required_at"]) == (
        "Cause",
        ["People"],
        [],
        None,
    )


async def test_what_makes_no_sense_is_said_beside_the_field(client: MakeClient) -> None:
    admin = await client("admin")
    back = {"_form": "field", "_back": f"{PAGE}/new"}
    answer = await admin.post(PAGE, data={"name": "Colour", "type": "choice", "choices": "", **back})
    assert (answer.status_code, 'id="field-choices-error"' in answer.text) == (422, True)
    answer = await admin.post(PAGE, data={"name": "Who", "type": "user", "is_public": "true", **back})
    assert (answer.status_code, 'id="field-is_public-error"' in answer.text) == (422, True)
    assert 'value="Who"' in answer.text
    for wrong in ({"type": "colour"}, {"required_at": "never"}):
        assert (await admin.post(PAGE, data={"name": "X", "type": "text", **wrong, **back})).status_code == 422


async def test_fields_are_ordered_retired_used_again_and_deleted(client: MakeClient) -> None:
    admin = await client("admin")
    for name in ("One", "Two"):
        await admin.post(PAGE, data={"name": name, "type": "text"})
    fields = await fields_of(admin)
    assert list(fields) == ["one", "two"]
    await admin.post(f"{PAGE}/{fields['two']['id']}/shift", data={"way": "earlier"})
    assert list(await fields_of(admin)) == ["two", "one"]
    assert (await admin.post(f"{PAGE}/{fields['two']['id']}/shift", data={"way": "earlier"})).status_code == 409
    await make(admin, custom={"one": "kept"})
    await admin.post(f"{PAGE}/{fields['one']['id']}/delete", data={})
    assert (await fields_of(admin))["one"]["is_active"] is False
    page = (await admin.get(PAGE)).text
    assert "Retired" in page
    assert "in use, so it was deactivated" in page
    await admin.post(f"{PAGE}/{fields['one']['id']}/active", data={"is_active": "true"})
    assert (await fields_of(admin))["one"]["is_active"] is True
    refused = await admin.post(f"{PAGE}/{fields['one']['id']}", data={"name": "One", "type": "number"})
    assert refused.status_code == 409
    await admin.post(f"{PAGE}/{fields['two']['id']}/delete", data={})
    assert list(await fields_of(admin)) == ["one"]


async def test_what_a_move_asks_for_is_said_in_a_form(client: MakeClient) -> None:
    admin = await client("admin")
    await admin.post(PAGE, data={"name": "Vendor", "slug": "vendor", "type": "text"})
    statuses = {s["slug"]: s["id"] for s in (await admin.get("/api/incidents/v1/statuses")).json()["items"]}
    path = f"/admin/statuses/{statuses['open']}/moves/{statuses['waiting']}"
    assert 'value="custom.vendor"' in (await admin.get(path)).text
    sent = {"fields": ["custom.vendor", "impact"], "needs_comment": "true", "permission": "incidents.assign"}
    answer = await admin.post(path, data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/statuses?chosen=open")
    move = (await admin.get("/api/incidents/v1/transitions/open/waiting")).json()
    assert (move["fields"], move["comment"], move["permission"]) == (
        ["custom.vendor", "impact"],
        True,
        "incidents.assign",
    )
    assert "Vendor, Impact, a comment, the permission incidents.assign" in (await admin.get("/admin/statuses")).text
    assert "Change what the move from Open to Waiting asks for" in (await admin.get("/admin/statuses?chosen=open")).text
    table = {"shown": ["open", "waiting"], "moves": ["waiting:open"]}
    await admin.post("/admin/statuses/moves", data=table)
    assert (await admin.get(path)).status_code == 404
    assert (await admin.post(path, data={})).status_code == 404


async def test_how_incidents_end_is_set_with_the_organisation(client: MakeClient) -> None:
    admin = await client("admin")
    page = (await admin.get("/admin/organisation")).text
    assert 'name="auto_close_days"' in page
    mine = (await admin.get("/api/tenancy/v1/tenant")).json()
    same = {name: mine[name] for name in ("name", "time_zone", "locale")}
    kept = {"reference_prefix": "INC-", "reopen_days": "7", "warning_percents": "75, 90", "comment_edit_minutes": "15"}
    wanted = {"reopen_on_reply": "false", "auto_close_days": "14", "resolve_with_open_tasks": "false"}
    answer = await admin.post("/admin/organisation", data={**same, **kept, **wanted})
    assert answer.status_code == 303, answer.text[:400]
    settings = (await admin.get("/api/tenancy/v1/tenant")).json()["settings"]
    assert (settings["reopen_on_reply"], settings["auto_close_days"], settings["resolve_with_open_tasks"]) == (
        False,
        14,
        False,
    )
