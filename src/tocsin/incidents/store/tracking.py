"""SQL of the secret by which the public follows an incident."""

from __future__ import annotations

from typing import Any

from tocsin.db.tx import Tx


async def by_hash(tx: Tx, tracking_hash: bytes) -> Any:
    """The incident of a secret's hash, or None when absent or deleted."""
    return await tx.row(
        "select * from incidents where tenant_id = $1 and tracking_hash = $2 and deleted_at is null",
        *(tx.tenant_id, tracking_hash),
    )
