"""Logging in, choosing an organisation, logging out; the demo's logins by one click."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import msgspec
from litestar.datastructures import Cookie

from tocsin.access import rules, service
from tocsin.access.console.common import HOME, MODULE, browser, database, services, settings
from tocsin.access.service import Login, Opened, Pending, demo, recovery
from tocsin.access.service.browsers import is_encrypted, session_cookie
from tocsin.access.service.choice import LIFE as CHOICE_LIFE
from tocsin.access.service.gate import COOKIE, check_origin
from tocsin.base.errors import N_, RateLimited, Refused, TenantSuspended, Unauthenticated, invalid
from tocsin.web import pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

CHOICE = "tcs_choice"
"""The cookie of a login that still chooses its organisation: its secret."""
ROLES = {
    "admin": N_("Administrator: people, rights, settings"),
    "manager": N_("Manager: assigns, escalates, decides"),
    "agent": N_("Agent: works on incidents"),
    "viewer": N_("Viewer: reads, changes nothing"),
    "reporter": N_("Reporter: sees own reports only"),
}
"""What the people of the demo do, by the slug of their role."""


class LoginQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Where to go after the login: a page of ours; and the language to show the page in."""

    next: str | None = None
    lang: str | None = None


class LoginForm(msgspec.Struct, frozen=True, kw_only=True):
    """E-mail and password."""

    email: str = ""
    password: str = ""
    next: str | None = None


class ChoiceForm(msgspec.Struct, frozen=True, kw_only=True):
    """The slug of the organisation chosen."""

    tenant: str = ""
    next: str | None = None


class DemoForm(msgspec.Struct, frozen=True, kw_only=True):
    """Whom of the demo to be."""

    email: str = ""
    next: str | None = None


def _goal(wanted: str | None) -> str:
    return wanted if wanted is not None and pages.is_local(wanted) else HOME


def _life(ctx: Ctx) -> timedelta:
    return timedelta(hours=settings(ctx).session_hours)


@page("/login", module=MODULE, access="open")
async def show_login(ctx: Ctx, query: LoginQuery) -> Reply:
    """The form to log in with."""
    pages.choose_language(ctx, query.lang)
    return pages.render(
        ctx,
        "access/login.html",
        goal=_goal(query.next),
        returns=query.next is not None,
        demo=demo.tenants(settings(ctx)),
        roles=ROLES,
        sends_links=recovery.is_set_up(settings(ctx)),
    )


@action("/login", module=MODULE, access="open")
async def log_in(ctx: Ctx, data: LoginForm) -> Reply:
    """Log in, and go where one wanted to; who belongs to several organisations chooses one first."""
    pages.choose_language(ctx, None)
    check_origin(ctx.request)
    try:
        return await _enter(ctx, Login(email=data.email, password=data.password), data.next)
    except Unauthenticated as error:
        raise invalid("password", error.template, **error.values) from None


@action("/login/demo", module=MODULE, access="open")
async def log_in_to_demo(ctx: Ctx, data: DemoForm) -> Reply:
    """Be somebody of the demo; there is no such address elsewhere."""
    pages.choose_language(ctx, None)
    check_origin(ctx.request)
    password = demo.password_of(settings(ctx), data.email)
    return await _enter(ctx, Login(email=data.email, password=password), data.next)


async def _enter(ctx: Ctx, wanted: Login, goal: str | None) -> Reply:
    try:
        opened = await service.log_in_or_choose(database(ctx), wanted, browser(ctx), _life(ctx))
    except TenantSuspended as error:
        raise Refused(error.template, **error.values) from None
    except RateLimited as error:
        wait = error.retry_after or 60
        raise RateLimited("Too many failed attempts; try again in {wait} seconds.", wait, wait=wait) from None
    if isinstance(opened, Pending):
        ctx.cookies.append(_choice_cookie(ctx, opened.secret))
        return pages.redirect(ctx, pages.address("/login/organisation", next=_goal(goal)))
    return _begin(ctx, opened, goal)


def _begin(ctx: Ctx, opened: Opened, goal: str | None) -> Reply:
    ctx.cookies.append(session_cookie(ctx.request, opened.credential))
    return pages.redirect(ctx, _goal(goal))


def _choice_cookie(ctx: Ctx, secret: str) -> Cookie:
    return Cookie(
        key=CHOICE,
        value=secret,
        path="/login",
        httponly=True,
        samesite="lax",
        secure=is_encrypted(ctx.request),
        max_age=int(CHOICE_LIFE.total_seconds()) if secret else 0,
    )


@page("/login/organisation", module=MODULE, access="open")
async def show_organisations(ctx: Ctx, query: LoginQuery) -> Reply:
    """The organisations to choose from, after the password."""
    pages.choose_language(ctx, query.lang)
    try:
        found = await service.choices(database(ctx), ctx.request.cookies.get(CHOICE, ""), browser(ctx))
    except Unauthenticated as error:
        return _from_the_start(ctx, error, query.next)
    return pages.render(ctx, "access/organisation.html", goal=_goal(query.next), tenants=found)


@action("/login/organisation", module=MODULE, access="open")
async def choose_organisation(ctx: Ctx, data: ChoiceForm) -> Reply:
    """Log in to the organisation chosen."""
    pages.choose_language(ctx, None)
    check_origin(ctx.request)
    secret = ctx.request.cookies.get(CHOICE, "")
    ctx.cookies.append(_choice_cookie(ctx, ""))
    try:
        opened = await service.choose(database(ctx), secret, data.tenant, browser(ctx), _life(ctx))
    except Unauthenticated as error:
        return _from_the_start(ctx, error, data.next)
    return _begin(ctx, opened, data.next)


def _from_the_start(ctx: Ctx, error: Unauthenticated, goal: str | None) -> Reply:
    said = pages.speech(ctx).say(error.template, error.values)
    return pages.redirect(ctx, pages.address("/login", next=_goal(goal)), said)


@action("/logout", module=MODULE, access="open")
async def log_out(ctx: Ctx, data: NoFields) -> Reply:
    """End the session; without a valid one only the cookie goes."""
    check_origin(ctx.request)
    parsed = rules.parse_credential(ctx.request.cookies.get(COOKIE, ""))
    if parsed is not None:
        with suppress(Unauthenticated, TenantSuspended):
            async with database(ctx).tenant(parsed[0]) as tx:
                ctx.tx = tx
                await services(ctx).gatekeeper.admit(ctx)
                await service.log_out(tx, ctx.actor)
    ctx.tenant = None
    ctx.cookies.append(session_cookie(ctx.request, ""))
    ctx.headers["Clear-Site-Data"] = '"cache"'
    return pages.redirect(ctx, "/login")


@page("/", module=MODULE, access="open")
async def show_start(ctx: Ctx) -> Reply:
    """The home is the queue, which sends to the login who is nobody yet."""
    return pages.redirect(ctx, HOME)


ENDPOINTS = (
    *(show_start, show_login, log_in, log_in_to_demo),
    *(show_organisations, choose_organisation, log_out),
)
