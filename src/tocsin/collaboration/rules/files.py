"""What a file is called, what type it is kept as, and where it lies."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

NAME_LIMIT = 255
UNKNOWN_TYPE = "application/octet-stream"
TEXT_TYPES = frozenset({"text/plain", "text/csv", "text/markdown", "application/json"})
"""Types without a signature that do no harm in a browser, believed when the content reads as text."""


def size_text(size: int) -> str:
    """Bytes as people write them."""
    for unit, factor in (("GB", 1024**3), ("MB", 1024**2), ("kB", 1024)):
        if size >= factor:
            return f"{size / factor:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} B"


def display_name(given: str) -> str:
    """The name to show for a file: the last part of the path a client sent, one line, at most 255 characters.

    Control and formatting characters go (a right-to-left override hides an extension). It is never used as a path.
    """
    last = given.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c)[0] != "C")
    name = " ".join(plain.split()).strip(". ") if set(plain.strip()) <= {".", " "} else " ".join(plain.split())
    return _shortened(name) or "file"


def _shortened(name: str) -> str:
    if len(name) <= NAME_LIMIT:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16:
        return name[:NAME_LIMIT]
    return stem[: NAME_LIMIT - len(extension) - 1] + dot + extension


def content_disposition(name: str) -> str:
    """The header that makes a browser save a file under a name (RFC 6266), in ASCII whatever the name holds."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%;' else "_" for c in name)
    encoded = quote(name.encode("utf-8", "replace"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def kept_type(sniffed: str | None, declared: str, head: bytes) -> str:
    """The media type to store: what the first bytes say; a declared one only for harmless text that reads as such."""
    if sniffed is not None:
        return sniffed
    media = declared.partition(";")[0].strip().lower()
    return media if media in TEXT_TYPES and _reads_as_text(head) else UNKNOWN_TYPE


def _reads_as_text(head: bytes) -> bool:
    if any(byte < 32 and byte not in b"\t\n\f\r\x1b" for byte in head):
        return False
    for cut in range(4):
        try:
            head[: len(head) - cut].decode()
        except UnicodeDecodeError:
            continue
        return True
    return False


def object_path(tenant_id: UUID, object_id: UUID, now: datetime) -> str:
    """Where a file lies in the store: made of our own ids alone."""
    return f"{tenant_id}/{now.year:04d}/{object_id}"
