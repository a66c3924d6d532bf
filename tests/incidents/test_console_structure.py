"""Links, merging and the family of an incident on its page."""

from __future__ import annotations

import re
from typing import Any

from tests.incidents.steps import API, MakeClient, act, make
from tests.incidents.test_merge import link


async def test_links_and_parts_stand_on_the_page_with_their_states(client: MakeClient) -> None:
    agent = await client("agent")
    parent, child, other = [await make(agent, title) for title in ("Parent", "Child", "Cause")]
    form = (await agent.get(f"/incidents/{child['reference_code']}?do=link")).text
    assert "Cause" in form
    answer = await agent.post(
        f"/incidents/{child['reference_code']}/links", data={"type": "child_of", "incident": parent["reference_code"]}
    )
    assert answer.status_code == 303, answer.text[:300]
    typed = await agent.post(
        f"/incidents/{parent['reference_code']}/links",
        data={"type": "caused_by", "other": f" {other['reference_code']} "},
    )
    assert typed.status_code == 303, typed.text[:300]
    html = (await agent.get(f"/incidents/{parent['reference_code']}")).text
    assert "Consists of" in html
    assert "1 part open" in html
    assert "Caused by" in html
    dialog = (await agent.get(f"/incidents/{parent['reference_code']}?do=close")).text
    assert 'name="children"' in dialog
    assert 'name="children"' not in (await agent.get(f"/incidents/{child['reference_code']}?do=close")).text
    closed = await agent.post(f"/incidents/{parent['reference_code']}/close", data={"children": "true"})
    assert closed.status_code == 303
    assert (await agent.get(f"{API}/{child['id']}")).json()["status"]["slug"] == "closed"
    removal = re.search(r'action="(/incidents/[^"]+/links/[^"]+/remove)"', html)
    assert removal is not None
    assert (await agent.post(removal[1], data={})).status_code == 303


async def test_a_merge_leads_to_the_other_and_is_undone_from_either_page(client: MakeClient) -> None:
    agent = await client("agent")
    source, target = await make(agent, "Mail is down"), await make(agent, "Mail server fails")
    await agent.post(f"{API}/{source['id']}/comments", json={"body": "A **kobold** did it", "is_internal": False})
    form = (await agent.get(f"/incidents/{source['reference_code']}?do=merge&q=server")).text
    assert target["reference_code"] in form
    answer = await agent.post(f"/incidents/{source['reference_code']}/merge", data={"into": target["reference_code"]})
    assert answer.headers["location"] == f"/incidents/{target['reference_code']}"
    assert "kobold" in (await agent.get(f"/incidents/{target['reference_code']}")).text
    page = (await agent.get(f"/incidents/{source['reference_code']}")).text
    assert f'href="/incidents/{target["reference_code"]}"' in page
    assert "kobold" not in page
    way_back = re.search(r'action="(/operations/[^"]+/undo)"', page)
    assert way_back is not None
    assert (await agent.post(way_back[1], data={})).status_code == 303
    assert "kobold" in (await agent.get(f"/incidents/{source['reference_code']}")).text
    assert "kobold" not in (await agent.get(f"/incidents/{target['reference_code']}")).text


async def test_a_refused_link_shows_its_form_again(client: MakeClient) -> None:
    agent = await client("agent")
    one, two = await make(agent), await make(agent)
    await link(agent, one, "blocks", two)
    here = f"/incidents/{two['reference_code']}"
    again = await agent.post(
        f"{here}/links", data={"type": "blocks", "other": one["reference_code"], "_back": here, "_form": "link"}
    )
    assert again.status_code == 409
    assert "wait for each other" in again.text
    none = await agent.post(f"{here}/links", data={"type": "blocks", "other": "INC-9", "_back": here, "_form": "link"})
    assert none.status_code == 422
    await act(agent, one, "close")


async def test_the_timeline_names_the_other_incident_to_whoever_may_see_it(
    client: MakeClient, member: Any, connect: Any
) -> None:
    agent, reporter = await client("agent"), await member("reporter")
    own = connect(reporter.token)
    one, other = await make(own, "Mail is down"), await make(agent, "Mail server fails")
    await link(agent, one, "blocks", other)
    ref, code = f"/incidents/{one['reference_code']}", other["reference_code"]
    assert f"this blocks {code}" in (await agent.get(ref)).text
    assert code not in (await own.get(ref)).text
    merged = await agent.post(f"{API}/{one['id']}/merge", json={"into": other["id"]})
    assert f"merged it into {code}; the clocks were cancelled" in (await agent.get(ref)).text
    assert f"merged {one['reference_code']} into this" in (await agent.get(f"/incidents/{code}")).text
    await agent.post(f"/api/incidents/v1/operations/{merged.json()['operation']}/undo", json={})
    for path, with_whom in ((ref, code), (f"/incidents/{code}", one["reference_code"])):
        assert f"undid the merge with {with_whom}" in (await agent.get(f"{path}?show=activity")).text


async def test_a_merge_is_offered_into_open_ones_the_most_alike_first(client: MakeClient) -> None:
    agent = await client("agent")
    one, alike = (
        await make(agent, "Core switch in hall two drops packets"),
        await make(agent, "Core switch of hall two"),
    )
    over = await make(agent, "Core switch in hall two broken")
    await act(agent, over, "close")
    newer = await make(agent, "Coffee is cold")
    form = (await agent.get(f"/incidents/{one['reference_code']}?do=merge")).text
    offered = re.findall(r'name="into" value="([^"]+)"', form)
    assert offered == [alike["reference_code"], newer["reference_code"]]


async def test_a_merged_one_offers_no_macros(client: MakeClient) -> None:
    admin = await client("admin")
    one, other = await make(admin), await make(admin)
    macro = {"name": "Close it", "slug": "close-it", "steps": [{"do": "close"}]}
    assert (await admin.post("/api/incidents/v1/macros", json=macro)).status_code == 201
    assert 'id="incident-macros"' in (await admin.get(f"/incidents/{one['reference_code']}")).text
    await act(admin, one, "merge", into=other["id"])
    assert 'id="incident-macros"' not in (await admin.get(f"/incidents/{one['reference_code']}")).text
