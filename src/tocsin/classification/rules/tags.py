"""Tags: short words that people put on an incident, in one spelling."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from tocsin.base.errors import BadValue

TAG_LIMIT = 50
MOST_TAGS = 30
_TAG = re.compile(r"[\w][\w.:/+-]*")


def tag_beginning(text: str) -> str:
    """What somebody has typed of a tag, spelt as tags are kept; empty begins them all."""
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("#").casefold()
    return "-".join(plain.split())


def clean_tag(text: str) -> str:
    """A tag as it is kept: lower case, words joined by hyphens, no # in front. Raises `BadValue`."""
    tag = tag_beginning(text)
    if not 1 <= len(tag) <= TAG_LIMIT or _TAG.fullmatch(tag) is None:
        raise BadValue("Use 1 to {limit} letters and digits, with . : / + - _ inside.", limit=TAG_LIMIT)
    return tag


def clean_tags(texts: Iterable[str]) -> list[str]:
    """Tags as they are kept: each once, in order. Raises `BadValue`."""
    found = sorted({clean_tag(text) for text in texts})
    if len(found) > MOST_TAGS:
        raise BadValue("Give at most {limit} tags.", limit=MOST_TAGS)
    return found
