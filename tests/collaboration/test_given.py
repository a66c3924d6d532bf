"""Tasks that are given to somebody: they are told, and find them above their work."""

from __future__ import annotations

import pytest

from tests.collaboration.steps import task, under
from tests.incidents.steps import make
from tests.incidents.test_tell import run_handlers

TASKS = "/api/incidents/v1/tasks"


@pytest.fixture
async def mails(database, tenant):
    """What was written to people of the tasks that they were given: who, and the subject."""

    async def read():
        await run_handlers(database, tenant)
        async with database.tenant(tenant.id) as tx:
            rows = await tx.rows(
                "select user_id, subject, body from notification_deliveries"
                " where tenant_id = $1 and kind = 'TaskAssigned' order by created_at, id",
                tenant.id,
            )
        return [(row["user_id"], row["subject"].split(": ", 1)[1], row["body"]) for row in rows]

    return read


async def test_whoever_is_given_a_task_is_told(client, member, mails):
    agent, admin = await client("agent"), await client("admin")
    hugo, reporter = await member("agent", "Hugo"), await member("reporter", "Rita")
    incident = await make(admin)
    made = await task(agent, incident, title="Fetch the key", due_at="2031-01-01T08:00:00Z")
    await admin.put(under(incident, "tasks", made["id"]), json={"assigned_to": str(hugo.id), "description": "From Ada"})
    await admin.put(under(incident, "tasks", made["id"]), json={"title": "Fetch the key now"})
    await task(agent, incident, title="Done before", assigned_to=str(hugo.id), status="done")
    await task(agent, incident, title="Nothing for reporters", assigned_to=str(reporter.id))
    ((who, title, body),) = await mails()
    assert (who, title) == (hugo.id, "Fetch the key now")
    assert "From Ada" in body
    assert "Task due: 2031-01-01" in body


async def test_nobody_is_told_of_what_they_give_themselves(client, member, connect, mails):
    hugo = await member("agent", "Hugo")
    incident = await make(await client("agent"))
    await task(connect(hugo.token), incident, assigned_to="me")
    assert await mails() == []


async def test_own_tasks_stand_in_the_order_they_are_due(client, member, connect):
    admin, hugo = await client("admin"), await member("agent", "Hugo")
    one, two = await make(admin, "Lamp"), await make(admin, "Door")
    given = {"assigned_to": str(hugo.id)}
    await task(admin, one, title="Whenever", **given)
    late = await task(admin, two, title="Late", due_at="2031-02-01T08:00:00Z", **given)
    await task(admin, one, title="Soon", due_at="2031-01-01T08:00:00Z", depends_on=[], **given)
    await task(admin, one, title="Done", status="done", **given)
    await task(admin, one, title="Another's")
    own, found, cursor = connect(hugo.token), [], None
    while True:
        page = (await own.get(TASKS, params={"limit": 1, **({"cursor": cursor} if cursor else {})})).json()
        found += [(each["task"]["title"], each["title"]) for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == [("Soon", "Lamp"), ("Late", "Door"), ("Whenever", "Lamp")]
    html = (await own.get("/work")).text
    assert 'id="own-tasks"' in html
    assert f"/incidents/{two['reference_code']}#task-{late['id']}" in html
    ticked = await own.post(
        f"/incidents/{two['reference_code']}/tasks/{late['id']}/tick", data={"status": "done", "_back": "/work"}
    )
    assert ticked.headers["location"].startswith("/work")
    await admin.delete(under(one))
    assert (await own.get(TASKS)).json()["items"] == []
    assert 'id="own-tasks"' not in (await own.get("/work")).text
    assert (await (await client("admin")).get(TASKS)).json()["items"] == []
