"""What must hold on every screen: it is fit for everybody, and nobody's text ever runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.conftest import LONGEST, Site, Visit, Visitor
from tests.browser.screens import BY_HAND, SCREENS, Addresses, named, samples
from tocsin.base.manifest import Endpoint

AXE = (Path(__file__).parents[2] / "assets/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
WANTED: dict[str, Any] = {"resultTypes": ["violations"]}
"""What is fine need not be listed, which takes longer than to look at it."""
RULES = WANTED | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
OPEN = ("/login", "/forgot", "/p/acme", "/p/globex")
PROBES = (
    "<script>window.owned=1</script>",
    "<img src=x onerror=window.owned=1>",
    '"><svg onload=window.owned=1>',
    "javascript:window.owned=1",
    "</textarea><script>window.owned=1</script>",
    "{{7*7}}<b id=owned>",
)


COLOURS = WANTED | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What may differ between light and dark."""


async def violations(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """What axe finds on the page as it stands."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate("rules => axe.run(document, rules)", rules)
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {node['html'][:200]} [{node['target']}]"
        for one in found["violations"]
        for node in one["nodes"][:3]
    ]


SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (("light", RULES), ("dark", COLOURS))


class Windows:
    """Windows in which tenants' administrators are logged in. A screen is opened where the one before it stood, which
    costs half of a page of its own; a test that fails gives its page to nobody.
    """

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser = browser
        self.site = site
        self.contexts: dict[str, BrowserContext] = {}
        self.free: dict[str, Visitor] = {}

    async def open(self, slug: str, path: str) -> Visitor:
        """A page of a tenant's console, on a wide screen, in light."""
        if slug not in self.contexts:
            self.contexts[slug] = await self.browser.new_context(viewport=WIDE, reduced_motion="reduce")
            await Visitor(None, self.contexts[slug], self.site).log_in("admin", slug)  # type: ignore[arg-type]  # no page yet
        visitor = self.free.pop(slug, None)
        if visitor is None:
            visitor = Visitor(await self.contexts[slug].new_page(), self.contexts[slug], self.site)
            visitor.listen()
        await visitor.page.set_viewport_size(WIDE)
        await visitor.page.emulate_media(color_scheme="light")
        await visitor.goto(path)
        return visitor

    def done(self, slug: str, visitor: Visitor) -> None:
        """Nothing was complained about: the page is free for the next screen."""
        assert visitor.complaints == []
        self.free[slug] = visitor


WIDE: ViewportSize = {"width": 1440, "height": 900}


@pytest.fixture(scope="module")
def addresses(site: Site) -> Addresses:
    return Addresses(site)


@pytest.fixture(scope="module")
async def windows(browser: Browser, site: Site) -> AsyncIterator[Windows]:
    opened = Windows(browser, site)
    yield opened
    for context in opened.contexts.values():
        await asyncio.wait_for(context.close(), LONGEST)


async def is_screen(page: Page) -> bool:
    """Whether this is a whole page; a part of one is judged where it stands."""
    return bool(await page.evaluate("document.doctype !== null && document.title !== ''"))


async def sideways(page: Page) -> int:
    """Pixels that stand out beside a narrow phone."""
    await page.set_viewport_size({"width": 360, "height": 740})
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return int(wide)


UNFIT = """() => [
  ...[...document.querySelectorAll("svg use")].filter((use) => use.checkVisibility() && !use.getBBox().width)
    .map((use) => use.getAttribute("href")),
  ...[...document.querySelectorAll("main *")].filter((one) => {
    const { width, height } = one.getBoundingClientRect();
    return !one.childElementCount && one.textContent.trim().length > 5 && width < 24 && height > 80;
  }).map((one) => one.textContent),
]"""
"""Icons that are not drawn, and texts that are pressed into a column of letters."""


async def must_fit(page: Page) -> None:
    """axe finds nothing in light and dark, and on a phone nothing stands out sideways or is pressed together."""
    for scheme, rules in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page, rules) == [], scheme
    assert await sideways(page) <= 0
    assert await page.evaluate(UNFIT) == []


@pytest.mark.parametrize("screen", SCREENS, ids=named)
async def test_a_screen_is_fit_for_everybody(screen: Endpoint, windows: Windows, addresses: Addresses) -> None:
    """axe finds nothing in light and dark, and on a phone nothing stands out sideways."""
    visitor = await windows.open("acme", await addresses.of(screen))
    if await is_screen(visitor.page):
        await must_fit(visitor.page)
    windows.done("acme", visitor)


@pytest.mark.parametrize("path", OPEN)
async def test_a_page_before_the_login_is_too(path: str, visit: Visit) -> None:
    visitor = await visit(None, reduced_motion="reduce")
    await visitor.goto(path)
    await must_fit(visitor.page)


@pytest.fixture(scope="module")
async def poisoned(site: Site, elsewhere: Addresses) -> None:
    """The second tenant has a probe in every text there is, and those things are what its screens show."""
    elsewhere.known["incident"] = poison(site)
    for probe in PROBES:
        async with samples(site, "globex", probe) as made:
            for kind in BY_HAND:
                if "{{" not in probe or kind not in ("reply", "macro"):  # which refuse unknown variables
                    elsewhere.known[kind] = await made.id(kind)


def poison(site: Site) -> str:
    """Write probes into everything that belongs to incidents; the reference of one."""
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
async def test_nobodys_text_runs(screen: Endpoint, windows: Windows, poisoned: None, elsewhere: Addresses) -> None:
    visitor = await windows.open("globex", await elsewhere.of(screen))
    assert await visitor.page.evaluate("window.owned === undefined && document.getElementById('owned') === null")
    windows.done("globex", visitor)
