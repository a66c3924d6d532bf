"""API tokens: for a person, or for a role, with no person behind it (a service member then acts)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access import events, permissions, rules, store
from tocsin.access.model import NewTokenView, TokenOwner, TokenView
from tocsin.access.service.grants import known_permissions, must_hold
from tocsin.access.service.people import find_role, find_user
from tocsin.base.actor import Actor
from tocsin.base.clock import check_moment
from tocsin.base.errors import NotFound, Refused, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.base.paging import Page, PageQuery, check_limit, decode_cursor, encode_cursor
from tocsin.base.text import clean_line
from tocsin.db.tx import Tx

_IS_REVOKED = {"true": False, "false": True, "all": None}


class TokenQuery(PageQuery, frozen=True, kw_only=True):
    """`active`: tokens that are not revoked (the default), revoked ones, or all."""

    active: Literal["true", "false", "all"] = "true"


class NewToken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token for oneself, for another `user` (id or e-mail) or for a `role`; `permissions` narrows what it may."""

    name: Annotated[str, Meta(max_length=100)]
    user: str | None = None
    role: str | None = None
    permissions: Annotated[list[str], Meta(max_length=200)] | None = None
    expires_at: datetime | None = None


def _view(row: Any) -> TokenView:
    owner = TokenOwner(row["user_id"], row["user_name"], row["user_kind"])
    return TokenView(**{name: row[name] for name in TokenView.__struct_fields__ if name != "user"}, user=owner)


def _sees_all(actor: Actor) -> bool:
    return actor.can(permissions.TOKENS_MANAGE)


async def list_tokens(tx: Tx, actor: Actor, query: TokenQuery) -> Page[TokenView]:
    """One's own tokens, newest first; everybody's for who manages tokens. Raises `Invalid`."""
    limit = check_limit(query.limit)
    question = ["tokens", tx.tenant_id, query.active]
    before = decode_cursor(query.cursor, question, tuple[UUID])[0] if query.cursor is not None else None
    rows = await store.tokens.page(
        tx,
        user_id=None if _sees_all(actor) else actor.id,
        revoked=_IS_REVOKED[query.active],
        before=before,
        limit=limit + 1,
    )
    items = [_view(row) for row in rows[:limit]]
    return Page(items, encode_cursor(question, (items[-1].id,)) if len(rows) > limit else None)


async def get_token(tx: Tx, actor: Actor, ref: str) -> TokenView:
    """A token of one's own, or any for who manages tokens. Raises `NotFound`."""
    token_id = parse_id(ref)
    row = await store.tokens.get(tx, token_id) if token_id is not None else None
    if row is None or not (_sees_all(actor) or row["user_id"] == actor.id):
        raise NotFound
    return _view(row)


async def create_token(tx: Tx, actor: Actor, new: NewToken) -> NewTokenView:
    """Make a token; its text is in this answer and nowhere else. Nobody mints what they don't hold.

    Raises `Invalid`, `Forbidden` (a token for another or for a role needs tokens.manage).
    """
    name = clean_line(new.name)
    if not 1 <= len(name) <= 100:
        raise invalid("name", "Give a name of 1 to 100 characters.")
    if new.expires_at is not None and check_moment(new.expires_at, "expires_at") <= tx.real_now:
        raise invalid("expires_at", "Give a time in the future.")
    narrowed = known_permissions(new.permissions) if new.permissions is not None else None
    if new.role is not None:
        user_id, role, held = await _service(tx, actor, new, name)
    else:
        user_id, role, held = await _person(tx, actor, new)
    must_hold(actor, held if narrowed is None else narrowed)
    lacking = rules.missing(narrowed or (), frozenset(held))
    if lacking:
        beyond = ", ".join(lacking)
        raise invalid("permissions", "{beyond} is beyond what the token's owner or role holds.", beyond=beyond)
    token, secret_hash = rules.new_credential(tx.tenant_id)
    token_id = new_id()
    values = {"name": name, "secret_hash": secret_hash, "user_id": user_id, "role_id": role["id"] if role else None}
    values |= {"permissions": narrowed, "expires_at": new.expires_at, "created_by_id": actor.id}
    await store.tokens.insert(tx, token_id, values)
    facts = {"token": token_id, "user": user_id, "role": role["slug"] if role else None}
    facts |= {"permissions": narrowed, "expires_at": new.expires_at}
    tx.emit(events.TokenCreated(actor=actor, facts=facts, texts={"name": name}))
    view = _view(await store.tokens.get(tx, token_id))
    return NewTokenView(**{name: getattr(view, name) for name in TokenView.__struct_fields__}, token=token)


async def _service(tx: Tx, actor: Actor, new: NewToken, name: str) -> tuple[UUID, Any, list[str]]:
    """A fresh service member for a role token; the role and what it holds."""
    actor.must(permissions.TOKENS_MANAGE)
    if new.user is not None:
        raise invalid("role", "Name a user or a role, not both.")
    role = await find_role(tx, str(new.role), "role")
    user_id = new_id()
    await store.members.insert(tx, user_id, {"name": name, "kind": "service"})
    facts: dict[str, Any] = {"user": user_id, "kind": "service", "is_active": True, "roles": [], "teams": []}
    tx.emit(events.UserCreated(actor=actor, facts=facts, texts={"name": name}))
    return user_id, role, role["permissions"]


async def _person(tx: Tx, actor: Actor, new: NewToken) -> tuple[UUID, Any, list[str]]:
    """The person a token is for, and what they hold. For oneself nothing is needed, for another tokens.manage."""
    if new.user is None and actor.kind != "person":
        raise invalid("role", "Name a role or a user that the token is for.")
    oneself = new.user is None or new.user == "me" or (actor.id is not None and parse_id(new.user) == actor.id)
    if not oneself:
        actor.must(permissions.TOKENS_MANAGE)
    user = await find_user(tx, "me" if oneself else str(new.user), "user", actor)
    return user.id, None, await store.members.held(tx, user.id)


async def revoke_token(tx: Tx, actor: Actor, ref: str) -> None:
    """End a token at once: one's own, or any for who manages tokens. Raises `NotFound`, `Refused` when it is ended."""
    token = await get_token(tx, actor, ref)
    if not await store.tokens.revoke(tx, token.id):
        raise Refused("This token is revoked already.")
    if token.user.kind == "service":
        await store.members.update(tx, token.user.id, {"is_active": False})
    tx.emit(events.TokenRevoked(actor=actor, facts={"token": token.id, "user": token.user.id}))
