"""Markdown (CommonMark with tables and strikethrough) to HTML that is safe on any page.

Raw HTML in the source stays text, and what comes out is cleaned against an allow-list besides: two fences. Images become
links, so that reading a text calls no stranger's server.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

Find = Callable[[str, int], tuple[str, int, Any] | None]
"""`find(text, at)`: whom an at sign at a place names, where the name ends, and a key of theirs; None for nobody."""

INLINE = 2000
"""Up to so many characters a text is rendered at once; longer ones in a thread, so that others aren't held up."""
_TAGS = {
    *("a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p"),
    *("pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
MENTION = "tc-mention"


def _mention(state: StateInline, silent: bool) -> bool:
    """The inline rule: an at sign that names somebody."""
    find: Find | None = state.env.get("find")
    found = find(state.src, state.pos) if find is not None and state.src[state.pos] == "@" else None
    if found is None:
        return False
    name, end, key = found
    if end > state.posMax:
        return False
    if not silent:
        state.push("mention", "", 0).content = name
        state.env["named"].append(key)
    state.pos = end
    return True


def _show_mention(_renderer: Any, tokens: Any, at: int, _options: Any, _env: Any) -> str:
    return f'<span class="{MENTION}">@{escape(tokens[at].content)}</span>'


_MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")
)
_MARKDOWN.inline.ruler.before("escape", "mention", _mention)
_MARKDOWN.add_render_rule("mention", _show_mention)
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    allowed_classes={"span": {MENTION}},
    url_schemes={"http", "https", "mailto"},
    url_relative="deny",
    link_rel="nofollow noopener noreferrer",
    strip_comments=True,
)


def render(source: str) -> str:
    """The safe HTML of a Markdown text. Never raises; the longest texts take up to a second."""
    return _CLEANER.clean(_MARKDOWN.render(source))


def render_naming(source: str, find: Find) -> tuple[str, list[Any]]:
    """The safe HTML of a Markdown text in which people are named, and the keys of those, in order (code names nobody)."""
    env: dict[str, Any] = {"find": find, "named": []}
    html = _CLEANER.clean(_MARKDOWN.render(source, env))
    return html, list(dict.fromkeys(env["named"]))


async def rendered(source: str) -> str:
    """As `render`, without holding up others."""
    return render(source) if len(source) <= INLINE else await asyncio.to_thread(render, source)
