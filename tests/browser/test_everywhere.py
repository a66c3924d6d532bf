"""What must hold on every screen: axe finds nothing in light and dark, and nobody's text ever runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser.conftest import Site, Visit, Visitor
from tests.browser.screens import SCREENS, Addresses, named
from tocsin.base.manifest import Endpoint

AXE = (Path(__file__).parents[2] / "assets/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OPEN = ("/login", "/forgot", "/p/acme", "/p/globex")
PROBES = (
    "<script>window.owned=1</script>",
    "<img src=x onerror=window.owned=1>",
    '"><svg onload=window.owned=1>',
    "javascript:window.owned=1",
    "</textarea><script>window.owned=1</script>",
    "{{7*7}}<b id=owned>",
)


async def violations(page: Page) -> list[str]:
    """What axe finds on the page as it stands."""
    await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate("rules => axe.run(document, rules)", RULES)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]} [{node['target']}]"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


@pytest.fixture(scope="session")
def addresses(site: Site) -> Addresses:
    return Addresses(site)


@pytest.fixture(scope="module")
def visitors() -> dict[str, Visitor]:
    return {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS, ids=named)
async def test_axe_finds_nothing(screen: Endpoint, scheme: Any, visit: Visit, addresses: Addresses) -> None:
    visitor = await visit("admin", color_scheme=scheme, reduced_motion="reduce")
    await visitor.goto(addresses.of(screen))
    if not await visitor.page.evaluate("document.doctype !== null && document.title !== ''"):
        return  # a part of a page, which is judged where it stands
    assert await violations(visitor.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", OPEN)
async def test_axe_finds_nothing_before_the_login(path: str, scheme: Any, visit: Visit) -> None:
    visitor = await visit(None, color_scheme=scheme, reduced_motion="reduce")
    await visitor.goto(path)
    assert await violations(visitor.page) == []


@pytest.mark.parametrize("screen", SCREENS, ids=named)
async def test_on_a_phone_nothing_stands_out_sideways(screen: Endpoint, visit: Visit, addresses: Addresses) -> None:
    visitor = await visit("admin", viewport={"width": 360, "height": 740})
    await visitor.goto(addresses.of(screen))
    wide = await visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} pixels stand out"


@pytest.fixture(scope="module")
def poisoned(site: Site) -> str:
    """An incident of the second tenant with a probe in every text there is; its reference."""
    api = site.api("admin", "globex")
    base = "/api/incidents/v1/incidents"
    made = ""
    for number, probe in enumerate(PROBES):
        body = {"title": probe, "description": probe, "impact": probe, "metadata": {probe: probe}}
        incident = api.post(base, json=body).raise_for_status().json()
        made = incident["reference_code"]
        one = f"{base}/{made}"
        for internal in (True, False):
            api.post(f"{one}/comments", json={"body": probe, "is_internal": internal}).raise_for_status()
        api.post(f"{one}/tasks", json={"title": probe, "description": probe}).raise_for_status()
        api.post(f"{one}/progress", json={"percent": 5, "summary": probe, "is_internal": False}).raise_for_status()
        files = {"file": (f"{probe[:40]}.txt", b"text", "text/plain")}
        api.post(f"{one}/attachments", files=files)
        api.post(f"{one}/escalate", json={"priority": "critical", "reason": probe}).raise_for_status()
        api.post(f"{one}/resolve", json={"note": probe}).raise_for_status()
        api.post(f"{one}/reopen", json={"note": probe}).raise_for_status()
        for kind in ("categories", "priorities", "statuses"):
            extra = {"level": 3} if kind == "priorities" else {}
            api.post(f"/api/incidents/v1/{kind}", json={"name": probe, "slug": f"probe-{number}", **extra})
        api.post("/api/access/v1/teams", json={"name": probe, "slug": f"probe-{number}"})
        api.post("/api/access/v1/roles", json={"name": probe, "slug": f"probe-{number}", "permissions": []})
        api.post("/api/access/v1/tokens", json={"name": probe, "role": "viewer"})
        person = {"name": probe, "email": f"probe{number}@globex.example", "roles": ["agent"]}
        user = api.post("/api/access/v1/users", json=person).json()
        if "id" in user:
            api.post(f"{one}/assign", json={"user": user["id"], "note": probe})
        public = {"title": probe, "email": f"visitor{number}@example.com", "name": probe, "description": probe}
        api.post("/api/incidents/v1/public/submit", json=public, headers={"X-Tenant": "globex"})
    return made


@pytest.fixture(scope="module")
def elsewhere(site: Site) -> Addresses:
    return Addresses(site, "globex")


@pytest.mark.parametrize("screen", SCREENS, ids=named)
async def test_nobodys_text_runs(screen: Endpoint, visit: Visit, poisoned: str, elsewhere: Addresses) -> None:
    visitor = await visit("admin", "globex")
    elsewhere.known["incident"] = poisoned
    await visitor.goto(elsewhere.of(screen))
    await visitor.page.wait_for_timeout(150)
    assert await visitor.page.evaluate("window.owned === undefined && document.getElementById('owned') === null")
