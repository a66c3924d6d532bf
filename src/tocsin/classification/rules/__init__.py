"""Pure decisions of the catalogue: targets as people write them, how the graph of moves is drawn, custom values, tags."""

from tocsin.classification.rules.durations import parse_minutes, spell_minutes
from tocsin.classification.rules.flow import Move, Stop, dead_ends, unreachable
from tocsin.classification.rules.graph import Drawing, Edge, Node, draw
from tocsin.classification.rules.tags import clean_tag, clean_tags, tag_beginning

__all__ = [
    "Drawing",
    "Edge",
    "Move",
    "Node",
    "Stop",
    "clean_tag",
    "clean_tags",
    "dead_ends",
    "draw",
    "parse_minutes",
    "spell_minutes",
    "tag_beginning",
    "unreachable",
]
