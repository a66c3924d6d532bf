"""What PostgreSQL's full text is asked for the words of a query: texts for `to_tsquery`, each safe whatever people type."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.incidents.rules.query.references import also_references
from tocsin.incidents.rules.query.tree import TEXTS, Clause, Query, Value, Words

WEIGHTS = {"title": "A", "description": "B", "comment": "C"}
"""Where a field's words stand in the index."""


_JOINTS = re.compile(r"[/\\@.:=&?<>]+")
_JOINED = re.compile(r"[^\W_][/\\@.:=&?<>]+[^\W_]")
"""Words that the index holds joined and in their pieces: `disk/raid`, or the end of an address, is looked for as both."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Alternatives of which one must be found (`wanted`) or none may be: texts of `to_tsquery`.

    `words` are looked for as they are written and by their stem, in the organisation's language; `plain` as written only:
    phrases are meant to the letter (of "on call" the stemmer would leave the second half), beginnings are no stems.
    """

    wanted: bool
    words: tuple[str, ...] = ()
    plain: tuple[str, ...] = ()


def sought(query: Query, prefix: str = "") -> list[Sought]:
    """Everything that a query looks for in texts, all of which must hold; `prefix` begins the organisation's references."""
    found = [_sought(options, "", wanted=not options[0].is_negated, prefix=prefix) for options in query.words]
    texts = [clause for clause in query.clauses if clause.name in TEXTS]
    return found + [
        _sought(text_values(clause), WEIGHTS[clause.name], wanted=not clause.is_negated) for clause in texts
    ]


def text_values(clause: Clause) -> tuple[Words, ...]:
    """The values of a field of text, as words."""
    made = []
    for value in clause.values:
        if isinstance(value, Value):
            is_prefix = not value.is_quoted and value.text.endswith("*") and len(value.text) > 1
            text = value.text[:-1] if is_prefix else value.text
            made.append(Words(text, "prefix" if is_prefix else "phrase" if value.is_quoted else "word", at=value.at))
    return tuple(made)


def _sought(options: tuple[Words, ...], weight: str, *, wanted: bool, prefix: str = "") -> Sought:
    words: list[str] = []
    plain: list[str] = []
    for option in options:
        star = "*" if option.kind == "prefix" else ""
        mark = f":{star}{weight}" if star or weight else ""
        (words if option.kind == "word" else plain).append(_literal(option.text) + mark)
        if option.kind != "phrase" and _JOINED.search(option.text) and any(char.isalpha() for char in option.text):
            plain.append(_literal(" ".join(_JOINTS.split(option.text)).strip()) + mark)
        plain += [_literal(one) for one in also_references(option, prefix)] if prefix else []
    return Sought(wanted, tuple(words), tuple(plain))


def _literal(text: str) -> str:
    """A text as one operand of `to_tsquery`: several words in it must follow each other."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
