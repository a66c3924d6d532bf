"""Verifying the hash chains of a tenant: whole, or on and on in bounded parts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from tocsin.activity import permissions, rules, store
from tocsin.activity.adapters import Keys
from tocsin.activity.service.anchors import check_on
from tocsin.base.actor import Actor
from tocsin.base.paging import decode_cursor, encode_cursor
from tocsin.db.tx import Tx

SECONDS = 2.0
"""How long one part of a verification may take."""
_PART, _LARGE_PART = 1000, 5000
_QUESTION = ["verification"]
_NOTHING = UUID(int=0)
_encode = msgspec.json.Encoder(order="sorted").encode
_is_salt = re.compile("(?:[0-9a-f]{2})+").fullmatch

Told = Callable[[int], None]
"""Is told how many events are verified so far."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a tenant's chains found."""

    streams: int
    events: int
    broken: rules.Broken | None
    stream: UUID | None


async def verify(tx: Tx, told: Told | None = None) -> Verdict:
    """Check every chain of the tenant: changed, missing, added or moved events, cut tails, values without commitment.

    Must be the first that its transaction does: it looks at one moment, beside a server at work.
    """
    await store.record.freeze(tx)
    walk = _Walk(tx, (_NOTHING, 0, rules.START, 0, 0, 0, -1))
    while True:
        at_end, broken = await walk.part(_LARGE_PART)
        if told is not None:
            told(walk.events)
        if at_end:
            return Verdict(walk.streams, walk.events, broken, walk.stream if broken else None)


async def count(tx: Tx) -> int:
    """How many events there are to verify."""
    return await store.record.count(tx)


def _holds(tenant: str, row: Any, previous: bytes, seq: int) -> bool:
    """Whether an event is the good one that comes next: what `rules` say, told many times faster.

    Where this says no, the rules have the word. Texts and whole numbers have one form in JSON whoever writes it; values
    that may hold others are left to the rules.
    """
    if row["seq"] != seq:
        return False
    incident, actor, commitments = row["incident_id"], row["actor_id"], row["commitments"]
    hashed = [
        *(tenant, str(row["stream"]), str(row["id"]), row["type"]),
        *(incident and str(incident), actor and str(actor), row["at"].isoformat(timespec="microseconds")),
        *(row["source"], row["facts"], commitments),
    ]
    digest = sha256(_encode(hashed)).digest()
    if sha256(previous + seq.to_bytes(8, "big") + digest).digest() != row["hash"]:
        return False
    return not row["data"] or _values_hold(row["data"], commitments)


def _values_hold(data: Any, commitments: Any) -> bool:
    if not (isinstance(data, dict) and isinstance(commitments, dict)):
        return False
    for key, kept in data.items():
        if not (isinstance(kept, dict) and len(kept) == 2):
            return False
        salt, value = kept.get("salt"), kept.get("value")
        if not (isinstance(value, str) and isinstance(salt, str) and _is_salt(salt)):
            return False
        if sha256(bytes.fromhex(salt) + _encode(value)).hexdigest() != commitments.get(key):
            return False
    return True


def _link(tx: Tx, row: Any) -> rules.Link:
    digest = rules.digest(
        tenant=str(tx.tenant_id),
        stream=str(row["stream"]),
        event_id=str(row["id"]),
        type_=row["type"],
        incident=str(row["incident_id"]) if row["incident_id"] else None,
        actor=str(row["actor_id"]) if row["actor_id"] else None,
        at=row["at"],
        source=row["source"],
        facts=row["facts"],
        commitments=row["commitments"],
    )
    return rules.Link(str(row["id"]), row["seq"], digest, row["hash"], row["commitments"], row["data"])


# ------------------------------------------------------------------------------------------------------- in parts


_Place: TypeAlias = tuple[UUID, int, bytes, int, int, int, int]
"""How far a verification has come: stream, number and hash of the last good event; streams, events, and events in all;
and how many anchors hold (-1 before the chains are at their end).
"""


@dataclass(frozen=True, slots=True)
class VerifiedSoFar:
    """How far a verification has come. `cursor` leads on; None: it is at its end, or at the first thing that is wrong.

    `total` is how many events there were when it began. `anchors` of `anchors_total` hold, once all chains are whole.
    """

    streams: int
    events: int
    total: int
    cursor: str | None
    broken: rules.Broken | None = None
    stream: UUID | None = None
    anchors: int = 0
    anchors_total: int = 0
    unfit: rules.Unfit | None = None


class _Walk:
    """Goes through the streams in order, part by part."""

    def __init__(self, tx: Tx, place: _Place) -> None:
        self.tx = tx
        self.tenant = str(tx.tenant_id)
        self.stream, seq, hash_, self.streams, self.events, self.total, self.anchors = place
        self.chain = rules.Chain(seq, hash_)
        self.head: tuple[int | None, bytes | None] = (None, None)

    def result(self, *, more: bool = False, broken: rules.Broken | None = None, **anchors: Any) -> VerifiedSoFar:
        place = (self.stream, self.chain.seq, self.chain.hash, self.streams, self.events, self.total, self.anchors)
        cursor = encode_cursor(_QUESTION, place) if more else None
        stream = self.stream if broken else None
        return VerifiedSoFar(self.streams, self.events, self.total, cursor, broken, stream, **anchors)

    async def part(self, size: int) -> tuple[bool, rules.Broken | None]:
        """Verify some events; whether that was the end, and the first broken link."""
        rows = await store.record.chain(self.tx, self.stream, self.chain.seq, size)
        begun = self.stream
        if self.chain.seq:
            if (broken := self._resume(rows)) is not None:
                return True, broken
            rows = rows[1:]
        for row in rows:
            if (broken := self._take(row)) is not None:
                return True, broken
        at_end = len(rows) < size - 1
        if at_end and self.chain.seq and (broken := self.chain.end(*self.head)) is not None:
            return True, broken
        bare = await store.record.bare_head(self.tx, begun, None if at_end else self.stream)
        if bare is not None:
            self.stream = bare["stream"]
            return True, rules.Chain().end(bare["seq"], b"")
        return at_end, None

    def _resume(self, rows: list[Any]) -> rules.Broken | None:
        """The last good event must still be there as it was; its row brings its stream's head along."""
        first = rows[0] if rows else None
        if first is None or (first["stream"], first["seq"]) != (self.stream, self.chain.seq):
            return rules.Broken(None, self.chain.seq, f"event {self.chain.seq} is missing")
        if first["hash"] != self.chain.hash:
            return rules.Broken(str(first["id"]), self.chain.seq, "the event was changed, added or moved")
        self.head = (first["head_seq"], first["head_hash"])
        return None

    def _take(self, row: Any) -> rules.Broken | None:
        chain = self.chain
        if row["stream"] != self.stream or not chain.seq:
            if chain.seq and (broken := chain.end(*self.head)) is not None:
                return broken
            self.stream, self.chain = row["stream"], (chain := rules.Chain())
            self.streams += 1
            self.head = (row["head_seq"], row["head_hash"])
        self.events += 1
        seq = chain.seq + 1
        if _holds(self.tenant, row, chain.hash, seq):
            chain.seq, chain.hash = seq, row["hash"]
            return None
        return chain.take(_link(self.tx, row))


async def verify_on(tx: Tx, actor: Actor, keys: Keys, cursor: str | None, *, seconds: float = SECONDS) -> VerifiedSoFar:
    """Verify the tenant's chains, then its anchors, from the beginning or on from where a part before has come to, for
    some seconds at most.

    Raises `Invalid` for a cursor that is none. Whoever makes one up deceives nobody but themselves.
    """
    actor.must(permissions.VIEW)
    begin = (_NOTHING, 0, rules.START, 0, 0, await store.record.count(tx), -1) if cursor is None else None
    walk = _Walk(tx, begin or decode_cursor(cursor or "", _QUESTION, tuple[UUID, int, bytes, int, int, int, int]))
    until = time.monotonic() + seconds
    while walk.anchors < 0:
        at_end, broken = await walk.part(_PART)
        if broken is not None:
            return walk.result(broken=broken)
        if at_end:
            walk.anchors = 0
        elif time.monotonic() >= until:
            return walk.result(more=True)
    total, walk.anchors, unfit = await check_on(tx, keys, walk.anchors, until)
    more = unfit is None and walk.anchors < total
    return walk.result(more=more, anchors=walk.anchors, anchors_total=total, unfit=unfit)
