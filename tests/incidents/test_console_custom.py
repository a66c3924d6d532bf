"""Custom fields and tags on the screens of incidents: the form of a new one, and its page, where each is edited in place."""

from __future__ import annotations

from tests.incidents.pages import done, form_of, read, send, show
from tests.incidents.steps import API, MakeClient, make
from tests.incidents.test_custom import define

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
