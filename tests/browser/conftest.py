"""A real browser on the real server: `tocsin demo` on an empty home, and Debian's Chromium driven by Playwright."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tocsin.access.service.gate import COOKIE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
PATIENCE = 10_000
"""Milliseconds that a step in the browser may take."""
LONGEST = 90
"""Seconds that a test may take: a window that hangs fails its own test, not the run."""


def bounded(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """The test, given up after `LONGEST` seconds."""

    @functools.wraps(test)
    async def run(*args: Any, **kwargs: Any) -> None:
        await asyncio.wait_for(test(*args, **kwargs), LONGEST)

    return run


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test is bounded. Without a browser the reason for skipping is said aloud."""
    here = Path(__file__).parent
    for item in items:
        if not item.path.is_relative_to(here) or not isinstance(item, pytest.Function):
            continue
        if asyncio.iscoroutinefunction(item.obj):
            item.obj = bounded(item.obj)
        if CHROMIUM is None:
            item.add_marker(pytest.mark.skip(reason="NO BROWSER: install Chromium with `make setup-browser`"))


@dataclass(frozen=True)
class Site:
    """The running server, and who may log in."""

    url: str
    tenants: list[dict[str, Any]]
    clients: list[httpx.Client] = field(default_factory=list)
    sessions: dict[tuple[str, str], str] = field(default_factory=dict)
    """Of whoever has logged in, by role and tenant."""

    def tenant(self, slug: str) -> dict[str, Any]:
        """A tenant's logins and tokens."""
        return next(tenant for tenant in self.tenants if tenant["slug"] == slug)

    def login(self, role: str, slug: str = "acme") -> dict[str, str]:
        """Somebody's e-mail and password."""
        found: dict[str, str] = next(one for one in self.tenant(slug)["logins"] if one["role"] == role)
        return found

    def api(self, role: str = "admin", slug: str = "acme") -> httpx.Client:
        """A client of the API with a token of that role."""
        credential = {"Authorization": f"Bearer {self.tenant(slug)['tokens'][role]}"}
        self.clients.append(httpx.Client(base_url=self.url, headers=credential, timeout=30))
        return self.clients[-1]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo, served for all browser tests."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")},
        "TOCSIN_HOME": str(tmp_path_factory.mktemp("browser")),
        "TOCSIN_LOGIN_RATE_PER_MINUTE": "10000",
        "TOCSIN_PUBLIC_RATE_PER_MINUTE": "10000",
    }
    command = [str(Path(sys.executable).with_name("tocsin")), "demo", "--json", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())
        served = Site(started["url"], started["tenants"])
        try:
            yield served
        finally:
            for client in served.clients:
                client.close()
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, once for all tests."""
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await asyncio.wait_for(running.close(), LONGEST)


@dataclass
class Visitor:
    """Somebody at a browser of their own. What the page complains about is kept: nothing may be left at the end."""

    page: Page
    context: BrowserContext
    site: Site
    complaints: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()
    """Parts of complaints that the test itself provokes, such as the status of a refusal."""

    async def goto(self, path: str) -> None:
        """Open a page of the site."""
        await self.page.goto(self.site.url + path)

    async def log_in(self, role: str = "agent", slug: str = "acme") -> None:
        """Log in through the API, which sets the same cookie as the page does; or go on with the session of a test before,
        unless that has ended it: checking a password takes more time than many a page.
        """
        if (known := self.site.sessions.get((role, slug))) is not None:
            await self.context.add_cookies(
                [{"name": COOKIE, "value": known, "url": self.site.url, "httpOnly": True, "sameSite": "Lax"}]
            )
            if (await self.context.request.get(f"{self.site.url}/api/access/v1/me")).ok:
                return
            await self.context.clear_cookies()
        login = self.site.login(role, slug)
        answer = await self.context.request.post(
            f"{self.site.url}/api/access/v1/login", data={"email": login["email"], "password": login["password"]}
        )
        assert answer.ok, await answer.text()
        (session,) = (cookie["value"] for cookie in await self.context.cookies() if cookie["name"] == COOKIE)
        self.site.sessions[role, slug] = session

    def _note(self, text: str) -> None:
        if not any(part in text for part in self.allowed):
            self.complaints.append(text)

    def listen(self) -> None:
        """Keep what goes wrong in the page: script errors, refusals of the content security policy, 5xx answers."""
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self._note(f"script: {error}"))
        self.page.on("console", lambda said: self._note(f"console: {said.text}") if said.type == "error" else None)
        self.page.on("response", lambda got: self._note(f"{got.status} {got.url}") if got.status >= 500 else None)
        self.page.on("dialog", lambda dialog: self._note(f"dialog: {dialog.message}"))


Visit = Callable[..., Awaitable[Visitor]]


@pytest.fixture
async def visit(browser: Browser, site: Site) -> AsyncIterator[Visit]:
    """`await visit("agent")`: a fresh browser window with somebody logged in; `None` for nobody."""
    opened: list[Visitor] = []

    async def make(
        role: str | None = "agent", slug: str = "acme", *, allowed: tuple[str, ...] = (), **options: Any
    ) -> Visitor:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = await browser.new_context(**options)
        visitor = Visitor(await context.new_page(), context, site, allowed=allowed)
        visitor.listen()
        opened.append(visitor)
        if role is not None:
            await visitor.log_in(role, slug)
        return visitor

    yield make
    complaints = [text for visitor in opened for text in visitor.complaints]
    for visitor in opened:
        await asyncio.wait_for(visitor.context.close(), PATIENCE / 1000)  # a window that hangs fails its test alone
    assert complaints == []
