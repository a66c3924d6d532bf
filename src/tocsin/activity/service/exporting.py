"""The whole record as lines of JSON, in the order of changes, at flat memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec

from tocsin.activity import permissions, store
from tocsin.activity.service.anchors import Open, number_all
from tocsin.base.actor import Actor

BATCH = 500
Shows = Callable[[Any], bool]
_JSON = msgspec.json.Encoder()


def shows_values(actor: Actor) -> Shows:
    """Which events (rows) are exported with their free texts to an actor: an incident's to who may see incidents."""
    return lambda row: row["incident_id"] is None or actor.can(permissions.SEE_INCIDENTS)


async def export(open_: Open, shows: Shows = lambda _: True) -> AsyncIterator[bytes]:
    """Every event that is committed when it begins; a transaction for each batch, none while the reader takes it in."""
    last = await number_all(open_)
    after = 0
    while after < last:
        async with open_() as tx:
            rows = await store.feed.places(tx, after, last, BATCH)
        if not rows:
            return
        after = rows[-1]["pos"]
        yield b"".join(_JSON.encode(_line(row, values=shows(row))) + b"\n" for row in rows)


def _line(row: Any, *, values: bool) -> dict[str, Any]:
    plain = ("pos", "id", "stream", "seq", "type", "incident_id", "actor_id", "at", "source", "facts", "commitments")
    line = {name: row[name] for name in plain}
    return line | {"data": row["data"] if values else {}, "hash": row["hash"].hex()}
