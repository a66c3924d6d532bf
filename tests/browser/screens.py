"""Every screen of the console with an address that opens on the demo."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from tests.browser.conftest import Site
from tests.contracts.docs import endpoints
from tests.contracts.samples import MAKERS, PARAMETERS, World
from tocsin.base.manifest import Endpoint

SCREENS = [e for e in endpoints() if e.is_page and e.method == "GET" and e.access == "member"]
_PARAM = re.compile(r"{\w+}")
_HELD = {
    "incident": "/api/incidents/v1/incidents",
    "user": "/api/access/v1/users",
    "team": "/api/access/v1/teams",
    "role": "/api/access/v1/roles",
    "token": "/api/access/v1/tokens",
    "session": "/api/access/v1/sessions",
    "category": "/api/incidents/v1/categories",
    "priority": "/api/incidents/v1/priorities",
    "status": "/api/incidents/v1/statuses",
    "delivery": "/api/notifications/v1/deliveries",
}
"""What the demo holds itself. Everything else is made as the contracts make their samples."""
BY_HAND = ("checklist", "reply", "macro", "field", "rule", "view", "policy", "calendar", "promise", "schedule")
"""What an administrator writes: each of them bears a probe in the tests of what runs."""


def named(screen: Endpoint) -> str:
    return screen.path


class Samples(World):
    """The contracts' samples in a tenant of the running demo, without a way into its database."""

    def __init__(self, api: httpx.AsyncClient, marker: str) -> None:
        super().__init__(cast("Any", None), UUID(int=0), "", api, marker)

    def name(self, what: str) -> str:
        """A slug nobody else has, whatever the texts say."""
        return f"{what}-{re.sub('[^a-z0-9]', '', self.text(what).lower())[-12:]}"


@asynccontextmanager
async def samples(site: Site, slug: str, marker: str) -> AsyncIterator[Samples]:
    """Samples of a tenant, made by its administrator."""
    token = {"Authorization": f"Bearer {site.tenant(slug)['tokens']['admin']}"}
    async with httpx.AsyncClient(base_url=site.url, headers=token, timeout=30) as api:
        yield Samples(api, marker)


class Addresses:
    """Fills a screen's address with a thing of its kind: the demo's first, or a sample."""

    def __init__(self, site: Site, slug: str = "acme") -> None:
        self.site, self.slug = site, slug
        self.api = site.api("admin", slug)
        self.known: dict[str, str] = {}

    async def _one(self, kind: str) -> str | None:
        if kind not in self.known and kind in _HELD:
            items = self.api.get(_HELD[kind]).raise_for_status().json()["items"]
            if not items:
                return None
            self.known[kind] = items[0]["id"]
        if kind not in self.known and kind in MAKERS:
            async with samples(self.site, self.slug, "Sample") as made:
                made.made.update(self.known)
                self.known[kind] = await made.id(kind)
        return self.known.get(kind)

    async def of(self, screen: Endpoint) -> str:
        """The screen's address. Skips where the demo holds nothing of the kind it shows."""
        path = screen.path
        for match in _PARAM.finditer(screen.path):
            kind = PARAMETERS.get(_PARAM.sub("{}", screen.path[: match.end()]))
            value = await self._one(kind) if kind is not None else None
            if value is None:
                pytest.skip(f"the demo holds no {kind or match.group()}")
            path = path.replace(match.group(), value, 1)
        return path
