"""Who belongs to several organisations chooses one after the password, without giving the password again.

Between the two stands a pending login: a secret that the browser keeps, whose hash works once and for a few minutes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from tocsin.access import rules, store
from tocsin.access.model import TenantBrief
from tocsin.access.service.login import Browser, Login, Opened, begin, homes_of, prove
from tocsin.base.errors import N_, Unauthenticated
from tocsin.db.tx import Database
from tocsin.web import ratelimit
from tocsin.web.peer import peer_group

LIFE = timedelta(minutes=5)
_OVER = N_("This took too long, or was done already; log in again.")


@dataclass(frozen=True, slots=True)
class Pending:
    """A login whose password was right and whose organisation is still to be chosen."""

    secret: str


async def log_in_or_choose(database: Database, wanted: Login, browser: Browser, life: timedelta) -> Opened | Pending:
    """Begin a session, or a pending login where there are several tenants. Raises as `log_in` does."""
    account, homes = await prove(database, wanted, browser)
    if len(homes) == 1:
        return await begin(database, account, homes[0], browser, life)
    secret = secrets.token_urlsafe(32)
    async with database.globally() as tx:
        await store.secrets.insert(tx, rules.secret_hash(secret), "choice", account["id"], tx.real_now + LIFE)
    return Pending(secret)


async def choices(database: Database, secret: str, browser: Browser) -> list[TenantBrief]:
    """The organisations to choose from, by name. Raises `Unauthenticated` once it is too late, `RateLimited`."""
    await _limit(database, browser)
    async with database.globally() as tx:
        account = await store.secrets.account(tx, rules.secret_hash(secret), "choice")
    homes = await homes_of(database, account) if account is not None else []
    if not homes:
        raise Unauthenticated(_OVER)
    return [TenantBrief(home["slug"], home["name"]) for home in homes if home["state"] == "active"]


async def choose(database: Database, secret: str, slug: str, browser: Browser, life: timedelta) -> Opened:
    """Begin the session in the organisation chosen; whatever comes of it, the pending login is used up.

    Raises `Unauthenticated` once it is too late and for an organisation that was not to choose, `RateLimited`.
    """
    await _limit(database, browser)
    async with database.globally() as tx:
        account = await store.secrets.account(tx, rules.secret_hash(secret), "choice")
        if account is None or not await store.secrets.take(tx, rules.secret_hash(secret), "choice"):
            raise Unauthenticated(_OVER)
    for home in await homes_of(database, account):
        if home["slug"] == slug and home["state"] == "active":
            return await begin(database, account, home, browser, life)
    raise Unauthenticated(_OVER)


async def _limit(database: Database, browser: Browser) -> None:
    await ratelimit.hit(database, "login-choice", peer_group(browser.address), limit=browser.failures * 4)
