"""Fields edited in place, what becomes of two changes of the same one, and who else looks."""

from __future__ import annotations

from tests.collaboration.steps import comment
from tests.incidents.pages import done, form_of, page_of, read, send, show
from tests.incidents.steps import make


async def test_a_field_is_edited_in_place(client):
    manager = await client("manager")
    incident = await make(manager, "Old title")
    values = {"title": "New title", "description": "Two\nlines", "category": "network", "impact": "All"}
    for name, value in values.items():
        hidden = form_of(await show(manager, incident, do=f"edit-{name}"), name)
        answer = await send(manager, incident, "edit", _form=f"edit-{name}", value=value, **hidden)
        if name == "category" and answer.status_code == 422:
            continue
        assert answer.status_code == 303, answer.text[:500]
    now = await read(manager, incident)
    assert now["title"] == "New title"
    assert now["description"] == "Two\nlines"
    assert now["impact"] == "All"
    hidden = form_of(await show(manager, incident, do="edit-impact"), "impact")
    await done(manager, incident, "edit", value="", **hidden)
    assert (await read(manager, incident))["impact"] is None


async def test_a_due_time_is_set_by_hand_in_the_readers_zone_and_given_back(client, tenant):
    manager = await client("manager")
    incident = await make(manager, priority="high")
    hidden = form_of(await show(manager, incident, do="edit-due_at"), "due_at")
    await done(manager, incident, "edit", value="2030-05-01T12:30", **hidden)
    now = await read(manager, incident)
    assert now["due_source"] == "manual"
    hidden = form_of(await show(manager, incident, do="edit-due_at"), "due_at")
    await done(manager, incident, "edit", value="", **hidden)
    assert (await read(manager, incident))["due_source"] == "sla"


async def test_two_who_change_the_same_field_choose_and_nothing_typed_is_lost(client):
    first, second = await client("manager"), await client("agent")
    incident = await make(first, "As it was")
    hidden = form_of(await show(second, incident, do="edit-title"), "title")
    await done(
        first, incident, "edit", value="Theirs", **form_of(await show(first, incident, do="edit-title"), "title")
    )
    answer = await send(second, incident, "edit", _form="edit-title", value="Mine, typed long", **hidden)
    assert answer.status_code == 412
    assert "Mine, typed long" in answer.text
    assert "Theirs" in answer.text
    assert "Keep theirs" in answer.text
    again = await send(second, incident, "edit", value="Mine, typed long", **form_of(answer.text, "title"))
    assert again.status_code == 303
    assert (await read(first, incident))["title"] == "Mine, typed long"


async def test_a_change_of_something_else_meanwhile_is_no_conflict(client):
    first, second = await client("manager"), await client("agent")
    incident = await make(first, "As it was")
    hidden = form_of(await show(second, incident, do="edit-title"), "title")
    await comment(first, incident, "A word in between")
    await done(second, incident, "edit", value="Better", **hidden)
    assert (await read(first, incident))["title"] == "Better"


async def test_an_empty_title_is_refused_beside_the_field(client):
    manager = await client("manager")
    incident = await make(manager, "Keep me")
    hidden = form_of(await show(manager, incident, do="edit-title"), "title")
    answer = await send(manager, incident, "edit", _form="edit-title", value="  ", **hidden)
    assert answer.status_code == 422
    assert 'id="edit-title-value-error"' in answer.text


async def test_who_looks_is_seen_by_others_and_leaves(client, member, connect):
    first, second = await member("agent", "Tomás Ferreira"), await member("agent", "Ingrid Solberg")
    one, two = connect(first.token), connect(second.token)
    incident = await make(await client("manager"))
    alone = await one.post(page_of(incident, "presence"))
    assert "Ingrid" not in alone.text
    both = await two.post(page_of(incident, "presence"))
    assert "Tomás Ferreira is here" in both.text
    assert "Tomás Ferreira is here" in (await two.get(page_of(incident))).text
    assert (await one.post(page_of(incident, "presence/leave"))).status_code == 204
    assert "Tomás" not in (await two.post(page_of(incident, "presence"))).text


async def test_presence_grows_old(client, member, connect, database, tenant):
    person, incident = await member("agent", "Sofia Okafor"), await make(await client("manager"))
    await connect(person.token).post(page_of(incident, "presence"))
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update incident_presence set seen_at = seen_at - interval '31 seconds' where tenant_id = $1", tenant.id
        )
    watching = await client("agent")
    assert "Sofia" not in (await watching.post(page_of(incident, "presence"))).text
