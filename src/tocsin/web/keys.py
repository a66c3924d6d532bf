"""The console's keys: the one table that the list of keys shows and the scripts obey (`keys.ts` reads it from that list).

A single key presses the control that says `data-key` on the screen that is open, or is handed to the screen's own script
as the event `tocsin:key`. Screens add themselves with `Navigation.key`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.web.i18n import N_


@dataclass(frozen=True, slots=True)
class Key:
    """A key or chord, as it is shown. `single`: one key without a modifier, which can be switched off (WCAG 2.1.4)."""

    shown: tuple[str, ...]
    text: str
    single: str = ""


def _one(name: str, text: str) -> Key:
    return Key((name,), text, name)


KEYS: tuple[tuple[str, tuple[Key, ...]], ...] = (
    (
        N_("Everywhere"),
        (
            Key(("Ctrl", "K"), N_("Jump to an incident, a person, a screen; do something")),
            _one("c", N_("New incident")),
            _one("/", N_("Search")),
            _one("?", N_("This list")),
            Key(("Ctrl", "Z"), N_("Undo what was just done")),
            Key(("Esc",), N_("Close, or leave a field as it was")),
        ),
    ),
    (
        N_("Lists"),
        (
            _one("j", N_("Next")),
            _one("k", N_("Previous")),
            Key(("Enter",), N_("Open")),
            _one("x", N_("Select")),
            Key(("1", "2", "3"), N_("Triage: set the priority; the other keys stand on their buttons")),
        ),
    ),
    (
        N_("Board and calendar"),
        (
            Key(("Space", "←", "→"), N_("Lift a card, choose its column, drop it with Space")),
            _one("t", N_("Today")),
            _one("m", N_("Month")),
            _one("w", N_("Week")),
        ),
    ),
    (
        N_("Incident"),
        (
            _one("a", N_("Assign")),
            _one("i", N_("Assign to me")),
            _one("s", N_("Status")),
            _one("p", N_("Priority")),
            _one("e", N_("Escalate")),
            _one("r", N_("Reply to the reporter")),
            _one("n", N_("Internal note")),
            Key(("Ctrl", "Enter"), N_("Send what was written")),
        ),
    ),
)
GO = "g"
"""This key, then that of a screen, goes there."""
