"""HEAD is answered wherever GET is, with the same headers and no body (RFC 9110, 9.3.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest


@pytest.mark.parametrize("path", ["/api/incidents/v1/incidents", "/queue", "/login"])
async def test_head_tells_what_get_would(path: str, client: Callable[..., Awaitable[httpx.AsyncClient]]) -> None:
    caller = await client("agent")
    whole, head = await caller.get(path), await caller.head(path)
    assert head.status_code == whole.status_code == 200
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert head.content == b""
    assert whole.content != b""


async def test_head_of_what_only_takes_post_is_refused(client: Callable[..., Awaitable[httpx.AsyncClient]]) -> None:
    answer = await (await client("agent")).head("/api/incidents/v1/public/submit")
    assert answer.status_code == 405


@pytest.mark.parametrize("method", ["OPTIONS", "PATCH"])
@pytest.mark.parametrize(
    "path, methods",
    [
        ("/api/incidents/v1/incidents", "GET, HEAD, OPTIONS, POST"),
        ("/api/incidents/v1/incidents/INC-000001", "DELETE, GET, HEAD, OPTIONS, PUT"),
        ("/api/incidents/v1/incidents/INC-000001/assign", "OPTIONS, POST"),
    ],
)
async def test_allow_names_every_method_of_a_path(
    method: str, path: str, methods: str, client: Callable[..., Awaitable[httpx.AsyncClient]]
) -> None:
    answer = await (await client("agent")).request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == ({"OPTIONS": 204, "PATCH": 405}[method], methods)
