"""Words in `incident_search`: found as written, and by their stem in the organisation's language.

A list walks along its sort until the page is full, which is quick for common words and slow for rare ones, or reads all that
hold the words and sorts these, which is the other way round. PostgreSQL weighs the two by page costs that are not ours and
takes conditions of two tables as independent, so we ask it only how many rows it expects (its statistics of words are good),
and choose ourselves (docs/decisions, measured in benchmarks/search.py).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from tocsin.db.tx import Tx
from tocsin.incidents.model import Filters

if TYPE_CHECKING:
    from tocsin.incidents.rules.query import Sought
    from tocsin.incidents.store.page import Query

LANGUAGES = {"en": "english", "de": "german"}
"""PostgreSQL's dictionaries by the organisation's language."""
Words = Literal["unknown", "few", "many"]
_OTHERWISE = ("assigned_to", "team", "watcher", "delegated_by", "reporter", "categories", "tags", "custom", "happened")
"""Filters that are narrow themselves: of them and the words PostgreSQL chooses well enough."""
FEW, FEW_TO_LOOK_UP = 8000, 4000
"""So many incidents are read and sorted sooner than a list is walked along until a page of 51 is full, at a million; and so
many when it is sorted by what stands in `incidents` only.
"""


async def how_common(tx: Tx, filters: Filters, sort: str) -> Words:
    """Whether few incidents hold a list's words, as PostgreSQL expects; nothing is read for it."""
    if filters.public_words or filters.as_of is not None or not any(one.wanted for one in filters.sought):
        return "unknown"
    if any(getattr(filters, name) for name in _OTHERWISE):
        return "unknown"
    from tocsin.incidents.store.page import Query  # noqa: PLC0415  the two modules need each other

    query = Query(tx.tenant_id)
    found = f"explain (format json) select 1 from incident_search f where {' and '.join(_conditions(query, filters))}"
    told = await tx.value(found, *query.args)
    most = FEW if sort == "created_at" else FEW_TO_LOOK_UP
    if any("*" not in text and " " in text for one in filters.sought for text in one.plain):
        most *= _PHRASE
    plan = json.loads(told) if isinstance(told, str) else told
    return "few" if plan[0]["Plan"]["Plan Rows"] <= most else "many"


def seek(query: Query, filters: Filters, order: str) -> str:
    """The join that a list's words need, empty without any; what they must fulfil is added to the query."""
    if not filters.sought:
        return ""
    on = "on f.incident_id = i.id"
    if query.words == "few":
        found = (
            "select f.incident_id, f.created_at from incident_search f"
            f" where {' and '.join(_conditions(query, filters))}"
        )
        if not order.startswith("created_at"):
            return f"join ({found} offset 0) f {on}"
        query.key = "f.created_at", "f.incident_id"
        way = order.removeprefix("created_at ")
        return f"join ({found} order by f.created_at {way}, f.incident_id {way} offset 0) f {on}"
    if query.words == "many" and len(query.parts) == _PLAIN:
        query.key = "f.created_at", "f.incident_id"
    query.parts += _conditions(query, filters)
    return f"join incident_search f {on}"


_PHRASE = 6
"""Of all that hold the words of a phrase few hold the phrase, so walking along is likely to go a long way."""
_PLAIN = 2
"""Conditions of a list that is narrowed by nothing but words."""


def _conditions(query: Query, filters: Filters) -> list[str]:
    """What the words of an incident must fulfil."""
    doc = "coalesce(f.doc_public, f.doc)" if filters.public_words else "f.doc"
    wanted = [tsquery(query, one, filters.language) for one in filters.sought if one.wanted]
    found = ["f.tenant_id = $1", *([f"{doc} @@ ({' && '.join(wanted)})"] if wanted else [])]
    unwanted = (one for one in filters.sought if not one.wanted)
    return found + [f"not ({doc} @@ {tsquery(query, one, filters.language)})" for one in unwanted]


def tsquery(query: Query, sought: Sought, language: str, stemmed: tuple[str, ...] = ("words",)) -> str:
    """SQL that makes the full-text query of some alternatives, those named `stemmed` by their stem as well.

    A word that is its own stem is asked for once: twice, it would be taken for twice as common.
    """
    found = []
    for name in ("words", "plain"):
        for text in getattr(sought, name):
            mark = query.arg(text, "text")
            plain, stem = f"to_tsquery('simple', {mark})", f"to_tsquery('{language}', {mark})"
            both = f"case when {plain} = {stem} then {plain} else {plain} || {stem} end"
            found.append(both if name in stemmed else plain)
    return f"({' || '.join(f'({one})' for one in found)})"
