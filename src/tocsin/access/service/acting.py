"""Who a job acts for, after the request that asked for it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from tocsin.access import rules, store
from tocsin.base.actor import Actor
from tocsin.db.tx import Tx


async def acting_for(tx: Tx, user_id: UUID | None, source: str, granted: Iterable[str] | None) -> Actor:
    """A member as an actor, with what they may now of what they were `granted` then (None: all); nobody may nothing."""
    row = await store.admission.acting(tx, user_id) if user_id is not None else None
    if row is None or not row["is_active"]:
        return Actor(tx.tenant_id, user_id, "", "person", frozenset(), source)
    held = rules.effective_permissions(row["held"] or (), granted)
    return Actor(tx.tenant_id, row["id"], row["name"], row["kind"], held, source)
