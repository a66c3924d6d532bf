"""One's own sessions: which browsers are logged in, and ending them; changing one's password ends the others."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from tocsin.access import events, store
from tocsin.access.model import SessionView
from tocsin.access.service import passwords
from tocsin.access.service.login import Browser, Password, check_password
from tocsin.base.actor import Actor, system_actor
from tocsin.base.errors import NotFound, Refused, Unauthenticated, invalid
from tocsin.base.ids import parse_id
from tocsin.db.tx import Database, Tx
from tocsin.tenancy import service as tenancy


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The present password and the one to come."""

    old: Password
    new: Password


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


async def end_other_sessions(tx: Tx, actor: Actor) -> int:
    """End one's own sessions but the one behind the request; how many."""
    ended = await store.sessions.end_all(tx, actor.id, actor.via) if actor.id is not None else 0
    if ended:
        _tell_ended(tx, actor, ended, "ended")
    return ended


async def change_password(database: Database, actor: Actor, change: PasswordChange, browser: Browser) -> None:
    """Change one's own password; the account's other sessions end, in every tenant.

    Raises `Invalid` for a wrong present or an unfit new password, `Refused` without a password, `RateLimited`.
    """
    async with database.tenant(actor.tenant_id) as tx:
        account = await store.accounts.by_member(tx, actor.id) if actor.id is not None else None
    if account is None or account["password_hash"] is None:
        raise Refused("You have no password here; ask an administrator for a way to log in.")
    try:
        await check_password(database, account["email"], change.old, browser)
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
            await end_everywhere(database, tenant_id, account["id"])


async def end_everywhere(
    database: Database, tenant_id: UUID, account_id: UUID, *, reset: Literal["web", "cli"] | None = None
) -> None:
    """End the account's sessions in one of its tenants. The event there makes every process forget them.

    With `reset` a new password is recorded there too: chosen by the link of a mail, or given by the operator.
    """
    async with database.tenant(tenant_id) as tx:
        await tenancy.current(tx)
        member = await store.members.by_account(tx, account_id)
        ended = await store.sessions.end_all(tx, member["id"]) if member is not None else 0
        if member is None:
            return
        oneself = Actor(tenant_id, member["id"], member["name"], "person", frozenset(), "web")
        who = system_actor(tenant_id, "cli") if reset == "cli" else oneself
        if reset is not None:
            tx.emit(events.PasswordReset(actor=who, facts={"user": oneself.id}))
        if ended:
            _tell_ended(tx, who, ended, "password", oneself.id)


def _tell_ended(tx: Tx, actor: Actor, count: int, because: str, user_id: UUID | None = None) -> None:
    facts = {"user": user_id or actor.id, "sessions": count, "because": because}
    tx.emit(events.LoggedOut(actor=actor, facts=facts))
