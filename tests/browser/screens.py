"""Every screen of the console with an address that opens on the demo."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Site
from tests.contracts.docs import endpoints
from tests.contracts.samples import PARAMETERS
from tocsin.base.manifest import Endpoint

SCREENS = [e for e in endpoints() if e.is_page and e.method == "GET" and e.access == "member"]
_PARAM = re.compile(r"{\w+}")
_LISTS = {
    "incident": "/api/incidents/v1/incidents",
    "user": "/api/access/v1/users",
    "team": "/api/access/v1/teams",
    "role": "/api/access/v1/roles",
    "token": "/api/access/v1/tokens",
    "session": "/api/access/v1/sessions",
    "category": "/api/incidents/v1/categories",
    "priority": "/api/incidents/v1/priorities",
    "status": "/api/incidents/v1/statuses",
    "policy": "/api/escalation/v1/policies",
    "rule": "/api/incidents/v1/routing/rules",
    "schedule": "/api/escalation/v1/schedules",
    "delivery": "/api/notifications/v1/deliveries",
}
_OF_INCIDENT = {
    name: f"/api/incidents/v1/incidents/{{}}/{name}s"
    for name in ("comment", "task", "attachment", "watcher", "reminder")
}


def named(screen: Endpoint) -> str:
    return screen.path


class Addresses:
    """Fills a screen's address with the first thing of its kind that the demo holds."""

    def __init__(self, site: Site, slug: str = "acme") -> None:
        self.api = site.api("admin", slug)
        self.known: dict[str, str] = {}

    def _first(self, kind: str) -> str | None:
        if kind not in self.known:
            path = _LISTS.get(kind)
            if path is None:
                path = _OF_INCIDENT[kind].format(self._first("incident"))
            items = self.api.get(path).raise_for_status().json()["items"]
            if not items:
                return None
            self.known[kind] = items[0]["id"]
        return self.known[kind]

    def of(self, screen: Endpoint) -> str:
        """The screen's address. Skips where the demo holds nothing of the kind it shows."""
        path = screen.path
        for match in _PARAM.finditer(screen.path):
            kind = PARAMETERS.get(_PARAM.sub("{}", screen.path[: match.end()]))
            value = self._first(kind) if kind is not None else None
            if value is None:
                pytest.skip(f"the demo holds no {kind or match.group()}")
            path = path.replace(match.group(), value, 1)
        return path
