"""Pure decisions of the catalogue: targets as people write them, and how the graph of moves is drawn."""

from tocsin.classification.rules.durations import parse_minutes, spell_minutes
from tocsin.classification.rules.flow import Move, Stop, dead_ends, unreachable
from tocsin.classification.rules.graph import Drawing, Edge, Node, draw

__all__ = [
    "Drawing",
    "Edge",
    "Move",
    "Node",
    "Stop",
    "dead_ends",
    "draw",
    "parse_minutes",
    "spell_minutes",
    "unreachable",
]
