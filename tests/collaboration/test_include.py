"""`?include=` and `?fields=`: what belongs to an incident, as its own address shows it, in a bounded number of statements."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from tests.contracts.test_probes import check_problem
from tests.incidents.steps import API, MakeClient, make
from tests.plugins.statements import counting
from tocsin.incidents.service.include import INCLUDES

ALL = "tasks,comments,attachments,progress,watchers"


async def get(client: httpx.AsyncClient, path: str, **params: str) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def furnish(client: httpx.AsyncClient, incident: dict[str, Any]) -> None:
    """Two tasks, two comments of which one is internal, with files, a file of its own, reports, a watcher."""
    path = f"{API}/{incident['id']}"
    for number in (1, 2):
        assert (await client.post(f"{path}/tasks", json={"title": f"Task {number}"})).status_code == 201
    for internal in (False, True):
        body = {"body": f"**comment** {internal}", "is_internal": internal}
        comment = (await client.post(f"{path}/comments", json=body)).json()
        file = {"file": ("a.txt", b"content", "text/plain")}
        data = {"comment_id": comment["id"], "is_internal": str(internal).lower()}
        assert (await client.post(f"{path}/attachments", files=file, data=data)).status_code == 201
        report = {"percent": 10, "summary": f"report {internal}", "is_internal": internal}
        assert (await client.post(f"{path}/progress", json=report)).status_code == 201
    assert (await client.post(f"{path}/watchers", json={"email": "a@example.com"})).status_code == 201


async def test_what_is_included_is_what_its_own_address_shows(client: MakeClient) -> None:
    admin = await client("admin")
    incident, bare = await make(admin), await make(admin)
    await furnish(admin, incident)
    lists = {name: (await get(admin, f"{API}/{incident['id']}/{name}"))["items"] for name in ALL.split(",")}
    assert [len(items) for items in lists.values()] == [2, 2, 2, 2, 2]
    one = await get(admin, f"{API}/{incident['id']}", include=ALL)
    assert {name: one[name] for name in lists} == lists
    assert one["more"] == []
    plain = await get(admin, f"{API}/{incident['id']}")
    assert {name: value for name, value in one.items() if name not in (*lists, "more")} == plain
    page = await get(admin, API, include=ALL, sort="created_at")
    assert page["items"][0] == one
    assert page["items"][1]["id"] == bare["id"]
    assert all(page["items"][1][name] == [] for name in lists)
    assert set(await get(admin, f"{API}/{incident['id']}", include="tasks")) == {*plain, "tasks", "more"}


async def test_what_is_internal_never_reaches_who_may_not_see_incidents(client: MakeClient) -> None:
    admin, reporter = await client("admin"), await client("reporter")
    incident = await make(reporter)
    await furnish(admin, incident)
    for path in (f"{API}/{incident['id']}", API):
        text = (await reporter.get(path, params={"include": "comments,attachments,progress"})).text
        assert "**comment** False" in text
        assert "**comment** True" not in text
        assert "report True" not in text
        assert '"is_internal":true' not in text
        for name in ("tasks", "watchers"):
            assert (await reporter.get(path, params={"include": name})).status_code == 403
    one = await get(reporter, f"{API}/{incident['id']}", include="comments,attachments,progress")
    assert [len(one[name]) for name in ("comments", "attachments", "progress")] == [1, 1, 1]


async def test_fields_are_those_asked_for(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    path = f"{API}/{incident['id']}"
    assert await get(admin, path, fields="id, title,id") == {"id": incident["id"], "title": incident["title"]}
    page = await get(admin, API, fields="reference_code,sla")
    assert page["items"] == [{"reference_code": incident["reference_code"], "sla": incident["sla"]}]
    both = await get(admin, path, fields="title", include="tasks")
    assert set(both) == {"title", "tasks", "more"}
    assert set(await get(admin, path, fields="title,tasks", include="tasks")) == {"title", "tasks", "more"}


@pytest.mark.parametrize("path", [API, f"{API}/INC-000001"])
async def test_unknown_names_are_invalid(path: str, client: MakeClient) -> None:
    admin = await client("admin")
    await make(admin)
    for parameter in ("fields", "include"):
        for value in ("nonsense", "", "id,,title", "tasks;", "__struct_fields__", "x" * 5000, "tenant_id"):
            answer = await admin.get(path, params={parameter: value})
            assert answer.status_code == 422, (parameter, value)
            check_problem(answer, parameter)
    check_problem(await admin.get(path, params={"fields": "tasks"}), "fields")


async def test_a_module_that_is_off_includes_nothing(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    await admin.put("/api/modules/v1/modules/collaboration", json={"is_enabled": False})
    answer = await admin.get(f"{API}/{incident['id']}", params={"include": "tasks"})
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("module-disabled")
    assert (await admin.get(f"{API}/{incident['id']}", params={"include": "watchers"})).status_code == 200


async def test_of_many_the_first_fifty_are_included(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    path = f"{API}/{incident['id']}"
    for at in range(0, 52, 8):
        some = range(at, min(at + 8, 52))
        await asyncio.gather(*(admin.post(f"{path}/tasks", json={"title": f"T{n}"}) for n in some))
    await admin.post(f"{path}/comments", json={"body": "one"})
    one = await get(admin, path, include="tasks,comments")
    assert one["tasks"] == (await get(admin, f"{path}/tasks"))["items"]
    assert (len(one["tasks"]), one["more"]) == (50, ["tasks"])


async def test_a_page_costs_three_statements_whatever_its_size(
    client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await client("admin")
    for number in range(30):
        incident = await make(admin, f"No {number}")
        if number < 5:
            await furnish(admin, incident)
    assert set(ALL.split(",")) <= set(INCLUDES.known)
    for include in ("", "tasks", ",".join(INCLUDES.known)):
        for limit in ("1", "10", "200"):
            params = {"limit": limit} | ({"include": include} if include else {})
            await get(admin, API, **params)
            with counting(monkeypatch) as seen:
                page = await get(admin, API, **params)
            assert len(page["items"]) == min(int(limit), 30)
            assert len(seen) <= 3, seen  # admission, ids, rows
    with counting(monkeypatch) as seen:
        await get(admin, f"{API}/INC-000001", include=ALL)
    assert len(seen) <= 3, seen


async def test_unchanged_is_304_until_anything_about_it_is_another(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin)
    path = f"{API}/{incident['id']}"
    first = await admin.get(path)
    tag = first.headers["etag"]
    for given in (tag, "*", f'"x", {tag}', f"W/{tag}"):
        same = await admin.get(path, headers={"If-None-Match": given})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == tag
        assert "content-type" not in same.headers
    for given in ('"1"', '"x"', "junk", ""):
        assert (await admin.get(path, headers={"If-None-Match": given})).status_code == 200
    assert (await admin.get(path, params={"fields": "id"}, headers={"If-None-Match": tag})).status_code == 200
    changed = await admin.put(path, json={"title": "Another"}, headers={"If-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["etag"] == (await admin.get(path)).headers["etag"] != tag
    assert (await admin.get(path, headers={"If-None-Match": tag})).status_code == 200
    assert (await admin.put(path, json={"title": "Stale"}, headers={"If-Match": tag})).status_code == 412


async def test_a_new_name_in_it_is_no_304_though_the_version_stays(client: MakeClient) -> None:
    admin = await client("admin")
    incident = await make(admin, category=(await _category(admin))["id"])
    path = f"{API}/{incident['id']}"
    tag = (await admin.get(path)).headers["etag"]
    await admin.put(f"/api/incidents/v1/categories/{incident['category']['id']}", json={"name": "New name"})
    again = await admin.get(path, headers={"If-None-Match": tag})
    assert again.status_code == 200
    assert again.json()["version"] == incident["version"]
    assert (await admin.put(path, json={"title": "Mine"}, headers={"If-Match": tag})).status_code == 200


async def _category(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.post("/api/incidents/v1/categories", json={"name": "Old name"})).json()
    return found
