"""Keyset paging: a page knows the key of its last row, and the cursor carries it, bound to filters and
sort, and in a tenant's list to the tenant.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from tocsin.base.errors import N_, invalid

T = TypeVar("T")
K = TypeVar("K", bound=tuple[Any, ...])

_FOREIGN = N_("This is not a cursor of this list; start again without it.")
MAX_LIMIT = 200
DEFAULT_LIMIT = 50


class Page(msgspec.Struct, Generic[T], frozen=True):
    """What every list answers: the items, and the cursor of the next page or null."""

    items: list[T]
    next_cursor: str | None = None


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Keyset paging: `limit` is 1 to 200; `cursor` comes from the page before."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None


class ActiveQuery(PageQuery, frozen=True, kw_only=True):
    """`active`: true for those in use only, false for the others only; left out: all."""

    active: bool | None = None


def fingerprint(question: Any) -> str:
    """Eight characters that stand for filters and sort; a cursor made for others is refused."""
    return hashlib.sha256(msgspec.json.encode(question, order="sorted")).hexdigest()[:8]


def encode_cursor(question: Any, key: Any) -> str:
    """The URL-safe cursor after the row whose sort key is `key`."""
    return _as_text(msgspec.json.encode([fingerprint(question), key]))


def _as_text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_cursor(cursor: str, question: Any, key_type: type[T], field: str = "cursor") -> T:
    """The key inside a cursor, as `key_type` (a tuple type). Raises `Invalid` for any cursor not made for `question`,
    naming `field`, the parameter that carries it.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        if _as_text(raw) != cursor:
            raise invalid(field, _FOREIGN)
        mark, key = msgspec.json.decode(raw, type=tuple[str, msgspec.Raw])
        if mark != fingerprint(question):
            raise invalid(field, "This cursor belongs to other filters or another sort; start again without it.")
        found = msgspec.json.decode(key, type=key_type)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        raise invalid(field, _FOREIGN) from None
    if not _fits(found):
        raise invalid(field, _FOREIGN)
    return found


def _fits(value: Any) -> bool:
    """Whether the database can compare with a key: a cursor is no secret, so anybody can put anything into one."""
    if isinstance(value, str):
        return "\x00" not in value
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, datetime):
        return value.tzinfo is not None and 1 < value.year < 9999
    return not isinstance(value, list | tuple) or all(_fits(item) for item in value)


def check_limit(limit: int) -> int:
    """The page size, 1 to 200. Raises `Invalid`."""
    if not 1 <= limit <= MAX_LIMIT:
        raise invalid("limit", "Give a number from 1 to {limit}.", limit=MAX_LIMIT)
    return limit


def page_of(
    entries: Iterable[T],
    key: Callable[[T], K],
    key_type: type[K],
    question: Any,
    *,
    limit: int,
    cursor: str | None,
    descending: bool = False,
) -> Page[T]:
    """A page of a list that is at hand as a whole, in the order of `key`, which tells any two entries apart.

    Raises `Invalid` naming `limit` or `cursor`.
    """
    size = check_limit(limit)
    found = sorted(entries, key=key, reverse=descending)
    if cursor is not None:
        after = decode_cursor(cursor, question, key_type)
        found = [entry for entry in found if (key(entry) < after if descending else key(entry) > after)]
    more = encode_cursor(question, key(found[size - 1])) if len(found) > size else None
    return Page(found[:size], more)
