"""Changing incidents from lists: in place, many at once, back again; and triage and My work."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import httpx
import pytest

from tests.incidents.steps import API, MakeClient, act, make
from tests.incidents.test_console_queue import PART, page, shown
from tocsin.incidents.console.triage import mnemonics


async def take_back(client: httpx.AsyncClient, text: str) -> httpx.Response:
    """Follow the toast's way back."""
    found = re.search(r'action="(/operations/[^"]+/undo)"(.*?)</form>', text, re.DOTALL)
    assert found is not None, text[-800:]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', found[2]))
    typed = {name: unescape(value) for name, value in fields.items() if not name.startswith("_")}
    return await client.post(found[1], data=typed, headers=PART)


async def read(client: httpx.AsyncClient, incident: dict[str, Any]) -> dict[str, Any]:
    """The incident as it is now."""
    found: dict[str, Any] = (await client.get(f"{API}/{incident['id']}")).json()
    return found


@pytest.mark.parametrize(
    ("what", "field", "value", "before"),
    [
        ("status", "status", "waiting", "open"),
        ("status", "status", "resolved", "open"),
        ("status", "status", "closed", "open"),
        ("priority", "priority", "critical", "medium"),
        ("category", "category", "hardware", None),
    ],
)
async def test_a_field_changes_in_place_and_back(
    client: MakeClient, what: str, field: str, value: str, before: str | None
) -> None:
    manager = await client("manager")
    incident = await make(manager)
    path = f"/incidents/{incident['reference_code']}/pick/{what}"
    assert f'name="{field}" value="{value}"' in await page(manager, path, **PART)
    answer = await manager.post(path, data={field: value}, headers=PART)
    assert answer.status_code == 200
    assert f'hx-target="#row-{incident["id"]}"' in answer.text
    assert "tocsin:changed" in answer.headers["hx-trigger"]
    assert (await read(manager, incident))[field]["slug"] == value
    back = await take_back(manager, answer.text)
    assert "Undone" in back.text
    assert f'hx-target="#row-{incident["id"]}"' in back.text
    now = (await read(manager, incident))[field]
    assert (now["slug"] if now else None) == before


async def test_an_owner_or_team_is_given_and_taken_back(client: MakeClient, member: Any) -> None:
    manager, admin, person = await client("manager"), await client("admin"), await member("agent", "Rosa Lind")
    team = (await admin.post("/api/access/v1/teams", json={"name": "Desk"})).json()
    incident = await make(manager)
    path = f"/incidents/{incident['id']}/pick/owner"
    menu = await page(manager, path, **PART)
    assert "Assign to me" in menu
    assert f'name="user" value="{person.id}"' in menu
    assert f'name="team" value="{team["id"]}"' in menu
    assert "Rosa" not in await page(manager, f"{path}?q=zzz", **PART)
    answer = await manager.post(path, data={"user": str(person.id)}, headers=PART)
    assert "to Rosa Lind" in answer.text
    await take_back(manager, answer.text)
    assert (await read(manager, incident))["assigned_to"] is None
    answer = await manager.post(path, data={"team": team["id"]}, headers=PART)
    assert (await read(manager, incident))["team"]["name"] == "Desk"
    await take_back(manager, answer.text)
    assert (await read(manager, incident))["team"] is None
    assert (await (await client("agent")).get(path)).status_code == 403


async def test_without_a_script_the_menu_is_a_page_and_leads_back(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent)
    path = f"/incidents/{incident['reference_code']}/pick/priority"
    text = await page(agent, path)
    assert "<h1>Priority of" in text
    answer = await agent.post(path, data={"priority": "high", "_back": "/queue?priority=high", "_form": "pick"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/queue?priority=high")
    assert "tcs_flash" in answer.headers["set-cookie"]


async def test_a_refusal_is_a_toast_in_the_list(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await act(agent, await make(agent), "close")
    answer = await agent.post(
        f"/incidents/{incident['id']}/pick/status", data={"status": "open"}, headers={**PART, "HX-Target": "form"}
    )
    assert (answer.status_code, answer.headers["hx-reswap"]) == (409, "none")
    assert "reopen it first" in answer.headers["hx-trigger"]
    menu = await page(agent, f"/incidents/{incident['id']}/pick/status", **PART)
    assert "no other status is allowed" in menu


@pytest.mark.parametrize(
    ("what", "first", "second"), [("status", "triaged", "in-progress"), ("priority", "high", "low")]
)
async def test_undo_leaves_alone_what_was_changed_meanwhile(
    client: MakeClient, what: str, first: str, second: str
) -> None:
    agent = await client("agent")
    incident = await make(agent)
    path = f"/incidents/{incident['id']}/pick/{what}"
    mine = await agent.post(path, data={what: first}, headers=PART)
    await agent.post(path, data={what: second}, headers=PART)
    back = await take_back(agent, mine.text)
    assert "changed meanwhile" in back.text or "changed" in back.headers.get("hx-trigger", "")
    assert (await read(agent, incident))[what]["slug"] == second


async def test_resolving_in_place_is_undone_as_if_it_never_was(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent)
    before = await read(agent, incident)
    answer = await agent.post(f"/incidents/{incident['id']}/pick/status", data={"status": "resolved"}, headers=PART)
    await take_back(agent, answer.text)
    after = await read(agent, incident)
    assert (after["resolved_at"], after["sla"]) == (None, before["sla"])


async def test_many_change_each_by_itself_and_refusals_are_listed(client: MakeClient) -> None:
    agent = await client("agent")
    one, two, three = [await make(agent, name) for name in ("one", "two", "three")]
    await act(agent, two, "close")
    refs = [one["reference_code"], two["reference_code"], three["reference_code"], "INC-999999"]
    answer = await agent.post("/queue/bulk", data={"ref": refs, "status": "triaged"}, headers=PART)
    text = unescape(answer.text)
    assert "2 incidents changed" in text
    assert "2 incidents were left as they are" in text
    assert f"{two['reference_code']}</span> {two['reference_code']} is Closed; reopen it first." in text
    assert shown(text) == ["one", "three"]
    assert [(await read(agent, x))["status"]["slug"] for x in (one, two, three)] == ["triaged", "closed", "triaged"]
    way_back = re.search(r'action="(/operations/[^"]+/undo)"', answer.text)
    assert way_back is not None
    back = await agent.post(way_back[1], data={}, headers=PART)
    assert "Undone for 2 incidents" in back.text
    assert shown(back.text) == ["three", "one"] or shown(back.text) == ["one", "three"]
    assert {(await read(agent, x))["status"]["slug"] for x in (one, three)} == {"open"}


@pytest.mark.parametrize("given", [{"priority": "critical"}, {"user": "me"}, {"do": "close"}, {"status": "waiting"}])
async def test_every_act_of_the_bar_works_and_has_a_page_without_a_script(
    client: MakeClient, given: dict[str, str]
) -> None:
    manager = await client("manager")
    made = [await make(manager, f"No {n}") for n in range(2)]
    answer = await manager.post(
        "/queue/bulk", data={"ref": [x["reference_code"] for x in made], "back": "/queue?priority=low", **given}
    )
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"] == "/queue?priority=low"
    again = await manager.post(
        "/queue/bulk", data={"ref": [x["reference_code"] for x in made], "back": "/queue?priority=low", **given}
    )
    if again.status_code == 303 and "/operations/" in again.headers["location"]:  # most verbs refuse what is so already
        text = (await manager.get(again.headers["location"])).text
        assert 'href="/queue?priority=low">' in text
        assert made[0]["reference_code"] in text


async def test_all_that_match_are_shown_first_then_changed_and_put_back(client: MakeClient) -> None:
    manager = await client("manager")
    made = [await make(manager, f"No {n}", priority="low") for n in range(12)]
    other = await make(manager, "Another", priority="high")
    given = {"ref": [made[0]["reference_code"]], "every": "true", "do": "close", "back": "/queue?priority=low"}
    part = await manager.post("/queue/bulk", data=given, headers=PART)
    answer = await manager.post("/queue/bulk", data=given)
    assert part.headers["hx-redirect"] == answer.headers["location"]
    preview = (await manager.get(answer.headers["location"])).text
    assert "12 incidents" in preview
    assert "The first of them" in preview
    assert (await read(manager, made[3]))["status"]["slug"] == "open"
    form = {"list": "/queue?priority=low", "do": "close", "_once": "sent-twice"}
    done = await manager.post("/queue/every", data=form)
    assert done.status_code == 303, done.text[:300]
    assert (await manager.post("/queue/every", data=form)).headers["location"] == done.headers["location"]
    text = (await manager.get(done.headers["location"])).text
    assert "12 of 12 incidents" in text
    assert "Undo all of it" in text
    assert {(await read(manager, one))["status"]["slug"] for one in made} == {"closed"}
    assert (await read(manager, other))["status"]["slug"] == "open"
    path = done.headers["location"].partition("?")[0]
    assert (await manager.post(f"{path}/undo", data={})).status_code == 303
    assert {(await read(manager, one))["status"]["slug"] for one in made} == {"open"}
    wrong = await manager.get("/queue/every?list=/queue%3Fpriority%3Dnowhere&do=close")
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    "given",
    [
        {"status": "triaged"},
        {"ref": ["INC-000001"]},
        {"ref": ["INC-000001"], "status": "gone"},
        {"ref": ["INC-000001"], "priority": "high", "status": "open"},
        {"ref": ["INC-000001"], "user": "nobody-known"},
        {"ref": [f"INC-{n}" for n in range(201)], "do": "close"},
    ],
)
async def test_what_no_incident_could_take_is_refused_at_once(client: MakeClient, given: dict[str, Any]) -> None:
    manager = await client("manager")
    incident = await make(manager)
    answer = await manager.post("/queue/bulk", data=given)
    assert answer.status_code == 422
    assert (await read(manager, incident))["version"] == incident["version"]


async def test_an_agent_cannot_assign_many(client: MakeClient) -> None:
    agent = await client("agent")
    incident = await make(agent)
    answer = await agent.post("/queue/bulk", data={"ref": [incident["id"]], "user": "me"}, headers=PART)
    assert answer.status_code == 403
    assert "incidents.assign" in answer.headers["hx-trigger"]
    assert (await read(agent, incident))["assigned_to"] is None


# -------------------------------------------------------------------------------------------------------------- triage


def place_of(text: str) -> str | None:
    """How far one is, as the page says it."""
    found = re.search(r'tc-dim">(\d+ of \d+)<', text)
    return found.group(1) if found else None


async def test_triage_goes_through_the_unowned_most_urgent_first(client: MakeClient) -> None:
    manager = await client("manager")
    for title, priority in (("calm", "low"), ("urgent", "critical"), ("usual", "medium")):
        await make(manager, title, priority=priority)
    text = await page(manager, "/triage")
    assert '<h2 class="tc-title">urgent</h2>' in text
    assert place_of(text) == "1 of 3"
    mine = re.search(r'action="(/incidents/[^"]*/pick/owner)">.*?name="_back" value="([^"]*)"', text, re.DOTALL)
    assert mine is not None
    answer = await manager.post(mine.group(1), data={"user": "me", "_back": mine.group(2), "_form": "triage"})
    assert answer.headers["location"] == "/triage?done=1"
    text = await page(manager, "/triage?done=1")
    assert '<h2 class="tc-title">usual</h2>' in text
    assert place_of(text) == "2 of 3"
    skip = re.search(r'href="([^"]*)" data-key="j"', text)
    assert skip is not None
    text = await page(manager, skip.group(1))
    assert '<h2 class="tc-title">calm</h2>' in text
    assert place_of(text) == "3 of 3"
    skip = re.search(r'href="([^"]*)" data-key="j"', text)
    assert skip is not None
    text = await page(manager, skip.group(1))
    assert "2 incidents that you put off still have no owner." in text


async def test_triage_stays_at_an_incident_while_it_is_sorted_out(client: MakeClient) -> None:
    agent = await client("agent")
    await make(agent, "first", priority="high")
    second = await make(agent, "second", priority="low")
    code = second["reference_code"]
    text = await page(agent, f"/triage?ref={code}&done=4")
    assert '<h2 class="tc-title">second</h2>' in text
    assert "Assign to me" not in text.partition("<main")[2].partition("</main>")[0], "an agent may not assign"
    assert f'name="_back" value="/triage?ref={code}&done=4"' in text
    assert 'name="_back" value="/triage?done=5"' in text, "resolving leads on"
    for odd in ("/triage?ref=INC-999999", "/triage?done=-3", "/triage?skip=,,x"):
        assert '<h2 class="tc-title">first</h2>' in await page(agent, odd)


async def test_an_empty_triage_says_so(client: MakeClient) -> None:
    agent = await client("agent")
    assert "Every incident has an owner" in await page(agent, "/triage")
    assert "You have just looked after 12 incidents." in await page(agent, "/triage?done=12")
    assert (await (await client("viewer")).get("/triage")).status_code == 403


def test_every_name_gets_a_letter_of_its_own_as_long_as_there_are_some() -> None:
    assert mnemonics(["Hardware", "Network", "Access", "Hall"], "a") == ["h", "n", "c", "l"]
    assert mnemonics(["Network", "Server", "Software"], "") == ["n", "s", "o"]
    assert mnemonics(["aa", "aa", "ab"], "") == ["a", "", "b"]
    assert mnemonics(["Ärger 1", "2"], "") == ["r", ""]


# ------------------------------------------------------------------------------------------------------------- my work


async def test_work_has_a_tab_for_each_kind_with_its_figure(client: MakeClient, member: Any, connect: Any) -> None:
    manager, person, other = await client("manager"), await member(), await member()
    await make(manager, "mine", assigned_to=str(person.id), priority="low")
    handed = await make(manager, "handed", assigned_to=str(person.id), priority="low")
    me = connect(person.token)
    await act(me, handed, "delegate", user=str(other.id))
    text = await page(me, "/work")
    assert shown(text) == ["mine"]
    tabs = re.findall(r'href="/work[^"]*"[^>]*>([^<]+)<span class="tc-count">(\d+)<', text)
    assert [name for name, _ in tabs] == ["Mine", "Delegated by me", "Due today", "Watched"]
    assert [figure for name, figure in tabs if name != "Due today"] == ["1", "1", "1"]
    assert shown(await page(me, "/work?tab=delegated")) == ["handed"]
    assert shown(await page(me, "/work?tab=watched")) == ["handed"]
    assert "There is no such tab." in await page(me, "/work?tab=later", 422)
    assert "There is no such filter." in await page(me, "/work?colour=red", 422)
    assert "You have handed nothing on" in await page(manager, "/work?tab=delegated")


async def test_tags_comments_and_macros_for_the_ticked_ones(client: MakeClient) -> None:
    manager = await client("manager")
    macro = {"name": "Gateway", "steps": [{"do": "transition", "status": "waiting"}, {"do": "comment", "body": "Down"}]}
    assert (await (await client()).post("/api/incidents/v1/macros", json=macro)).status_code == 201
    assert 'name="macro" value="gateway"' in await page(manager, "/queue/macros", **PART)
    one, two = await make(manager), await make(manager)
    refs = [one["reference_code"], two["reference_code"]]

    async def change(**given: str) -> httpx.Response:
        return await manager.post("/queue/bulk", data={"ref": refs, **given}, headers=PART)

    tagged = await change(do="tag", tags="vpn, mail", comment="left over")
    assert "2 incidents changed" in tagged.text
    assert [(await read(manager, each))["tags"] for each in (one, two)] == [["mail", "vpn"]] * 2
    await change(do="untag", tags="mail")
    assert (await read(manager, one))["tags"] == ["vpn"]
    for given in ({"do": "tag"}, {"do": "comment"}, {"macro": "none-such"}, {"do": "close", "macro": "gateway"}):
        assert (await change(**given)).status_code == 422
    await change(do="comment", comment="For us", is_internal="true")
    comments = (await manager.get(f"{API}/{one['id']}/comments")).json()["items"]
    assert [(each["body"], each["is_internal"]) for each in comments] == [("For us", True)]
    ran = await change(macro="gateway")
    assert (await read(manager, two))["status"]["slug"] == "waiting"
    await take_back(manager, ran.text)
    assert (await read(manager, two))["status"]["slug"] == "open"
    shown = await manager.post("/queue/bulk", data={"ref": refs, "every": "true", "macro": "gateway", "back": "/queue"})
    preview = await page(manager, shown.headers["location"])
    assert "Gateway" in preview
    done = await manager.post("/queue/every", data={"list": "/queue", "macro": "gateway"})
    assert done.status_code == 303, done.text
    assert (await read(manager, two))["status"]["slug"] == "waiting"
