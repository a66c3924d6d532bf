"""SQL of `account_secrets`, a global table: what opens an account once, for a few minutes. Only hashes are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tocsin.db.tx import Tx

Kind = Literal["reset", "choice"]


async def insert(tx: Tx, secret_hash: bytes, kind: Kind, account_id: UUID, expires_at: datetime) -> None:
    """Keep a fresh secret, and drop those of anybody that have expired."""
    await tx.run("delete from account_secrets where expires_at <= $1", tx.real_now)
    await tx.run(
        "insert into account_secrets (secret_hash, kind, account_id, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        *(secret_hash, kind, account_id, tx.real_now, expires_at),
    )


async def account(tx: Tx, secret_hash: bytes, kind: Kind) -> Any:
    """The account that a secret opens still, or None."""
    return await tx.row(
        "select a.id, a.email, a.password_tenant_id, a.tenant_ids from account_secrets s"
        " join accounts a on a.id = s.account_id where s.secret_hash = $1 and s.kind = $2 and s.expires_at > $3",
        *(secret_hash, kind, tx.real_now),
    )


async def take(tx: Tx, secret_hash: bytes, kind: Kind) -> bool:
    """Use a secret up; False when somebody has, or it has expired."""
    sql = "delete from account_secrets where secret_hash = $1 and kind = $2 and expires_at > $3"
    return await tx.run(sql, secret_hash, kind, tx.real_now) == 1


async def count(tx: Tx, account_id: UUID, kind: Kind) -> int:
    """How many secrets of an account work."""
    sql = "select count(*) from account_secrets where account_id = $1 and kind = $2 and expires_at > $3"
    found: int = await tx.value(sql, account_id, kind, tx.real_now)
    return found


async def forget(tx: Tx, account_id: UUID) -> None:
    """Drop all secrets of an account."""
    await tx.run("delete from account_secrets where account_id = $1", account_id)
