"""SQL of `escalation_settings`."""

from __future__ import annotations

from uuid import UUID

from tocsin.db.tx import Tx


async def last_resort(tx: Tx) -> UUID | None:
    """Who is told when a ladder has reached nobody."""
    found: UUID | None = await tx.value(
        "select last_resort_id from escalation_settings where tenant_id = $1", tx.tenant_id
    )
    return found


async def set_last_resort(tx: Tx, user_id: UUID | None) -> None:
    """Set who is told when a ladder has reached nobody."""
    await tx.run(
        "insert into escalation_settings (tenant_id, last_resort_id, updated_at) values ($1, $2, $3)"
        " on conflict (tenant_id) do update set last_resort_id = excluded.last_resort_id, updated_at = excluded.updated_at",
        *(tx.tenant_id, user_id, tx.now),
    )


async def link_key(tx: Tx) -> bytes | None:
    """The key that signs links."""
    found: bytes | None = await tx.value("select link_key from escalation_settings where tenant_id = $1", tx.tenant_id)
    return found


async def make_link_key(tx: Tx, key: bytes) -> bytes:
    """Keep a key that signs links, unless somebody else has just kept one; the one that counts."""
    sql = (
        "insert into escalation_settings (tenant_id, link_key, updated_at) values ($1, $2, $3)"
        " on conflict (tenant_id) do update set link_key = coalesce(escalation_settings.link_key, excluded.link_key)"
        " returning link_key"
    )
    found: bytes = await tx.value(sql, tx.tenant_id, key, tx.now)
    tx.wrote = True
    return found
