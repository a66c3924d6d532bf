"""Identifiers: UUIDv7 (RFC 9562), made here so that a row knows its id before it is written."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from uuid_utils import compat


def new_id() -> UUID:
    """A fresh UUIDv7; later ones sort after earlier ones."""
    return compat.uuid7()


def first_id(at: datetime) -> UUID:
    """The smallest UUIDv7 of a moment's millisecond: ids made from then on are not smaller."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def parse_id(text: str) -> UUID | None:
    """The UUID written in `text` in its canonical form (36 characters, any case), or None."""
    if len(text) != 36 or text[8] != "-":
        return None
    try:
        return msgspec.convert(text, UUID)
    except msgspec.ValidationError:
        return None
