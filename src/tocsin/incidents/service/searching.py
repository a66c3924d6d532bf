"""The words of incidents: kept findable as the record changes, shown around what a search hits, mended when mistyped."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from tocsin.access import permissions
from tocsin.activity.model import RecordedEvent
from tocsin.base.actor import Actor
from tocsin.db.tx import Tx
from tocsin.incidents import store
from tocsin.incidents.model import Filters
from tocsin.incidents.rules import query as rules
from tocsin.tenancy import service as tenancy

Comment = tuple[UUID, str, bool]
"""Of which incident, its text, whether it is internal."""
Comments = Callable[[Tx, Sequence[UUID]], Awaitable[list[Comment]]]
COMMENT_TEXTS: list[Comments] = []
"""Where the comments of some incidents are read, the newest of each first: collaboration says so when it is loaded."""
SEARCHED: list[str] = []
"""SQL of further texts of an incident `i` that words are found in, `{public}` being whether only public ones count."""
AMONG = 1000
"""The newest incidents whose words a mistyped word is compared with."""
SHORTEST = 4
"""Letters of a word that may be mistyped: a shorter one is similar to too much."""
_BATCH = 500
_START, _STOP = "\ue000", "\ue001"


async def language_of(tx: Tx) -> str:
    """PostgreSQL's dictionary for the organisation's language."""
    return store.words.LANGUAGES.get((await tenancy.current(tx)).locale, "english")


async def add_words(tx: Tx, values: Mapping[str, Any], actor: Actor | None) -> None:
    """Make a new incident findable: `values` are its columns; without a reporter from outside the actor reported it."""
    reported_by = await _reporter(tx, actor, values.get("reported_by_reporter_id"))
    custom = [text for value in values.get("custom", {}).values() for text in _texts(value)]
    about = " ".join([reported_by, *values.get("tags", ()), *custom])
    title = f"{values['reference_code']} {values['title']}"
    await store.search.add(
        tx, values["id"], title, values["description"], about, values["created_at"], await language_of(tx)
    )


async def _reporter(tx: Tx, actor: Actor | None, reporter_id: UUID | None) -> str:
    """What the reporter is called."""
    if reporter_id is None:
        return actor.name if actor is not None and actor.id is not None else ""
    row = await store.people.get_reporter(tx, reporter_id)
    return " ".join(row[name] for name in ("name", "email", "organization") if row[name]) if row is not None else ""


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


async def index_record(tx: Tx, incident_id: UUID) -> None:
    """Make an incident findable by what its record says now; its comments' words stay."""
    await store.search.rewrite(tx, incident_id, await language_of(tx))


async def index_comments(tx: Tx, incident_id: UUID, comments: Iterable[tuple[str, bool]]) -> None:
    """Make comments (text, is_internal) findable, for members only those that are internal."""
    language = await language_of(tx)
    for text, is_internal in comments:
        await store.search.append(tx, incident_id, text, is_internal=is_internal, language=language)


async def index_all(tx: Tx, event: RecordedEvent) -> None:
    """The organisation speaks another language: every incident's words are made anew, some at a time, each batch a
    transaction of its own. Searches find what is written meanwhile as it is written.
    """
    if "locale" not in event.data.get("fields", ()):
        return
    last: UUID | None = None
    while True:
        async with tx.database.tenant(tx.tenant_id) as part:
            ids = await store.search.next_ids(part, last, _BATCH)
            for incident_id in ids:
                await index_record(part, incident_id)
                await store.search.forget_comments(part, incident_id)
            for incident_id, text, is_internal in await _comments(part, ids):
                await index_comments(part, incident_id, [(text, is_internal)])
        if len(ids) < _BATCH:
            return
        last = ids[-1]


async def _comments(tx: Tx, ids: Sequence[UUID]) -> list[Comment]:
    return [comment for read in COMMENT_TEXTS for comment in await read(tx, ids)] if ids else []


# ------------------------------------------------------------------------------------------------------------- snippets


async def snippets(tx: Tx, actor: Actor, filters: Filters, ids: Sequence[UUID]) -> dict[UUID, str]:
    """For each incident on a page the text around what the query's words hit, as HTML that holds marks only.

    The description comes first, then comments that the actor may read, the title, and what else is known about it. An
    incident that is found by something else has its title.
    """
    if not any(one.wanted for one in filters.sought) or not ids:
        return {}
    query, args = store.matching.marking(tx.tenant_id, filters)
    hidden = not actor.can(permissions.VIEW)
    rows = await store.search.snippets(tx, ids, query, args, filters.language, SEARCHED, public_only=hidden)
    found = {}
    for one, texts in rows.items():
        marked = (text for text in texts if _START in text)
        found[one] = as_html(next(marked, texts[-1]))
    return found


def as_html(text: str) -> str:
    """A text with its hits between two characters of private use as HTML: everything escaped, hits in `mark`.

    Tags that somebody wrote are gone by then: `ts_headline` takes them for spaces.
    """
    return (
        html.escape(" ".join(store.search.tidied(text).split()), quote=True)
        .replace(_START, "<mark>")
        .replace(_STOP, "</mark>")
    )


# ------------------------------------------------------------------------------------------------------ mistyped words


async def mended(tx: Tx, filters: Filters) -> Filters | None:
    """The filters with the words that nobody wrote replaced by the most similar ones; None when there are none.

    For members who see everything: what others are corrected to would tell them which words there are.
    """
    if filters.asked is None or filters.public_words or filters.nothing:
        return None
    query = rules.parse(filters.asked, is_ours=True)
    words = sorted({word for options in query.words for one in options if (word := _may_be_mistyped(one)) is not None})
    like = await store.search.similar_words(tx, words, AMONG) if words else []
    meant = {word: best for word in words if (best := rules.meant(word, [(w, n) for to, w, n in like if to == word]))}
    terms = tuple(_corrected(term, meant) for term in query.terms)
    if terms == query.terms:
        return None
    better = rules.Query(terms)
    sought = rules.sought(better, (await tenancy.current(tx)).settings.reference_prefix)
    return msgspec.structs.replace(filters, asked=str(better), sought=sought)


def _may_be_mistyped(words: rules.Words) -> str | None:
    text = words.text.lower()
    return text if words.kind == "word" and not words.is_negated and len(text) >= SHORTEST and text.isalpha() else None


def _corrected(term: rules.Term, meant: dict[str, str]) -> rules.Term:
    if isinstance(term, rules.Either):
        return rules.Either(tuple(_spelt(one, meant) for one in term.options))
    return _spelt(term, meant) if isinstance(term, rules.Words) else term


def _spelt(words: rules.Words, meant: dict[str, str]) -> rules.Words:
    found = meant.get(_may_be_mistyped(words) or "")
    return words if found is None else dataclasses.replace(words, text=found)
