"""What the tests of collaboration do again and again."""

from __future__ import annotations

from typing import Any

import httpx

from tests.incidents.steps import API

TEXT = ("note.txt", b"hello", "text/plain")


def under(incident: dict[str, Any], *parts: str) -> str:
    """An address under an incident."""
    return "/".join((API, incident["id"], *parts))


async def comment(client: httpx.AsyncClient, incident: dict[str, Any], body: str = "Looking", **more: Any) -> Any:
    """Comment on an incident."""
    answer = await client.post(under(incident, "comments"), json={"body": body, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def task(client: httpx.AsyncClient, incident: dict[str, Any], title: str = "Check the fuse", **more: Any) -> Any:
    """Add a task."""
    answer = await client.post(under(incident, "tasks"), json={"title": title, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def attach(client: httpx.AsyncClient, incident: dict[str, Any], file: Any = TEXT, **fields: str) -> Any:
    """Attach a file."""
    answer = await client.post(under(incident, "attachments"), files={"file": file}, data=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()
