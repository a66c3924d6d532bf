"""Verifying the hash chains of a tenant: whole, or on and on in bounded parts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeAlias
from uuid import UUID

from tocsin.activity import permissions, rules, store
from tocsin.activity.adapters import Keys
from tocsin.activity.service.anchors import check_on
from tocsin.activity.service.digests import digests, link, values_hold
from tocsin.base.actor import Actor
from tocsin.base.paging import decode_cursor, encode_cursor
from tocsin.db.tx import Tx

SECONDS = 2.0
"""How long one part of a verification may take."""
_PART, _LARGE_PART = 1000, 5000
_QUESTION = ["verification"]
CHANGED = "the event was changed, added or moved"
_NOTHING = UUID(int=0)
_LAST = str(UUID(int=2**128 - 1))
"""What no stream stands behind."""
_AT_ONCE = 250
"""After so many events others have their turn: the connection that takes in the next ones among them."""

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
    part: _Part | None = await walk.fetch(_LARGE_PART, walk.stream, 0)
    broken = None
    while part is not None and broken is None:
        broken, part = await walk.take_ahead(part)
        if told is not None:
            told(walk.events)
    return Verdict(walk.streams, walk.events, broken, UUID(walk.stream) if broken else None)


async def verify_places(tx: Tx) -> rules.Broken | None:
    """Check that no event is gone from the order of changes: what chains and heads cannot tell where both were cut alike.

    Places are given when somebody reads (`number`), so this holds for what was read, exported, anchored or verified before.
    """
    gap = await store.feed.first_gap(tx)
    return rules.Broken(None, gap, "the event of this place is gone, or none ever had it") if gap is not None else None


async def count(tx: Tx) -> int:
    """How many events there are to verify."""
    return await store.record.count(tx)


# ------------------------------------------------------------------------------------------------------- in parts


_Place: TypeAlias = tuple[UUID, int, bytes, int, int, int, int]
"""How far a verification has come: stream, number and hash of the last good event; streams, events, and events in all;
and how many anchors hold (-1 before the chains are at their end).
"""


@dataclass(frozen=True, slots=True)
class VerifiedSoFar:
    """How far a verification has come. `cursor` leads on; None: it is at its end, or at the first thing that is wrong.

    `broken` without a `stream` is a place in the order of changes.
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


@dataclass(frozen=True, slots=True)
class _Part:
    """Some events to go on with, from the last good one on; the first stream among theirs that has a head and no event."""

    rows: list[Any]
    bare: Any
    at_end: bool


class _Walk:
    """Goes through the streams in order, part by part."""

    def __init__(self, tx: Tx, place: _Place) -> None:
        self.tx = tx
        self.tenant = str(tx.tenant_id)
        stream, seq, hash_, self.streams, self.events, self.total, self.anchors = place
        self.stream = str(stream)
        self.chain = rules.Chain(seq, hash_)
        self.head: tuple[int | None, bytes | None] = (None, None)

    @property
    def place(self) -> _Place:
        stream = UUID(self.stream)
        return (stream, self.chain.seq, self.chain.hash, self.streams, self.events, self.total, self.anchors)

    def result(
        self, *, more: bool = False, broken: rules.Broken | None = None, lost: bool = False, **anchors: Any
    ) -> VerifiedSoFar:
        cursor = encode_cursor(_QUESTION, self.place) if more else None
        stream = UUID(self.stream) if broken and not lost else None
        return VerifiedSoFar(self.streams, self.events, self.total, cursor, broken, stream, **anchors)

    async def fetch(self, size: int, stream: str, seq: int) -> _Part:
        """The part that begins at an event."""
        rows = await store.record.chain(self.tx, stream, seq, size)
        at_end = len(rows) < size
        bare = await store.record.bare_head(self.tx, stream, _LAST if at_end else rows[-1]["stream"])
        return _Part(rows, bare, at_end)

    async def take_ahead(self, part: _Part) -> tuple[rules.Broken | None, _Part | None]:
        """Verify a part while the database is at the next one, which is answered, too; None after the last."""
        if part.at_end:
            return await self.take(part), None
        last = part.rows[-1]
        coming = asyncio.ensure_future(self.fetch(_LARGE_PART, last["stream"], last["seq"]))
        try:
            return await self.take(part), await coming
        finally:
            await asyncio.wait([coming])

    async def take(self, part: _Part) -> rules.Broken | None:
        """Verify a part; the first broken link."""
        rows = part.rows
        if self.chain.seq:
            if (broken := self._resume(rows)) is not None:
                return broken
            rows = rows[1:]
        for start in range(0, len(rows), _AT_ONCE):
            if (broken := self._take(rows[start : start + _AT_ONCE])) is not None:
                return broken
            await asyncio.sleep(0)
        if part.at_end and self.chain.seq and (broken := self.chain.end(*self.head)) is not None:
            return broken
        if part.bare is not None:
            self.stream = part.bare["stream"]
            return rules.Chain().end(part.bare["seq"], b"")
        return None

    def _resume(self, rows: list[Any]) -> rules.Broken | None:
        """The last good event must still be there as it was; its row brings its stream's head along."""
        first = rows[0] if rows else None
        if first is None or (first["stream"], first["seq"]) != (self.stream, self.chain.seq):
            return rules.Broken(None, self.chain.seq, f"event {self.chain.seq} is missing")
        if first["hash"] != self.chain.hash:
            return rules.Broken(first["id"], self.chain.seq, CHANGED)
        self.head = (first["head_seq"], first["head_hash"])
        return None

    def _take(self, rows: list[Any]) -> rules.Broken | None:
        chain = self.chain
        for row, (digest, commitments, data) in zip(rows, digests(self.tenant, rows), strict=True):
            stream, seq, hash_, *head = row[:5]
            if stream != self.stream or not chain.seq:
                if chain.seq and (broken := chain.end(*self.head)) is not None:
                    return broken
                self.stream, self.chain = stream, (chain := rules.Chain())
                self.streams += 1
                self.head = (head[0], head[1])
            self.events += 1
            if (
                digest is not None
                and seq == chain.seq + 1
                and sha256(chain.hash + seq.to_bytes(8, "big") + digest).digest() == hash_
                and values_hold(data, commitments)
            ):
                chain.seq, chain.hash = seq, hash_
            elif (broken := self._judge(row)) is not None:
                return broken
        return None

    def _judge(self, row: Any) -> rules.Broken | None:
        item = link(self.tenant, row)
        return self.chain.take(item) if item is not None else rules.Broken(row["id"], row["seq"], CHANGED)


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
        part = await walk.fetch(_PART, walk.stream, walk.chain.seq)
        if (broken := await walk.take(part)) is not None:
            return walk.result(broken=broken)
        if part.at_end:
            walk.anchors = 0
        elif time.monotonic() >= until:
            return walk.result(more=True)
    total, walk.anchors, unfit = await check_on(tx, keys, walk.anchors, until)
    more = unfit is None and walk.anchors < total
    if unfit is None and not more and (gap := await verify_places(tx)) is not None:
        return walk.result(broken=gap, lost=True)
    return walk.result(more=more, anchors=walk.anchors, anchors_total=total, unfit=unfit)
