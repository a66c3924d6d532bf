"""Words in `incident_search`: found as written, and by their stem in the organisation's language.

A list walks along its sort until the page is full, which is quick for common words and slow for rare ones, or reads all that
hold the words and sorts these, which is the other way round. PostgreSQL weighs the two by page costs that are not ours and
takes conditions of two tables as independent, so we ask it only how many rows it expects (its statistics of words are good),
and choose ourselves. A list by creation goes both ways: it walks a stretch, and reads the rest only when that has not filled
the page (docs/decisions, measured in benchmarks/search.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters

if TYPE_CHECKING:
    from tocsin.incidents.rules.query import Sought
    from tocsin.incidents.store.page import Query

LANGUAGES = {"en": "english", "de": "german"}
"""PostgreSQL's dictionaries by the organisation's language."""
_OTHERWISE = ("assigned_to", "team", "watcher", "delegated_by", "reporter", "categories", "tags", "custom", "happened")
"""Filters that are narrow themselves: of them and the words PostgreSQL chooses well enough."""
LOOKED_UP, SIFTED = 8000, 12_000
"""At a million, so many are read and looked up among the incidents sooner than a list is walked along by another sort; and so
many are read and, the newest first, looked up until the page is full when a list by creation has other filters as well.
"""
HELD, JUDGED = (2000, 20_000), (6000, 100_000)
"""At a million: up to so many rows are read at once, and up to so many when a stretch of the list has not filled the page; of
words, and of what is judged by the words themselves.
"""
GLANCE, STRETCH = 2000, 30_000
"""The newest (or oldest) incidents that are walked along before: in case there are more than expected; to find a page."""
_PLAIN = 2
"""Conditions of a list that is narrowed by nothing but words."""
ALONG_OPEN = " and f.created_at = i.created_at"
"""Said of open incidents that are looked up: the index of these, small and with all that is asked, begins with that time."""
WORDS = "<words>"
"""Stands for the words' table in what a list by creation reads from, until it is known which part of it is meant."""


async def how_common(tx: Tx, filters: Filters) -> int | None:
    """How many incidents hold a list's words, as PostgreSQL expects; nothing is read for it. None where it chooses itself."""
    if filters.public_words or filters.as_of is not None or not any(one.wanted for one in filters.sought):
        return None
    if any(getattr(filters, name) for name in _OTHERWISE):
        return None
    from tocsin.incidents.store.page import Query  # noqa: PLC0415  the two modules need each other

    query = Query(tx.tenant_id)
    conditions = " and ".join(_conditions(query, filters, rough=True))
    told = await tx.value(f"explain (format json) select 1 from incident_search f where {conditions}", *query.args)
    plan = json.loads(told) if isinstance(told, str) else told
    return int(plan[0]["Plan"]["Plan Rows"])


def seek(query: Query, filters: Filters, order: str) -> str:
    """The join that a list's words need, empty without any; what they must fulfil is added to the query."""
    if not filters.sought:
        return ""
    on, expected = "on f.incident_id = i.id", query.expected
    if expected is None:
        query.parts += _conditions(query, filters)
        return f"join incident_search f {on}"
    read = f"{on}{ALONG_OPEN}" if filters.only_open else on
    if order.startswith("created_at"):
        stretch = _stretch(filters, expected, is_plain=len(query.parts) == _PLAIN)
        if stretch is not None:
            query.ways = Ways(stretch, _conditions(query, filters)[1:])
            query.key = "f.created_at", "f.incident_id"
            return f"join {WORDS} f {read}"
        if len(query.parts) == _PLAIN:
            query.key = "f.created_at", "f.incident_id"
    elif expected <= LOOKED_UP * (_PHRASE if _is_judged(filters) else 1):
        wanted = " and ".join(_conditions(query, filters))
        query.holding = f"select f.incident_id, f.created_at from incident_search f where {wanted}"
        return f"join {WORDS} f {read}"
    query.parts += _conditions(query, filters)
    return f"join incident_search f {on}"


_PHRASE = 3
"""Of all that hold the words of a phrase few hold the phrase, so walking along is likely to go a long way."""


def _is_judged(filters: Filters) -> bool:
    """Whether a phrase is looked for, or words in one text alone: the index knows who holds the words, not how."""
    texts = [text for one in filters.sought for text in (*one.words, *one.plain)]
    return any(" " in text or text.endswith(("A", "B", "C")) for text in texts)


def _stretch(filters: Filters, expected: int, *, is_plain: bool) -> int | None:
    """How far a list by creation is walked along before the rest is read at once; None: it is walked to its end."""
    few, some = JUDGED if _is_judged(filters) else HELD
    if expected <= (few if is_plain else max(few, SIFTED)):
        return GLANCE
    return STRETCH if is_plain and expected <= some else None


@dataclass(frozen=True, slots=True)
class Ways:
    """How the words of a list by creation are found: so far along it, then all the rest through their index."""

    stretch: int
    conditions: list[str]

    def both(self, way: str, after: str) -> tuple[str, str]:
        """The SQL of the two parts, each in the list's order. `after` is the condition of a further page, or empty."""
        order, further = f"order by f.created_at {way}, f.incident_id {way}", f"f.tenant_id = $1{after}"
        wanted = " and ".join(self.conditions)
        near = (
            "(select f.incident_id, f.created_at from (select f.incident_id, f.created_at, f.doc from incident_search f"
            f" where {further} {order} limit {self.stretch}) f where {wanted} {order} offset 0)"
        )
        last = f"select f.created_at, f.incident_id from incident_search f where {further} {order} offset {self.stretch - 1} limit 1"
        beyond = f"(f.created_at, f.incident_id) {'<' if way == 'desc' else '>'} ({last})"
        far = (
            "(select f.incident_id, f.created_at from incident_search f"
            f" where f.tenant_id = $1 and {wanted} and {beyond} {order} offset 0)"
        )
        return near, far


def _conditions(query: Query, filters: Filters, *, rough: bool = False) -> list[str]:
    """What the words of an incident must fulfil, the tenant's own first; `rough` for how many there are."""
    doc = "coalesce(f.doc_public, f.doc)" if filters.public_words else "f.doc"
    wanted = [tsquery(query, one, filters.language, rough=rough) for one in filters.sought if one.wanted]
    found = ["f.tenant_id = $1", *([f"{doc} @@ ({' && '.join(wanted)})"] if wanted else [])]
    unwanted = (one for one in filters.sought if not one.wanted)
    return found + [f"not ({doc} @@ {tsquery(query, one, filters.language)})" for one in unwanted]


def tsquery(
    query: Query, sought: Sought, language: str, stemmed: tuple[str, ...] = ("words",), *, rough: bool = False
) -> str:
    """SQL that makes the full-text query of some alternatives, those named `stemmed` by their stem as well.

    A word that is its own stem is asked for once: twice, it would be taken for twice as common. So would another one beside its
    stem, which stands wherever it does: `rough` asks for the stem alone.
    """
    found = []
    for name in ("words", "plain"):
        for text in getattr(sought, name):
            mark = query.arg(text, "text")
            plain, stem = f"to_tsquery('simple', {mark})", f"to_tsquery('{language}', {mark})"
            both = f"case when {plain} = {stem} then {plain} else {plain} || {stem} end"
            if rough:
                both = f"case when numnode({stem}) = 0 then {plain} else {stem} end"
            found.append(both if name in stemmed else plain)
    return f"({' || '.join(f'({one})' for one in found)})"
