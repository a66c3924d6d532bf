"""The digests of recorded events, many at a time: what `rules` say, told many times faster.

Nothing is taken for good here that the rules would not take; what cannot be told here is theirs to judge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from tocsin.activity import rules

Told = tuple[bytes | None, Any, Any]
"""An event's digest (None: it can't be told here), commitments and values."""
_UNTOLD: Told = (None, None, None)
_encoder = msgspec.json.Encoder(order="sorted")
_encode = _encoder.encode


def digests(tenant: str, rows: Sequence[Any]) -> Iterable[Told]:
    """Of events as `store.record.chain` gives them, in their order.

    Texts and whole numbers have one form in JSON whoever writes it. All is read and written at once: a call for each value
    would cost more than the work.
    """
    try:
        read = msgspec.json.decode(f"[{','.join([text for row in rows for text in row[11:]])}]")
        facts, commitments, data = read[::3], read[1::3], read[2::3]
        hashed = [
            [tenant, row[0], *row[5:9], _moment(row[9]), row[10], some, committed]
            for row, some, committed in zip(rows, facts, commitments, strict=True)
        ]
        lines = _encoder.encode_lines(hashed).split(b"\n")
    except (msgspec.MsgspecError, OverflowError, RecursionError):
        return [_UNTOLD] * len(rows)
    lines.pop()
    return zip([sha256(line).digest() for line in lines], commitments, data, strict=True)


def _moment(at: str) -> str:
    """A time as the database writes it, in the form that is hashed: with a T, microseconds, minutes of the zone."""
    time = at[11:-3]
    time = f"{time}.000000" if len(time) == 8 else time.ljust(15, "0")
    return f"{at[:10]}T{time}{at[-3:]}:00"


def values_hold(data: Any, commitments: Any) -> bool:
    """Whether values are those that were committed to. What may have several forms in JSON is left to the rules."""
    if not (isinstance(data, dict) and isinstance(commitments, dict)):
        return False
    for key, kept in data.items():
        if not (isinstance(kept, dict) and len(kept) == 2):
            return False
        salt, value = kept.get("salt"), kept.get("value")
        if not (isinstance(value, str) and isinstance(salt, str)):
            return False
        try:
            salted = bytes.fromhex(salt)
        except ValueError:
            return False
        if not salt or salted.hex() != salt or sha256(salted + _encode(value)).hexdigest() != commitments.get(key):
            return False
    return True


def link(tenant: str, row: Any) -> rules.Link | None:
    """An event for the rules to judge; None: it holds what was never recorded."""
    stream, seq, hash_, _, _, event_id, type_, incident, actor, at, source, *texts = row
    try:
        facts, commitments, data = (json.loads(text) for text in texts)
        digest = rules.digest(
            tenant=tenant,
            stream=stream,
            event_id=event_id,
            type_=type_,
            incident=incident,
            actor=actor,
            at=datetime.fromisoformat(at),
            source=source,
            facts=facts,
            commitments=commitments,
        )
    except (ValueError, RecursionError):
        return None
    return rules.Link(event_id, seq, digest, hash_, commitments, data)
