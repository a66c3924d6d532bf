"""Style sheets keep out of each other's way: what a screen's own sheet styles by its name alone is styled there only."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

SHEETS = Path(__file__).parents[2] / "assets/styles"
SHARED = {"tokens", "ground", "controls", "shell", "parts", "clocks", "overlays", "print", "console", "public"}
"""Sheets whose classes every screen may use; a screen changes one only below a class of its own."""
_LEADING = re.compile(r"(?:^|[{},;])\s*\.(tc-[a-z0-9-]+)(?=[\s{,:>+~])")


def _leading(sheet: Path) -> set[str]:
    """The classes that selectors of a sheet begin with, without comments."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    return set(_LEADING.findall(text.replace("\n", " ")))


def test_a_class_belongs_to_one_sheet() -> None:
    owners = defaultdict(set)
    for sheet in sorted(SHEETS.glob("*.css")):
        if sheet.stem == "public":
            continue  # pages of their own
        for name in _leading(sheet):
            owners[name].add(sheet.stem)
    assert {name: found for name, found in owners.items() if len(found - SHARED) > 1} == {}
