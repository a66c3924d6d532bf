"""The hash chain (docs/decisions): what is hashed, how an event links to the one before, how a stream is verified."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

START = b"\x00" * 32
"""What the first event of a stream links to."""


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces: the same value gives the same bytes, also after a stay in jsonb."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def commitment(salt: str, value: Any) -> str:
    """The salted SHA-256 that stands for a personal value (hexadecimal)."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(_settled(value))).hexdigest()


def _settled(value: Any) -> Any:
    """A value as a stay in jsonb leaves it: that writes 1e16 as a whole number, and knows no negative zero."""
    if isinstance(value, float):
        exact = Decimal(repr(value))
        return int(exact) if exact == exact.to_integral_value() else value
    if isinstance(value, dict):
        return {key: _settled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_settled(item) for item in value]
    return value


def digest(
    *,
    tenant: str,
    stream: str,
    event_id: str,
    type_: str,
    incident: str | None,
    actor: str | None,
    at: datetime,
    source: str,
    facts: dict[str, Any],
    commitments: dict[str, str],
) -> bytes:
    """The SHA-256 of everything about an event that must never change."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(
        canonical([tenant, stream, event_id, type_, incident, actor, moment, source, facts, commitments])
    ).digest()


def link(previous: bytes, seq: int, event_digest: bytes) -> bytes:
    """The hash of an event: the previous event's hash, its own place in the stream and its digest."""
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + event_digest).digest()


@dataclass(frozen=True, slots=True)
class Link:
    """One recorded event as the verifier needs it."""

    event_id: str
    seq: int
    digest: bytes
    hash: bytes
    commitments: dict[str, str]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where a stream does not verify."""

    event_id: str | None
    seq: int
    why: str


@dataclass(slots=True)
class Chain:
    """A stream as far as it has been verified: the number and hash of its last good event."""

    seq: int = 0
    hash: bytes = START

    def take(self, item: Link) -> Broken | None:
        """Go on by an event; why the chain breaks there, or None."""
        seq = self.seq + 1
        if item.seq != seq:
            return Broken(item.event_id, item.seq, f"event {seq} is missing: {item.seq} follows {self.seq}")
        if link(self.hash, seq, item.digest) != item.hash:
            return Broken(item.event_id, seq, "the event was changed, added or moved")
        if (why := values_broken(item)) is not None:
            return Broken(item.event_id, seq, why)
        self.seq, self.hash = seq, item.hash
        return None

    def end(self, head_seq: int | None, head_hash: bytes | None) -> Broken | None:
        """Whether the stream ends where its head says; why not, or None."""
        if head_seq is None:
            return Broken(None, self.seq, "the stream has no head")
        if head_seq != self.seq or head_hash != self.hash:
            why = f"the stream ends at {self.seq}, its head says {head_seq}: the tail was cut or added to"
            return Broken(None, self.seq + 1, why)
        return None


def verify(links: Iterable[Link], head_seq: int | None, head_hash: bytes | None) -> Broken | None:
    """The first broken link of a stream given in order, or None when it is whole up to its head."""
    chain = Chain()
    for item in links:
        if (broken := chain.take(item)) is not None:
            return broken
    return chain.end(head_seq, head_hash)


def values_broken(item: Link) -> str | None:
    """Why the values don't fit their commitments. Whoever tampers keeps to no form: it is checked before it is used."""
    if not isinstance(item.data, dict):
        return "the values are not kept by name"
    for key, kept in item.data.items():
        if key not in item.commitments:
            return f"the value {key!r} has no commitment"
        if not isinstance(kept, dict) or set(kept) != {"value", "salt"}:
            return f"the value {key!r} is not a value with its salt"
        if not _is_salt(kept["salt"]) or commitment(kept["salt"], kept["value"]) != item.commitments[key]:
            return f"the value {key!r} was changed"
    return None


def _is_salt(salt: Any) -> bool:
    return isinstance(salt, str) and re.fullmatch("(?:[0-9a-f]{2})+", salt) is not None
