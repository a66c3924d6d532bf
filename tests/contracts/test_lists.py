"""Every list pages alike: 1 to 200 at a time, in one order, by cursors of its own."""

from __future__ import annotations

import pytest

from tests.contracts import samples
from tests.contracts.docs import endpoints
from tests.contracts.test_probes import check_problem
from tests.plugins.statements import counting
from tocsin.base.paging import Page

pytestmark = pytest.mark.contract

LISTS = [e for e in endpoints() if e.method == "GET" and getattr(e.answer, "__origin__", None) is Page]


def named(endpoint):
    return endpoint.path


@pytest.mark.parametrize("endpoint", LISTS, ids=named)
async def test_a_list_pages(endpoint, worlds):
    a = worlds[0]
    path = await samples.address(endpoint, a)
    whole = (await a.api.get(path, params={"limit": 200})).json()["items"]
    seen, cursor = [], None
    for _ in range(3):
        answer = await a.api.get(path, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert set(page) == {"items", "next_cursor"}
        assert len(page["items"]) <= 1
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole[: len(seen)]
    assert (cursor is None) == (len(seen) == len(whole))


@pytest.mark.parametrize("endpoint", LISTS, ids=named)
@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=abc", "cursor="])
async def test_no_page_like_that(endpoint, query, worlds):
    answer = await worlds[0].api.get(f"{await samples.address(endpoint, worlds[0])}?{query}")
    assert answer.status_code == 422, answer.text
    check_problem(answer, query.split("=")[0])


EVERYBODYS = ("/api/access/v1/permissions", "/api/sla/v1/places", "/api/sla/v1/places/{country}/holidays")
"""Lists that are the same for every tenant."""


@pytest.mark.parametrize("endpoint", [e for e in LISTS if e.path not in EVERYBODYS], ids=named)
async def test_a_cursor_is_the_tenants_own(endpoint, worlds):
    a, b = worlds
    found = await b.api.get(f"{await samples.address(endpoint, b)}?limit=1")
    if (cursor := found.json()["next_cursor"]) is not None:
        answer = await a.api.get(await samples.address(endpoint, a), params={"cursor": cursor})
        assert answer.status_code == 422, answer.text
        check_problem(answer, "cursor")


MOST = 6
"""Statements of a page, admission included: who asks for more gives its reason here."""


@pytest.mark.parametrize("endpoint", LISTS, ids=named)
async def test_a_page_costs_the_same_whatever_its_size(endpoint, worlds, monkeypatch):
    a = worlds[0]
    path = await samples.address(endpoint, a)
    costs = []
    for limit in (1, 2, 200):
        tries = []
        for _ in range(2):  # the first may look up who asks anew
            with counting(monkeypatch) as seen:
                assert (await a.api.get(path, params={"limit": limit})).status_code == 200
                tries.append(len(seen))
        costs.append(min(tries))
        assert costs[-1] <= MOST, tries
    assert len(set(costs)) == 1, f"statements by size of the page: {costs}"
