"""In which hours a ladder counts."""

from __future__ import annotations

from tocsin.escalation.rules import Hours, Ladder
from tocsin.sla.rules import AroundTheClock

_ALWAYS = AroundTheClock()


def hours_of(_ladder: Ladder) -> Hours:
    """The hours that a ladder keeps."""
    return _ALWAYS
