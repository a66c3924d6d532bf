"""Verifying the hash chains of a tenant: whole, or on and on in bounded parts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from tocsin.activity import permissions, rules, store
from tocsin.base.actor import Actor
from tocsin.base.paging import decode_cursor, encode_cursor
from tocsin.db.tx import Tx

SECONDS = 2.0
"""How long one part of a verification may take."""
_PART = 1000
_QUESTION = ["verification"]
_NOTHING = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verifying a tenant's chains found."""

    streams: int
    events: int
    broken: rules.Broken | None
    stream: UUID | None


async def verify(tx: Tx) -> Verdict:
    """Check every chain of the tenant: changed, missing, added or moved events, cut tails, values without commitment.

    Must be the first that its transaction does: it looks at one moment, beside a server at work.
    """
    await store.record.freeze(tx)
    heads = {row["stream"]: (row["seq"], row["hash"]) for row in await store.record.heads(tx)}
    links: list[rules.Link] = []
    current: UUID | None = None
    events, seen = 0, set[UUID]()
    async for row in store.record.streams_in_order(tx):
        if row["stream"] != current:
            if current is not None and (broken := rules.verify(links, *heads[current])):
                return Verdict(len(seen), events, broken, current)
            current, links = row["stream"], []
            seen.add(row["stream"])
        links.append(_link(tx, row))
        events += 1
    if current is not None and (broken := rules.verify(links, *heads[current])):
        return Verdict(len(seen), events, broken, current)
    for stream, (seq, hash_) in heads.items():
        if stream not in seen and (broken := rules.verify([], seq, hash_)):
            return Verdict(len(seen), events, broken, stream)
    return Verdict(len(seen), events, None, None)


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


_Place: TypeAlias = tuple[UUID, int, bytes, int, int, int]
"""How far a verification has come: stream, number and hash of the last good event; streams, events, and events in all."""


@dataclass(frozen=True, slots=True)
class VerifiedSoFar:
    """How far a verification has come. `cursor` leads on; None: it is at its end, or at the first broken link.

    `total` is how many events there were when it began.
    """

    streams: int
    events: int
    total: int
    cursor: str | None
    broken: rules.Broken | None = None
    stream: UUID | None = None


class _Walk:
    """Goes through the streams in order, part by part."""

    def __init__(self, tx: Tx, place: _Place) -> None:
        self.tx = tx
        self.stream, seq, hash_, self.streams, self.events, self.total = place
        self.chain = rules.Chain(seq, hash_)
        self.head: tuple[int | None, bytes | None] = (None, None)

    def result(self, cursor: str | None = None, broken: rules.Broken | None = None) -> VerifiedSoFar:
        return VerifiedSoFar(self.streams, self.events, self.total, cursor, broken, self.stream if broken else None)

    def cursor(self) -> str:
        place = (self.stream, self.chain.seq, self.chain.hash, self.streams, self.events, self.total)
        return encode_cursor(_QUESTION, place)

    async def part(self) -> tuple[bool, rules.Broken | None]:
        """Verify some events; whether that was the end, and the first broken link."""
        rows = await store.record.chain(self.tx, self.stream, self.chain.seq, _PART)
        begun = self.stream
        if self.chain.seq:
            if (broken := self._resume(rows)) is not None:
                return True, broken
            rows = rows[1:]
        for row in rows:
            if (broken := self._take(row)) is not None:
                return True, broken
        at_end = len(rows) < _PART - 1
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
        if row["stream"] != self.stream or not self.chain.seq:
            if self.chain.seq and (broken := self.chain.end(*self.head)) is not None:
                return broken
            self.stream, self.chain = row["stream"], rules.Chain()
            self.streams += 1
        self.head = (row["head_seq"], row["head_hash"])
        self.events += 1
        return self.chain.take(_link(self.tx, row))


async def verify_on(tx: Tx, actor: Actor, cursor: str | None, *, seconds: float = SECONDS) -> VerifiedSoFar:
    """Verify the tenant's chains from the beginning, or on from where a part before has come to, for some seconds at most.

    Raises `Invalid` for a cursor that is none. Whoever makes one up deceives nobody but themselves.
    """
    actor.must(permissions.VIEW)
    begin = (_NOTHING, 0, rules.START, 0, 0, await store.record.count(tx)) if cursor is None else None
    walk = _Walk(tx, begin or decode_cursor(cursor or "", _QUESTION, tuple[UUID, int, bytes, int, int, int]))
    until = time.monotonic() + seconds
    while True:
        at_end, broken = await walk.part()
        if at_end:
            return walk.result(broken=broken)
        if time.monotonic() >= until:
            return walk.result(cursor=walk.cursor())
