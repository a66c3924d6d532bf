"""Words in `incident_search`: found as written, and by their stem in the organisation's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.incidents.model import Filters

if TYPE_CHECKING:
    from tocsin.incidents.rules.query import Sought
    from tocsin.incidents.store.page import Query

LANGUAGES = {"en": "english", "de": "german"}
"""PostgreSQL's dictionaries by the organisation's language."""


def seek(query: Query, filters: Filters) -> str:
    """The join that a list's words need, empty without any; what they must fulfil is added to the query."""
    if not filters.sought:
        return ""
    doc = "coalesce(f.doc_public, f.doc)" if filters.public_words else "f.doc"
    wanted = [tsquery(query, one, filters.language) for one in filters.sought if one.wanted]
    if wanted:
        query.parts.append(f"{doc} @@ ({' && '.join(wanted)})")
    query.parts += [
        f"not ({doc} @@ {tsquery(query, one, filters.language)})" for one in filters.sought if not one.wanted
    ]
    return "join incident_search f on f.tenant_id = $1 and f.incident_id = i.id"


def tsquery(query: Query, sought: Sought, language: str, stemmed: tuple[str, ...] = ("words",)) -> str:
    """SQL that makes the full-text query of some alternatives, those named `stemmed` by their stem as well."""
    found = []
    for name in ("words", "plain"):
        for text in getattr(sought, name):
            mark = query.arg(text, "text")
            found.append(f"to_tsquery('simple', {mark})")
            if name in stemmed:
                found.append(f"to_tsquery('{language}', {mark})")
    return f"({' || '.join(found)})"
