"""API tokens: who has one, what it may, when it was last used; making and revoking them."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import msgspec

from tocsin.access import permissions, service
from tocsin.access.console.people import all_roles, may_grant
from tocsin.access.model import NewTokenView
from tocsin.access.service import NewToken, TokenQuery
from tocsin.base.errors import Forbidden, Invalid, invalid
from tocsin.web import admin, pages
from tocsin.web.forms import NoFields
from tocsin.web.reply import Reply
from tocsin.web.routes import Ctx, action, page

MODULE = "access"
MANAGE = permissions.TOKENS_MANAGE
TOKENS = "/admin/tokens"


class TokensQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`show`: working or revoked."""

    show: str = "working"
    cursor: str | None = None


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    """A token for a role or for oneself; `permissions` narrows it, `last_day` is the last one on which it works."""

    name: str = ""
    role: str | None = None
    permissions: list[str] = []
    last_day: str | None = None


@page(TOKENS, module=MODULE, permission=MANAGE)
async def show_tokens(ctx: Ctx, query: TokensQuery) -> Reply:
    """The organisation's tokens, newest first."""
    return await _list(ctx, query, None)


async def _list(ctx: Ctx, query: TokensQuery, fresh: NewTokenView | None) -> Reply:
    active = "false" if query.show == "revoked" else "true"
    found = await service.list_tokens(ctx.tx, ctx.actor, TokenQuery(active=active, cursor=query.cursor))  # type: ignore[arg-type]
    names = {role.slug: role.name for role in await all_roles(ctx)}
    return pages.render(
        ctx,
        "access/tokens.html",
        tokens=found.items,
        more=f"{TOKENS}?show={query.show}&" if active == "false" else f"{TOKENS}?",
        next_cursor=found.next_cursor,
        query=query,
        names=names,
        fresh=fresh,
        real_now=ctx.tx.real_now,
    )


@page(f"{TOKENS}/new", module=MODULE, permission=MANAGE)
async def show_new_token(ctx: Ctx) -> Reply:
    """The form for a new token."""
    roles = [(role.slug, role.name) for role in await all_roles(ctx) if may_grant(ctx.actor, role)]
    offered = [(title, [name for name in names if ctx.actor.can(name)]) for title, names in permissions.GROUPS]
    return pages.render(
        ctx,
        "access/token.html",
        roles=roles,
        groups=[(title, names) for title, names in offered if names],
        about=permissions.DESCRIPTIONS,
    )


@action(TOKENS, module=MODULE, permission=MANAGE)
async def add_token(ctx: Ctx, data: TokenForm) -> Reply:
    """Make a token, and show its text this once."""
    ctx.holds_secret = True
    new = NewToken(
        name=data.name,
        role=data.role,
        permissions=data.permissions or None,
        expires_at=_end_of(ctx, data.last_day) if data.last_day is not None else None,
    )
    try:
        made = await service.create_token(ctx.tx, ctx.actor, new)
    except Forbidden as error:
        raise admin.about_field(error, "permissions") from None
    except Invalid as error:
        raise admin.renamed(error, expires_at="last_day") from None
    return await _list(ctx, TokensQuery(), made)


def _end_of(ctx: Ctx, day: str) -> datetime:
    """The end of a day in the reader's zone. Raises `Invalid`."""
    try:
        following = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise invalid("last_day", "Give a day, such as 2027-01-31.") from None
    return datetime.combine(following, time(), pages.speech(ctx).zone)


@action(f"{TOKENS}/{{token}}/revoke", module=MODULE, permission=MANAGE)
async def revoke_token(ctx: Ctx, token: str, data: NoFields) -> Reply:
    """Revoke a token; it stops at once."""
    _ = pages.speech(ctx).gettext
    found = await service.get_token(ctx.tx, ctx.actor, token)
    await service.revoke_token(ctx.tx, ctx.actor, token)
    return pages.redirect(ctx, TOKENS, _("The token %(name)s was revoked.") % {"name": found.name})


ENDPOINTS = (show_tokens, show_new_token, add_token, revoke_token)
