"""Finding policies."""

from __future__ import annotations

from typing import Any

from tocsin.base.errors import NotFound
from tocsin.base.ids import parse_id
from tocsin.db.tx import Tx
from tocsin.escalation import store


async def existing(tx: Tx, ref: str, *, lock: bool = False) -> Any:
    """The row of a policy. Raises `NotFound`."""
    policy_id = parse_id(ref)
    row = await store.policies.get_policy(tx, policy_id, lock=lock) if policy_id is not None else None
    if row is None:
        raise NotFound
    return row
