"""A tenant's colour: whether people can read on it, and its variants for light and dark pages (WCAG 2.2, sections 1.4.3, 1.4.11)."""

from __future__ import annotations

import re
from dataclasses import dataclass

COLOR = re.compile(r"#[0-9a-f]{6}")
WHITE, DARK_PAGE = "#ffffff", "#13161b"
TEXT, SHAPE = 4.5, 3.0
"""The least contrast of text, and of shapes that mean something."""
OURS = "#3a4ed0"
"""What a tenant without a colour of its own gets."""

_Rgb = tuple[int, int, int]


def _rgb(color: str) -> _Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(rgb: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{min(255, max(0, round(part))):02x}" for part in rgb)


def luminance(color: str) -> float:
    """How light `#rrggbb` is, from 0 to 1."""
    parts = [part / 255 for part in _rgb(color)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def mixed(color: str, other: str, share: float) -> str:
    """A colour with a share of another in it."""
    pairs = zip(_rgb(color), _rgb(other), strict=True)
    red, green, blue = (mine + (theirs - mine) * share for mine, theirs in pairs)
    return _hex((red, green, blue))


def readable(color: str, against: str, least: float) -> str:
    """The colour nearest to a given one whose contrast with another is enough: darkened on light, lightened on dark."""
    goal = "#000000" if luminance(against) > 0.18 else WHITE
    for step in range(101):
        found = mixed(color, goal, step / 100)
        if contrast(found, against) >= least:
            return found
    return goal


@dataclass(frozen=True, slots=True)
class Brand:
    """A colour's variants. `solid` carries white text, `text` is read on the page, `soft` lies under ordinary text."""

    solid: str
    hover: str
    text: str
    soft: str
    dark_solid: str
    dark_hover: str
    dark_text: str
    dark_soft: str


def variants(color: str) -> Brand:
    """The variants of a colour (empty: of ours) for light and dark pages."""
    base = readable(color or OURS, WHITE, TEXT)
    dark_solid = _seen(base)
    return Brand(
        solid=base,
        hover=mixed(base, "#000000", 0.14),
        text=base,
        soft=mixed(base, WHITE, 0.9),
        dark_solid=dark_solid,
        dark_hover=mixed(dark_solid, "#000000", 0.14),
        dark_text=readable(base, DARK_PAGE, TEXT),
        dark_soft=mixed(base, DARK_PAGE, 0.82),
    )


def _seen(color: str) -> str:
    """A colour that stands out from a dark page and still carries white text as well as can be."""
    lighter = readable(color, DARK_PAGE, SHAPE)
    return lighter if contrast(lighter, WHITE) >= TEXT else readable(lighter, WHITE, TEXT)


def color_flaw(color: str) -> str | None:
    """Why a colour cannot be a tenant's, or None: white text on it must be readable."""
    if not color:
        return None
    if COLOR.fullmatch(color) is None:
        return "Give a colour as #rrggbb, such as #0b5c4f."
    ratio = contrast(color, WHITE)
    if ratio < TEXT:
        near = readable(color, WHITE, TEXT)
        return (
            f"White text on it has a contrast of {ratio:.1f} to 1, and 4.5 is needed. The nearest that works is {near}."
        )
    return None
