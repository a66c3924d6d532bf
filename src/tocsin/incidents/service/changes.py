"""The changes feed: every event of every incident of the tenant, each once, in an order that never changes."""

from __future__ import annotations

from tocsin.access import permissions
from tocsin.activity import service as activity
from tocsin.base.actor import Actor
from tocsin.base.paging import check_limit, decode_cursor, encode_cursor
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import ChangedIncident, Changes, ChangeTold

_ROUNDS = 20
"""How often events get places for one page: what happened to no incident takes places too."""


async def changes(tx: Tx, actor: Actor, since: str | None, limit: int) -> Changes:
    """What comes after a cursor (None: from the beginning). Raises `Invalid` for a cursor of another tenant or of none."""
    actor.must(permissions.VIEW)
    check_limit(limit)
    question = ["changes", str(tx.tenant_id)]
    after = decode_cursor(since, question, tuple[int], "since")[0] if since is not None else 0
    rows = await store.changes.page(tx, after, limit)
    for _ in range(_ROUNDS):
        if len(rows) == limit or not await activity.number(tx):
            break
        rows = await store.changes.page(tx, after, limit)
    items = [
        ChangeTold(
            cursor=encode_cursor(question, (row["pos"],)),
            incident=ChangedIncident(row["incident_id"], row["reference_code"]),
            type=row["type"],
            at=row["at"],
        )
        for row in rows
    ]
    return Changes(items, items[-1].cursor if items else encode_cursor(question, (after,)))
