"""Logging in with a password.

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
from tocsin.access.model import TenantBrief, UserView
from tocsin.access.service import passwords
from tocsin.access.service.users import user_view
from tocsin.base.actor import Actor
from tocsin.base.errors import N_, RateLimited, TenantSuspended, Unauthenticated
from tocsin.base.ids import new_id
from tocsin.db.tx import Database
from tocsin.tenancy import service as tenancy
from tocsin.web import ratelimit
from tocsin.web.peer import peer_group

WRONG = N_("The e-mail or the password is wrong.")

Password = Annotated[str, Meta(max_length=1024)]


class Login(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tenant` (a slug) is needed only by who belongs to several."""

    email: Annotated[str, Meta(max_length=254)]
    password: Password
    tenant: Annotated[str, Meta(max_length=64)] | None = None


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
    account, homes = await prove(database, wanted, browser)
    if len(homes) > 1:
        return [TenantBrief(home["slug"], home["name"]) for home in homes]
    return await begin(database, account, homes[0], browser, life)


async def prove(database: Database, wanted: Login, browser: Browser) -> tuple[Any, list[Any]]:
    """The account whose password this is, and the tenants it opens: one at least. Raises as `log_in` does."""
    email = wanted.email.strip().lower()
    account = await check_password(database, email, wanted.password, browser)
    homes = await homes_of(database, account)
    if wanted.tenant is not None:
        homes = [home for home in homes if home["slug"] == wanted.tenant]
    if not homes:
        await _failed(database, email, browser)
        raise Unauthenticated(WRONG)
    open_ones = [home for home in homes if home["state"] == "active"]
    if not open_ones:
        raise TenantSuspended("This organisation is suspended; its operator can resume it.")
    return account, open_ones


async def check_password(database: Database, email: str, password: str, browser: Browser) -> Any:
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
            raise Unauthenticated(WRONG)
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


async def homes_of(database: Database, account: Any) -> list[Any]:
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


async def begin(database: Database, account: Any, home: Any, browser: Browser, life: timedelta) -> Opened:
    """Begin a session of an account in one of its tenants. Raises `Unauthenticated` where it has no active member."""
    credential, secret_hash = rules.new_credential(home["id"])
    csrf_token, session_id = secrets.token_urlsafe(24), new_id()
    async with database.tenant(home["id"]) as tx:
        await tenancy.current(tx)
        member = await store.members.by_account(tx, account["id"])
        if member is None:
            raise Unauthenticated(WRONG)
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
