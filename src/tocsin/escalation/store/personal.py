"""SQL of `notification_rules`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tocsin.db.tx import Tx
from tocsin.escalation.rules.personal import Rule


async def rules_of(tx: Tx, user_ids: Sequence[UUID]) -> list[Any]:
    """The rules of those of some members who have any."""
    sql = "select user_id, rules from notification_rules where tenant_id = $1 and user_id = any ($2)"
    return await tx.rows(sql, tx.tenant_id, list(user_ids))


async def all_rules(tx: Tx) -> list[Any]:
    """Everybody's rules."""
    return await tx.rows("select user_id, rules from notification_rules where tenant_id = $1", tx.tenant_id)


async def lock_rules(tx: Tx) -> None:
    """Let one at a time change rules in the tenant, until the commit."""
    await tx.run("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"notification rules {tx.tenant_id}")


async def set_rules(tx: Tx, user_id: UUID, rules: Sequence[Rule]) -> None:
    """Replace somebody's rules."""
    await tx.run(
        "insert into notification_rules (tenant_id, user_id, rules, updated_at) values ($1, $2, $3, $4)"
        " on conflict (tenant_id, user_id) do update set rules = excluded.rules, updated_at = excluded.updated_at",
        *(tx.tenant_id, user_id, rules, tx.now),
    )


async def forget_rules(tx: Tx, user_id: UUID) -> None:
    """Let somebody be told as everybody is."""
    await tx.run("delete from notification_rules where tenant_id = $1 and user_id = $2", tx.tenant_id, user_id)
