"""A browser without a screen: it reads forms from pages and sends them as they stand."""

from __future__ import annotations

import re
from html import unescape

import httpx

from tests.access.conftest import Person, log_in

_INPUT = re.compile(r"<(?:input|button)\b([^>]*)>")
_ATTRIBUTE = re.compile(r'([\w-]+)(?:="([^"]*)")?')


def fields_of(page: str, action: str, nth: int = 0) -> dict[str, str]:
    """The fields of the form of an action as a browser would send them untouched (hidden ones, values, ticks)."""
    forms = re.findall(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert forms, f"no form for {action}"
    found: dict[str, str] = {}
    for match in _INPUT.finditer(forms[nth]):
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(match.group(1))}
        choice = attributes.get("type") in ("checkbox", "radio")
        if "name" in attributes and "disabled" not in attributes and (not choice or "checked" in attributes):
            found[attributes["name"]] = attributes.get("value", "")
    return found


async def send(browser: httpx.AsyncClient, page: str, action: str, nth: int = 0, **typed: str) -> httpx.Response:
    """Fill in the form of an action on a page and send it."""
    path = action if action.startswith("/") else page
    return await browser.post(path, data={**fields_of(page, action, nth), **typed})


async def logged_in(browser: httpx.AsyncClient, person: Person) -> httpx.AsyncClient:
    """The browser with a session of somebody."""
    answer = await log_in(browser, person)
    assert answer.status_code == 200
    return browser


def said(browser: httpx.AsyncClient, page: str) -> str:
    """What the page's toast says."""
    match = re.search(r'<div class="tc-toast">.*?<p>(.*?)</p>', page, re.DOTALL)
    return unescape(match.group(1)) if match else ""
