"""An organisation's colour as the style sheet of its public pages."""

from __future__ import annotations

from tocsin.tenancy.rules import palette


def sheet(color: str) -> str:
    """The style sheet that puts a colour into public pages; empty without one: then they wear ours."""
    found = palette(color)
    if found is None:
        return ""
    pairs = {
        "--accent": (found.light.text, found.dark.text),
        "--accent-solid": (found.light.solid, found.dark.solid),
        "--accent-ink": (found.light.ink, found.dark.ink),
        "--accent-hover": (found.light.hover, found.dark.hover),
        "--accent-soft": (found.light.soft, found.dark.soft),
        "--accent-line": (found.light.line, found.dark.line),
    }
    return ":root{" + "".join(f"{name}:light-dark({light},{dark});" for name, (light, dark) in pairs.items()) + "}\n"
