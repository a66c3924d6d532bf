"""A forgotten password: a link by mail that works once, for an hour; or a new one by the operator's hand.

The secret exists in the mail alone: a row of a delivery or of the queue would show it to administrators of one tenant,
and it opens every tenant of the account. So the mail is written and sent beside the request, which answers before
anybody has been looked up: neither its text nor its time tells whether the account exists.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from tocsin.access import rules, store
from tocsin.access.service import passwords
from tocsin.access.service.login import Browser
from tocsin.access.service.sessions import end_everywhere
from tocsin.base.errors import N_, NotFound, Refused
from tocsin.base.settings import Settings
from tocsin.db.tx import Database, Tx
from tocsin.tenancy import service as tenancy
from tocsin.web import i18n, ratelimit
from tocsin.web.peer import peer_group

log = structlog.get_logger()

LIFE = timedelta(minutes=60)
MOST_LINKS = 5
"""Links of one account that work at a time: past it nothing more is sent, so that nobody's mailbox is flooded."""
MOST_A_MINUTE = 3
"""How often a minute somebody may ask for the same address."""
PAUSES = (0, 5, 30)
"""Seconds before each attempt to send."""
_OVER = N_("This link has been used, or is older than an hour.")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to one person."""

    to: str
    subject: str
    body: str


Send = Callable[[Settings, Letter], Awaitable[str | None]]
"""Hands a mail over at once, keeping nothing of it; None, or why it did not go out."""


class PostOffice:
    """Who sends the mails: the feature that knows how, named by `wiring`."""

    def __init__(self) -> None:
        self.send: Send | None = None
        self.running: set[asyncio.Task[None]] = set()

    async def settle(self, seconds: float = 5) -> None:
        """Wait a while for the mails that are on their way; what takes longer is given up."""
        if self.running:
            _, late = await asyncio.wait(self.running, timeout=seconds)
            for task in late:
                task.cancel()


POST = PostOffice()


def is_set_up(settings: Settings) -> bool:
    """Whether links can be mailed: there is a mail server, and an address of our own that no request decides."""
    return POST.send is not None and settings.smtp_url is not None and settings.public_url is not None


async def ask(database: Database, settings: Settings, email: str, browser: Browser) -> None:
    """Send a link to whoever has an account under the address; says nothing about whether there is one.

    Raises `RateLimited`, for known and unknown addresses alike, and `Refused` where no mail can be sent.
    """
    if not is_set_up(settings):
        raise Refused("This server cannot send links by mail.")
    address = email.strip().lower()
    await ratelimit.hit(database, "forgot-from", peer_group(browser.address), limit=browser.failures)
    await ratelimit.hit(database, "forgot", address, limit=MOST_A_MINUTE)
    task = asyncio.create_task(_send_link(database, settings, address))
    POST.running.add(task)
    task.add_done_callback(POST.running.discard)


async def _send_link(database: Database, settings: Settings, address: str) -> None:
    try:
        letter = await _letter(database, settings, address)
        reason: str | None = None
        for pause in PAUSES if letter is not None and POST.send is not None else ():
            await asyncio.sleep(pause)
            assert letter is not None
            assert POST.send is not None
            reason = await POST.send(settings, letter)
            if reason is None:
                return
        if reason is not None:
            log.warning("a link for a new password was not sent", reason=reason)
    except Exception:
        # Nobody waits for this task: the log is all there is.
        log.exception("a link for a new password was not sent")


async def _letter(database: Database, settings: Settings, address: str) -> Letter | None:
    """The mail for an account with an active member somewhere, or None."""
    async with database.globally() as tx:
        account = await store.accounts.by_email(tx, address)
        if account is None or await store.secrets.count(tx, account["id"], "reset") >= MOST_LINKS:
            return None
    reader = await _reader(database, account)
    if reader is None:
        return None
    secret = secrets.token_urlsafe(32)
    async with database.globally() as tx:
        await store.secrets.insert(tx, rules.secret_hash(secret), "reset", account["id"], tx.real_now + LIFE)
    name, locale = reader
    _ = i18n.tongue(locale, "UTC").gettext
    body = _(
        "Hello %(name)s,\n\n"
        "somebody, probably you, asked for a new password for %(email)s. Choose it here within 60 minutes:\n\n"
        "%(link)s\n\n"
        "The link works once. If you did not ask for it, ignore this mail: your password stays as it is.\n",
        name=name,
        email=account["email"],
        link=f"{(settings.public_url or '').rstrip('/')}/reset/{secret}",
    )
    return Letter(account["email"], _("A new password for Tocsin"), body)


async def _reader(database: Database, account: Any) -> tuple[str, str] | None:
    """The name and the language of the account's first active member."""
    for tenant_id in account["tenant_ids"]:
        async with database.tenant(tenant_id) as tx:
            member = await store.members.by_account(tx, account["id"])
            if member is not None:
                return member["name"], member["locale"] or (await tenancy.current(tx)).locale
    return None


async def is_open(database: Database, secret: str, browser: Browser) -> bool:
    """Whether a link works still. Raises `RateLimited`."""
    await _limit(database, browser)
    async with database.globally() as tx:
        return await store.secrets.account(tx, rules.secret_hash(secret), "reset") is not None


async def reset(database: Database, secret: str, password: str, browser: Browser) -> None:
    """Give the account of a link a new password, which opens all of its tenants; its sessions end in every one of them.

    The link, and all others of the account, are used up. Raises `Refused` for one that works no more, `Invalid` for an
    unfit password (the link stays), `RateLimited`.
    """
    await _limit(database, browser)
    secret_hash = rules.secret_hash(secret)
    async with database.globally() as tx:
        account = await store.secrets.account(tx, secret_hash, "reset")
    if account is None:
        raise Refused(_OVER)
    fresh = await passwords.hash_password(password, "new")
    async with database.globally() as tx:
        if not await store.secrets.take(tx, secret_hash, "reset"):
            raise Refused(_OVER)
        await _set(tx, account["id"], fresh)
    for tenant_id in account["tenant_ids"]:
        await end_everywhere(database, tenant_id, account["id"], reset="web")


async def give(database: Database, email: str, password: str) -> None:
    """Give the account of an address a new password, as `reset` does: for the operator, who needs no link.

    Raises `NotFound`, and `Invalid` for an unfit password.
    """
    fresh = await passwords.hash_password(password)
    async with database.globally() as tx:
        account = await store.accounts.by_email(tx, email.strip().lower())
        if account is None:
            raise NotFound("There is no account with this e-mail address.")
        await _set(tx, account["id"], fresh)
    for tenant_id in account["tenant_ids"]:
        await end_everywhere(database, tenant_id, account["id"], reset="cli")


async def _set(tx: Tx, account_id: UUID, password_hash: str) -> None:
    """A new password that opens every tenant of an account, and its links used up."""
    await store.accounts.set_password(tx, account_id, password_hash, None)
    await store.secrets.forget(tx, account_id)


async def _limit(database: Database, browser: Browser) -> None:
    await ratelimit.hit(database, "reset-from", peer_group(browser.address), limit=browser.failures * 4)
