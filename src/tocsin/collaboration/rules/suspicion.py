"""What makes a file suspicious: archives that unfold into far more than they are, and files that are two things at once."""

from __future__ import annotations

from collections.abc import Sequence

from tocsin.base.errors import N_

HARMLESS = 10_000_000
"""Bytes that anything may unfold into."""
RATIO = 100
"""How many times its own size an archive may unfold into beyond that. Texts reach 20, and only repetition 100."""
DEEPEST = 4
"""Archives within archives that are looked into; what is packed deeper is not accepted."""
MOST_PIXELS = 50_000_000
"""Pixels of a picture that is decoded for a thumbnail."""
FAR_TOO_MANY = 89_000_000
"""Pixels that any picture may have; a larger one must be large as a file, too. (Where Pillow begins to warn.)"""
BOMB = N_("{file} unfolds into far more than it is; it is not accepted.")
NESTED = N_("{file} is packed too deep: an archive in an archive, and so on. Unpack it first.")
TWO_IN_ONE = N_("{file} is two things at once: it shows as {shown}, and hides {hidden}. Send them one by one.")
NOT_TAKEN = N_("{file} is of the type {type}; accepted here are {types}.")
_CODE = (
    *(b"<script", b"<html>", b"<html ", b"<!doctype html", b"<iframe", b"<foreignobject"),
    *(b"<?php ", b"<?php\n", b"<?php\r", b"<?php\t", b"javascript:", b" onload=", b" onerror="),
)
LONGEST_CODE = max(len(part) for part in _CODE)


def unfolds(packed: int, unpacked: int) -> bool:
    """Whether so many bytes are a bomb when they come out of so few."""
    return unpacked > HARMLESS and unpacked > RATIO * max(packed, 1)


def explodes(size: int, width: int, height: int) -> bool:
    """Whether a picture of so many bytes and pixels is a bomb: it has many, and hardly anything to say about them."""
    return width * height > FAR_TOO_MANY and 3 * width * height > RATIO * size


def holds_code(content: bytes) -> bool:
    """Whether a browser that takes a picture's bytes for a page would run something."""
    lower = content.lower()
    return any(part in lower for part in _CODE)


def hides_in_head(mime_type: str, head: bytes) -> str | None:
    """What a picture's first bytes are besides, or None: a script in the place of a picture's size, a document."""
    if not mime_type.startswith("image/"):
        return None
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    # The size of a GIF or BMP that opens a comment of a script or assigns to a variable
    if head[:6] in (b"GIF87a", b"GIF89a") and (head[6:8] == b"/*" or head[6:7] == b"="):
        return "text/javascript"
    return "text/javascript" if head[:4] == b"BM/*" else None


def ends_as_archive(tail: bytes) -> bool:
    """Whether a file's last bytes are the end of a ZIP archive (its last record and the comment that it announces)."""
    at = tail.rfind(b"PK\x05\x06")
    return at >= 0 and len(tail) >= at + 22 and len(tail) == at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little")


def holds_archive(tail: bytes) -> bool:
    """Whether the end of a ZIP archive stands in a file's last bytes, whatever follows: most programs search for it."""
    at = tail.rfind(b"PK\x05\x06")
    start = at - int.from_bytes(tail[at + 12 : at + 16], "little")
    return at >= 0 and len(tail) >= at + 22 and 0 <= start < at and tail.startswith(b"PK\x01\x02", start)


def is_accepted(mime_type: str, accepted: Sequence[str]) -> bool:
    """Whether a type is among accepted ones such as `image/*` and `application/pdf`; an empty list accepts all."""
    return not accepted or any(
        one in ("*/*", mime_type) or (one.endswith("/*") and mime_type.startswith(one[:-1])) for one in accepted
    )
