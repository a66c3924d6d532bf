"""Proof files: what is needed to check one incident's events without the database."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from uuid import UUID

from tocsin.activity import rules, store
from tocsin.activity.adapters import Keys
from tocsin.activity.rules import Anchor, merkle
from tocsin.activity.rules.proofs import FORMAT
from tocsin.activity.service.anchors import CHANGED, UNFIT, Open, anchor, anchor_from, shown
from tocsin.base.errors import Refused
from tocsin.db.tx import Tx


async def prove(open_: Open, keys: Keys, incident_id: UUID, reference_code: str, *, values: bool = False) -> bytes:
    """The proof file of an incident, as of the last anchor, which is made now where the incident went on since.

    With `values` the free texts and personal values stand in it, with the salts of their commitments. Raises `Refused`
    where the record does not fit its anchors.
    """
    async with open_() as tx:
        rows = await store.anchors.newest(tx, None, 1)
        last = anchor_from(rows[0]) if rows else None
        needed = last is None or await store.feed.went_on(tx, incident_id, last.position)
    if needed or last is None:
        last = await anchor(open_, keys)
    if last.key_id not in keys.known:
        raise Refused(
            "Anchor {number} is signed by the key {key}, which this server does not know.",
            number=last.number,
            key=last.key_id,
        )
    async with open_() as tx:
        index, steps = await _path(tx, last, incident_id)
        events = [_event(row, values=values) for row in await store.feed.until(tx, incident_id, last.position)]
    signed = {name: value for name, value in _plain(last).items() if name != "tenant"}
    document = {
        "format": FORMAT,
        "tenant": last.tenant,
        "incident": {"id": str(incident_id), "reference_code": reference_code},
        "events": events,
        "merkle": {"index": index, "path": [step.hex() for step in steps]},
        "anchor": signed,
        "public_key": keys.known[last.key_id].hex(),
    }
    return rules.write(document)


def _plain(last: Anchor) -> dict[str, Any]:
    view = shown(last)
    plain = {name: getattr(view, name) for name in view.__struct_fields__}
    return plain | {"tenant": last.tenant, "at": last.at.astimezone(UTC).isoformat(timespec="microseconds")}


async def _path(tx: Tx, last: Anchor, stream: UUID) -> tuple[int, list[bytes]]:
    """Where a stream's head stands among those of an anchor, and what leads from it to the root."""
    leaves: list[bytes] = []
    index, root = -1, merkle.Root()
    async for rows in store.anchors.heads_at(tx, last.position):
        for row in rows:
            if row["stream"] == stream:
                index = len(leaves)
            leaves.append(merkle.leaf(row["stream"].bytes, row["seq"], row["hash"]))
            root.add(leaves[-1])
    if (root.size, root.value()) != (last.size, last.root) or index < 0:
        raise Refused(UNFIT, number=last.number, why=CHANGED)
    return index, merkle.path(leaves, index)


def _event(row: Any, *, values: bool) -> dict[str, Any]:
    event = {
        "id": str(row["id"]),
        "seq": row["seq"],
        "type": row["type"],
        "incident": str(row["incident_id"]) if row["incident_id"] else None,
        "actor": str(row["actor_id"]) if row["actor_id"] else None,
        "at": row["at"].astimezone(UTC).isoformat(timespec="microseconds"),
        "source": row["source"],
        "facts": row["facts"],
        "commitments": row["commitments"],
        "hash": row["hash"].hex(),
    }
    return event | ({"values": row["data"]} if values and row["data"] else {})
