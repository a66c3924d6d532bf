"""The demo's logins by one click: only in the web processes of `tocsin demo`, only for people of its own file."""

from __future__ import annotations

from tocsin.access import adapters
from tocsin.access.adapters import DemoTenant
from tocsin.base.errors import NotFound
from tocsin.base.settings import Settings


def tenants(settings: Settings) -> list[DemoTenant]:
    """The demo's organisations with their people; none outside the demo."""
    return adapters.demo_tenants(settings.home) if settings.demo else []


def password_of(settings: Settings, email: str) -> str:
    """The password of a person of the demo. Raises `NotFound` for anybody else, and outside the demo."""
    for tenant in tenants(settings):
        for login in tenant.logins:
            if login.email == email:
                return login.password
    raise NotFound
