"""Finding incidents while somebody types: by reference, and by beginnings of words (the list's `q` wants whole ones)."""

from __future__ import annotations

import re

from tocsin.access import permissions
from tocsin.base.actor import Actor
from tocsin.classification import service as classification
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import IncidentView
from tocsin.incidents.service.access import must_see_some, view

_REFERENCE = re.compile(r"(?:[^\W_]{1,12}-)?(\d{1,18})")
_WORD = re.compile(r"\w+")
SHORTEST = 2
"""Characters of a word that are looked for: one alone would match half of everything."""


async def find(tx: Tx, actor: Actor, text: str, limit: int = 6) -> list[IncidentView]:
    """The few incidents that a text most likely means: the one of its number, then newest first, the open ones before."""
    must_see_some(actor)
    reference = _REFERENCE.fullmatch(text.strip())
    number = int(reference.group(1)) if reference is not None else None
    words = [word for word in _WORD.findall(text)[:8] if len(word) >= SHORTEST]
    query = " & ".join(f"{word}:*" for word in words) or None
    restricted = not actor.can(permissions.VIEW)
    if (number is None and query is None) or (restricted and actor.id is None):
        return []
    rows = await store.palette.find(tx, number, query, actor.id if restricted else None, limit)
    catalogue = await classification.catalogue(tx)
    return [view(row, catalogue, actor) for row in rows]
