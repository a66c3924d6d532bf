"""The console as a whole: what its screens offer leads somewhere and is never refused; nothing changes without the token."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from tests.conftest import make_member
from tests.contracts import samples
from tests.contracts.docs import endpoints
from tests.contracts.samples import World
from tocsin.access import permissions, rules
from tocsin.access.service.gate import COOKIE
from tocsin.base.ids import new_id
from tocsin.base.manifest import Endpoint
from tocsin.tenancy import service as tenancy

pytestmark = pytest.mark.contract

ROLES = ("viewer", "agent", "manager", "admin", "reporter")
SCREENS = [e for e in endpoints() if e.is_page and e.method == "GET" and e.access == "member"]
CHANGING = [e for e in endpoints() if e.method != "GET" and e.access == "member"]
ELSEWHERE = ("/static/", "/api/docs", "/p/", "mailto:", "tel:")
"""Addresses that are no screen of the console."""


def named(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


class Offers(HTMLParser):
    """What a page offers: links, forms, and what htmx would send, as pairs of method and address."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in ("a", "link") and "href" in given:
            self.found.add(("GET", given["href"]))
        if tag == "form":
            self.found.add((given.get("method", "get").upper(), given.get("action", "")))
        if "formaction" in given:
            self.found.add(("POST", given["formaction"]))
        for verb in ("get", "post", "put", "delete"):
            if f"hx-{verb}" in given:
                self.found.add((verb.upper(), given[f"hx-{verb}"]))


ROUTES = [(e.method, re.compile(re.sub(r"{\w+}", "[^/]+", e.path)), e) for e in endpoints()]


def known(method: str, address: str) -> Endpoint | None:
    """The declared route behind an address; the one with the fewest parameters when several fit."""
    path = urlsplit(address).path
    found = [e for verb, pattern, e in ROUTES if verb == method and pattern.fullmatch(path) is not None]
    return min(found, key=lambda e: e.path.count("{"), default=None)


@pytest.fixture(scope="module")
async def people(database: Any, worlds: tuple[World, World], reach: Any) -> dict[str, httpx.AsyncClient]:
    """A client of a person in each seeded role of the first tenant."""
    tenant = await tenancy.find(database, worlds[0].slug)
    return {role: reach((await make_member(database, tenant, role)).token) for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("screen", SCREENS, ids=named)
async def test_a_screen_offers_nothing_that_would_be_refused(
    screen: Endpoint, role: str, worlds: tuple[World, World], people: dict[str, httpx.AsyncClient]
) -> None:
    path = await samples.address(screen, worlds[0])
    answer = await people[role].get(path)
    held = set(permissions.SEEDED_ROLES[role][1])
    if not held & set(screen.permissions):
        assert answer.status_code == 403
        return
    assert answer.status_code in (200, 303, 404), f"{answer.status_code} {answer.text[:300]}"
    if answer.status_code != 200:
        return
    for method, address in sorted(Offers(answer.text).found):
        target = urljoin(path, address)
        if address.startswith(("#", "http", *ELSEWHERE)) or target.startswith(ELSEWHERE):
            continue
        offered = known(method, target)
        assert offered is not None, f"{path} offers {method} {address}, which leads nowhere"
        if offered.access == "member":
            assert held & set(offered.permissions), f"{path} offers {method} {address} to a {role}"


@pytest.fixture(scope="module")
def opened() -> set[str]:
    """The addresses that have been opened already: what every screen links to is tried once."""
    return set()


@pytest.mark.parametrize("screen", SCREENS, ids=named)
async def test_every_link_of_a_screen_opens(screen: Endpoint, worlds: tuple[World, World], opened: set[str]) -> None:
    path = await samples.address(screen, worlds[0])
    answer = await worlds[0].api.get(path)
    assert answer.status_code == 200, f"{answer.status_code} {answer.text[:300]}"
    for method, address in sorted(Offers(answer.text).found):
        target = urljoin(path, address)
        if method != "GET" or address.startswith(("#", "http", "mailto:", "tel:")) or target.startswith("/static/"):
            continue
        if target in opened:
            continue
        got = await worlds[0].api.get(target)
        assert got.status_code in (200, 303), f"{path} links to {target}: {got.status_code} {got.text[:300]}"
        opened.add(target)


async def _session(world: World, role: str = "admin") -> tuple[str, str]:
    """The cookie and the token of a fresh session of a person in that role."""
    tenant = await tenancy.find(world.database, world.slug)
    person = await make_member(world.database, tenant, role)
    credential, secret_hash = rules.new_credential(world.tenant_id)
    token = new_id().hex
    async with world.database.tenant(world.tenant_id) as tx:
        await tx.run(
            "insert into sessions (tenant_id, id, secret_hash, csrf_token, user_id, created_at, last_seen_at, expires_at)"
            " values ($1, $2, $3, $4, $5, $6::timestamptz, $6, $6 + interval '1 hour')",
            *(world.tenant_id, new_id(), secret_hash, token, person.id, tx.real_now),
        )
    return credential, token


@pytest.fixture(scope="module")
async def tokenless(worlds: tuple[World, World], reach: Any) -> httpx.AsyncClient:
    """A browser with an administrator's session that never sends the token."""
    client: httpx.AsyncClient = reach()
    client.cookies.set(COOKIE, (await _session(worlds[0]))[0])
    return client


@pytest.mark.parametrize("endpoint", CHANGING, ids=named)
async def test_a_browser_changes_nothing_without_the_token(
    endpoint: Endpoint, worlds: tuple[World, World], tokenless: httpx.AsyncClient
) -> None:
    a = worlds[0]
    answer = await samples.send(tokenless, endpoint, await samples.address(endpoint, a), a)
    assert answer.status_code == 403, f"{answer.status_code} {answer.text[:300]}"
    assert samples.refusal(endpoint, answer) == "csrf"


async def test_the_token_lets_a_browser_change_things_masked_or_plain(worlds: tuple[World, World], reach: Any) -> None:
    a = worlds[0]
    cookie, token = await _session(a)
    client = reach()
    client.cookies.set(COOKIE, cookie)
    page = await client.get("/queue")
    masked = re.search(r'name="_csrf" value="([^"]+)"', page.text)
    assert masked is not None
    assert masked.group(1) != token
    for given in (token, masked.group(1)):
        sent = {"title": a.text("incident")}
        made = await client.post("/api/incidents/v1/incidents", json=sent, headers={"X-CSRF-Token": given})
        assert made.status_code == 201, made.text
        foreign = {"X-CSRF-Token": given, "Origin": "https://evil.example"}
        refused = await client.post("/api/incidents/v1/incidents", json=sent, headers=foreign)
        assert refused.status_code == 403


@pytest.mark.parametrize("host, secure", [("127.0.0.1", False), ("localhost:8420", False), ("help.example", True)])
async def test_the_session_cookie_is_out_of_reach_of_scripts_and_plain_http(
    host: str, secure: bool, reach: Any
) -> None:
    answer = await reach().post("/logout", data={"_form": "logout"}, headers={"Host": host})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(COOKIE))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert ("Secure" in cookie) is secure
