"""What is written but not kept yet, as it will look."""

from __future__ import annotations

from tocsin.base import markup
from tocsin.base.errors import invalid

LONGEST = 100_000


async def as_html(text: str) -> str:
    """The safe HTML of a Markdown text. Raises `Invalid` naming `body` for one that is too long."""
    if len(text) > LONGEST:
        raise invalid("body", "Give at most {limit} characters.", limit=LONGEST)
    return await markup.rendered(text)
