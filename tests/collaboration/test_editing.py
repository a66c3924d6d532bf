"""Comments that are rewritten, deleted, and that mention people, through HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.collaboration.steps import attach, comment, under
from tests.incidents.steps import API, events, fields, make
from tocsin.base.errors import Refused
from tocsin.base.ids import new_id
from tocsin.collaboration import service


async def put(client, incident, made, body, **more):
    return await client.put(under(incident, "comments", made["id"]), json={"body": body, **more})


async def found(client, word):
    return len((await client.get(API, params={"q": word})).json()["items"])


async def test_a_comment_is_rewritten_and_its_history_kept(client):
    agent, reporter = await client("agent"), await client("reporter")
    incident = await make(reporter)
    made = await comment(agent, incident, "zirconium", is_internal=True)
    kept = await comment(agent, incident, "beryllium")
    changed = (await put(agent, incident, made, "hafnium *now*")).json()
    assert changed["body_html"] == "<p>hafnium <em>now</em></p>\n"
    assert changed["edited_at"] is not None
    history = (await agent.get(under(incident, "comments", made["id"], "history"))).json()["items"]
    assert [(each["body"], each["written_at"]) for each in history] == [("zirconium", made["created_at"])]
    assert [await found(agent, word) for word in ("zirconium", "hafnium", "beryllium")] == [0, 1, 1]
    assert [await found(reporter, word) for word in ("hafnium", "beryllium")] == [0, 1]
    told = (await events(agent, incident))[-1]
    assert (told["type"], told["data"]) == (
        "CommentEdited",
        {"comment": made["id"], "is_internal": True, "mentioned": []},
    )
    same = await put(agent, incident, kept, "beryllium")
    assert same.json() == kept
    assert len(await events(agent, incident)) == 5


async def test_who_may_rewrite_and_delete(client, other_tenant):
    agent, colleague, manager = await client("agent"), await client("agent"), await client("manager")
    viewer, stranger = await client("viewer"), await client("admin", of=other_tenant)
    incident = await make(agent)
    made = await comment(agent, incident)
    path = under(incident, "comments", made["id"])
    assert (await put(colleague, incident, made, "x")).status_code == 403
    assert (await put(manager, incident, made, "x")).status_code == 403
    assert (await put(viewer, incident, made, "x")).status_code == 403
    assert (await put(stranger, incident, made, "x")).status_code == 404
    assert fields((await put(agent, incident, made, " ")).json()) == ["body"]
    assert (await agent.put(path, json={"body": "x", "is_internal": True})).status_code == 422
    assert (await colleague.delete(path)).status_code == 403
    assert (await stranger.delete(path)).status_code == 404
    assert (await manager.delete(path)).status_code == 204
    assert (await agent.delete(path)).status_code == 409
    assert (await put(agent, incident, made, "x")).status_code == 409
    assert (await viewer.get(f"{path}/history")).status_code == 200
    assert (await stranger.get(f"{path}/history")).status_code == 404


async def test_a_deleted_comment_leaves_a_tombstone(client, database, tenant):
    agent = await client("agent")
    incident = await make(agent)
    made = await comment(agent, incident, "the secret word is swordfish")
    await put(agent, incident, made, "the secret word is xiphias")
    await attach(agent, incident, comment_id=made["id"])
    path = under(incident, "comments", made["id"])
    assert (await agent.delete(path)).status_code == 204
    stone = (await agent.get(path)).json()
    assert (stone["body"], stone["body_html"], stone["attachments"]) == ("", "", [])
    assert stone["deleted_at"] is not None
    assert stone["deleted_by"]["id"] == stone["author"]["id"]
    assert [await found(agent, word) for word in ("swordfish", "xiphias")] == [0, 0]
    assert (await agent.get(f"{path}/history")).json()["items"] == []
    assert [event["type"] for event in await events(agent, incident)][-1] == "CommentDeleted"
    async with database.tenant(tenant.id) as tx:
        for table in ("incident_comments", "incident_comment_versions", "incident_attachments", "events"):
            held = await tx.value(f"select string_agg(x::text, ' ') from {table} x where tenant_id = $1", tenant.id)
            assert "swordfish" not in (held or "")
            assert "xiphias" not in (held or "")


async def test_the_window_is_the_tenants(client, member, at, tenant, database):
    author, admin = await member("agent"), await client("admin")
    await admin.put("/api/tenancy/v1/tenant", json={"settings": {"comment_edit_minutes": 30}})
    incident = await make(admin)
    async with database.tenant(tenant.id) as tx:
        made = await service.add_comment(tx, author.actor, incident["id"], "First", is_internal=False)
    async with at(made.created_at + timedelta(minutes=29)) as tx:
        assert (await service.edit_comment(tx, author.actor, incident["id"], made.id, "Second")).body == "Second"
    with pytest.raises(Refused, match="30 minutes"):
        async with at(made.created_at + timedelta(minutes=30)) as tx:
            await service.edit_comment(tx, author.actor, incident["id"], made.id, "Third")


# ------------------------------------------------------------------------------------------------------------- mentions


async def watching(client, incident):
    items = (await client.get(under(incident, "watchers"))).json()["items"]
    return {
        (item["user"]["id"], item["reason"]) if isinstance(item["user"], dict) else (item["user"], item["reason"])
        for item in items
    }


async def letters(database, tenant):
    async with database.tenant(tenant.id) as tx:
        for event in await tx.rows("select id, pending from events where tenant_id = $1", tenant.id):
            from tocsin.activity import service as activity

            for name in event["pending"]:
                await activity.handle(tx, {"event": str(event["id"]), "handler": name})
        rows = await tx.rows(
            "select user_id, subject, body from notification_deliveries where tenant_id = $1 and kind = 'Mentioned'",
            tenant.id,
        )
    return {row["user_id"]: f"{row['subject']}\n{row['body']}" for row in rows}


async def test_who_is_mentioned_is_told_once_and_watches(client, member, database, tenant):
    agent = await client("agent")
    ada, hugo = await member("agent", "Ada Lovelace"), await member("viewer", "Hugo Martin")
    incident = await make(agent)
    made = await comment(agent, incident, "@Ada Lovelace can you look? @Nobody", is_internal=True)
    assert made["mentions"] == [{"id": str(ada.id), "name": "Ada Lovelace"}]
    assert '<span class="tc-mention">@Ada Lovelace</span>' in made["body_html"]
    changed = (await put(agent, incident, made, "@Ada Lovelace, @hugo", mentions=[])).json()
    assert {each["name"] for each in changed["mentions"]} == {"Ada Lovelace", "Hugo Martin"}
    found = await letters(database, tenant)
    assert found.keys() == {ada.id, hugo.id}
    assert "mentioned you" in found[ada.id]
    assert "@Ada Lovelace, @hugo" in found[hugo.id]
    watchers = (await agent.get(under(incident, "watchers"))).text
    assert str(ada.id) in watchers
    assert str(hugo.id) in watchers
    assert "mentioned" in watchers


async def test_nobody_is_mentioned_who_may_not_read_it(client, member, other_tenant, connect):
    reporter, foreign = (
        await member("reporter", "Rosa Reporter"),
        await member("agent", "Fritz Foreign", of=other_tenant),
    )
    agent, mine = await client("agent"), connect(reporter.token)
    incident = await make(mine)
    made = await comment(agent, incident, "@Rosa Reporter and @Fritz Foreign", is_internal=True)
    assert made["mentions"] == []
    public = await comment(agent, incident, "@Rosa Reporter and @Fritz Foreign")
    assert [each["name"] for each in public["mentions"]] == ["Rosa Reporter"]
    refused = []
    for nobody in (foreign.id, new_id()):
        for body in ({"body": f"@{nobody} see"}, {"body": "see", "mentions": [str(nobody)]}):
            answer = await agent.post(under(incident, "comments"), json=body)
            assert answer.status_code == 422
            refused.append({k: v for k, v in answer.json().items() if k != "request_id"})
    assert refused[0] == refused[2]
    assert refused[1] == refused[3]
    assert [fields(one) for one in refused[:2]] == [["body"], ["mentions"]]
    hidden = {"body": "x", "is_internal": True, "mentions": [str(reporter.id)]}
    assert fields((await agent.post(under(incident, "comments"), json=hidden)).json()) == ["mentions"]
    assert len((await agent.get(under(incident, "comments"))).json()["items"]) == 2


async def test_a_member_is_mentioned_beside_the_text(client, member):
    agent, ada = await client("agent"), await member("agent", "Ada Lovelace")
    incident = await make(agent)
    made = await comment(agent, incident, "Look", mentions=[ada.email, str(ada.id)])
    assert [each["id"] for each in made["mentions"]] == [str(ada.id)]
