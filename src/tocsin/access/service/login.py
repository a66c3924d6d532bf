"""Logging in with a password, choosing a tenant, logging out, changing one's password.

These verbs open their transactions themselves: nobody is known before, and a hash takes longer than a transaction may.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from tocsin.access import events, rules, store
from tocsin.access.model import SessionView, TenantBrief, UserView
from tocsin.access.service import passwords
from tocsin.access.service.users import user_view
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, NotFound, RateLimited, Refused, TenantSuspended, Unauthenticated, invalid
from tocsin.base.ids import new_id, parse_id
from tocsin.db.tx import Database, Tx
from tocsin.tenancy import service as tenancy
from tocsin.web import ratelimit
from tocsin.web.peer import peer_group

_WRONG = N_("The e-mail or the password is wrong.")

Password = Annotated[str, Meta(max_length=1024)]


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tenant` (a slug) is needed only by who belongs to several."""

    email: Annotated[str, Meta(max_length=254)]
    password: Password
    tenant: Annotated[str, Meta(max_length=64)] | None = None


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The present password and the one to come."""

    old: Password
    new: Password


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a login comes from, and how many failures a minute it may have."""

    address: str
    user_agent: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that has just begun. `credential` is the cookie's value."""

    credential: str
    csrf_token: str
    session_id: UUID
    user: UserView
    tenant: TenantBrief


async def log_in(database: Database, wanted: Login, browser: Browser, life: timedelta) -> Opened | list[TenantBrief]:
    """Begin a session, or tell which tenants there are to choose from. `life` is how long an unused session lasts.

    Raises `Unauthenticated` (the same for an unknown account, a wrong password, a member that is not active),
    `RateLimited`, `TenantSuspended` (after a right password only).
    """
    email = wanted.email.strip().lower()
    account = await _proven(database, email, wanted.password, browser)
    homes = await _homes(database, account)
    if wanted.tenant is not None:
        homes = [home for home in homes if home["slug"] == wanted.tenant]
    if not homes:
        await _failed(database, email, browser)
        raise Unauthenticated(_WRONG)
    open_ones = [home for home in homes if home["state"] == "active"]
    if not open_ones:
        raise TenantSuspended("This organisation is suspended; its operator can resume it.")
    if len(open_ones) > 1:
        return [TenantBrief(home["slug"], home["name"]) for home in open_ones]
    return await _open(database, account, open_ones[0], browser, life)


async def _proven(database: Database, email: str, password: str, browser: Browser) -> Any:
    """The account whose password this is. Failures count by account and by address, also those in parallel."""
    await _check_limits(database, email, browser)
    async with passwords.TURNS:
        await _check_limits(database, email, browser)
        async with database.globally() as tx:
            account = await store.accounts.by_email(tx, email)
        kept = account["password_hash"] if account is not None else None
        right, fresh = await passwords.verify(password, kept)
        if not right:
            await _failed(database, email, browser)
            raise Unauthenticated(_WRONG)
    if fresh is not None:
        async with database.globally() as tx:
            await store.accounts.rehash(tx, account["id"], account["password_hash"], fresh)
    return account


async def _check_limits(database: Database, email: str, browser: Browser) -> None:
    await ratelimit.check(database, "login", email, limit=browser.failures)
    await ratelimit.check(database, "login-from", peer_group(browser.address), limit=browser.failures)


async def _failed(database: Database, email: str, browser: Browser) -> None:
    """Count a failure under both names, whatever the first count says."""
    over: RateLimited | None = None
    for parts in (("login", email), ("login-from", peer_group(browser.address))):
        try:
            await ratelimit.hit(database, *parts, limit=browser.failures)
        except RateLimited as error:
            over = error
    if over is not None:
        raise over


async def _homes(database: Database, account: Any) -> list[Any]:
    """The tenants where the account has an active member and its password counts."""
    async with database.globally() as tx:
        tenants = await store.accounts.tenants(tx, account["tenant_ids"])
    homes = []
    for tenant in tenants:
        if rules.opens(account["password_tenant_id"], tenant["id"]):
            async with database.tenant(tenant["id"]) as tx:
                if await store.members.by_account(tx, account["id"]) is not None:
                    homes.append(tenant)
    return homes


async def _open(database: Database, account: Any, home: Any, browser: Browser, life: timedelta) -> Opened:
    credential, secret_hash = rules.new_credential(home["id"])
    csrf_token, session_id = secrets.token_urlsafe(24), new_id()
    async with database.tenant(home["id"]) as tx:
        await tenancy.current(tx)
        member = await store.members.by_account(tx, account["id"])
        if member is None:
            raise Unauthenticated(_WRONG)
        await store.sessions.forget_expired(tx, member["id"])
        await store.sessions.insert(
            tx,
            session_id,
            secret_hash=secret_hash,
            csrf_token=csrf_token,
            user_id=member["id"],
            address=browser.address,
            user_agent=browser.user_agent,
            expires_at=tx.real_now + life,
        )
        user = user_view(await store.members.get(tx, member["id"]))
        actor = Actor(home["id"], user.id, user.name, "person", frozenset(), "web", session_id)
        tx.emit(events.LoggedIn(actor=actor, facts={"session": session_id}, texts={"address": browser.address}))
    return Opened(credential, csrf_token, session_id, user, TenantBrief(home["slug"], home["name"]))


async def log_out(tx: Tx, actor: Actor) -> None:
    """End the session behind the request."""
    if actor.id is not None and actor.via is not None and await store.sessions.end(tx, actor.id, actor.via):
        _tell_ended(tx, actor, 1, "logout")


async def csrf_token(tx: Tx, actor: Actor) -> str | None:
    """The token against forged requests of the session behind the request; None for API tokens."""
    return await store.sessions.csrf_token(tx, actor.via) if actor.source == "web" and actor.via is not None else None


async def list_sessions(tx: Tx, actor: Actor) -> list[SessionView]:
    """One's own sessions that still work, the last used first."""
    rows = await store.sessions.of_member(tx, actor.id) if actor.id is not None else []
    return [SessionView(**dict(row), is_current=row["id"] == actor.via) for row in rows]


async def end_session(tx: Tx, actor: Actor, ref: str) -> None:
    """End one of one's own sessions. Raises `NotFound`."""
    session_id = parse_id(ref)
    if session_id is None or actor.id is None or not await store.sessions.end(tx, actor.id, session_id):
        raise NotFound
    _tell_ended(tx, actor, 1, "ended")


async def change_password(database: Database, actor: Actor, change: PasswordChange, browser: Browser) -> None:
    """Change one's own password; the account's other sessions end, in every tenant.

    Raises `Invalid` for a wrong present or an unfit new password, `Refused` without a password, `RateLimited`.
    """
    async with database.tenant(actor.tenant_id) as tx:
        account = await store.accounts.by_member(tx, actor.id) if actor.id is not None else None
    if account is None or account["password_hash"] is None:
        raise Refused("You have no password here; ask an administrator for a way to log in.")
    try:
        await _proven(database, account["email"], change.old, browser)
    except Unauthenticated:
        raise invalid("old", "This is not your present password.") from None
    fresh = await passwords.hash_password(change.new, "new")
    async with database.tenant(actor.tenant_id) as tx:
        await tenancy.current(tx)
        await store.accounts.set_password(tx, account["id"], fresh, account["password_tenant_id"])
        ended = await store.sessions.end_all(tx, actor.id, actor.via) if actor.id is not None else 0
        tx.emit(events.PasswordChanged(actor=actor, facts={"user": actor.id}))
        if ended:
            _tell_ended(tx, actor, ended, "password")
    for tenant_id in account["tenant_ids"]:
        if tenant_id != actor.tenant_id:
            await _end_elsewhere(database, tenant_id, account["id"])


async def _end_elsewhere(database: Database, tenant_id: UUID, account_id: UUID) -> None:
    """End the account's sessions in another of its tenants. The event there makes every process forget them."""
    async with database.tenant(tenant_id) as tx:
        await tenancy.current(tx)
        member = await store.members.by_account(tx, account_id)
        ended = await store.sessions.end_all(tx, member["id"]) if member is not None else 0
        if member is not None and ended:
            oneself = Actor(tenant_id, member["id"], member["name"], "person", frozenset(), "web")
            _tell_ended(tx, oneself, ended, "password")


def _tell_ended(tx: Tx, actor: Actor, count: int, because: str) -> None:
    facts = {"user": actor.id, "sessions": count, "because": because}
    tx.emit(events.LoggedOut(actor=actor, facts=facts))
