"""`/tokens`."""

from __future__ import annotations

from tocsin.access import permissions, service
from tocsin.access.model import NewTokenView, TokenView
from tocsin.access.service import NewToken, TokenQuery
from tocsin.base.paging import Page
from tocsin.web.routes import Ctx, delete, get, post

BASE = "/api/access/v1"
OWN = (permissions.TOKENS_MANAGE, *permissions.MEMBER)
"""Members see, make and revoke their own tokens; the verbs ask for tokens.manage where it is about others."""


@get(f"{BASE}/tokens", module="access", permission=OWN)
async def list_tokens(ctx: Ctx, query: TokenQuery) -> Page[TokenView]:
    """List your own tokens; with tokens.manage everybody's. The secrets are nowhere."""
    return await service.list_tokens(ctx.tx, ctx.actor, query)


@get(f"{BASE}/tokens/{{ref}}", module="access", permission=OWN)
async def get_token(ctx: Ctx, ref: str) -> TokenView:
    """Show a token, without its secret."""
    return await service.get_token(ctx.tx, ctx.actor, ref)


@post(f"{BASE}/tokens", module="access", permission=OWN, status=201)
async def create_token(ctx: Ctx, data: NewToken) -> NewTokenView:
    """Make a token for yourself; with tokens.manage for another or for a role. Its text is shown this once."""
    ctx.holds_secret = True
    token = await service.create_token(ctx.tx, ctx.actor, data)
    ctx.created(f"{BASE}/tokens/{token.id}")
    return token


@delete(f"{BASE}/tokens/{{ref}}", module="access", permission=OWN)
async def revoke_token(ctx: Ctx, ref: str) -> None:
    """Revoke a token; it stops at once."""
    await service.revoke_token(ctx.tx, ctx.actor, ref)


ENDPOINTS = (list_tokens, get_token, create_token, revoke_token)
