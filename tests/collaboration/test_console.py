"""What collaboration puts on the incident's page: the conversation, tasks, files."""

from __future__ import annotations

import re

import pytest

from tests.collaboration.steps import attach, comment, task
from tests.incidents.steps import API, make
from tocsin.base.ids import new_id
from tocsin.collaboration import rules


def page_of(incident, *more):
    return "/".join(("/incidents", incident["reference_code"], *more))


async def write(client, incident, files=None, **fields):
    data = {"_back": page_of(incident), "_form": "comment", "is_internal": "false", **fields}
    address = page_of(incident, "comments")
    if files:
        return await client.post(address, data=data, files=files)
    parts = [f'form-data; name="{name}"\r\n\r\n{value}' for name, value in data.items()]
    parts.append('form-data; name="file"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n')
    body = "".join(f"--cut\r\nContent-Disposition: {part}\r\n" for part in parts) + "--cut--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=cut"}
    return await client.post(address, content=body.encode(), headers=headers)


async def tasks_of(client, incident):
    return [one["title"] for one in (await client.get(f"{API}/{incident['id']}/tasks")).json()["items"]]


async def test_a_public_reply_and_a_note_look_different_and_carry_their_files(client):
    agent = await client("agent")
    incident = await make(agent)
    files = [("file", ("log.txt", b"one", "text/plain")), ("file", ("shot.png", b"\x89PNG\r\n\x1a\n0000", "image/png"))]
    assert (await write(agent, incident, files, body="**Seen**")).status_code == 303
    assert (await write(agent, incident, body="Only us", is_internal="true")).status_code == 303
    html = (await agent.get(page_of(incident))).text
    assert "<strong>Seen</strong>" in html
    assert html.count('class="tc-message"') == 1
    assert html.count('class="tc-message is-note"') == 1
    assert "log.txt" in html
    assert "shot.png" in html
    assert "log.txt" not in html.split("tc-message is-note")[1].split("</article>")[0]


async def test_files_alone_are_attached_and_nothing_at_all_is_refused(client):
    agent = await client("agent")
    incident = await make(agent)
    assert (await write(agent, incident, [("file", ("a.txt", b"x", "text/plain"))])).status_code == 303
    answer = await write(agent, incident, body="  ")
    assert answer.status_code == 422
    assert "Write something." in answer.text
    assert 'id="comment-body-error"' in answer.text


async def test_what_is_refused_keeps_text_and_choice_and_stores_no_file(client):
    agent = await client("agent")
    incident = await make(agent)
    text = "x" * 50_001
    files = [("file", ("a.txt", b"x", "text/plain"))]
    answer = await write(agent, incident, files, body=text, is_internal="true")
    assert answer.status_code == 422
    assert text in answer.text
    assert re.search(r'value="true" checked', answer.text)
    listed = await agent.get(f"{API}/{incident['id']}/attachments")
    assert listed.json()["items"] == []


async def test_sending_twice_writes_once(client):
    agent = await client("agent")
    incident = await make(agent)
    for _ in range(2):
        assert (await write(agent, incident, body="Once", _once="a-mark")).status_code == 303
    listed = await agent.get(f"{API}/{incident['id']}/comments")
    assert len(listed.json()["items"]) == 1


async def test_a_preview_is_as_safe_as_the_comment(client):
    agent = await client("agent")
    incident = await make(agent)
    answer = await agent.post(page_of(incident, "preview"), data={"body": "*so* <script>alert(1)</script>"})
    assert answer.status_code == 200
    assert "<em>so</em>" in answer.text
    assert "<script" not in answer.text


async def test_tasks_are_added_ticked_changed_and_put_in_order(client, member):
    agent = await client("agent")
    person = await member("agent", "Hugo Martin")
    incident = await make(agent)
    for title in ("One", "Two", "Three"):
        answer = await agent.post(page_of(incident, "tasks"), data={"title": title, "_back": page_of(incident)})
        assert answer.status_code == 303
    ids = re.findall(r'data-task="([^"]+)"', (await agent.get(page_of(incident))).text)
    await agent.post(page_of(incident, "tasks", ids[2], "move"), data={"way": "up"})
    assert await tasks_of(agent, incident) == ["One", "Three", "Two"]
    await agent.post(page_of(incident, "tasks/reorder"), data={"tasks": [ids[2], ids[1], ids[0]]})
    assert await tasks_of(agent, incident) == ["Three", "Two", "One"]
    await agent.post(page_of(incident, "tasks", ids[0], "tick"), data={"status": "done"})
    dialog = await agent.get(page_of(incident), params={"do": f"task-{ids[1]}"})
    assert 'value="Two"' in dialog.text
    changed = {"title": "Two, better", "assigned_to": str(person.id), "due_at": "2030-01-01T08:00"}
    assert (await agent.post(page_of(incident, "tasks", ids[1]), data=changed)).status_code == 303
    html = (await agent.get(page_of(incident))).text
    assert "1 of 3" in html
    assert "Two, better" in html
    assert "Hugo Martin" in html
    assert 'aria-checked="true" aria-label="One"' in html
    await agent.post(page_of(incident, "tasks", ids[0], "delete"))
    assert await tasks_of(agent, incident) == ["Three", "Two, better"]


async def test_a_task_s_form_says_how_it_stands(client):
    agent = await client("agent")
    incident = await make(agent)
    first = await task(agent, incident, title="Fetch the key")
    second = await task(agent, incident, title="Open the door", depends_on=[first["id"]])
    form = {"title": "Open the door", "depends_on": [first["id"]]}
    dialog = await agent.get(page_of(incident), params={"do": f"task-{first['id']}"})
    assert '<option value="open" selected>' in dialog.text
    path = page_of(incident, "tasks", second["id"])
    back = {"_back": f"{page_of(incident)}?do=task-{second['id']}", "_form": f"task-{second['id']}"}
    refused = await agent.post(path, data={**form, "status": "in_progress", **back})
    assert refused.status_code == 409
    assert "This task waits for: Fetch the key." in refused.text
    await agent.post(page_of(incident, "tasks", first["id"]), data={"title": "Fetch the key", "status": "cancelled"})
    assert (await agent.post(path, data={**form, "status": "in_progress"})).status_code == 303
    html = (await agent.get(page_of(incident))).text
    assert ">cancelled</span>" in html
    assert ">in progress</span>" in html


async def test_files_are_listed_with_their_size_and_removed(client):
    agent = await client("agent")
    incident = await make(agent)
    file = await attach(agent, incident, ("big.bin", b"x" * 4120, "application/octet-stream"))
    html = (await agent.get(page_of(incident))).text
    assert "4 kB" in html
    assert file["content_url"] in html
    assert (await agent.post(page_of(incident, "attachments", file["id"], "delete"))).status_code == 303
    assert "big.bin" in (await agent.get(page_of(incident))).text  # the timeline tells of it
    assert file["content_url"] not in (await agent.get(page_of(incident))).text


async def test_with_the_feature_off_the_timeline_goes_on_without_the_conversation(client, database, tenant):
    admin = await client("admin")
    incident = await make(admin)
    await comment(admin, incident, "A word")
    await task(admin, incident)
    switched = await admin.put("/api/modules/v1/modules/collaboration", json={"enabled": False})
    if switched.status_code >= 400:
        switched = await admin.put("/api/modules/v1/modules/collaboration", json={"is_enabled": False})
    assert switched.status_code == 200, switched.text
    html = (await admin.get(page_of(incident))).text
    assert "opened this" in html
    assert "replied" in html
    assert "A word" not in html
    assert 'id="composer"' not in html


@pytest.mark.parametrize(
    "size, text",
    [(0, "0 B"), (1023, "1023 B"), (1024, "1 kB"), (4120, "4 kB"), (1_600_000, "1.5 MB"), (26_214_400, "25 MB")],
)
def test_sizes_read_well(size, text):
    assert rules.size_text(size) == text


def test_a_task_moves_one_place_and_stays_at_the_end():
    a, b, c = new_id(), new_id(), new_id()
    assert rules.moved([a, b, c], c, up=True) == [a, c, b]
    assert rules.moved([a, b, c], a, up=False) == [b, a, c]
    assert rules.moved([a, b, c], a, up=True) == [a, b, c]
    assert rules.moved([a, b, c], c, up=False) == [a, b, c]


async def test_a_comment_is_rewritten_and_deleted_on_the_page(client):
    agent, colleague = await client("agent"), await client("agent")
    incident = await make(agent)
    made = await comment(agent, incident, "Frist")
    page = page_of(incident)
    assert f"do=comment-{made['id']}" in (await agent.get(page)).text
    assert f"do=comment-{made['id']}" not in (await colleague.get(page)).text
    dialog = (await agent.get(page, params={"do": f"comment-{made['id']}"})).text
    assert "Frist</textarea>" in dialog
    assert (await agent.post(page_of(incident, "comments", made["id"]), data={"body": "Zuerst"})).status_code == 303
    assert "edited" in (await agent.get(page)).text
    history = (await colleague.get(page, params={"do": f"history-{made['id']}"})).text
    assert "<p>Frist</p>" in history
    refused = await agent.post(
        page_of(incident, "comments", made["id"]),
        data={"body": " ", "_back": page, "_form": f"comment-{made['id']}"},
    )
    assert refused.status_code == 422
    assert f'id="comment-{made["id"]}-body-error"' in refused.text
    assert (await agent.post(page_of(incident, "comments", made["id"], "delete"))).status_code == 303
    html = (await colleague.get(page)).text
    assert "tc-message is-gone" in html
    assert "Zuerst" not in html


async def test_a_description_is_markdown_and_safe(client):
    agent = await client("agent")
    incident = await make(agent, description="# Since **eight**\n\n<script>alert(1)</script> [x](javascript:alert(1))")
    page = (await agent.get(page_of(incident))).text
    assert "<h1>Since <strong>eight</strong></h1>" in page
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert (await agent.put(f"{API}/{incident['id']}", json={"description": "*later*"})).status_code == 200
    assert "<em>later</em>" in (await agent.get(page_of(incident))).text
    assert "<em>later</em>" in (await agent.get("/triage", params={"ref": incident["reference_code"]})).text


async def test_a_description_from_before_is_drawn_when_it_is_read(client, database, tenant):
    agent = await client("agent")
    incident = await make(agent, description="old")
    async with database.tenant(tenant.id) as tx:
        await tx.run(
            "update incidents set description = '**older**', description_html = null where tenant_id = $1", tenant.id
        )
    assert "<strong>older</strong>" in (await agent.get(page_of(incident))).text


async def test_what_a_task_waits_for_is_chosen_and_shown(client):
    agent = await client("agent")
    incident = await make(agent)
    first, second = await task(agent, incident, "Order"), await task(agent, incident, "Mount")
    page = page_of(incident)
    dialog = (await agent.get(page, params={"do": f"task-{second['id']}"})).text
    assert f'name="depends_on" value="{first["id"]}"' in dialog
    sent = {"title": "Mount", "depends_on": [first["id"]]}
    assert (await agent.post(page_of(incident, "tasks", second["id"]), data=sent)).status_code == 303
    html = (await agent.get(page)).text
    assert "Waits for Order" in html
    assert f'id="tick-{second["id"]}"' not in html
    assert (await agent.post(page_of(incident, "tasks", second["id"]), data={"title": "Mount"})).status_code == 303
    assert "Waits for Order" not in (await agent.get(page)).text
