"""Download links: whoever has one may fetch one file for a while. They hold what they are for, under a keyed hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

LONGEST = timedelta(days=1)
_MAC = 24
_PURPOSE = b"tocsin download link 1\n"


@dataclass(frozen=True, slots=True)
class Link:
    """A file of a tenant, until a time (whole seconds)."""

    tenant_id: UUID
    attachment_id: UUID
    expires_at: datetime


def _signed(link: Link) -> bytes:
    return link.tenant_id.bytes + link.attachment_id.bytes + int(link.expires_at.timestamp()).to_bytes(6, "big")


def _mac(signed: bytes, key: bytes) -> bytes:
    return hmac.digest(key, _PURPOSE + signed, hashlib.sha256)[:_MAC]


def write(link: Link, key: bytes) -> str:
    """The last part of a link's address."""
    signed = _signed(link)
    return base64.urlsafe_b64encode(signed + _mac(signed, key)).rstrip(b"=").decode()


def read(token: str) -> Link | None:
    """What a token says it is for; None for what is no token. Nothing of it is true before `holds`."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        link = Link(
            UUID(bytes=raw[:16]), UUID(bytes=raw[16:32]), datetime.fromtimestamp(int.from_bytes(raw[32:38], "big"), UTC)
        )
    except (ValueError, OverflowError, OSError):
        return None
    is_whole = len(raw) == 38 + _MAC and base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == token
    return link if is_whole else None


def holds(token: str, link: Link, key: bytes, now: datetime) -> bool:
    """Whether a token was made with a key, and its time is not over."""
    return hmac.compare_digest(token.encode(), write(link, key).encode()) and now < link.expires_at
