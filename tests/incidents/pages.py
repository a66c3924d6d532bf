"""What the tests of an incident's page do again and again."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import unquote

import httpx

from tests.incidents.steps import API


def page_of(incident: dict[str, Any], *more: str) -> str:
    """An address of the page."""
    return "/".join(("/incidents", incident["reference_code"], *more))


async def show(client: httpx.AsyncClient, incident: dict[str, Any], **params: str) -> str:
    """The page's HTML."""
    answer = await client.get(page_of(incident), params=params)
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


async def send(client: httpx.AsyncClient, incident: dict[str, Any], verb: str, /, **fields: str) -> httpx.Response:
    """Send a form as the page does; the answer."""
    return await client.post(page_of(incident, verb), data={"_back": page_of(incident), **fields})


async def done(client: httpx.AsyncClient, incident: dict[str, Any], verb: str, /, **fields: str) -> httpx.Response:
    """Send a form that is accepted; the answer, which leads back to a page."""
    answer = await send(client, incident, verb, **fields)
    assert answer.status_code == 303, answer.text[:800]
    return answer


async def read(client: httpx.AsyncClient, incident: dict[str, Any]) -> Any:
    """The incident as the API shows it now."""
    answer = await client.get(f"{API}/{incident['id']}")
    return answer.json()


def undo_of(answer: httpx.Response) -> Any:
    """The action and fields of the toast's undo, as the page after the answer shows them."""
    kept = re.search(r"tcs_flash=([^;]+)", answer.headers["set-cookie"])
    assert kept is not None
    return json.loads(base64.urlsafe_b64decode(unquote(kept[1]).strip('"')))["undo"]


def form_of(html: str, name: str) -> dict[str, str]:
    """The hidden fields of a field's form."""
    form = re.search(rf'<form[^>]*>(?:(?!</form>).)*name="field" value="{name}".*?</form>', html, re.DOTALL)
    assert form is not None, html[:200]
    return dict(re.findall(r'name="(field|version|seen)" value="([^"]*)"', form[0]))
