"""What is written but not kept yet, as it will look."""

from __future__ import annotations

import asyncio

from tocsin.base.errors import invalid
from tocsin.collaboration.adapters import markup

LONGEST = 100_000
_INLINE = 2000
"""Up to so many characters Markdown is rendered at once; longer texts in a thread, so that others aren't held up."""


async def as_html(text: str) -> str:
    """The safe HTML of a Markdown text. Raises `Invalid` naming `body` for one that is too long."""
    if len(text) > LONGEST:
        raise invalid("body", "Give at most {limit} characters.", limit=LONGEST)
    return markup.render(text) if len(text) <= _INLINE else await asyncio.to_thread(markup.render, text)
