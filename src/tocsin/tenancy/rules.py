"""An organisation's colour as a palette for light and dark pages on which every text can be read.

Contrast is that of WCAG 2.2 (relative luminance, success criteria 1.4.3 and 1.4.11): 4.5 for text, 3 for shapes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.base.errors import N_

TEXT, SHAPE = 4.5, 3.0
OURS = "#3a4ed0"
"""What a tenant without a colour of its own wears."""
WHITE = "#ffffff"
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_LIGHT = ("#ffffff", "#f6f7f9")
_DARK = ("#13161b", "#0c0e12", "#1b1f26")
"""The grounds of our pages: surface first, then canvas and what is raised."""
_STEPS = 50

Rgb = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Shades:
    """What one theme needs: links and marks, the filled button with its text and hover, a quiet ground and its edge."""

    text: str
    solid: str
    ink: str
    hover: str
    soft: str
    line: str


@dataclass(frozen=True, slots=True)
class Palette:
    """A colour's shades on light and on dark pages."""

    light: Shades
    dark: Shades


def palette(color: str) -> Palette | None:
    """The palette of `#rrggbb`; None for anything else, also for no colour at all."""
    if not _COLOR.fullmatch(color):
        return None
    rgb = _parsed(color)
    return Palette(_shades(rgb, _LIGHT, (0, 0, 0)), _shades(rgb, _DARK, (255, 255, 255)))


def _shades(rgb: Rgb, grounds: tuple[str, ...], towards: Rgb) -> Shades:
    """Shades that stand out from the grounds: the colour itself where it does, else moved `towards` black or white."""
    surface = _parsed(grounds[0])
    soft = _mixed(surface, rgb, 0.09)
    backs = [_parsed(ground) for ground in grounds]
    text = _moved(rgb, towards, [*backs, soft], TEXT)
    solid = _moved(rgb, towards, backs, SHAPE)
    ink: Rgb = (255, 255, 255) if _contrast((255, 255, 255), solid) >= TEXT else (0, 0, 0)
    hover = _mixed(solid, (0, 0, 0) if ink == (255, 255, 255) else (255, 255, 255), 0.14)
    line = _mixed(surface, rgb, 0.35)
    return Shades(*(_hex(one) for one in (text, solid, ink, hover, soft, line)))


def contrast(one: str, other: str) -> float:
    """How far two colours `#rrggbb` stand apart: 1 to 21."""
    return _contrast(_parsed(one), _parsed(other))


def color_flaw(color: str) -> str | None:
    """Why a text cannot be a tenant's colour, or None; none at all can."""
    return None if not color or _COLOR.fullmatch(color) else N_("Give a colour as #rrggbb, such as #0b5c4f.")


def _moved(rgb: Rgb, towards: Rgb, backs: Iterable[Rgb], wanted: float) -> Rgb:
    backs = list(backs)
    for step in range(_STEPS + 1):
        shade = _mixed(rgb, towards, step / _STEPS)
        if all(_contrast(shade, back) >= wanted for back in backs):
            return shade
    return towards


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`one` with a share of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _contrast(one: Rgb, other: Rgb) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(rgb: Rgb) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (value / 255 for value in rgb)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _parsed(color: str) -> Rgb:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _hex(rgb: Rgb) -> str:
    return f"#{rgb[0]:02x}{rgb[1]:02x}{rgb[2]:02x}"
