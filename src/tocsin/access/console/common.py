"""What the screens of access share."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.access.service import Browser
from tocsin.access.service.browsers import browser_of
from tocsin.base.settings import Settings
from tocsin.db.tx import Database
from tocsin.web.routes import Ctx
from tocsin.web.unit import Services

MODULE = "access"
ANYBODY = permissions.ALL
"""Whoever may do anything at all has a profile and sessions."""
HOME = "/queue"


def services(ctx: Ctx) -> Services:
    """What the request can reach."""
    found: Services = ctx.request.app.state.services
    return found


def settings(ctx: Ctx) -> Settings:
    """The server's settings."""
    found: Settings = services(ctx).settings
    return found


def database(ctx: Ctx) -> Database:
    """The database, for verbs that open their transactions themselves."""
    return services(ctx).database


def browser(ctx: Ctx) -> Browser:
    """Where the request comes from."""
    return browser_of(ctx.request, settings(ctx))
