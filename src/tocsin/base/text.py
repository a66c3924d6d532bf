"""Small questions about text that several features ask."""

from __future__ import annotations

import re
import unicodedata

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def is_slug(text: str) -> bool:
    """True for 1 to 64 lower-case letters, digits and inner hyphens."""
    return SLUG.fullmatch(text) is not None


def slugify(text: str) -> str:
    """A slug for a name: `Büro & Netz` gives `buro-netz`; a name without a single usable letter gives `x`."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_SLUG.sub("-", plain).strip("-")[:64].strip("-") or "x"


def clean_line(text: str) -> str:
    """One line of text: trimmed, control characters and line breaks turned into spaces."""
    return " ".join(_CONTROL.sub(" ", text).split())


def is_storable(text: str) -> bool:
    """False for text that PostgreSQL cannot keep: NUL characters and lone surrogates."""
    return ("\x00" not in text and text.isascii()) or _encodable(text)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text
