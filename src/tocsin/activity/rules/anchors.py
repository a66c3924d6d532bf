"""Signed anchors (docs/decisions/0026): what is signed, and how each is bound to the one before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from tocsin.activity.rules.chain import START, canonical

Verifier = Callable[[bytes, bytes, bytes], bool]
"""Whether (public key, message, signature) belong together: Ed25519, which takes more than the standard library."""
_DOMAIN = b"tocsin audit anchor 1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A signed root over the heads of all chains of a tenant.

    It holds for the events whose place in the order of changes is at most `position`. `previous` is the hash of the
    anchor before (zeros for the first), so that none can be taken out of their row.
    """

    tenant: str
    number: int
    at: datetime
    position: int
    size: int
    root: bytes
    previous: bytes
    key_id: str
    signature: bytes = b""


def statement(anchor: Anchor) -> bytes:
    """What is signed."""
    at = anchor.at.astimezone(UTC).isoformat(timespec="microseconds")
    numbers = [anchor.number, at, anchor.position, anchor.size]
    return _DOMAIN + canonical([anchor.tenant, *numbers, anchor.root.hex(), anchor.previous.hex(), anchor.key_id])


def fingerprint(anchor: Anchor | None) -> bytes:
    """What the next anchor is bound to; zeros before the first."""
    return hashlib.sha256(statement(anchor)).digest() if anchor is not None else START


def key_id(public: bytes) -> str:
    """The short name of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Unfit:
    """The first anchor that does not hold, and why."""

    number: int
    why: str


def check_row(anchors: Iterable[Anchor], keys: dict[str, bytes], is_signed: Verifier) -> Unfit | None:
    """The first anchor (given in order, from the first) that is missing, moved, changed or not signed by a known key."""
    before: Anchor | None = None
    for number, anchor in enumerate(anchors, start=1):
        if anchor.number != number:
            return Unfit(number, "it is missing")
        if anchor.key_id not in keys:
            return Unfit(number, f"it is signed by the key {anchor.key_id}, which this server does not know")
        if not is_signed(keys[anchor.key_id], statement(anchor), anchor.signature):
            return Unfit(number, "it was changed, or somebody else signed it")
        if anchor.previous != fingerprint(before):
            return Unfit(number, "the anchor before is another one than the one it was made after")
        if before is not None and anchor.position <= before.position:
            return Unfit(number, "it covers no more than the anchor before")
        before = anchor
    return None
