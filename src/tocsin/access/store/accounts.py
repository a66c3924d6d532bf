"""SQL of `accounts`, a global table: who logs in. `tenant_ids` is the only global pointer to memberships."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx


async def insert(tx: Tx, account_id: UUID, email: str, password_hash: str | None, only_in: UUID | None) -> bool:
    """Add an account; False when the address has one. `only_in`: the tenant whose administrator chose the password."""
    sql = (
        "insert into accounts (id, email, password_hash, password_tenant_id, created_at, updated_at)"
        " values ($1, $2, $3, $4, $5, $5) on conflict (email) do nothing"
    )
    return await tx.run(sql, account_id, email, password_hash, only_in, tx.real_now) == 1


async def by_email(tx: Tx, email: str) -> Any:
    """The account of an address, or None."""
    return await tx.row(
        "select id, email, password_hash, password_tenant_id, tenant_ids from accounts where email = $1", email
    )


async def by_member(tx: Tx, user_id: UUID) -> Any:
    """The account behind a member of this tenant, or None."""
    return await tx.row(
        "select a.id, a.email, a.password_hash, a.password_tenant_id, a.tenant_ids from users u"
        " join accounts a on a.id = u.account_id where u.tenant_id = $1 and u.id = $2",
        tx.tenant_id,
        user_id,
    )


async def join(tx: Tx, account_id: UUID) -> None:
    """Note that the account has a member in this tenant."""
    sql = (
        "update accounts set tenant_ids = array_append(tenant_ids, $2), updated_at = $3"
        " where id = $1 and not $2 = any (tenant_ids)"
    )
    await tx.run(sql, account_id, tx.tenant_id, tx.real_now)


async def leave(tx: Tx, account_id: UUID) -> None:
    """Note that the account has no member in this tenant any more."""
    sql = "update accounts set tenant_ids = array_remove(tenant_ids, $2), updated_at = $3 where id = $1"
    await tx.run(sql, account_id, tx.tenant_id, tx.real_now)


async def set_password(tx: Tx, account_id: UUID, password_hash: str, only_in: UUID | None) -> None:
    """Set an account's password, and the only tenant it opens (None: all of the account's)."""
    sql = "update accounts set password_hash = $2, password_tenant_id = $3, updated_at = $4 where id = $1"
    await tx.run(sql, account_id, password_hash, only_in, tx.real_now)


async def rehash(tx: Tx, account_id: UUID, old: str, new: str) -> None:
    """Keep the same password under today's parameters, unless it was changed meanwhile."""
    await tx.run("update accounts set password_hash = $3 where id = $1 and password_hash = $2", account_id, old, new)


async def tenants(tx: Tx, tenant_ids: list[UUID]) -> list[Any]:
    """The tenants of these ids, by name."""
    sql = "select id, slug, name, state from tenants where id = any ($1) order by name, slug"
    return await tx.rows(sql, tenant_ids)
