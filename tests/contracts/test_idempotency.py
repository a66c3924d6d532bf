"""POSTs under an Idempotency-Key: of two at once one executes, and both get its answer.

Where a request is one transaction, the edge sees to it, whatever the route (`tests/web/test_twins.py`). Routes with transactions
of their own do by themselves, each in its way: these are walked here.
"""

from __future__ import annotations

import asyncio
from typing import cast

import httpx
import pytest

from tests.contracts import samples
from tests.contracts.docs import endpoints
from tocsin.base.ids import new_id

pytestmark = pytest.mark.contract

POSTS = [e for e in endpoints() if e.method == "POST" and e.own_transactions and not e.console]


def named(endpoint):
    return endpoint.path


class Drafts:
    """Writes requests instead of sending them."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self.api = api

    async def request(self, method, path, *, headers=None, **options):
        return self.api.build_request(
            method, path, headers={**(headers or {}), "Idempotency-Key": new_id().hex}, **options
        )


def again(draft, **changes):
    return httpx.Request(draft.method, draft.url, headers=draft.headers, content=draft.content, **changes)


@pytest.mark.parametrize("endpoint", POSTS, ids=named)
async def test_one_of_two_executes_and_both_get_its_answer(endpoint, worlds):
    a = worlds[0].anew()
    draft = await samples.send(
        cast("httpx.AsyncClient", Drafts(a.api)), endpoint, await samples.address(endpoint, a), a
    )
    await draft.aread()
    twins = await asyncio.gather(a.api.send(again(draft)), a.api.send(again(draft)))
    if all(answer.status_code in (403, 404, 409, 422) for answer in twins):
        return  # the sample is not in a state for it: what is refused is kept under no key
    first, second = sorted(twins, key=lambda answer: "idempotent-replayed" in answer.headers)
    if b"given only once" in second.content:
        return  # a secret is told once
    assert (first.status_code, first.content) == (second.status_code, second.content)
    for name in ("location", "operation-id", "content-type", "etag"):
        assert first.headers.get(name) == second.headers.get(name)
    assert second.headers.get("idempotent-replayed") == "true" or endpoint.access == "public"
