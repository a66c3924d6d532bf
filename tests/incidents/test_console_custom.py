"""Custom fields and tags on the screens of incidents: the form of a new one, and its page, where each is edited in place."""

from __future__ import annotations

import re

from tests.incidents.pages import done, form_of, read, send, show
from tests.incidents.steps import API, MakeClient, make
from tests.incidents.test_custom import define
from tests.incidents.test_demands import demand, settings

NEW = "/incidents/new"


async def test_the_form_of_a_new_incident_asks_and_says_all_that_is_wrong(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "site", "choice", choices=["Berlin", "Paris"], required_at="create")
    await define(admin, "parts", "multi_choice", choices=["fan", "disk"], categories=["hardware"])
    await define(admin, "cost", "number")
    page = (await admin.get(NEW)).text
    assert 'name="custom.site"' in page
    assert 'data-only-for="hardware"' in page
    back = {"_form": "new", "_back": NEW, "title": "x"}
    answer = await admin.post(NEW, data={**back, "custom.cost": "much", "custom.parts": ["fan"]})
    assert answer.status_code == 422
    for name in ("site", "cost", "parts"):
        assert f'id="new-custom.{name}-error"' in answer.text, name
    assert 'value="much"' in answer.text
    sent = {**back, "custom.site": "Paris", "custom.cost": "12,5", "custom.parts": ["", "fan", "disk"]}
    answer = await admin.post(NEW, data={**sent, "category": "hardware", "tags": "vpn, Two words"})
    assert answer.status_code == 303, answer.text[:500]
    found = (await admin.get(f"{API}/{answer.headers['location'].removeprefix('/incidents/')}")).json()
    assert found["custom"] == {"site": "Paris", "cost": 12.5, "parts": ["fan", "disk"]}
    assert found["tags"] == ["two-words", "vpn"]
    parts = [
        (name, (None, value)) for name, value in [("title", "y"), ("custom.site", "Berlin"), ("category", "hardware")]
    ]
    parts += [("custom.parts", (None, "fan")), ("custom.parts", (None, "disk"))]
    answer = await admin.post(f"{NEW}/files", files=parts)
    assert answer.status_code == 303, answer.text[:500]
    found = (await admin.get(f"{API}/{answer.headers['location'].removeprefix('/incidents/')}")).json()
    assert found["custom"] == {"site": "Berlin", "parts": ["fan", "disk"]}


async def test_who_only_reports_is_asked_for_what_is_public_or_required(client: MakeClient) -> None:
    admin, reporter = await client("admin"), await client("reporter")
    await define(admin, "site", required_at="create")
    await define(admin, "room", is_public=True)
    await define(admin, "cost", "number")
    page = (await reporter.get(NEW)).text
    assert 'name="custom.site"' in page
    assert 'name="custom.room"' in page
    assert 'name="custom.cost"' not in page


async def test_each_is_edited_in_place_by_its_own_control(client: MakeClient) -> None:
    admin, manager = await client("admin"), await client("manager")
    me = (await manager.get("/api/access/v1/me")).json()["user"]
    kinds = {"note": "text", "cost": "number", "bought": "date", "spare": "boolean", "who": "user", "doc": "url"}
    for slug, kind in kinds.items():
        await define(admin, slug, kind)
    await define(admin, "site", "choice", choices=["Berlin", "Paris"])
    await define(admin, "parts", "multi_choice", choices=["fan", "disk"])
    incident = await make(manager)
    typed = {
        "note": "Two\nlines",
        "cost": "1.50",
        "bought": "2026-02-28",
        "spare": "false",
        "who": me["id"],
        "doc": "https://example.com/a",
        "site": "Paris",
    }
    for slug, text in typed.items():
        hidden = form_of(await show(manager, incident, do=f"edit-custom-{slug}"), f"custom-{slug}")
        await done(manager, incident, "edit", _form=f"edit-custom-{slug}", value=text, **hidden)
    hidden = form_of(await show(manager, incident, do="edit-custom-parts"), "custom-parts")
    sent = {**hidden, "value": ["", "disk", "fan"]}
    assert (await manager.post(f"/incidents/{incident['reference_code']}/edit", data=sent)).status_code == 303
    assert (await read(manager, incident))["custom"] == {
        "note": "Two\nlines",
        "cost": 1.5,
        "bought": "2026-02-28",
        "spare": False,
        "who": me["id"],
        "doc": "https://example.com/a",
        "site": "Paris",
        "parts": ["fan", "disk"],
    }
    page = await show(manager, incident)
    for text in ("fan, disk", me["name"], "28 Feb 2026", "set Cost", "set Who"):
        assert text in page, text
    hidden = form_of(await show(manager, incident, do="edit-custom-cost"), "custom-cost")
    wrong = await send(manager, incident, "edit", _form="edit-custom-cost", value="much", **hidden)
    assert (wrong.status_code, 'id="edit-custom-cost-value-error"' in wrong.text) == (422, True)
    await done(manager, incident, "edit", _form="edit-custom-cost", value="", **hidden)
    assert "cost" not in (await read(manager, incident))["custom"]


async def test_two_changes_of_the_same_one_are_shown_to_choose_from(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "note")
    incident = await make(admin, custom={"note": "first"})
    hidden = form_of(await show(admin, incident, do="edit-custom-note"), "custom-note")
    await done(admin, incident, "edit", value="theirs", **hidden)
    answer = await send(admin, incident, "edit", _form="edit-custom-note", value="mine", **hidden)
    assert answer.status_code == 412
    assert "Whose shall stand?" in answer.text


async def test_a_retired_one_is_shown_and_left_alone(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "note")
    incident = await make(admin, custom={"note": "old"})
    await admin.put("/api/incidents/v1/custom-fields/note", json={"is_active": False})
    page = await show(admin, incident)
    assert "retired" in page
    assert "edit-custom-note" not in page
    assert (
        await send(admin, incident, "edit", field="custom-none", version="1", seen="x", value="y")
    ).status_code == 422


async def test_tags_are_edited_in_place(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent, tags=["vpn"])
    hidden = form_of(await show(agent, incident, do="edit-tags"), "tags")
    await done(agent, incident, "edit", _form="edit-tags", value="Printer, vpn", **hidden)
    assert (await read(agent, incident))["tags"] == ["printer", "vpn"]
    page = await show(agent, incident)
    assert "tagged it printer" in page
    hidden = form_of(await show(agent, incident, do="edit-tags"), "tags")
    wrong = await send(agent, incident, "edit", _form="edit-tags", value="<b>", **hidden)
    assert (wrong.status_code, 'id="edit-tags-value-error"' in wrong.text) == (422, True)


async def test_a_move_that_asks_opens_a_form_and_takes_what_is_filled_in(client: MakeClient) -> None:
    admin, agent = await client("admin"), await client("agent")
    await define(admin, "vendor", "choice", choices=["Acme", "Globex"])
    await define(admin, "root_cause", required_at="resolve")
    await demand(admin, "open", "waiting", fields=["vendor", "impact"], comment=True)
    await demand(admin, "open", "triaged", permission="incidents.delete")
    incident = await make(agent)
    page = await show(agent, incident)
    assert "do=move-waiting" in page
    assert 'name="status" value="triaged"' not in page
    assert "do=move-waiting" in (await agent.get(f"/incidents/{incident['reference_code']}/pick/status")).text
    dialog = await show(agent, incident, do="move-waiting")
    for name in ("custom.vendor", "impact", "note"):
        assert f'name="{name}"' in dialog, name
    wrong = await send(agent, incident, "transition", _form="move-waiting", status="waiting", impact="All")
    assert wrong.status_code == 422
    for name in ("custom.vendor", "note"):
        assert f'id="move-waiting-{name}-error"' in wrong.text, name
    assert ">\nAll</textarea>" in wrong.text
    filled = {"status": "waiting", "impact": "All", "note": "They look", "custom.vendor": "Acme"}
    await done(agent, incident, "transition", **filled)
    found = await read(agent, incident)
    assert (found["status"]["slug"], found["custom"], found["impact"]) == ("waiting", {"vendor": "Acme"}, "All")
    assert "They look" in await show(agent, incident)
    assert 'name="custom.root_cause"' in await show(agent, incident, do="resolve")
    await done(agent, incident, "resolve", **{"custom.root_cause": "A cable"})
    assert (await read(agent, incident))["custom"]["root_cause"] == "A cable"


async def test_open_tasks_stand_in_the_form_that_resolves(client: MakeClient) -> None:
    admin = await client("admin")
    await settings(admin, resolve_with_open_tasks=False)
    incident = await make(admin)
    await admin.post(f"{API}/{incident['id']}/tasks", json={"title": "Call them"})
    assert "1 task is still open" in await show(admin, incident, do="resolve")
    refused = await send(admin, incident, "resolve", _form="resolve")
    assert (refused.status_code, "has open tasks: Call them" in refused.text) == (409, True)


async def test_lists_show_and_are_narrowed_by_custom_fields_and_tags(client: MakeClient) -> None:
    admin = await client("admin")
    me = (await admin.get("/api/access/v1/me")).json()["user"]
    await define(admin, "site", "choice", choices=["Berlin", "Paris"])
    await define(admin, "cost", "number")
    await define(admin, "approver", "user")
    await make(admin, "one", custom={"site": "Berlin", "cost": 9.5, "approver": "me"}, tags=["vpn"])
    await make(admin, "two", custom={"site": "Paris"})
    await admin.post("/queue/columns", data={"column": ["title", "custom.site", "custom.approver", "tags"]})
    page = (await admin.get("/queue")).text
    for text in ('title="Berlin"', 'title="Paris"', f'title="{me["name"]}"', 'href="/queue?tag=vpn"', "custom.cost"):
        assert text in page, text
    for params, found in (
        ({"custom.site": "berlin"}, {"one"}),
        ({"custom.site": "berlin,Paris"}, {"one", "two"}),
        ({"custom.cost": "9..10"}, {"one"}),
        ({"custom.cost": "none"}, {"two"}),
        ({"custom.approver": "me"}, {"one"}),
        ({"tag": "VPN"}, {"one"}),
    ):
        page = (await admin.get("/queue", params=params)).text
        assert set(re.findall(r'class="tc-row-title"[^>]*>(\w+)<', page)) == found, params
    assert ">Site <b>Berlin</b>" in (await admin.get("/queue", params={"custom.site": "berlin"})).text
    wrong = await admin.get("/queue", params={"custom.cost": "much"})
    assert (wrong.status_code, "Give a number." in wrong.text) == (422, True)
    assert (await admin.get("/queue", params={"custom.none": "1"})).status_code == 422
    incident = (await admin.get(API, params={"custom.site": "Paris"})).json()["items"][0]
    row = (await admin.get(f"/incidents/{incident['reference_code']}/row")).text
    assert 'title="Paris"' in row


async def test_several_choices_stay_ticked_when_the_form_with_files_is_refused(client: MakeClient) -> None:
    admin = await client("admin")
    await define(admin, "parts", "multi_choice", choices=["fan", "disk", "board"])
    parts = [("_form", "new"), ("_back", NEW), ("title", " ")]
    parts += [("custom.parts", ""), ("custom.parts", "fan"), ("custom.parts", "board")]
    answer = await admin.post(f"{NEW}/files", files=[(name, (None, value)) for name, value in parts])
    assert answer.status_code == 422
    ticked = re.findall(r'name="custom.parts" value="(\w+)" checked', answer.text)
    assert ticked == ["fan", "board"]


async def test_a_web_address_can_be_followed(client: MakeClient) -> None:
    admin, viewer = await client("admin"), await client("viewer")
    await define(admin, "doc", "url")
    incident = await make(admin, custom={"doc": "https://example.com/a?b=1&c=2"})
    for who in (admin, viewer):
        page = await show(who, incident)
        assert 'href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer"' in page
