"""`/login`, `/logout`, `/sessions`, `/password`, `/me`: browsers, and who one is."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tocsin.access import permissions, rules, service
from tocsin.access.model import Me, SessionView, TenantBrief, UserView
from tocsin.access.service import Login, Opened, PasswordChange
from tocsin.access.service.browsers import browser_of, session_cookie
from tocsin.access.service.gate import COOKIE, check_origin
from tocsin.base.errors import TenantSuspended, Unauthenticated
from tocsin.base.paging import Page, PageQuery, page_of
from tocsin.web.routes import Ctx, delete, get, post
from tocsin.web.unit import Services

BASE = "/api/access/v1"
ANY = permissions.ALL
"""Whoever may do anything at all may see who they are and end their own sessions."""


class LoginAnswer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either a session has begun (`user`, `tenant`, `csrf_token`, `session_id`, and the cookie), or there are `tenants`
    to choose from: send the request again with one's slug as `tenant`.
    """

    user: UserView | None = None
    tenant: TenantBrief | None = None
    csrf_token: str | None = None
    session_id: UUID | None = None
    tenants: list[TenantBrief] | None = None


def _services(ctx: Ctx) -> Services:
    found: Services = ctx.request.app.state.services
    return found


@post(f"{BASE}/login", module="access", access="open")
async def login(ctx: Ctx, data: Login) -> LoginAnswer:
    """Log in a browser with e-mail and password."""
    check_origin(ctx.request)
    services = _services(ctx)
    life = timedelta(hours=services.settings.session_hours)
    opened = await service.log_in(services.database, data, browser_of(ctx.request, services.settings), life)
    if not isinstance(opened, Opened):
        return LoginAnswer(tenants=opened)
    ctx.cookies.append(session_cookie(ctx.request, opened.credential))
    return LoginAnswer(
        user=opened.user, tenant=opened.tenant, csrf_token=opened.csrf_token, session_id=opened.session_id
    )


@post(f"{BASE}/logout", module="access", access="open")
async def logout(ctx: Ctx) -> None:
    """End the browser's session; without one, only the cookie goes."""
    services = _services(ctx)
    check_origin(ctx.request)
    parsed = rules.parse_credential(ctx.request.cookies.get(COOKIE, ""))
    if parsed is not None and "authorization" not in ctx.request.headers:
        # A session that has ended by itself, or rests with its organisation, leaves nothing but the cookie to take away
        with suppress(Unauthenticated, TenantSuspended):
            async with services.database.tenant(parsed[0]) as tx:
                ctx.tx = tx
                await services.gatekeeper.admit(ctx)
                await service.log_out(tx, ctx.actor)
    ctx.cookies.append(session_cookie(ctx.request, ""))


@post(f"{BASE}/password", module="access", access="open")
async def change_password(ctx: Ctx, data: PasswordChange) -> None:
    """Change your own password; your other sessions end. Needs your session or token."""
    services = _services(ctx)
    async with services.database.tenant(services.gatekeeper.tenant_of(ctx.request)) as tx:
        ctx.tx = tx
        await services.gatekeeper.admit(ctx)
    await service.change_password(services.database, ctx.actor, data, browser_of(ctx.request, services.settings))


@get(f"{BASE}/sessions", module="access", permission=ANY)
async def list_sessions(ctx: Ctx, query: PageQuery) -> Page[SessionView]:
    """List the browsers you are logged in with, the last used first."""
    return page_of(
        await service.list_sessions(ctx.tx, ctx.actor),
        lambda s: (s.last_seen_at, s.id),
        tuple[datetime, UUID],
        ["sessions", ctx.tx.tenant_id],
        limit=query.limit,
        cursor=query.cursor,
        descending=True,
    )


@delete(f"{BASE}/sessions/{{ref}}", module="access", permission=ANY)
async def end_session(ctx: Ctx, ref: str) -> None:
    """End one of your sessions."""
    await service.end_session(ctx.tx, ctx.actor, ref)


@get(f"{BASE}/me", module="access", permission=ANY)
async def me(ctx: Ctx) -> Me:
    """Show who you are and what you may."""
    return Me(
        user=await service.get_user(ctx.tx, ctx.actor, "me"),
        permissions=[name for name in permissions.ALL if ctx.actor.can(name)],
        tenant=TenantBrief(ctx.tenant.slug, ctx.tenant.name),
        csrf_token=await service.csrf_token(ctx.tx, ctx.actor),
    )


ENDPOINTS = (login, logout, change_password, me, list_sessions, end_session)
