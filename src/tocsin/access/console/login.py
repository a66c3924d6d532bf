"""The login page and logging out."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import msgspec

from tocsin.access import rules, service
from tocsin.access.model import TenantBrief
from tocsin.access.service import Login, Opened
from tocsin.access.service.browsers import browser_of, session_cookie
from tocsin.access.service.gate import COOKIE, check_origin
from tocsin.base.errors import TenantSuspended, Unauthenticated, invalid
from tocsin.web import pages
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page
from tocsin.web.unit import Services

MODULE = "access"
HOME = "/queue"


class LoginQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go after the login: a page of ours."""

    next: str | None = None


class LoginForm(msgspec.Struct, frozen=True, kw_only=True):
    """E-mail and password; the tenant once somebody belongs to several."""

    email: str = ""
    password: str = ""
    tenant: str | None = None
    next: str | None = None


class LogoutForm(msgspec.Struct, frozen=True):
    """Nothing but the button."""


def _services(ctx: Ctx) -> Services:
    found: Services = ctx.request.app.state.services
    return found


@page("/login", module=MODULE, access="open")
async def show_login(ctx: Ctx, query: LoginQuery) -> Reply:
    """The form to log in with."""
    return _login_page(ctx, query.next)


def _login_page(ctx: Ctx, wanted: str | None, tenants: list[TenantBrief] | None = None) -> Reply:
    goal = wanted if wanted is not None and pages.is_local(wanted) else HOME
    return pages.render(ctx, "access/login.html", goal=goal, tenants=tenants or [])


@action("/login", module=MODULE, access="open")
async def log_in(ctx: Ctx, data: LoginForm) -> Reply:
    """Log in, and go where one wanted to; who belongs to several organisations chooses one first."""
    check_origin(ctx.request)
    settings = _services(ctx).settings
    wanted = Login(email=data.email, password=data.password, tenant=data.tenant)
    life = timedelta(hours=settings.session_hours)
    try:
        opened = await service.log_in(_services(ctx).database, wanted, browser_of(ctx.request, settings), life)
    except Unauthenticated as error:
        raise invalid("password", error.detail) from None
    if not isinstance(opened, Opened):
        return _login_page(ctx, data.next, opened)
    ctx.cookies.append(session_cookie(ctx.request, opened.credential))
    goal = data.next if data.next is not None and pages.is_local(data.next) else HOME
    return pages.redirect(ctx, goal)


@action("/logout", module=MODULE, access="open")
async def log_out(ctx: Ctx, data: LogoutForm) -> Reply:
    """End the session; without a valid one only the cookie goes."""
    check_origin(ctx.request)
    services = _services(ctx)
    parsed = rules.parse_credential(ctx.request.cookies.get(COOKIE, ""))
    if parsed is not None:
        with suppress(Unauthenticated, TenantSuspended):
            async with services.database.tenant(parsed[0]) as tx:
                ctx.tx = tx
                await services.gatekeeper.admit(ctx)
                await service.log_out(tx, ctx.actor)
    ctx.tenant = None
    ctx.cookies.append(session_cookie(ctx.request, ""))
    ctx.headers["Clear-Site-Data"] = '"cache"'
    return pages.redirect(ctx, "/login")


@page("/", module=MODULE, access="open")
async def show_start(ctx: Ctx) -> Reply:
    """The home is the queue, which sends to the login who is nobody yet."""
    return pages.redirect(ctx, HOME)


ENDPOINTS = (show_start, show_login, log_in, log_out)
