"""When an incident counts as triaged."""

from __future__ import annotations


def is_triage(*, was_default: bool, is_default: bool, is_open: bool) -> bool:
    """Whether a move is the triage: out of the status that incidents begin in, to one in which work goes on."""
    return was_default and not is_default and is_open
